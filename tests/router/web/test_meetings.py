"""The pages of an inquiry's meeting: proposing with one click, answering, booking, moving, and who may do it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from config import clock
from config.database import Database, table
from config.words import STOCKHOLM, rfc3339
from router.flows import desk, meetings, proposing, voting
from router.records import vote_links as links
from router.records.meeting_models import Meeting, MeetingTime, Participant, Vote
from router.records.models import Deadline, OutgoingMail
from router.rules.meeting_wishes import Invited, Proposed
from router.rules.terms import Ballot
from tests.support.asking import ask, count_everything, rows
from tests.support.browser import Reader, words
from tests.support.cast import MUNICIPAL_MAILBOX, Cast, Person
from tests.support.forms import filled
from tests.support.statements import statements

PERSONNUMMER = "19900101-2385"
WHY = "Kanariefågeln: vem gör vad?"


def enter(app: Flask, person: Person) -> Reader:
    reader = Reader(app)
    assert reader.sign_in(person).status_code == 303
    return reader


def submit(reader: Reader, page: str, action: str = "", **changes: str | list[str]) -> TestResponse:
    """Send the form of a page as it stands, but for the changes."""
    fields: Mapping[str, str | list[str]] = filled(reader.get(page).text, action or page) | changes
    return reader.client.post(action or page, data=fields)


def day(ahead: int, hour: int = 10) -> datetime:
    """A time in Stockholm, so many days from now and never at a weekend."""
    at = clock.now().astimezone(STOCKHOLM) + timedelta(days=ahead)
    at += timedelta(days=max(0, 7 - at.isoweekday()) + 1 if at.isoweekday() > 5 else 0)
    return at.replace(hour=hour, minute=0, second=0, microsecond=0)


def propose(database: Database, cast: Cast, **changes: object) -> str:
    """AF's keeper proposes two times to the asker and to the municipality. Returns the reference."""
    reference = ask(database, cast, now=clock.now())
    given: dict[str, object] = {
        "minutes": 45,
        "place": "Videomöte",
        "times": (day(12, 9), day(14, 11)),
        "why": WHY,
        "participants": (
            Invited(is_asker=True, has_mandate=True),
            Invited(mailbox_id="af-14-fk", has_mandate=True),
            Invited(entry_point_id=MUNICIPAL_MAILBOX, function="socialsekreterare"),
        ),
    }
    wanted = Proposed(**given | changes)  # type: ignore[arg-type]
    proposing.propose(database, reference, wanted, cast.af_keeper.actor, now=clock.now())
    return reference


def test_what_is_suggested_is_proposed_with_one_click(app: Flask, database: Database, cast: Cast) -> None:
    reference = ask(database, cast, now=clock.now())
    keeper = enter(app, cast.af_keeper)

    answer = submit(keeper, f"/arenden/{reference}/mote/foresla")

    assert (answer.status_code, answer.location) == (303, f"/arenden/{reference}#moten")
    shown = words(keeper.get(f"/arenden/{reference}"))
    assert "Mötestiderna är föreslagna." in shown
    assert "förslag finns" in shown
    assert "Bara Funktionsbrevlåda FK–AF Västra Götaland har svarat än." in shown
    assert "Har inte svarat: Försäkringskassan Västra Götaland." in shown
    assert len(rows(database, MeetingTime)) == 3
    letters = [row.recipient for row in rows(database, OutgoingMail) if row.letter == "times_proposed"]
    assert letters == [cast.caseworker.email]


# What is changed in the form, the field that is to be mended, and words of the sentence beside it.
REFUSALS: tuple[tuple[dict[str, str | list[str]], str, str], ...] = (
    ({"tider": []}, "tider", "minst en tid"),
    ({"slag": "reconciliation"}, "varfor", "varför"),
    ({"varfor": f"Gäller {PERSONNUMMER}", "slag": "reconciliation"}, "varfor", "personnummer"),
    ({"slag": "joint_mapping"}, "samtycke", "samtycke"),
    ({"slag": "sip", "samtycke": "oral", "samtycke_dag": "2026-01-08"}, "deltagare", "region"),
    ({"minuter": "0"}, "minuter", "minst 1"),
    ({"svar_senast": "2020-01-01"}, "svar_senast", "inte har varit"),
    ({"svar_senast": "snart"}, "svar_senast", "2026-12-24"),
    ({"plats-fraga": f"Hos {PERSONNUMMER}"}, "deltagare-fraga", "personnummer"),
    ({"ny-fri": "1", "adress-ny": "ingen adress"}, "adress-ny", "ingen e-postadress"),
    ({"ny-tid": "1", "egen_dag": "", "egen_tid": "10:00"}, "egen_dag", "Ange datum"),
)


