"""Finds phones, addresses, links and cards in a text, however they are disguised."""
