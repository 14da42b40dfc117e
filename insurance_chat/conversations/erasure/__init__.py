"""The wish of a client that their data be deleted, and its term (152-ФЗ art. 20, 21)."""
