"""Emulators of other people's systems. Nothing in this folder imports product code."""
