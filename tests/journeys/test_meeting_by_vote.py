"""A meeting from proposal to cancellation: three parties vote by the links in their letters, their calendars answer.

All mail goes out to a real server. It comes in through the house's own door in `make soak`; in the daily run the house
is the one that the other journeys share, which has none, and what comes in is taken and sorted as its worker does.
"""

from __future__ import annotations

import re
import smtplib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import icalendar
import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Locator, Page, expect

from config.database import Database, table
from config.settings import Settings
from config.words import STOCKHOLM, clock_time, day
from router.flows import receiving, sorting
from router.mail import parse, reply_to
from router.records.meeting_models import Meeting, Participant
from router.records.receiving import Arrived
from router.rules.terms import Door as DoorKind
from tests.journeys.steps import AF_ADDRESS, ask, outcomes
from tests.journeys.test_meeting import calendar_part
from tests.support import itip, size
from tests.support.accessibility import hindrances, overhang
from tests.support.house import SMALL, House, free_port
from tests.support.letterbox import text_of
from tests.support.mailing import AUTHSERV, MAIL_DOMAIN
from tests.support.standing import standing
from tests.support.visitor import DESK, TELEPHONE, Visitor, visit

pytestmark = pytest.mark.xdist_group("national")

SUBJECT = "Trepartssamtal om arbetsprövning"
MUNICIPAL, REGION = "vuxen@mariestad.example", "rehab@vgregion.example"
LINK = re.compile(r"https?://\S+/motestid/\S+")
MOVED_TO = datetime(2026, 12, 10, 14, 0, tzinfo=STOCKHOLM)
SUGGESTED = datetime(2026, 12, 9, 15, 0, tzinfo=STOCKHOLM)
# Each client's form of yes, half of them for the first time and half for the second.
ACCEPTS = tuple(itip.ACCEPTS.values())


@dataclass(frozen=True, slots=True)
class Told:
    """What a participant's calendar was told: the event, and where it answers."""

    event: icalendar.Event
    organizer: str


class Door:
    """Where mail comes in to the house that the journeys share: nowhere, so it is taken in here as a worker would."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.settings = Settings(
            environment="test", data_dir=house.folder, mail_domain=MAIL_DOMAIN, mail_authserv=AUTHSERV
        )

    def address(self, told: Told, to: str) -> str:
        """Where that participant's calendar answers."""
        database = self._database()
        with database.reading() as session:
            meeting = table(Meeting)
            found = sa.select(Participant.id).join(meeting, meeting.c.id == Participant.meeting_id)
            asked = found.where(meeting.c.uid == str(told.event["UID"]), Participant.address == to)
            participant_id = session.scalars(asked).one()
        database.close()
        return reply_to.meeting_address(self.settings, participant_id)

    def deliver(self, content: bytes, sender: str, to: str) -> None:
        database, now = self._database(), self.house.now
        receiving.receive(database, self.settings, Arrived(DoorKind.LMTP, content, (to,), sender), now=now)
        counts = sorting.sort(database, parse.read, now=lambda: now, settings=self.settings)
        assert counts.held == 0, counts
        database.close()

    def _database(self) -> Database:
        return Database(self.house.settings["SAMVAG_DATABASE_URL"])


class OwnDoor(Door):
    """The SMTP door of a house that takes mail in: its invitations say themselves where they are answered."""

    def address(self, told: Told, to: str) -> str:
        assert told.organizer.endswith(f"@{MAIL_DOMAIN}"), (told.organizer, to)
        return told.organizer

    def deliver(self, content: bytes, sender: str, to: str) -> None:
        port = int(self.house.settings["SAMVAG_MAIL_LISTEN"].rpartition(":")[2])
        with smtplib.SMTP("127.0.0.1", port, local_hostname="klient.example", timeout=30) as door:
            door.sendmail(sender, [to], content)


def test_a_meeting_by_vote(national: House, browser: Browser) -> None:
    walk(Door(national), browser, DESK)


