"""Many phrases as one pattern, as people and programs break their lines."""

from __future__ import annotations

import re

# A blank of a phrase, but not one that stands in a class of letters.
_BLANK = re.compile(r"(\[(?:\\.|[^\]])*\])| ")


def any_of(*phrases: str, before: str = "", after: str = "") -> re.Pattern[str]:
    """One pattern for many, whatever their case and however their lines are broken: a blank is any few of them."""
    joined = _BLANK.sub(lambda found: found[1] or r"\s{1,4}", "|".join(phrases))
    return re.compile(f"{before}(?:{joined}){after}", re.IGNORECASE)
