"""Telling a client what is remembered of them, and forgetting it."""
