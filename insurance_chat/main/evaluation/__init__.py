"""Judging the assistant: dialogues, simulated clients and phrases played against the whole service."""
