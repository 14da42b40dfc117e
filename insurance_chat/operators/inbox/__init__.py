"""The agent's side of a chat: queue, messages, notes, tags, templates."""
