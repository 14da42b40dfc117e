"""Figures by agent and channel."""
