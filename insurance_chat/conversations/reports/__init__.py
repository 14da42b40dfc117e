"""Work on incidents: what happened, what was decided, who is told."""
