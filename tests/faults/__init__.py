"""Killing the product at every step, with real processes, databases and a real mail server."""
