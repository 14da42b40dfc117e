"""Emulator of OpenAI-compatible speech: scripted transcripts, real sound, misbehaviour on order."""
