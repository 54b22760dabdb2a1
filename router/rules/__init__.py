"""Decisions of the router: pure, with their reasons."""
