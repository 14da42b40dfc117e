"""One person under several identifiers: merging contacts on a proof, or by hand, with undo."""
