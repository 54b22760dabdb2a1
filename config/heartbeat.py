"""When a process last finished each of its rounds: one small file that others read to see that it lives."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path


def path_in(data_dir: Path) -> Path:
    """Where the worker's heartbeat is kept."""
    return data_dir / "worker.heartbeat"


def write(path: Path, rounds: Mapping[str, datetime]) -> None:
    """Replace the file as a whole; whoever reads meanwhile sees the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_text(json.dumps({name: at.isoformat() for name, at in rounds.items()}), encoding="ascii")
    draft.replace(path)


def read(path: Path) -> Mapping[str, datetime]:
    """When each round was last finished; empty when nothing readable was ever written."""
    try:
        rounds = json.loads(path.read_text(encoding="ascii"))
        return {str(name): datetime.fromisoformat(at) for name, at in rounds.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}
