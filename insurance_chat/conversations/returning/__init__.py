"""A client goes on with a conversation of a messenger on the site: a link that works once."""
