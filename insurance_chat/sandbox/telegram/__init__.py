"""Emulated Telegram Bot API with the people who write to its bots."""
