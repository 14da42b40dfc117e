"""The platform API (`/api/…`), with the shapes of its own document."""
