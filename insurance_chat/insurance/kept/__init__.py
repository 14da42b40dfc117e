"""What stays when the data of a client are deleted, and until when."""
