"""Sorting of stored mail: each becomes an answer, a follow-up or a question, is recorded, or is held with a reason."""

from router.flows.sorting.rounds import Counts, Scan, sort

__all__ = ["Counts", "Scan", "sort"]
