"""What each kind of meeting demands, and what is warned about."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from config import words
from router.rules import meeting_kinds
from router.rules.meeting_kinds import Consented, Going, Plan
from router.rules.terms import Attending, Ballot, InquiryKind, MeetingKind

NOW = datetime(2027, 2, 1, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
TODAY = date(2027, 2, 1)
ORAL = Consented("oral", TODAY)
EVERYBODY = {"fk": "agency", "af": "agency", "kommun-1493": "municipality", "region-14": "region"}


def refused(kind: MeetingKind, **changes: object) -> list[str]:
    given = {
        "why": "För att planera återgången",
        "is_present": True,
        "consented": ORAL,
        "parties": EVERYBODY,
        "today": TODAY,
    }
    return [one.code for one in meeting_kinds.examine(kind, **(given | changes))]  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", MeetingKind)
def test_nothing_is_refused_when_everything_is_there(kind: MeetingKind) -> None:
    assert refused(kind) == []


@pytest.mark.parametrize(
    ("kind", "changes", "codes"),
    [
        (MeetingKind.PLANNING, {"why": "", "consented": Consented(), "parties": {"fk": "agency"}}, []),
        # 16 kap. 4 § HSL: consent always, region and municipality.
        (MeetingKind.SIP, {"consented": Consented(), "is_present": False}, ["consent_missing"]),
        (
            MeetingKind.SIP,
            {"parties": {"fk": "agency", "af": "agency"}},
            ["party_kind_missing", "party_kind_missing"],
        ),
        # 110 kap. 14 § SFB: Försäkringskassan's meeting; the wish says why.
        (MeetingKind.RECONCILIATION, {"why": " ", "consented": Consented()}, ["why_missing"]),
        (MeetingKind.RECONCILIATION, {"parties": {"af": "agency"}}, ["party_missing"]),
        (MeetingKind.CONSULTATION, {"is_present": False, "consented": Consented()}, []),
        (MeetingKind.CONSULTATION, {"is_present": True, "consented": Consented()}, ["consent_missing"]),
        (MeetingKind.JOINT_MAPPING, {"consented": Consented()}, ["consent_missing"]),
        (MeetingKind.JOINT_MAPPING, {"parties": {"fk": "agency"}}, ["party_missing"]),
        (MeetingKind.PLANNING, {"consented": Consented("oral", TODAY + DAY)}, ["consent_day_wrong"]),
        (MeetingKind.PLANNING, {"consented": Consented("written", None)}, ["consent_day_wrong"]),
    ],
)
def test_what_law_and_agreement_ask_for_is_refused_without_it(
    kind: MeetingKind, changes: dict[str, object], codes: list[str]
) -> None:
    assert refused(kind, **changes) == codes


def test_an_inquiry_about_sip_or_consultation_begins_with_such_a_meeting() -> None:
    assert [meeting_kinds.likely(one) for one in (InquiryKind.SIP, "consultation", "meeting", "case")] == [
        MeetingKind.SIP,
        MeetingKind.CONSULTATION,
        MeetingKind.PLANNING,
        MeetingKind.PLANNING,
    ]


YES, NO = Ballot.YES, Ballot.NO
FK = Going("FK", "fk", "agency", has_mandate=True, ballots={1: YES, 2: YES})
AF = Going("AF", "af", "agency", has_mandate=True, ballots={1: YES, 2: NO})
PLAN = Plan([FK, AF], {1: NOW + 7 * DAY, 2: NOW + 9 * DAY}, due_at=NOW + 30 * DAY, answer_by=NOW + 4 * DAY)


def warned(plan: Plan, kind: MeetingKind = MeetingKind.PLANNING) -> list[str]:
    told = meeting_kinds.warnings(kind, plan, now=NOW)
    # A sentence that lacks a fact would raise here, and one that does not exist comes back as its key.
    assert not [one for one in told if words.explain(one).startswith("because.")]
    return [one.code.removeprefix("meeting.") for one in told]


def test_a_proposal_that_fits_everybody_in_time_warns_of_nothing() -> None:
    assert warned(PLAN) == []
    assert warned(replace(PLAN, is_held=True)) == []
    assert warned(replace(PLAN, due_at=None, answer_by=NOW + 90 * DAY)) == []


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"times": {1: NOW - DAY}}, ["times_past"]),
        ({"due_at": NOW - DAY}, ["term_passed"]),
        ({"due_at": NOW - DAY, "is_held": True}, ["term_passed_held"]),
        # Booking in time is enough where only that was promised; not where it must have been held.
        ({"due_at": NOW + 5 * DAY}, []),
        ({"due_at": NOW + 5 * DAY, "is_held": True}, ["times_after_term"]),
        ({"answer_by": NOW + 31 * DAY}, ["answer_after_term"]),
        ({"due_at": NOW + 8 * DAY, "is_held": True, "answer_by": NOW + 9 * DAY}, ["answer_after_term_held"]),
        ({"going": [FK, replace(AF, ballots={1: NO, 2: NO})]}, ["none_in_term", "cannot"]),
        ({"going": [replace(FK, ballots={1: NO, 2: YES}), AF]}, ["none_in_term"]),
        # Whoever is not needed stops nobody, and the only time within the term is refused by one who is.
        ({"going": [FK, replace(AF, ballots={1: NO, 2: NO}, is_required=False)]}, []),
        (
            {"going": [FK, replace(AF, ballots={1: NO})], "due_at": NOW + 8 * DAY, "is_held": True},
            ["none_in_term"],
        ),
        ({"going": [FK, replace(AF, ballots={})]}, ["silent"]),
        ({"going": [FK, replace(AF, has_mandate=False)]}, ["no_mandate"]),
        ({"going": [FK, replace(AF, has_mandate=None)]}, ["mandate_unsaid"]),
        ({"is_present": True}, ["no_consent"]),
        ({"is_present": True, "has_consent": True}, []),
    ],
)
def test_what_a_proposal_lacks_is_warned_about(changes: dict[str, object], codes: list[str]) -> None:
    assert warned(replace(PLAN, **changes)) == codes  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({}, []),
        ({"is_held": True, "starts_at": NOW + 31 * DAY}, ["starts_after_term"]),
        ({"going": [FK, replace(AF, answer=Attending.DECLINED)]}, ["declined"]),
        ({"due_at": None, "is_held": True, "starts_at": NOW + 31 * DAY}, []),
    ],
)
def test_what_speaks_against_a_booking_is_warned_about(changes: dict[str, object], codes: list[str]) -> None:
    booked = replace(PLAN, times={}, starts_at=NOW + 7 * DAY)
    if not changes.get("is_held"):
        booked = replace(booked, due_at=None)
    assert warned(replace(booked, **changes)) == codes  # type: ignore[arg-type]


def test_a_kind_warns_of_what_is_usual_and_not_demanded() -> None:
    assert warned(PLAN, MeetingKind.SIP) == ["person_not_there"]
    assert warned(replace(PLAN, is_present=True), MeetingKind.RECONCILIATION) == ["no_consent"]
    assert warned(PLAN, MeetingKind.CONSULTATION) == ["few_parties"]
    three = [FK, AF, replace(FK, name="K", party_id="kommun-1493", party_kind="municipality")]
    assert warned(replace(PLAN, going=three), MeetingKind.CONSULTATION) == []
