"""Speech to text and back: ports, engines, and what a text sounds like."""
