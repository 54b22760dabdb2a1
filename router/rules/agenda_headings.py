"""The neutral heading of an inquiry on an agenda: what kind of question it is, never what it says."""

from __future__ import annotations

from config.errors import Invalid
from config.words import label
from router.rules.forum_wishes import LONGEST_HEADING

# A subject shorter than this may stand in any heading by chance.
TELLING = 12


def suggested(kind: str, topic: str) -> str:
    """The kind of question and what it is about, as the catalogue names them."""
    words = [label("inquiry_kind", kind), *([label("topic", topic)] if topic else [])]
    return ": ".join(words)[:LONGEST_HEADING]


def examine(heading: str, *, subject: str, kind: str, topic: str) -> None:
    """Raises Invalid("heading_is_subject"): everybody in the forum reads it, and few of them may read the inquiry."""
    said, about = _plain(heading), _plain(subject)
    if said == _plain(suggested(kind, topic)) or not about:
        return
    if said == about or (len(about) >= TELLING and about in said):
        raise Invalid("heading_is_subject", field="/heading")


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
