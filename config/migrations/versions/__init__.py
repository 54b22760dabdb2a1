"""Migrations, 0001_words.py and on; never rewritten once landed."""