def test_what_cannot_be_proposed_is_said_beside_its_field_and_kept(
    app: Flask, database: Database, cast: Cast
) -> None:
    reference = ask(database, cast, now=clock.now())
    keeper, page = enter(app, cast.af_keeper), f"/arenden/{reference}/mote/foresla"
    fields = filled(keeper.get(page).text, page) | {"plats": "Rum 3; vid torget"}
    for changes, field, sentence in REFUSALS:
        answer = keeper.client.post(page, data=fields | changes)
        if answer.status_code == 200:
            # What is only warned about was read now.
            answer = keeper.client.post(page, data=filled(answer.text, page))
        assert answer.status_code == 422, (changes, words(answer))
        assert sentence in words(answer), changes
        assert f'href="#{field}"' in answer.text, changes
        assert "Rum 3; vid torget" in answer.text
    assert not rows(database, Meeting)


def test_others_are_added_from_the_directory_and_outside_it(
    app: Flask, database: Database, cast: Cast
) -> None:
    reference = ask(database, cast, now=clock.now())
    keeper, page = enter(app, cast.af_keeper), f"/arenden/{reference}/mote/foresla"
    found = submit(keeper, page, sok="1", q="missbruk")
    assert f'name="ny-ingang" value="{MUNICIPAL_MAILBOX}"' in found.text

    added = submit(keeper, page, **{"ny-ingang": MUNICIPAL_MAILBOX, "plats": "Rum 3"})
    fields = filled(added.text, page) | {"ny-fri": "1", "funktion-ny": "rehabkoordinator"}
    both = keeper.client.post(
        page, data=fields | {"part-ny": "region-14", "adress-ny": "rehab@region.example"}
    )
    sent = filled(both.text, page)
    keeper.client.post(page, data=sent | {f"mandat-in-{MUNICIPAL_MAILBOX}": "ja"})

    people = {row.address: row for row in rows(database, Participant)}
    assert sent["plats"] == ["Rum 3"]
    assert people["vuxen@mariestad.example"].has_mandate is True
    assert people["rehab@region.example"].function == "rehabkoordinator"
    assert people["rehab@region.example"].party_id == "region-14"
    assert len(people) == 4


def test_what_speaks_against_a_proposal_is_read_before_it_is_sent(
    app: Flask, database: Database, cast: Cast
) -> None:
    reference = ask(database, cast, now=clock.now())
    keeper, page = enter(app, cast.af_keeper), f"/arenden/{reference}/mote/foresla"

    first = submit(keeper, page, **{"mandat-fraga": "nej"})
    assert first.status_code == 200
    assert "Har inte mandat att besluta: Försäkringskassan Västra Götaland." in words(first)
    assert not rows(database, Meeting)
    again = keeper.client.post(page, data=filled(first.text, page))

    assert again.status_code == 303
    assert len(rows(database, Meeting)) == 1


def test_each_side_sees_the_table_and_answers_for_itself(app: Flask, database: Database, cast: Cast) -> None:
    reference = propose(database, cast)
    asker = enter(app, cast.caseworker)
    first, second = (str(row.id) for row in rows(database, MeetingTime))
    own = next(row.id for row in rows(database, Participant) if row.is_asker)

    shown = asker.get(f"/arenden/{reference}")
    assert "Svara på tiderna" in words(shown)
    assert "vuxen@mariestad.example" not in shown.text
    answers = {f"svar-{own}-{first}": "yes", f"svar-{own}-{second}": "no"}
    saved = submit(asker, f"/arenden/{reference}/mote/svar", **answers)
    assert saved.status_code == 303

    shown = asker.get(f"/arenden/{reference}")
    assert "Ändra mina svar" in words(shown)
    assert {row.answer for row in rows(database, Vote) if row.participant_id == own} == {"yes", "no"}
    assert "Ingen tid passar alla än. Flest kan" in words(shown)


