"""Backups of an installation: making, verifying, restoring, forgetting the old ones."""
