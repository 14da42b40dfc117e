"""Signs in a chat that a policy was sold or paid outside the service."""
