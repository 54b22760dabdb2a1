"""Figures beside limits measured in the same run (make bench)."""
