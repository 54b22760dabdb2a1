"""Decisions of the directory: pure, with their reasons."""
