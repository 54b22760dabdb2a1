"""An agreement as cells, and back."""

from dataclasses import replace

import pytest

from directory.rules import agreed
from directory.rules.agreements import Term, TermUnit
from tests.directory.rules.test_agreements import PAIR

PARTIES = {"fk", "af"}
FULL = replace(
    PAIR,
    respond_again=Term(2, TermUnit.WORKING_DAYS),
    inform=Term(10, TermUnit.WORKING_DAYS),
    calendar_id="lunch",
    meeting_moves="later",
    priority=2,
)


def check(**wanted: str) -> agreed.Checked:
    return agreed.check(
        FULL.id, 2, agreed.cells(FULL), wanted, parties=PARTIES, calendars={"default", "lunch"}
    )


def test_an_agreement_is_read_as_it_is_written() -> None:
    found = check()
    assert (found.edits, found.faults) == ((), ())
    assert found.candidate == replace(FULL, version=2)


def test_only_what_differs_is_an_edit() -> None:
    found = check(respond_within="5 working_days", name=FULL.name)
    assert [(one.field, one.before, one.after) for one in found.edits] == [
        ("respond_within", "3 working_days" if FULL.respond is None else str(FULL.respond), "5 working_days")
    ]


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("respond_within", "5 weeks", "bad_term"),
        ("party_a", "nobody", "leads_nowhere"),
        ("name", "Om 19900101-2385", "identity_number"),
        ("calendar_id", "lost", "leads_nowhere"),
        ("meeting_moves", "sideways", "unknown_word"),
        ("priority", "-1", "bad_number"),
        ("areas", "9999", "bad_area"),
        ("valid_to", "2019-01-01", "ends_before_start"),
    ],
)
def test_what_no_import_would_take_no_form_takes(field: str, value: str, code: str) -> None:
    found = check(**{field: value})
    assert found.candidate is None
    assert [(one.column, one.code) for one in found.faults] == [(field, code)]


def test_an_agreement_without_any_term_promises_nothing() -> None:
    nothing = dict.fromkeys(
        "acknowledge_within respond_within respond_again_within informed_within meeting_within".split(), ""
    )
    assert [one.code for one in check(**nothing).faults] == ["no_term"]
