"""Language models behind a port: a pool of keys, exact counting, masking, recorded exchanges."""
