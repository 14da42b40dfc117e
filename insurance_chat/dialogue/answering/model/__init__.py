"""Answers in the words of a language model, every sentence of which is proved by a passage."""
