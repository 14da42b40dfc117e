"""Conversations that an outside program leads by a name of its own, and what it was handed."""
