"""The command `samvag`. `mail receive` starts once for every mail, so it does not wait for all the others' imports."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; see `router.cli`."""
    if sys.argv[1:3] == ["mail", "receive"]:
        from router import pipe  # noqa: PLC0415

        sys.exit(pipe.main())
    from router.cli import main as samvag  # noqa: PLC0415

    samvag()
