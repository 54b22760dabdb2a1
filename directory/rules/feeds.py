"""What a source brings, whatever its form: rows by sheet, and what of them is the source's to say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from directory.rules.sheets import Fault, Row


@dataclass(frozen=True, slots=True)
class Feed:
    """Whose list, of which kind, and its rows by sheet.

    `is_whole`: what the source has shown before and shows no longer is gone from it.
    """

    source_id: str
    kind: str
    sheets: Mapping[str, Sequence[Row]]
    is_whole: bool = True
    # Of a sheet that is named here, only these columns are the source's to change.
    owned: Mapping[str, Sequence[str]] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    # Faults of the file itself, found before any row could be read.
    faults: Sequence[Fault] = ()
