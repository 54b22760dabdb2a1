"""Answering proposed times and invitations, by a personal link or signed in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from config.database import Database
from directory.rules.access import Actor
from router.rules.meeting_shown import VotePage
from router.rules.terms import Attending, Ballot

__all__ = ["VotePage", "reply", "shown", "vote", "vote_as"]


def shown(database: Database, token: str, *, now: datetime) -> VotePage:
    """What the holder of a link sees. Raises NotFound("bad_link") for an unknown, revoked or expired one."""
    raise NotImplementedError


def vote(
    database: Database,
    token: str,
    ballots: Mapping[int, Ballot],
    *,
    suggestion: datetime | None = None,
    has_mandate: bool | None = None,
    now: datetime,
) -> None:
    """Answer proposed times by a link: ballots by time id. The last word stands; a time not named keeps its answer.

    Raises NotFound("bad_link"), NotFound("no_time"), Conflict("no_proposal"), Invalid for the suggestion.
    """
    raise NotImplementedError


def reply(database: Database, token: str, answer: Attending, *, now: datetime) -> None:
    """Say by a link whether one comes to the booked time. Raises NotFound("bad_link"), Conflict("no_meeting")."""
    raise NotImplementedError


def vote_as(
    database: Database,
    reference: str,
    ballots: Mapping[int, Ballot],
    actor: Actor,
    *,
    participant_id: int,
    suggestion: datetime | None = None,
    has_mandate: bool | None = None,
    now: datetime,
) -> None:
    """Answer signed in, for a participant of one's own side.

    Raises what `vote` raises, and NotFound("no_participant") for one of another side.
    """
    raise NotImplementedError
