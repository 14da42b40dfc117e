"""One file per family of facts: pure functions from `Text` to `Found`."""
