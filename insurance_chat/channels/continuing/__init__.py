"""A client goes on in a messenger from where they stopped on the site: the same conversation moves."""
