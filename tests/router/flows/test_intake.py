"""Asking a question, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from config.audit import AuditEntry
from config.database import Database
from config.errors import Invalid, NotAllowed, Refused
from router.flows import intake
from router.records.models import Deadline, Event, Inquiry, Leg, Message, OutgoingMail, Tally
from tests.support.asking import MONDAY, QUESTION, ask, count_everything, rows
from tests.support.cast import AF_MAILBOX, Cast


def test_a_question_is_stored_whole(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)

    (inquiry,) = rows(database, Inquiry)
    (leg,) = rows(database, Leg)
    (message,) = rows(database, Message)
    (event,) = rows(database, Event)
    assert (inquiry.reference, inquiry.state, inquiry.version) == (reference, "sent", 1)
    assert (inquiry.agreement_id, inquiry.agreement_version) == ("fk-af-2021", 1)
    assert (leg.mailbox_id, leg.state, leg.because["code"]) == (AF_MAILBOX, "waiting", "route.named")
    assert (message.kind, message.body) == ("question", QUESTION.body)
    assert (event.seq, event.kind, event.state) == (1, "asked", "sent")
    assert [row.action for row in rows(database, AuditEntry) if row.object_id == reference] == ["inquiry.ask"]


def test_promises_follow_the_agreement_between_fk_and_af(database: Database, cast: Cast) -> None:
    ask(database, cast)

    due = {row.kind: row.due_at for row in rows(database, Deadline)}
    # Worked by hand from Monday 23 November 2026 10.00: one and three working days end at 16.30 on Tuesday and
    # Thursday; thirty calendar days end on Wednesday 23 December.
    assert due == {
        "acknowledge": datetime(2026, 11, 24, 15, 30, tzinfo=UTC),
        "respond": datetime(2026, 11, 26, 15, 30, tzinfo=UTC),
        "meeting": datetime(2026, 12, 23, 15, 30, tzinfo=UTC),
    }
    (leg,) = rows(database, Leg)
    assert (leg.due_at, leg.due_kind) == (due["acknowledge"], "acknowledge")


def test_without_a_wish_to_meet_no_meeting_is_promised(database: Database, cast: Cast) -> None:
    ask(database, cast, wants_meeting=False)

    assert [row.kind for row in rows(database, Deadline)] == ["acknowledge", "respond"]


def test_the_functional_mailbox_is_told_with_reference_and_dates_only(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)

    (letter,) = rows(database, OutgoingMail)
    assert letter.recipient == "funktionsbrevlada.fk.vastra-gotaland@af.example"
    assert letter.facts == {
        "reference": reference,
        "path": f"/arenden/{reference}",
        "respond_by": "2026-11-26T16:30:00+01:00",
        "meeting_by": "2026-12-23T16:30:00+01:00",
        "held": False,
    }
    assert (letter.state, letter.attempts, letter.content) == ("ready", 0, None)


def test_the_counters_know_of_the_question_in_every_scope(database: Database, cast: Cast) -> None:
    ask(database, cast)
    ask(database, cast)

    assert {(row.scope, row.measure): row.n for row in rows(database, Tally)} == {
        ("all", "asked"): 2,
        ("party:af", "asked"): 2,
        (f"mailbox:{AF_MAILBOX}", "asked"): 2,
    }


def test_a_question_to_a_party_is_routed_by_matter_and_place(database: Database, cast: Cast) -> None:
    ask(database, cast, to_entry_point="", to_party="kommun-1493", topic="samsjuklighet")

    (leg,) = rows(database, Leg)
    assert (leg.mailbox_id, leg.because["code"]) == ("kommun-1493-ifo-mottagning", "route.matter")


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"body": "Gäller 19900101-2385, ring mig"}, "guard_found", "/body"),
        ({"subject": "SIP för 19140168-2396"}, "guard_found", "/subject"),
        ({"our_reference": "189001019802"}, "guard_found", "/our_reference"),
        ({"body": " \n"}, "empty", "/body"),
        ({"subject": "x" * 257}, "too_long", "/subject"),
        ({"area": "149"}, "bad_area", "/area"),
        ({"kind": "ticket"}, "unknown_choice", "/kind"),
        ({"mode": "named"}, "unknown_choice", "/mode"),
        ({"to_entry_point": ""}, "no_receiver", "/to_entry_point"),
        ({"to_entry_point": "nowhere"}, "unknown_entry_point", "/to_entry_point"),
        ({"to_entry_point": "", "to_party": "nobody"}, "unknown_party", "/to_party"),
    ],
)
def test_what_cannot_be_asked_names_its_field_and_changes_nothing(
    database: Database, cast: Cast, changes: dict[str, str], code: str, field: str
) -> None:
    before = count_everything(database)

    with pytest.raises(Invalid) as refusal:
        ask(database, cast, **changes)

    assert (refusal.value.code, refusal.value.field) == (code, field)
    assert count_everything(database) == before


def test_the_guard_says_where_but_never_what(database: Database, cast: Cast) -> None:
    with pytest.raises(Invalid) as refusal:
        ask(database, cast, body="Gäller 19900101-2385, ring mig")

    assert (refusal.value.facts["start"], refusal.value.facts["end"]) == (7, 20)
    assert "2385" not in str(refusal.value.facts)


def test_protected_identity_creates_nothing(database: Database, cast: Cast) -> None:
    before = count_everything(database)

    with pytest.raises(Refused) as refusal:
        ask(database, cast, protected_identity=True, body="19900101-2385")

    assert refusal.value.code == "protected_identity"
    assert count_everything(database) == before


def test_nobody_asks_for_a_unit_that_is_not_theirs(database: Database, cast: Cast) -> None:
    for person in (cast.af_keeper, cast.administrator, cast.party_administrator, cast.outsider):
        with pytest.raises(NotAllowed):
            intake.ask(database, QUESTION, person.actor, now=MONDAY)
    assert rows(database, Inquiry) == []


def test_a_way_in_that_is_closed_to_the_asker_is_refused_with_a_reason(
    database: Database, cast: Cast
) -> None:
    with pytest.raises(intake.NoWay) as refusal:
        ask(database, cast, to_entry_point="kommun-1493-ame-brevlada", topic="arbetstraning")

    assert refusal.value.because.code == "route.not_allowed"
    assert rows(database, Inquiry) == []


def test_a_way_in_without_a_mailbox_takes_no_written_questions(database: Database, cast: Cast) -> None:
    with pytest.raises(intake.NoWay) as refusal:
        ask(database, cast, to_entry_point="kommun-1493-vaxel", kind="general", topic="")

    assert refusal.value.because.code == "route.no_mailbox"


def test_the_preview_promises_what_asking_then_promises(database: Database, cast: Cast) -> None:
    shown = intake.preview(database, replace(QUESTION, body="", subject=""), now=MONDAY)
    ask(database, cast)

    assert {(one.kind.value, one.due_at) for one in shown.promises} == {
        (row.kind, row.due_at) for row in rows(database, Deadline)
    }


def test_an_inquiry_keeps_the_agreement_it_started_under(database: Database, cast: Cast) -> None:
    ask(database, cast, now=MONDAY)
    ask(database, cast, now=MONDAY - timedelta(days=365 * 6))

    # The agreement between FK and AF holds from 2021; before that nothing but the fallback of 2020 did.
    assert [row.agreement_id for row in rows(database, Inquiry)] == ["fk-af-2021", "default"]
