"""Everything that is kept of a client, as a readable archive (152-ФЗ art. 14)."""
