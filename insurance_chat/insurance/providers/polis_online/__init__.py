"""Client of the insurer aggregator polis.online; only `main.wiring` may name it."""
