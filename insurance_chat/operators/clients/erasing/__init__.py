"""Deleting the data of a client: everything but what the law obliges to keep."""
