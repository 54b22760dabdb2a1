"""A demonstration's data: made-up people and twelve weeks of questions, through the same flows as real ones."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

import directory
from config.database import Database
from config.errors import Refused
from config.settings import Settings
from directory.flows import imports
from router.demo import corrections, people, post, staffing, terms, timeline, white_spots
from router.demo.people import PASSWORD, PEOPLE
from router.records.models import Inquiry

__all__ = ["NATIONAL", "PASSWORD", "PEOPLE", "fill", "mail_in"]

NATIONAL = Path(directory.__file__).resolve().parent / "data" / "national"
PERIOD = timedelta(weeks=12)
# From the port of the web to that of mail: 8000 and 8025.
BESIDE = 25


def fill(database: Database, settings: Settings, *, now: datetime) -> bool:
    """Fill an empty database; one with questions in it is left as it is, and False returned.

    1. The national directory.
    2. People for every role, all with the same password.
    3. Twelve weeks of questions, answers, meetings and broken promises, in the order of their days; forums that meet.
    4. Corrections of the directory, some of them still to be answered.
    5. A calendar of its own, an agreement that uses it, and a closed day.
    6. Somebody away over Christmas, with a cover.
    7. What was looked for in vain, and paths that are needed.
    8. Mail of the last half hour.

    Raises Refused("demo_in_production").
    """
    if settings.environment == "production":
        raise Refused("demo_in_production")
    with database.reading() as session:
        if session.scalar(sa.select(Inquiry.id).limit(1)) is not None:
            return False
    start = now - PERIOD
    report = imports.bring_in(database, NATIONAL, now=start)
    if report.faults:
        raise Refused("demo_not_imported", faults=len(report.faults))
    actors = people.make(database, now=start)
    timeline.play(database, settings, actors, start=start, now=now)
    corrections.play(database, actors, now=now)
    terms.play(database, actors, now=now)
    staffing.play(database, actors, now=now)
    white_spots.play(database, actors, now=now)
    post.play(database, settings, now=now)
    return True


def mail_in(host: str, port: int) -> dict[str, str]:
    """The variables that let a demonstration take mail in by SMTP, beside its web; it plays the server it believes."""
    return {
        "SAMVAG_MAIL_DOMAIN": post.DOMAIN,
        "SAMVAG_MAIL_AUTHSERV": post.AUTHSERV,
        "SAMVAG_MAIL_LISTEN": f"{host}:{port + BESIDE}",
        "SAMVAG_MAIL_LISTEN_PROTOCOL": "smtp",
    }