@pytest.mark.skipif(
    not size.IS_FULL, reason="a house of its own takes its time; the shared one is walked each day"
)
@pytest.mark.parametrize("width", [DESK, TELEPHONE])
def test_a_meeting_by_vote_through_its_own_door(tmp_path: Path, browser: Browser, width: int) -> None:
    with standing(
        tmp_path,
        f"sqlite:///{tmp_path / 'samvag.sqlite'}",
        SMALL,
        workers=1,
        SAMVAG_MAIL_DOMAIN=MAIL_DOMAIN,
        SAMVAG_MAIL_AUTHSERV=AUTHSERV,
        SAMVAG_MAIL_LISTEN=f"127.0.0.1:{free_port()}",
        SAMVAG_MAIL_LISTEN_PROTOCOL="smtp",
    ) as house:
        house.employ()
        walk(OwnDoor(house), browser, width)


def walk(door: Door, browser: Browser, width: int) -> None:
    """Propose, vote, book, answer, move, answer again and cancel; the promise is looked at after each."""
    house = door.house
    house.hire("caseworker", "af_keeper")
    reference = ask(house, subject=SUBJECT)
    others = (house.login("caseworker").email, MUNICIPAL, REGION)
    everybody = (*others, AF_ADDRESS)
    with visit(browser, house.address, width=width) as keeper:
        keeper.sign_in(house.login("af_keeper"), first=f"/arenden/{reference}")
        propose(keeper)
        expect(road(keeper.page)).to_contain_text("förslag finns")
        assert outcomes(house, reference, "af_keeper")["meeting"] is None

        # Nobody signs in to answer, so one telephone will do for all three.
        with visit(browser, house.address, width=TELEPHONE, javascript=False) as participant:
            for address in others:
                answer(participant, link_to(house, reference, address), suggests=address == REGION)
        keeper.page.reload()
        proposal = keeper.page.get_by_role("article", name="Förslag på mötestider")
        expect(proposal).to_contain_text("Alla kan")
        expect(proposal).to_contain_text("Föreslagen av")
        look_at(keeper.page)

        proposal.get_by_role("button", name=re.compile("^Boka")).first.click()
        expect(road(keeper.page)).to_contain_text("Möte bokat i tid")
        assert outcomes(house, reference, "af_keeper")["meeting"] == "on_time"
        booked = [invitation(house, reference, "möte bokat", one, "REQUEST") for one in everybody]
        accept(door, booked, others, ACCEPTS[:3])
        await_answers(keeper)

        look_at(keeper.page)
        move(keeper)
        expect(road(keeper.page)).to_contain_text("Möte bokat i tid")
        assert outcomes(house, reference, "af_keeper")["meeting"] == "on_time"
        moved = [invitation(house, reference, "flyttat", one, "REQUEST") for one in everybody]
        accept(door, moved, others, ACCEPTS[3:])
        await_answers(keeper)

        keeper.page.get_by_role("button", name="Avboka mötet").click()
        expect(road(keeper.page)).to_contain_text("Möte bokas senast")
        assert outcomes(house, reference, "af_keeper")["meeting"] is None
        cancelled = [invitation(house, reference, "avbokat", one, "CANCEL") for one in everybody]

    for sequence, row in enumerate((booked, moved, cancelled)):
        assert {one.event["SEQUENCE"] for one in row} == {sequence}
    assert len({str(one.event["UID"]) for one in (*booked, *moved, *cancelled)}) == 1
    assert {one.event.start for one in moved} == {MOVED_TO}
    house.check_ledger()


def road(page: Page) -> Locator:
    return page.get_by_role("region", name="Frister")


def look_at(page: Page) -> None:
    """Nothing to scroll sideways, and in `make soak` nothing that hinders."""
    assert overhang(page) <= 0
    assert not size.IS_FULL or hindrances(page) == []


