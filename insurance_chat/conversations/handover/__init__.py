"""The wish for a human: a command with a state, never inferred from text."""
