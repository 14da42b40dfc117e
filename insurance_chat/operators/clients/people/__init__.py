"""Clients as persons, for the administrator: the list, the card, wishes to be forgotten."""
