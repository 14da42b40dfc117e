"""Pages, feeds and folders of insurers that are watched; changes wait for a person's decision."""
