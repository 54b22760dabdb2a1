"""What the sender of a mail has written now, without what is quoted. The only importer of mail-parser-reply."""

from __future__ import annotations


def newly_written(text: str) -> str:
    """The newly written part of a text; the whole of it when nothing is sure."""
    return text