def test_a_missing_mandate_is_warned_about_before_booking(app: Flask, database: Database, cast: Cast) -> None:
    reference = propose(database, cast)
    keeper, page = enter(app, cast.af_keeper), f"/arenden/{reference}"
    time = rows(database, MeetingTime)[0].id
    for row in rows(database, Participant):
        vote(database, row.id, time, has_mandate=row.address != "vuxen@mariestad.example")

    asked = keeper.send(f"{page}/mote/boka", seen=page, tid=str(time))
    assert asked.location == f"{page}/mote/boka/{time}"
    confirm = keeper.get(asked.location)
    assert "Har inte mandat att besluta: Vuxenenheten" in words(confirm)
    assert [row.state for row in rows(database, Meeting)] == ["proposed"]
    keeper.client.post(f"{page}/mote/boka", data=filled(confirm.text, f"{page}/mote/boka"))

    shown = words(keeper.get(page))
    assert "Mötet är bokat." in shown
    assert "Möte bokat i tid" in shown
    # Whoever comes second finds it booked, and is told so.
    keeper.send(f"{page}/mote/boka", seen=page, tid=str(time))
    assert "Ett möte är redan bokat." in words(keeper.get(page))
    assert [row.state for row in rows(database, Meeting)] == ["booked"]


def test_a_time_that_suits_all_is_booked_with_one_click_and_moved(
    app: Flask, database: Database, cast: Cast
) -> None:
    reference = propose(database, cast)
    keeper, page = enter(app, cast.af_keeper), f"/arenden/{reference}"
    time = rows(database, MeetingTime)[0].id
    for row in rows(database, Participant):
        vote(database, row.id, time, has_mandate=True)
    assert "Alla kan " in words(keeper.get(page))

    assert keeper.send(f"{page}/mote/boka", seen=page, tid=str(time)).location == f"{page}#moten"
    moved = submit(
        keeper, f"{page}/mote/flytta", tid="egen", egen_dag=f"{day(15):%Y-%m-%d}", egen_tid="13:00"
    )
    assert moved.location == f"{page}#moten"
    own = next(row.id for row in rows(database, Participant) if row.mailbox_id == "af-14-fk")
    keeper.send(f"{page}/mote/kommer", seen=page, deltagare=str(own), svar="declined")
    assert "Tackat nej" in words(keeper.get(page))
    placed = submit(keeper, f"{page}/mote/plats", plats="Rum 3; vid torget")
    assert placed.location == f"{page}#moten"

    (row,) = rows(database, Meeting)
    assert (row.sequence, row.place) == (1, "Rum 3; vid torget")
    assert "13.00" in words(keeper.get(page))
    refused = submit(keeper, f"{page}/mote/flytta", tid="egen", egen_dag="2020-01-01", egen_tid="13:00")
    assert refused.status_code == 422
    assert "inte har varit" in words(refused)


def test_moving_past_a_promise_to_have_met_asks_once_more(app: Flask, database: Database, cast: Cast) -> None:
    reference = ask(database, cast, now=clock.now())
    wish = meetings.Wish(day(10), 45, "Rum 3")
    meetings.book(database, reference, wish, cast.af_keeper.actor, now=clock.now())
    due = clock.now() + timedelta(days=13)
    with database.writing() as session:
        promised = table(Deadline)
        meant = sa.update(promised).where(promised.c.kind == "meeting")
        session.execute(meant.values(stops_when="held", due_at=due, stopped_at=None, outcome=None))
    keeper, page = enter(app, cast.af_keeper), f"/arenden/{reference}/mote/flytta"

    late = submit(keeper, page, tid="egen", egen_dag=f"{day(20):%Y-%m-%d}", egen_tid="13:00")

    assert late.status_code == 200
    assert "Löftet om möte bryts." in words(late)
    assert rows(database, Meeting)[0].starts_at == wish.starts_at


