"""The process that forks: `python -m tests.faults`, spoken to by tests/faults/forks.py."""

import os
import sys

from sqlalchemy.orm import configure_mappers

from config import logs
from tests.faults import acts, forks

# What the product logs must not get between our answers.
answers = os.fdopen(os.dup(1), "wb")
os.dup2(2, 1)
logs.set_up("error", as_json=False)
configure_mappers()
forks.serve(sys.stdin.buffer, answers, acts.perform)
