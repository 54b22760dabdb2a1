"""The router's pages, each part a blueprint of its own."""

from __future__ import annotations

from flask import Flask

from router.web import (
    absences,
    agendas,
    agreements,
    ask,
    board,
    calendars,
    clocks,
    dry_run,
    forums,
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
    voting,
)


def register(app: Flask) -> None:
    """Put the router's pages into the application."""
    for part in (
        absences,
        agendas,
        agreements,
        ask,
        calendars,
        clocks,
        dry_run,
        forums,
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
        voting,
    ):
        app.register_blueprint(part.blueprint)
