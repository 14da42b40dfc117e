"""Emulator of the insurer aggregator polis.online. Its real API is not public: the format is our guess."""
