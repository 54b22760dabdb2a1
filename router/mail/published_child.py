"""The process that fetches one published calendar and reads it, and may be ended: what to ask at standard input, the
times that are taken at standard output.

Knows no settings and no database; started by router/mail/published_apart.py with an empty environment.
"""

from __future__ import annotations

import json
import resource
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from router.mail import published, published_from


def main() -> None:
    """Argument: how many seconds of the processor it may take before the system ends it."""
    seconds = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Nothing is written anywhere.
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[2]), int(sys.argv[2])))
    json.dump(_answered(json.load(sys.stdin)), sys.stdout)


def _answered(asked: dict[str, Any]) -> dict[str, Any]:
    try:
        fetched = published_from.fetch(
            asked["url"],
            hosts=asked["hosts"],
            etag=asked["etag"],
            ca_file=Path(asked["ca_file"]) if asked["ca_file"] else None,
            seconds=asked["seconds"],
        )
        if fetched.content is None:
            return {"is_same": True}
        first, last = (datetime.fromisoformat(asked[name]) for name in ("first", "last"))
        taken = published.busy(fetched.content, first=first, last=last)
    except (published_from.Failed, published.Unreadable) as failed:
        return {"failure": failed.code}
    except MemoryError:
        return {"failure": "calendar_too_heavy"}
    rows = [[one.starts_at.isoformat(), one.ends_at.isoformat(), one.is_tentative] for one in taken]
    return {"etag": fetched.etag, "taken": rows}


if __name__ == "__main__":
    main()
