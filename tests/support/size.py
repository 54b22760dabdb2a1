"""How much the tests do: a bounded sample in `make test`, everything in `make soak`."""

from __future__ import annotations

import os
import random
import secrets

IS_FULL = os.environ.get("SAMVAG_TEST_SIZE") == "full"


def chance() -> tuple[int, random.Random]:
    """A seed to print with what fails, and the chance that follows from it (SAMVAG_TEST_SEED repeats one)."""
    seed = int(os.environ.get("SAMVAG_TEST_SEED") or secrets.randbelow(1_000_000))
    return seed, random.Random(seed)