def propose(keeper: Visitor) -> None:
    """Propose the best times as they are suggested, and call two more: from the directory, and from outside it."""
    page = keeper.page
    page.get_by_role("link", name="Föreslå mötestider").first.click()
    page.get_by_text("Lägg till någon mer").click()
    page.get_by_label("Sök i katalogen").fill("missbruk")
    page.get_by_role("button", name="Sök", exact=True).click()
    page.get_by_role("button", name=re.compile("^Lägg till Vuxenenheten")).click()
    page.get_by_text("Lägg till någon mer").click()
    page.get_by_label("Part", exact=True).select_option("region-14")
    page.get_by_label("Funktion", exact=True).fill("rehabkoordinator")
    page.get_by_label("E-post till funktionen").fill(REGION)
    page.get_by_role("button", name="Lägg till", exact=True).click()
    look_at(page)
    page.get_by_role("button", name="Föreslå", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("Mötestiderna är föreslagna.")


def link_to(house: House, reference: str, address: str) -> str:
    """The personal link in the letter to one participant."""
    letter = house.post.await_one("mötestider", about=reference, to=address)
    assert SUBJECT not in text_of(letter)
    found = LINK.search(text_of(letter))
    assert found is not None, text_of(letter)
    return found[0]


def answer(participant: Visitor, link: str, *, suggests: bool) -> None:
    """Say yes to the first time and perhaps to the others, without signing in."""
    participant.open(link)
    page = participant.page
    times = page.get_by_role("group").filter(has=page.get_by_label("Kanske"))
    for place in range(times.count()):
        times.nth(place).get_by_text("Kan" if place == 0 else "Kanske", exact=True).click()
    page.get_by_role("group", name="Har du mandat").get_by_text("Ja", exact=True).click()
    if suggests:
        page.get_by_label("Dag", exact=True).fill(f"{SUGGESTED:%Y-%m-%d}")
        page.get_by_label("Klockslag", exact=True).fill(f"{SUGGESTED:%H:%M}")
    # Axe is a script, and these visitors have none.
    assert overhang(page) <= 0
    page.get_by_role("button", name=re.compile("^Skicka")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Tack, ditt svar är sparat")


def move(keeper: Visitor) -> None:
    page = keeper.page
    page.get_by_role("link", name="Flytta", exact=True).click()
    look_at(page)
    page.get_by_label("En egen tid").check()
    page.get_by_label("Egen dag").fill(f"{MOVED_TO:%Y-%m-%d}")
    page.get_by_label("Klockslag").fill(f"{MOVED_TO:%H:%M}")
    page.get_by_role("button", name="Flytta mötet").click()
    expect(page.get_by_role("article", name="Möte", exact=True)).to_contain_text(
        f"{day(MOVED_TO)} {clock_time(MOVED_TO)}"
    )


def invitation(house: House, reference: str, words: str, to: str, method: str) -> Told:
    """The one event of the letter, as a calendar program reads it: by Stockholm's clock, and nothing of the inquiry."""
    letter = house.post.await_one(words, about=reference, to=to)
    assert SUBJECT not in letter.as_string()
    calendar = icalendar.Calendar.from_ical(calendar_part(letter, method))
    assert str(calendar["METHOD"]) == method
    [event] = calendar.walk("VEVENT")
    assert isinstance(event, icalendar.Event)
    assert event["DTSTART"].params["TZID"] == "Europe/Stockholm"
    return Told(event, str(event["ORGANIZER"]).removeprefix("mailto:"))


def accept(door: Door, told: Sequence[Told], senders: Sequence[str], seeds: Sequence[str]) -> None:
    """Let each participant's calendar program say yes, each in the form of another client."""
    for one, sender, seed in zip(told, senders, seeds, strict=False):
        to = door.address(one, sender)
        content = itip.reply(
            seed,
            uid=str(one.event["UID"]),
            to=to,
            sender=sender,
            starts_at=one.event.start,
            minutes=45,
            sequence=int(one.event["SEQUENCE"]),
            stamp=door.house.now,
        )
        door.deliver(content, sender, to)


def await_answers(keeper: Visitor) -> None:
    """Look again until nobody is silent any more; the side that books can come."""
    people = keeper.page.get_by_role("article", name="Möte", exact=True).get_by_role("listitem")
    accepted = people.filter(has_text="Tackat ja")
    for _ in range(40):
        keeper.page.reload()
        if accepted.count() == people.count():
            break
        keeper.page.wait_for_timeout(250)
    expect(accepted).to_have_count(4)
