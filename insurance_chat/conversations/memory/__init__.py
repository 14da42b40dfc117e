"""What the assistant remembers of a client between chats, and how it is forgotten."""
