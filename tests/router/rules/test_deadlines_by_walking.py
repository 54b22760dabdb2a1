"""Deadlines held against somebody who walks through the years minute by minute: tests/router/rules/walker.py."""

import random
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from itertools import product

import pytest

from directory.rules.agreements import Term, TermUnit
from router.rules import deadlines
from router.rules.calendars import DEFAULT, END_OF_DAY, Calendar, Interval, red_day
from router.rules.deadlines import Moves, Pause
from tests.router.rules import walker
from tests.router.rules.walker import BEGIN, LENGTH, MINUTE, MORNING, OFFICE, SPLIT, STOCKHOLM, Door, Spans
from tests.support import size

DAY = 24 * 60
DEADLINES = 10_000 if size.IS_FULL else 1_500
LONGEST = {TermUnit.WORKING_DAYS: 30, TermUnit.WORKING_HOURS: 60, TermUnit.CALENDAR_DAYS: 60}
# The nights the clock turns, the leap day, the turns of the years, Easters and midsummers.
TRIPPING = (
    *("2026-03-28", "2026-10-24", "2027-03-27", "2027-10-30", "2028-03-25"),
    *("2028-02-28", "2025-12-31", "2026-12-30", "2027-12-30"),
    *("2026-04-01", "2027-03-24", "2028-04-12", "2026-06-17", "2027-06-24", "2026-12-22"),
)
DOORS = {
    "default": Door((OFFICE,) * 5 + ((),) * 2),
    # Lunch, an evening to 24:00, a night from midnight, hours that begin and end inside the hour that is turned.
    "odd": Door(
        (SPLIT, SPLIT, (), SPLIT, ((480, 1440),), ((600, 1440),), ((0, 60), (90, 150), (165, 300))),
        (
            *(
                ("2026-04-02", MORNING),
                ("2026-12-23", MORNING),
                ("2026-12-30", MORNING),
                ("2026-06-18", MORNING),
            ),
            *(("2028-02-29", ((540, 600), (600, 615))), ("2026-12-25", ((0, 1440),)), ("2027-03-26", SPLIT)),
            *(("2026-11-20", ()), ("2027-06-24", ()), ("2026-03-28", ((1380, 1440),)), ("2026-10-24", ())),
        ),
    ),
    "round the clock": Door((((0, 1440),),) * 7, (("2026-10-25", ((0, 145),)),), red_days=False),
}


def hours(spans: Spans) -> tuple[Interval, ...]:
    return tuple(
        (time(*divmod(opens, 60)), END_OF_DAY if closes == 1440 else time(*divmod(closes, 60)))
        for opens, closes in spans
    )


def calendar(name: str) -> Calendar:
    if name == "default":
        return DEFAULT
    door = DOORS[name]
    return Calendar(
        name,
        1,
        tuple(hours(spans) for spans in door.weekly),
        red_day if door.red_days else lambda day: "",
        {date.fromisoformat(day): hours(spans) for day, spans in door.notes},
    )


CALENDARS = {name: calendar(name) for name in DOORS}


def minute_of(moment: datetime) -> int:
    return (moment - BEGIN) // MINUTE


def walked(name: str, start: int, term: Term, moves: Moves, pauses: walker.Minutes) -> datetime:
    door = DOORS[name]
    if term.unit is TermUnit.WORKING_DAYS:
        minute = walker.working_days(door, start, term.amount, pauses)
    elif term.unit is TermUnit.WORKING_HOURS:
        minute = walker.working_hours(door, start, term.amount, pauses)
    else:
        minute = walker.calendar_days(door, start, term.amount, pauses, moves)
    return BEGIN + minute * MINUTE


def found(name: str, start: int, term: Term, moves: Moves, pauses: walker.Minutes) -> datetime:
    spans = [Pause(BEGIN + begins * MINUTE, BEGIN + ends * MINUTE) for begins, ends in pauses]
    return deadlines.due(BEGIN + start * MINUTE, term, CALENDARS[name], pauses=spans, moves=moves).at


