"""Emulator of OpenAI-compatible models and of GigaChat, scripted by tests."""
