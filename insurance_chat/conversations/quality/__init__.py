"""Why the assistant answered so, and examples by which it is judged."""
