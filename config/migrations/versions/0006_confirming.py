"""Letters that belong to no Inquiry, and what is known of a way in's hours on a date."""

from __future__ import annotations

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Nothing yet."""
