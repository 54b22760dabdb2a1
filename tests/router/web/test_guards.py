"""Every route says who may come in, and does as it says."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from werkzeug.routing import Rule

from tests.support.cast import Cast

# Open to everybody, always.
PUBLIC = {
    "api_page.document",
    "api_page.index",
    # Whoever holds the link of a letter speaks for its mailbox, and needs no account.
    "confirming.answer",
    "confirming.shown",
    "directory.about",
    "health",
    # Whoever holds the secret address of a calendar to subscribe to reads it; programs have no account.
    "own_calendars.feed",
    "sign_in.enter",
    "sign_in.form",
    "sign_in.leave",
    "static",
    # Whoever holds the personal link of a letter about a meeting answers for one participant.
    "voting.calendar",
    "voting.reply",
    "voting.shown",
    "voting.vote",
}
# Open to everybody while the directory is (SAMVAG_DIRECTORY_OPEN), otherwise to whoever is signed in.
READERS = {
    "exporting.as_json",
    "exporting.contact_card",
    "exporting.hsds",
    "exporting.sheet",
    "exporting.sheets",
    "exporting.start",
    "exporting.vcards",
    "exporting.workbook",
    "api_contact_paths.contact_path",
    "api_exports.export_directory",
    "api_exports.export_sheet",
    "api_entry_points.entry_point",
    "api_entry_points.search",
    "directory.entry_point",
    "directory.home",
    "directory.search",
    "proposals.form",
    "proposals.send",
    "parties.shown",
    "paths.drawn",
    "paths.stood",
}
# A demonstration's only; anywhere else there is no such page.
DEMONSTRATION = {"letters.all_letters", "letters.one_letter"}
SIGNED_IN = {
    "agendas.book",
    "agendas.choose",
    "agendas.conclude",
    "agendas.put",
    "agendas.reorder",
    "agendas.shown",
    "agendas.take_off",
    "forums.calendar",
    "forums.cancel",
    "forums.move",
    "forums.overview",
    "forums.plan",
    "forums.shown",
    "agreements.form",
    "agreements.overview",
    "agreements.send",
    "calendars.form",
    "calendars.overview",
    "calendars.send",
    "calendars.trial",
    "calendars.upload",
    "importing.apply",
    "importing.ask",
    "importing.look",
    "importing.override",
    "importing.settle",
    "importing.shown",
    "importing.start",
    "importing.undo",
    "api_breaches.breaches",
    "absences.end",
    "absences.enter",
    "absences.overview",
    "absences.set_idle",
    "api_clocks.answer",
    "api_clocks.give_cause",
    "api_clocks.join",
    "api_clocks.pause",
    "api_clocks.propose",
    "api_clocks.reopen",
    "api_clocks.resume",
    "api_clocks.split",
    "api_inquiries.answer",
    "api_inquiries.ask",
    "api_inquiries.claim",
    "api_inquiries.close",
    "api_inquiries.inquiry",
    "api_inquiries.note",
    "api_inquiries.release",
    "api_legs.forward",
    "api_legs.hand_back",
    "api_legs.invite",
    "api_legs.redirect",
    "api_legs.share",
    "api_meetings.book",
    "api_meetings.book_time",
    "api_meetings.cancel",
    "api_meetings.done",
    "api_meetings.end",
    "api_meetings.free_times",
    "api_meetings.move",
    "api_meetings.propose",
    "api_meetings.take_back",
    "api_meetings.vote",
    "api_meetings.withdraw",
    "api_meetings.withdraw_step",
    "ask.ask",
    "ask.form",
    "ask.preview",
    "ask.several",
    "board.download",
    "board.overview",
    "dry_run.download",
    "dry_run.form",
    "editing.form",
    "editing.history",
    "editing.release",
    "editing.send",
    "editing.undo",
    "clocks.answer",
    "clocks.ask_again",
    "clocks.asking_again",
    "clocks.explain",
    "clocks.explaining",
    "clocks.extend",
    "clocks.extending_form",
    "clocks.pause",
    "clocks.pausing_form",
    "clocks.resume",
    "joining.form",
    "joining.join",
    "splitting.form",
    "splitting.split",
    "inquiry.book",
    "inquiry.cancel",
    "inquiry.claim",
    "inquiry.close",
    "inquiry.confirm_close",
    "inquiry.inquiry",
    "inquiry.receipt",
    "inquiry.release",
    "inquiry.with_numbers",
    "inquiry.write",
    "outcomes.done",
    "outcomes.end",
    "outcomes.form",
    "outcomes.take_back",
    "outcomes.withdraw",
    "leaving.hand_over",
    "leaving.hanging",
    "leaving.people",
    "legs.around",
    "legs.choose",
    "legs.choosing",
    "legs.forward",
    "legs.hand_back",
    "legs.invite",
    "legs.inviting",
    "legs.sending",
    "legs.share",
    "legs.wrong",
    "mail_room.add_domain",
    "mail_room.add_relay",
    "mail_room.end_relay",
    "mail_room.remove_domain",
    "mail_room.shown",
    "mail_room.try_fetching",
    "mail_room.try_sending",
    "mail_shown.file",
    "mail_shown.formatted",
    "mail_shown.original",
    "mail_shown.shown",
    "mail_shown.with_numbers",
    "meeting_changes.change_people",
    "meeting_changes.move",
    "meeting_changes.moving",
    "meeting_changes.people",
    "meeting_changes.place",
    "meeting_changes.placing",
    "meeting_proposals.form",
    "meeting_proposals.propose",
    "meetings.answer",
    "meetings.answering",
    "meetings.book",
    "meetings.change_times",
    "meetings.come",
    "meetings.confirm",
    "meetings.send_link",
    "meetings.times",
    "meetings.withdraw",
    "meetings.withdrawing",
    "mine.mine",
    "own_calendars.send",
    "own_calendars.shown",
    "proposals.accept",
    "proposals.overview",
    "proposals.refuse",
    "paths.decide",
    "paths.form",
    "paths.report",
    "queue.mailbox",
    "reminders.choose",
    "reminders.mine",
    "reminders.of_inquiry",
    "reminders.plan",
    "reminders.send",
    "queue.queue",
    "tray.ask",
    "tray.asking",
    "tray.attach",
    "tray.give",
    "tray.send_back",
    "tray.spam",
    "tray.take_reply",
    "tray.tray",
    "tray.undo",
    "upkeep.confirm",
    "upkeep.form",
    "upkeep.notice",
    "upkeep.overview",
    "upkeep.pause",
    "upkeep.resume",
}
TABLES = (PUBLIC, READERS, DEMONSTRATION, SIGNED_IN)


def rules(app: Flask, endpoints: set[str]) -> list[tuple[str, str]]:
    """Every method and address of these endpoints, filled in with something."""
    return [
        (method, address(rule))
        for rule in app.url_map.iter_rules()
        if rule.endpoint in endpoints
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def address(rule: Rule) -> str:
    return re.sub(r"<[^>]+>", "SV-0000-0000", rule.rule)


def test_every_route_is_in_one_table(app: Flask) -> None:
    routes = {rule.endpoint for rule in app.url_map.iter_rules()}
    named = [endpoint for table in TABLES for endpoint in table]
    assert routes - set(named) == set(), "say in this file who may come in here"
    assert set(named) - routes == set(), "there is no such route any more"
    assert len(named) == len(set(named))


def test_nobody_who_is_not_signed_in_gets_past_a_closed_route(app: Flask, cast: Cast) -> None:
    client = app.test_client()
    # A stranger too has a token against forgery, so that only the guard stands between them and the route.
    proof = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/logga-in").text)
    assert proof is not None
    for method, where in rules(app, SIGNED_IN):
        answer = client.open(where, method=method, headers={"X-CSRFToken": proof[1]})
        if where.startswith("/api/"):
            assert answer.status_code == 401, (method, where)
        else:
            assert answer.status_code == 302, (method, where)
            assert answer.headers["Location"].startswith("/logga-in?vidare="), (method, where)


def test_a_closed_directory_lets_no_stranger_read(app: Flask, cast: Cast) -> None:
    settings = app.extensions["samvag.settings"]
    app.extensions["samvag.settings"] = settings.model_copy(update={"directory_open": False})
    client = app.test_client()
    proof = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/logga-in").text)
    assert proof is not None
    for method, where in rules(app, READERS):
        answer = client.open(where, method=method, headers={"X-CSRFToken": proof[1]})
        assert answer.status_code in (302, 401), where


def test_letters_are_shown_in_a_demonstration_only(app: Flask, cast: Cast) -> None:
    for method, where in rules(app, DEMONSTRATION):
        assert app.test_client().open(where, method=method).status_code in (302, 404), where


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_no_form_is_taken_without_its_token(app: Flask, cast: Cast, method: str) -> None:
    client = app.test_client()
    with client.session_transaction() as session:
        session["sid"] = "somebody's"
    for way, where in rules(app, SIGNED_IN | PUBLIC):
        if way == method:
            answer = client.open(where, method=method)
            assert answer.status_code == 400, where
            assert "Ladda om den" in answer.text, where