def some_start(chance: random.Random, name: str) -> int:
    if chance.random() < 0.1:
        return chance.choice(DOORS[name].closings[:700])
    if chance.random() < 0.5:
        return chance.randrange(DAY, LENGTH - 300 * DAY)
    begin = datetime.fromisoformat(chance.choice(TRIPPING)).replace(tzinfo=STOCKHOLM)
    # Often on the very hour, where doors open and close.
    return minute_of(begin) + chance.choice((chance.randrange(3 * DAY), 30 * chance.randrange(6 * 24)))


def some_pauses(chance: random.Random, name: str, start: int) -> walker.Minutes:
    pauses = []
    for _ in range(chance.choice((0, 0, 1, 1, 2, 3))):
        begins = start + chance.choice((chance.randrange(-2 * DAY, 20 * DAY), 30 * chance.randrange(400)))
        ends = begins + chance.choice((0, 1, 30, chance.randrange(2 * DAY), chance.randrange(12 * DAY)))
        # Often from one closing on, and up to another.
        closings = [one for one in DOORS[name].closings if one >= start][:20]
        if chance.random() < 0.3:
            ends = ends - begins + (begins := chance.choice(closings))
        if chance.random() < 0.3:
            ends = max(begins, chance.choice(closings))
        pauses.append((begins, ends))
    return tuple(pauses)


def test_the_walker_and_the_rules_agree_on_every_deadline() -> None:
    seed, chance = size.chance()
    for number in range(DEADLINES):
        name, unit, moves = (
            chance.choice(list(DOORS)),
            chance.choice(list(TermUnit)),
            chance.choice(list(Moves)),
        )
        start, term = some_start(chance, name), Term(chance.randint(1, LONGEST[unit]), unit)
        pauses = some_pauses(chance, name, start)
        expected = walked(name, start, term, moves, pauses)
        assert found(name, start, term, moves, pauses) == expected, (
            f"seed {seed}, number {number}: {term} from {BEGIN + start * MINUTE} in {name}, "
            f"moves {moves}, pauses {[[str(BEGIN + one * MINUTE) for one in pause] for pause in pauses]}"
        )


@pytest.mark.parametrize("name", DOORS)
def test_the_walker_and_the_rules_agree_on_the_days_that_trip_people(name: str) -> None:
    days = TRIPPING if size.IS_FULL else TRIPPING[::3]
    minutes: Sequence[int] = range(0, 3 * DAY, 30) if size.IS_FULL else range(0, 3 * DAY, 150)
    for day, minute, unit, amount in product(days, minutes, TermUnit, (1, 3, 7)):
        start = minute_of(datetime.fromisoformat(day).replace(tzinfo=STOCKHOLM)) + minute
        term = Term(amount, unit)
        assert found(name, start, term, Moves.EARLIER, ()) == walked(name, start, term, Moves.EARLIER, ()), (
            f"{term}, {minute} min into {day}"
        )


def test_within_a_minute_nothing_jumps() -> None:
    # The walker looks at the clock once a minute; between two looks the rules may only lie between both answers.
    seed, chance = size.chance()
    for _ in range(DEADLINES // 10):
        name, unit = chance.choice(list(DOORS)), chance.choice(list(TermUnit))
        start, term = some_start(chance, name), Term(chance.randint(1, 9), unit)
        within = timedelta(microseconds=chance.randrange(1, 60_000_000))
        at = deadlines.due(BEGIN + start * MINUTE + within, term, CALENDARS[name]).at
        earlier, later = (walked(name, start + past, term, Moves.EARLIER, ()) for past in (0, 1))
        assert earlier <= at <= later, f"seed {seed}: {term} from {BEGIN + start * MINUTE + within} in {name}"
        if unit is TermUnit.WORKING_HOURS and later - earlier == MINUTE:
            assert at == earlier + within, (
                f"seed {seed}: {term} from {BEGIN + start * MINUTE + within} in {name}"
            )
