"""How far the messages of a chat got on their way to the client."""
