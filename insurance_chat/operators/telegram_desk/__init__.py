"""Agents work from Telegram: requests, chats with clients and drafts in the bot itself."""
