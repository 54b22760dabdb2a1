"""The router's pages, each part a blueprint of its own."""

from __future__ import annotations

from flask import Flask

from router.web import (
    absences,
    agreements,
    ask,
    board,
    calendars,
    clocks,
    dry_run,
    inquiry,
    joining,
    leaving,
    legs,
    letters,
    mail_room,
    mail_shown,
    meeting_changes,
    meeting_proposals,
    meetings,
    mine,
    outcomes,
    own_calendars,
    queue,
    reminders,
    splitting,
    tray,
)


def register(app: Flask) -> None:
    """Put the router's pages into the application."""
    for part in (
        absences,
        agreements,
        ask,
        calendars,
        clocks,
        dry_run,
        inquiry,
        joining,
        leaving,
        legs,
        queue,
        mine,
        own_calendars,
        board,
        letters,
        mail_room,
        mail_shown,
        meeting_changes,
        meeting_proposals,
        meetings,
        outcomes,
        reminders,
        splitting,
        tray,
    ):
        app.register_blueprint(part.blueprint)
