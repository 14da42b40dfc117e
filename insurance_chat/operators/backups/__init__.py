"""Backups as administrators see them: the daily duty, the alarms, the page."""
