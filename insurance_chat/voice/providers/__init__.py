"""Engines behind the ports; only `main/wiring.py` names them."""
