"""What an agent owes the service for each policy."""
