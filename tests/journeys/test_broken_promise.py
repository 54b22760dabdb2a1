"""Nobody answers: the clock passes the promise, and two workers at once make exactly one Breach of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.steps import ask
from tests.support import size
from tests.support.accessibility import assert_usable
from tests.support.asking import QUESTION
from tests.support.house import House
from tests.support.patience import until
from tests.support.visitor import visit

ONE_ENGINE_A_DAY = True

pytestmark = pytest.mark.xdist_group("promises")

# Asked on Monday 23 November: to be taken by Tuesday, answered by Thursday, a meeting booked by 23 December.
PAST_THE_ANSWER = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)
PAST_THE_MEETING = datetime(2026, 12, 28, 8, 0, tzinfo=UTC)
MANY = 8 if size.IS_FULL else 3
KEEPERS_AND_OWNER = ("af_keeper", "af_keeper_two", "af_owner")
TOLD = {
    "acknowledge": "ingen har tagit frågan i tid",
    "respond": "svaret har inte kommit i tid",
    "meeting": "inget möte har bokats i tid",
}


def breaches(house: House, role: str = "administrator") -> Counter[tuple[str, str]]:
    reply = house.call("GET", "/api/v1/breaches", house.login(role))
    assert reply.status == 200, reply
    return Counter((one["reference"], one["kind"]) for one in reply.value["items"])


def reminders(house: House) -> dict[tuple[str, str], set[str]]:
    """The Message-IDs of the reminders, by who got them and by what they say."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for letter in house.post.read():
        if letter["Subject"].endswith(tuple(TOLD.values())):
            found[letter["To"].addresses[0].addr_spec, letter["Subject"]].add(letter["Message-ID"])
    return found


def expected_reminders(house: House, references: list[str], kinds: tuple[str, ...]) -> set[tuple[str, str]]:
    return {
        (house.login(role).email, f"{reference}: {TOLD[kind]}")
        for role in KEEPERS_AND_OWNER
        for reference in references
        for kind in kinds
    }


def assert_once_each(house: House, references: list[str], kinds: tuple[str, ...]) -> None:
    """One Breach for every promise and one reminder for every recipient, however long we wait."""
    wanted = Counter((reference, kind) for reference in references for kind in kinds)
    letters = expected_reminders(house, references, kinds)
    until(lambda: sum(breaches(house).values()) >= len(wanted), "the breaches")
    until(lambda: len(reminders(house)) >= len(letters), "the reminders")
    # A third worker finds nothing that the two have left or would do twice.
    house.run("worker", "--once")
    assert breaches(house) == wanted
    found = reminders(house)
    assert set(found) == letters
    assert all(len(ids) == 1 for ids in found.values()), found


def test_two_workers_at_once_make_one_breach_of_every_promise(own_house: House, browser: Browser) -> None:
    house = own_house
    house.hire("caseworker", "administrator", *KEEPERS_AND_OWNER)
    house.employ(2)
    references = [ask(house) for _ in range(MANY)]
    answered = ask(house)
    keeper = house.login("af_keeper")
    assert house.call("POST", f"/api/v1/inquiries/{answered}/answer", keeper, {"body": "Ja."}).status == 200
    assert not breaches(house)

    house.move_to(PAST_THE_ANSWER)
    assert_once_each(house, references, ("acknowledge", "respond"))
    assert house.call("POST", f"/api/v1/inquiries/{answered}/close", house.login("caseworker")).status == 200
    house.move_to(PAST_THE_MEETING)
    assert_once_each(house, references, ("acknowledge", "respond", "meeting"))

    assert breaches(house, "af_owner") == breaches(house)
    for role in ("administrator", "af_owner"):
        assert_on_the_board(house, browser, role, references, missing=answered)
    house.check_ledger()


def assert_on_the_board(
    house: House, browser: Browser, role: str, references: list[str], *, missing: str
) -> None:
    """Every breach by its reference and not a word of what was asked."""
    with visit(browser, house.address) as visitor:
        visitor.sign_in(house.login(role), first="/oversikt")
        expect(visitor.page.get_by_role("heading", level=1)).to_be_visible()
        shown = visitor.page.get_by_role("main").inner_text()
        assert [one for one in references if one not in shown] == []
        assert missing not in shown
        assert QUESTION.subject not in visitor.page.content()
        assert QUESTION.body not in visitor.page.content()
        assert_usable(visitor.page)
