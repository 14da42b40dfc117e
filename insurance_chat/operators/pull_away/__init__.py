"""Signs that an agent leads a client away from the service."""
