"""Policies that an agent issues for the client of a chat."""
