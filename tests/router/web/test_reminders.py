"""Pages of reminders: the plan of a mailbox with its preview, and how one is reminded oneself."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask

from config import clock
from config.audit import AuditEntry
from config.database import Database
from directory.records.accounts import Account
from router.flows import reminding, watch
from router.records.models import Deadline
from router.records.reminders import ReminderChoice, ReminderPlan
from tests.support.asking import ask, rows
from tests.support.browser import Reader, words
from tests.support.cast import AF_MAILBOX, Cast

PLAN = f"/brevlada/{AF_MAILBOX}/paminnelser"
OWN = {"fore-0-antal": "4", "fore-0-slag": "hours_before", "fore-0-till": "keepers", "version": "0"}


def test_an_owner_previews_a_plan_in_words_saves_it_and_gives_it_up(
    app: Flask, database: Database, cast: Cast
) -> None:
    ask(database, cast, wants_meeting=False)
    owner = Reader(app)
    owner.sign_in(cast.af_owner)
    page = words(owner.get(PLAN))
    assert "Nu gäller den gemensamma planen." in page
    assert "När 75 procent av tiden har gått, till den som bevakar" in page

    preview = words(owner.send(PLAN, seen=PLAN, steg="granska", **OWN))
    assert "4 arbetstimmar innan tiden går ut till den som bevakar" in preview
    assert "När tiden har gått ut till den som ansvarar" in preview
    assert "2 öppna löften följer planen" in preview
    assert rows(database, ReminderPlan) == []

    assert owner.send(PLAN, seen=PLAN, steg="spara", **OWN).status_code == 303
    assert "Planen är sparad" in words(owner.get(PLAN))
    [plan] = rows(database, ReminderPlan)
    assert (plan.id, plan.version) == (f"mailbox:{AF_MAILBOX}", 1)
    assert {row.planned_for for row in rows(database, Deadline)} == {None}
    # Somebody else saved meanwhile: what was seen is no longer what stands.
    owner.send(PLAN, seen=PLAN, steg="spara", **OWN)
    assert "Någon annan hann före" in words(owner.get(PLAN))

    assert owner.send(PLAN, seen=PLAN, steg="aterstall").status_code == 303
    assert rows(database, ReminderPlan) == []
    assert [row.action for row in rows(database, AuditEntry) if row.action == "reminder.plan"] == [
        "reminder.plan"
    ] * 2


def test_what_cannot_be_a_plan_is_said_and_what_was_typed_stays(app: Flask, cast: Cast) -> None:
    owner = Reader(app)
    owner.sign_in(cast.af_owner)
    for typed, sentence in (
        ({"fore-0-antal": "många"}, "Skriv antalet med siffror."),
        ({"fore-0-antal": "100", "fore-0-till": "keepers"}, "Antalet ska vara mellan 1 och 99."),
        ({"fore-0-antal": "50"}, "Välj minst en mottagare för varje steg."),
    ):
        answer = owner.send(PLAN, seen=PLAN, steg="spara", **typed)
        assert answer.status_code == 422
        assert sentence in words(answer)
        assert f'value="{typed["fore-0-antal"]}"' in answer.text


def test_a_plan_is_the_owners_and_administrators_to_change(app: Flask, cast: Cast) -> None:
    seen = {}
    for role in (
        "af_owner",
        "party_administrator",
        "administrator",
        "af_keeper",
        "caseworker",
        "municipal_owner",
    ):
        reader = Reader(app)
        reader.sign_in(getattr(cast, role))
        seen[role] = reader.get(PLAN).status_code, reader.get("/overenskommelser/x/paminnelser").status_code
    assert seen == {
        "af_owner": (200, 403),
        "party_administrator": (200, 403),
        "administrator": (200, 404),
        "af_keeper": (403, 403),
        "caseworker": (403, 403),
        "municipal_owner": (403, 403),
    }


def test_everybody_chooses_for_themselves(app: Flask, database: Database, cast: Cast) -> None:
    keeper, asker = Reader(app), Reader(app)
    keeper.sign_in(cast.af_keeper)
    page = words(keeper.get("/paminnelser"))
    assert "Varför får jag mejl? Den gemensamma planen gäller" in page
    chosen = {f"satt-{AF_MAILBOX}": "digest", "satt-kommun-1494-fs-brevlada": "off"}
    assert keeper.send("/paminnelser", seen="/paminnelser", **chosen).status_code == 303
    found = [(row.account_id, row.mailbox_id, row.way) for row in rows(database, ReminderChoice)]
    assert found == [(cast.af_keeper.actor.account_id, AF_MAILBOX, "digest")]
    assert keeper.send("/paminnelser", seen="/paminnelser", **{f"satt-{AF_MAILBOX}": "x"}).status_code == 422

    asker.sign_in(cast.caseworker)
    assert "Du får inga påminnelser" in words(asker.get("/paminnelser"))


def test_the_inquiry_says_which_step_which_plan_and_which_role(
    app: Flask, database: Database, cast: Cast
) -> None:
    reference = ask(database, cast, wants_meeting=False, now=clock.now() - timedelta(days=60))
    watch.sweep(database, clock.now())
    reminding.remind(database, clock.now())
    page = f"/arenden/{reference}/paminnelser"
    keeper, asker, outsider = Reader(app), Reader(app), Reader(app)
    keeper.sign_in(cast.af_keeper)
    assert page in keeper.get(f"/arenden/{reference}").text
    told = words(keeper.get(page))
    assert "När tiden har gått ut Den som bevakar (2 personer, även du) den gemensamma planen" in told
    assert "1 arbetsdag efter att tiden har gått ut Den som ansvarar för enheten ovanför" in told
    asker.sign_in(cast.caseworker)
    assert page not in asker.get(f"/arenden/{reference}").text
    outsider.sign_in(cast.outsider)
    assert (asker.get(page).status_code, outsider.get(page).status_code) == (403, 404)


def test_everybody_chooses_the_language_of_their_letters(app: Flask, database: Database, cast: Cast) -> None:
    asker = Reader(app)
    asker.sign_in(cast.caseworker)
    page = "/paminnelser"
    assert "Mejl till mig skrivs på" in words(asker.get(page))

    assert asker.send(page, seen=page, sprak="en").status_code == 303
    assert "Språket är sparat" in words(asker.get(page))
    [person] = [row for row in rows(database, Account) if row.email == cast.caseworker.email]
    assert person.language == "en"
    assert [row.facts for row in rows(database, AuditEntry) if row.facts.get("language")] == [
        {"language": "en"}
    ]

    refused = asker.send(page, seen=page, sprak="de")
    assert refused.status_code == 422
    [person] = [row for row in rows(database, Account) if row.email == cast.caseworker.email]
    assert person.language == "en"