def test_times_and_participants_change_and_the_proposal_is_taken_back(
    app: Flask, database: Database, cast: Cast
) -> None:
    reference = propose(database, cast)
    keeper, page = enter(app, cast.af_keeper), f"/arenden/{reference}"
    first = rows(database, MeetingTime)[0].id
    new = rfc3339(day(16, 14)) or ""

    assert submit(keeper, f"{page}/mote/tider", tider=[new], bort=str(first)).status_code == 303
    assert [row.withdrawn_at is None for row in rows(database, MeetingTime)] == [False, True, True]
    municipal = next(row.id for row in rows(database, Participant) if row.function)
    submit(keeper, f"{page}/mote/deltagare", **{f"mandat-{municipal}": "nej", f"form-{municipal}": "phone"})
    changed = next(row for row in rows(database, Participant) if row.id == municipal)
    assert (changed.has_mandate, changed.form) == (False, "phone")
    link = keeper.send(f"{page}/mote/lank", seen=page, deltagare=str(municipal))
    assert link.status_code == 303
    assert "En ny länk är skickad." in words(keeper.get(page))
    for nobody in ("9" * 30, "-1", "x", ""):
        assert keeper.send(f"{page}/mote/lank", seen=page, deltagare=nobody).status_code == 404
    submit(keeper, f"{page}/mote/deltagare", **{f"bort-{municipal}": "1"})
    assert submit(keeper, f"{page}/mote/ta-tillbaka").status_code == 303

    shown = words(keeper.get(page))
    assert "Förslaget är taget tillbaka." in shown
    assert "Föreslå mötestider" in shown


def test_who_has_no_part_in_it_gets_nowhere(app: Flask, database: Database, cast: Cast) -> None:
    reference = propose(database, cast)
    time = rows(database, MeetingTime)[0].id
    pages = ("foresla", "svar", "tider", f"boka/{time}", "ta-tillbaka", "flytta", "plats", "deltagare")
    acts = (
        "foresla",
        "svar",
        "tider",
        "boka",
        "ta-tillbaka",
        "lank",
        "kommer",
        "flytta",
        "plats",
        "deltagare",
    )
    for role, refused in (("outsider", {404}), ("administrator", {303, 302, 403})):
        stranger = enter(app, getattr(cast, role))
        before = count_everything(database)
        for path in pages:
            answer = stranger.get(f"/arenden/{reference}/mote/{path}")
            assert answer.status_code in refused, (role, path)
        for path in acts:
            answer = stranger.send(
                f"/arenden/{reference}/mote/{path}", seen="/", tid=str(time), deltagare="1", svar="declined"
            )
            assert answer.status_code in refused, (role, path)
        after = count_everything(database)
        # That it was read is written down; nothing else happens.
        assert {name for name in after if after[name] != before[name]} <= {"audit_entry"}
    assert "Kanariefågeln" not in enter(app, cast.administrator).get(f"/arenden/{reference}").text


def test_the_pages_ask_little_of_the_database(app: Flask, database: Database, cast: Cast) -> None:
    reference = propose(database, cast)
    keeper = enter(app, cast.af_keeper)

    with statements(database) as seen:
        assert keeper.get(f"/arenden/{reference}").status_code == 200
    assert len(seen) <= 18, seen
    other = ask(database, cast, now=clock.now())
    with statements(database) as seen:
        assert keeper.get(f"/arenden/{other}/mote/foresla").status_code == 200
    assert len(seen) <= 36, seen


def vote(database: Database, participant_id: int, time_id: int, *, has_mandate: bool) -> None:
    """Let a participant say by its link that it can."""
    now = clock.now()
    with database.writing() as session:
        participant = session.get_one(Participant, participant_id)
        token = links.link(session, participant, now=now, expires_at=now + timedelta(days=9))
    voting.vote(database, token, {time_id: Ballot.YES}, has_mandate=has_mandate, now=now)


def test_a_meeting_of_a_closed_question_can_still_be_moved_and_called_off(
    app: Flask, database: Database, cast: Cast
) -> None:
    reference = ask(database, cast, now=clock.now())
    wish = meetings.Wish(day(12), 45, "Rum 3")
    meetings.book(database, reference, wish, cast.af_keeper.actor, now=clock.now())
    desk.close(database, reference, cast.caseworker.actor, now=clock.now())
    asker = enter(app, cast.caseworker)
    assert "Flytta" in asker.get(f"/arenden/{reference}").text

    assert submit(asker, f"/arenden/{reference}", f"/arenden/{reference}/avboka").status_code == 303
    assert [row.state for row in rows(database, Meeting)] == ["cancelled"]
