"""What agents and channels have done in a period: read queries, no tables of its own."""
