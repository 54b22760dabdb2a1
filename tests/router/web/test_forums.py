"""Pages of forums: planned with a preview, put on an agenda from an inquiry, ordered, moved, and what came of it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from flask import Flask
from icalendar import Calendar

from config import clock
from config.database import Database
from router.records.forum_models import AgendaItem, ForumDate, ForumPlan
from router.rules.calendars import local_date
from router.rules.forum_wishes import Reason
from tests.support.asking import QUESTION, ask, rows
from tests.support.browser import Reader, words
from tests.support.cast import Cast, Person
from tests.support.forums import FORUM, dates, plan
from tests.support.statements import statements

PAGE = f"/forum/{FORUM}"
PLAN = {
    "ofta": "week-1",
    "veckodag": "1",
    "vilken": "1",
    "tid": "13:00",
    "minuter": "60",
    "plats": "Rum 3",
    "stanger": "0",
    "stangt": "later",
}


def enter(app: Flask, person: Person) -> Reader:
    reader = Reader(app)
    assert reader.sign_in(person).status_code == 303
    return reader


def today_and(days: int) -> str:
    return (local_date(clock.now()) + timedelta(days=days)).isoformat()


def test_an_administrator_plans_a_forum_after_seeing_its_dates(
    app: Flask, database: Database, cast: Cast
) -> None:
    chair = enter(app, cast.party_administrator)
    listed = words(chair.get("/forum"))
    assert listed.count("Ingen plan än") == 3
    page = words(chair.get(PAGE))
    assert "Katalogen säger 1/week." in page
    assert "Ingen har planerat forumet än" in page

    wanted = PLAN | {"borjar": today_and(1)}
    seen = chair.send(f"{PAGE}/plan", seen=PAGE, steg="granska", **wanted)
    assert "Varje tisdag, klockan 13.00, 60 minuter." in words(seen)
    assert "nya datum, det första" in words(seen)
    assert rows(database, ForumPlan) == []
    again = chair.send(f"{PAGE}/plan", seen=PAGE, steg="andra", **wanted)
    assert 'value="Rum 3"' in again.text

    saved = chair.send(f"{PAGE}/plan", seen=PAGE, steg="spara", version="0", **wanted)
    assert saved.headers["Location"] == PAGE
    page = words(chair.get(PAGE))
    assert "Planen är sparad. Nya datum: 5" in page
    assert "Varje tisdag, klockan 13.00, 60 minuter" in page
    thursdays = wanted | {"veckodag": "3", "heldag": "ja"}
    seen = chair.send(f"{PAGE}/plan", seen=PAGE, steg="granska", **thursdays)
    assert re.search(r"5\d datum flyttas: tisdag .* blir torsdag", words(seen))
    stale = chair.send(f"{PAGE}/plan", seen=PAGE, steg="spara", version="0", **thursdays)
    assert stale.status_code == 303
    assert "Någon annan hann före" in words(chair.get(PAGE))


WRONG: tuple[tuple[dict[str, str], str], ...] = (
    ({"ofta": ""}, "Välj hur ofta forumet möts."),
    ({"veckodag": ""}, "Välj minst en dag"),
    ({"ofta": "month-1", "veckodag": "1", "vilken": "9"}, "Välj hur ofta"),
    ({"tid": "kl 9"}, "Ange ett klockslag"),
    ({"minuter": "5"}, "mellan 15 och 600"),
    ({"stanger": "x"}, "Skriv antalet med siffror."),
    ({"borjar": "snart"}, "Ange dagen som 2026-12-24."),
    ({"slutar": "2026-01-01"}, "Slutdagen ligger före startdagen."),
    ({"plats": "Hos 19900101-2385"}, "personnummer"),
)


def test_what_is_no_plan_is_said_at_its_field_and_nothing_is_kept(
    app: Flask, database: Database, cast: Cast
) -> None:
    chair = enter(app, cast.party_administrator)

    for typed, sentence in WRONG:
        wanted = PLAN | {"borjar": "2026-12-01"} | typed
        answer = chair.send(f"{PAGE}/plan", seen=PAGE, steg="spara", **wanted)
        assert (answer.status_code, sentence in words(answer)) == (422, True), typed

    assert rows(database, ForumPlan) == []


def test_from_the_inquiry_to_the_agenda_and_back(app: Flask, database: Database, cast: Cast) -> None:
    now = clock.now()
    plan(database, cast, starts_on=local_date(now), now=now, closes_days=0)
    reference = ask(database, cast, now=now)
    asker, keeper, outsider = (enter(app, one) for one in (cast.caseworker, cast.af_keeper, cast.outsider))
    page = f"/arenden/{reference}/forum"
    form = asker.get(page)
    assert 'value="Fråga om ett ärende: Rehabilitering"' in form.text
    assert QUESTION.subject not in form.text
    day = dates(database)[1].day.isoformat()
    wish = {"datum": f"{FORUM}/{day}", "rubrik": QUESTION.subject, "minuter": "20"}

    refused = asker.send(page, seen=page, **wish)
    assert (
        refused.status_code,
        "inte ärendets" in words(refused) or "ärendets rubrik" in words(refused),
    ) == (
        422,
        True,
    )
    assert asker.send(page, seen=page, **wish | {"datum": ""}).status_code == 422
    put = asker.send(page, seen=page, **wish | {"rubrik": "Gemensam planering"})
    assert put.headers["Location"] == page
    assert "Frågan står på dagordningen." in words(asker.get(page))

    agenda = keeper.get(f"{PAGE}/{day}")
    assert f'href="/arenden/{reference}"' in agenda.text
    assert "1. Gemensam planering" in words(agenda)
    closed = outsider.get(f"{PAGE}/{day}")
    assert "Gemensam planering" not in closed.text
    assert "läses av dem som arbetar hos någon av parterna" in words(closed)
    assert QUESTION.subject not in agenda.text + closed.text

    booked = asker.send(f"{page}/boka", seen=page, datum=f"{FORUM}/{day}")
    assert booked.headers["Location"] == f"/arenden/{reference}"
    told = words(asker.get(f"/arenden/{reference}"))
    assert "tog upp frågan på dagordningen för Förstärkt samarbete FK–AF" in told
    assert "bokade ett möte" in told
    [item] = rows(database, AgendaItem)
    off = asker.send(f"{PAGE}/{day}/ta-bort", seen=page, punkt=str(item.id), arende=reference)
    assert off.headers["Location"] == page
    assert "tog bort frågan från dagordningen" in words(asker.get(f"/arenden/{reference}"))


def test_the_chair_orders_moves_and_says_what_came_of_it(app: Flask, database: Database, cast: Cast) -> None:
    now = clock.now()
    plan(database, cast, starts_on=local_date(now), now=now, closes_days=0)
    asker, chair = enter(app, cast.caseworker), enter(app, cast.party_administrator)
    day = dates(database)[1].day
    here = f"{PAGE}/{day.isoformat()}"
    for number in (1, 2):
        page = f"/arenden/{ask(database, cast, now=now)}/forum"
        asker.send(page, seen=page, datum=f"{FORUM}/{day}", rubrik=f"Punkt {number}", minuter="20")
    first, second = (row.id for row in rows(database, AgendaItem))

    chair.send(f"{here}/ordna", seen=here, punkt=str(first), vart="ner")
    page = words(chair.get(here))
    assert page.index("Punkt 2") < page.index("Punkt 1")
    assert "Tidigare" not in words(asker.get(here))
    assert asker.send(f"{here}/ordna", seen=here, punkt=str(first), vart="ner").status_code == 403
    early = chair.send(
        f"{here}/avsluta", seen=here, **{f"punkt-{first}": "taken", f"punkt-{second}": "taken"}
    )
    assert early.status_code == 303
    assert "Forumet har inte börjat än." in words(chair.get(here))
    to = (day + timedelta(days=1)).isoformat()
    wish = {"dag": to, "tid": "08:30", "minuter": "60", "plats": "", "skal": Reason.ROOM.value}
    assert chair.send(f"{here}/flytta", seen=here, **wish).headers["Location"] == PAGE
    there = f"{PAGE}/{to}"
    assert "Flyttat från" in words(chair.get(there))
    chair.send(f"{there}/stall-in", seen=there, skal="absence")
    after = dates(database)[2]
    with database.writing() as session:
        row = session.get(ForumDate, after.id)
        assert row is not None
        row.day, row.starts_at = local_date(now), datetime.combine(now.date(), datetime.min.time(), UTC)

    held = f"{PAGE}/{local_date(now).isoformat()}"
    items = [row.id for row in rows(database, AgendaItem) if row.state == "on"]
    half = chair.send(f"{held}/avsluta", seen=held, **{f"punkt-{items[0]}": "taken"})
    assert (half.status_code, "Ange för varje punkt" in words(half)) == (422, True)
    came = {"kom-fk": "ja", "funktion-fk": "handläggare, chef", "kom-af": "nej"}
    done = {f"punkt-{items[0]}": "taken", f"punkt-{items[1]}": "postponed"}
    assert chair.send(f"{held}/avsluta", seen=held, **came, **done).status_code == 303
    page = words(chair.get(held))
    assert "Försäkringskassan chef, handläggare" in page
    assert "Arbetsförmedlingen Kom inte" in page


def test_the_calendar_file_says_when_and_where_and_nothing_else(
    app: Flask, database: Database, cast: Cast
) -> None:
    now = clock.now()
    plan(database, cast, starts_on=local_date(now), now=now, place="Rum 3; våning 2")
    anybody = enter(app, cast.outsider)

    answer = anybody.get(f"{PAGE}/kalender.ics")

    assert answer.mimetype == "text/calendar"
    events = Calendar.from_ical(answer.data).walk("VEVENT")
    assert len(events) >= 50
    assert {str(one["LOCATION"]) for one in events} == {"Rum 3; våning 2"}
    assert {str(one["SUMMARY"]) for one in events} == {"Förstärkt samarbete FK–AF"}
    assert not {"ATTENDEE", "ORGANIZER", "DESCRIPTION"} & {name for one in events for name in one}


def test_pages_have_one_heading_and_cost_few_statements(app: Flask, database: Database, cast: Cast) -> None:
    now = clock.now()
    plan(database, cast, starts_on=local_date(now), now=now)
    chair = enter(app, cast.party_administrator)
    day = dates(database)[0].day.isoformat()
    for path, most in (("/forum?omrade=14&part=af", 12), (PAGE, 16), (f"{PAGE}/{day}", 12)):
        with statements(database) as seen:
            answer = chair.get(path)
        assert answer.status_code == 200
        assert len(re.findall(r"<h1\b", answer.text)) == 1
        assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:", answer.text)
        assert len(seen) <= most, f"{path}: {len(seen)}\n" + "\n".join(seen)
    assert chair.get("/forum/saknas").status_code == 404
    assert chair.get(f"{PAGE}/2026-02-30").status_code == 404
    assert "Inget forum i urvalet" in words(chair.get("/forum?omrade=2480"))
