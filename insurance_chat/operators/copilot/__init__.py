"""Drafts of answers for an agent, grounded in the knowledge base."""
