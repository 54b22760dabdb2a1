"""What happens to each question of the demonstration: who asks whom about what, and when it moves on."""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from config.words import STOCKHOLM
from router.rules import calendars
from router.rules.incoming import Incoming

TEXTS = Path(__file__).resolve().parent.parent.parent / "templates" / "demo" / "inquiries.toml"
SKARABORG = {
    "1493": "Mariestad",
    "1496": "Skövde",
    "1499": "Falköping",
    "1494": "Lidköping",
    "1495": "Skara",
    "1472": "Tibro",
    "1473": "Töreboda",
    "1498": "Tidaholm",
}


@dataclass(frozen=True, slots=True)
class Route:
    """Who asks (unit and person), whom (mailbox and its keepers), and how often of a hundred and fifty times."""

    texts: str
    unit: str
    askers: tuple[str, ...]
    entry_point: str
    keepers: tuple[str, ...]
    times: int
    places: tuple[str, ...] = ("1493",)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing done by one person at one time. `what` is a verb of `router.demo.timeline`."""

    at: datetime
    what: str
    actor: str
    text: str = ""
    starts_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """A question and what follows; steps that lie in the future are still to come."""

    asked_at: datetime
    asker: str
    incoming: Incoming
    steps: tuple[Step, ...]


ANYWHERE = tuple(SKARABORG)
FK, AF, AME, FS, IFO = "@fk.example", "@af.example", "kommun-1493-ame", "kommun-1493-fs", "kommun-1493-ifo"
ANNA, MIKAEL, ULLA = f"anna.lindqvist{FK}", f"mikael.strand{FK}", f"ulla.nord{FK}"
SARA, JOHAN, LEILA = f"sara.holm{AF}", f"johan.berg{AF}", f"leila.nouri{AF}"
EMMA, AMINA, DAVID, PETER = (
    f"{name}@mariestad.example" for name in ("emma.sjogren", "amina.yusuf", "david.kron", "peter.wallin")
)
NIKLAS, MARIA = "niklas.hall@skovde.example", "maria.sand@finsam.example"
HELENA, TOVE, OSKAR = (f"{name}@vgr.example" for name in ("helena.brandt", "tove.lind", "oskar.friberg"))
VC, PSYK = "region-14-vc-1493-1", "region-14-psyk-1493-rehab"

ROUTES = (
    Route("fk-af", "fk-14", (ANNA, ANNA, MIKAEL), "af-14-fk", (SARA, JOHAN), 38, ANYWHERE),
    Route("af-fk", "af-14", (SARA, LEILA), "fk-14-af", (MIKAEL, ULLA), 24, ANYWHERE),
    Route("kommun-af", AME, (EMMA,), "af-14-ingang", (LEILA, JOHAN), 12),
    Route("kommun-af", FS, (AMINA,), "af-14-ingang", (LEILA, JOHAN), 8),
    Route("kommun-af", "kommun-1496-ame", (NIKLAS,), "af-14-ingang", (LEILA,), 6, ("1496",)),
    Route("fk-vc", "fk-14", (ANNA, MIKAEL), f"{VC}-rehab", (HELENA, TOVE), 15),
    Route("af-ame", "af-14", (SARA, LEILA), "kommun-1493-ame-brevlada", (EMMA,), 12),
    Route("af-ame", "af-14", (LEILA,), "kommun-1496-ame-brevlada", (NIKLAS,), 5, ("1496",)),
    Route("af-fs", "af-14", (SARA,), "kommun-1493-fs-brevlada", (AMINA, DAVID), 8),
    Route("fk-ifo", "fk-14", (ANNA,), "kommun-1493-ifo-mottagning", (PETER,), 6),
    Route("vc-fk", VC, (HELENA,), "fk-14-vard", (ULLA,), 8),
    Route("fk-psyk", "fk-14", (ANNA,), PSYK, (OSKAR,), 3),
    Route("ifo-psyk", IFO, (PETER,), PSYK, (OSKAR,), 3),
    Route("flerpart", "fk-14", (ANNA,), "sf-skaraborg-beredning", (MARIA,), 4),
)


@cache
def texts() -> dict[str, Any]:
    with TEXTS.open("rb") as file:
        return tomllib.load(file)


def write(start: datetime, now: datetime, chance: random.Random) -> list[Scene]:
    """Every question of the period, with all that would happen to it in time."""
    days = list(working_days(start, now))
    # More in the last days, so that a queue shows what is due today and tomorrow and not only what was missed.
    weights = [1] * (len(days) - 4) + [4] * 4
    scenes = []
    for route in ROUTES:
        wordings = [text for text in texts()["text"] if text["route"] == route.texts]
        chance.shuffle(wordings)
        for number in range(route.times):
            asked_at = _moment(chance.choices(days, weights)[0], chance)
            if asked_at < now:
                scenes.append(_scene(route, wordings[number % len(wordings)], asked_at, chance))
    return scenes


def working_days(start: datetime, end: datetime) -> Iterator[date]:
    day = start.astimezone(STOCKHOLM).date()
    while day <= end.astimezone(STOCKHOLM).date():
        if calendars.DEFAULT.is_open_day(day):
            yield day
        day += timedelta(days=1)


def _moment(day: date, chance: random.Random, *, first: int = 8) -> datetime:
    """Some minute of a working day, now and then in the evening."""
    hour = 18 if chance.random() < 0.04 else chance.randint(first, 15)
    return datetime.combine(day, time(hour, chance.randint(1, 29)), STOCKHOLM)


def _later(at: datetime, days: int, chance: random.Random) -> datetime:
    """After so many working days, at some hour; on the same day an hour or more later."""
    if days == 0:
        return at + timedelta(minutes=chance.randint(35, 160))
    ahead = list(working_days(at + timedelta(days=1), at + timedelta(days=days * 2 + 12)))
    return _moment(ahead[days - 1], chance)


def _scene(route: Route, wording: dict[str, Any], asked_at: datetime, chance: random.Random) -> Scene:
    area = chance.choice(route.places)
    facts = {
        "place": SKARABORG[area],
        "person": chance.choice(texts()["young" if wording.get("young") else "people"]),
        "months": chance.choice(texts()["months"]),
    }
    asker = chance.choice(route.askers)
    incoming = Incoming(
        from_unit=route.unit,
        to_entry_point=route.entry_point,
        kind=wording["kind"],
        topic=wording["topic"],
        area=area,
        subject=wording["subject"],
        body=_written(wording["body"], facts),
        our_reference=f"{asked_at.year}-{chance.randint(1000, 9999)}" if chance.random() < 0.5 else "",
        wants_meeting=wording["meeting"],
    )
    keeper = chance.choice(route.keepers)
    answer = _written(wording["answer"], facts)
    steps = _steps(asked_at, (asker, keeper), answer, chance, wants_meeting=wording["meeting"])
    return Scene(asked_at, asker, incoming, tuple(steps))


def _written(text: str, facts: dict[str, str]) -> str:
    """The text filled in, with a capital where a filled-in word begins a sentence."""
    return re.sub(r"(^|[.?!] )([a-zåäö])", lambda hit: hit[1] + hit[2].upper(), text.format(**facts))


def _steps(
    asked_at: datetime, people: tuple[str, str], answer: str, chance: random.Random, *, wants_meeting: bool
) -> Iterator[Step]:
    """Mostly in time; some late, some never, some taken back."""
    asker, keeper = people
    fate = chance.random()
    if fate < 0.03:
        yield Step(_later(asked_at, 0, chance), "close", asker)
        return
    if fate < 0.05:
        return
    claimed_at = _later(asked_at, chance.choices((0, 1, 2, 4), (60, 33, 5, 2))[0], chance)
    yield Step(claimed_at, "claim", keeper)
    if chance.random() < 0.04:
        yield Step(claimed_at + timedelta(minutes=20), "release", keeper)
        claimed_at = _later(claimed_at, 1, chance)
        yield Step(claimed_at, "claim", keeper)
    if chance.random() < 0.28:
        yield Step(claimed_at + timedelta(minutes=9), "note", keeper, chance.choice(texts()["notes"]))
    answered_at = _later(claimed_at, chance.choices((0, 1, 2, 3, 8), (36, 36, 20, 5, 3))[0], chance)
    answered_at = max(answered_at, claimed_at + timedelta(minutes=15))
    if fate < 0.98:
        yield Step(answered_at, "write", keeper, answer)
        yield from _afterwards(answered_at, people, wants_meeting, chance)


def _afterwards(
    answered_at: datetime, people: tuple[str, str], wants_meeting: bool, chance: random.Random
) -> Iterator[Step]:
    asker, keeper = people
    at = answered_at
    if chance.random() < 0.12:
        at = _later(answered_at, 1, chance)
        yield Step(at, "write", asker, chance.choice(texts()["follow_ups"]))
        at = _later(at, 1, chance)
        yield Step(at, "write", keeper, texts()["thanks"])
    if wants_meeting and chance.random() < 0.9:
        at = _later(at, chance.choice((1, 2, 4, 7, 12)), chance)
        yield _booking(at, chance.choice(people), chance)
        if chance.random() < 0.15:
            at = _later(at, 2, chance)
            yield Step(at, "cancel", chance.choice(people))
            if chance.random() < 0.7:
                at = _later(at, 1, chance)
                yield _booking(at, keeper, chance)
    if chance.random() < 0.85:
        yield Step(_later(at, chance.randint(1, 6), chance), "close", chance.choice((asker, asker, keeper)))


def _booking(at: datetime, actor: str, chance: random.Random) -> Step:
    days = list(working_days(at + timedelta(days=4), at + timedelta(days=30)))
    starts_at = datetime.combine(chance.choice(days), time(chance.choice((9, 10, 13, 14))), STOCKHOLM)
    return Step(at, "book", actor, chance.choice(texts()["places"]), starts_at)
