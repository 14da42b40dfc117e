"""What was said before the window: a short summary, kept in the conversation and renewed by a job."""
