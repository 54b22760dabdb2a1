"""The page of those who run the mail: how it stands, trials of sending and fetching, domains and relays."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, flash, g, redirect, render_template, request
from werkzeug.wrappers import Response

from config.errors import Conflict, Invalid
from config.words import say
from directory.web.session import database, required, settings
from router.flows import mail_agreements, mail_room
from router.rules.terms import ArrivalState, MailKind

blueprint = Blueprint("mail_room", __name__)
Answer = str | Response | tuple[str, int]
COUNTED = (
    "all",
    ArrivalState.SORTED,
    ArrivalState.HELD,
    MailKind.UNPARSED,
    MailKind.BOUNCE,
    MailKind.AUTOMATIC,
)
FIELDS = {
    "/domain": "doman",
    "/party": "part",
    "/unit": "enhet",
    "/mailbox": "brevlada",
    "/host": "server",
    "/port": "port",
    "/agreed_on": "dag",
}


@blueprint.get("/mejldrift")
def shown() -> str:
    required()
    return _page()


@blueprint.post("/mejldrift/prova-skicka")
def try_sending() -> Answer:
    actor = required()
    trouble = mail_room.try_sending(database(), settings(), actor, now=g.now)
    return _told(trouble, "mail_trial_sent")


@blueprint.post("/mejldrift/prova-hamta")
def try_fetching() -> Answer:
    actor = required()
    trouble = mail_room.try_fetching(database(), settings(), actor, now=g.now)
    return _told(trouble, "mail_fetch_works")


@blueprint.post("/mejldrift/domaner")
def add_domain() -> Answer:
    actor, sent = required(), request.form
    try:
        mail_agreements.add_domain(
            database(),
            sent.get("doman", ""),
            actor,
            party_id=sent.get("part", ""),
            unit_id=sent.get("enhet", ""),
            settings=settings(),
            now=g.now,
        )
    except (Invalid, Conflict) as refused:
        return _refused(refused, "doman")
    flash(say("done.domain_added"))
    return redirect("/mejldrift#domaner", 303)


@blueprint.post("/mejldrift/domaner/ta-bort")
def remove_domain() -> Answer:
    actor = required()
    mail_agreements.remove_domain(database(), request.form.get("doman", ""), actor, now=g.now)
    flash(say("done.domain_removed"))
    return redirect("/mejldrift#domaner", 303)


@blueprint.post("/mejldrift/servrar")
def add_relay() -> Answer:
    actor, sent = required(), request.form
    try:
        mail_agreements.add_relay(
            database(),
            sent.get("brevlada", ""),
            actor,
            host=sent.get("server", ""),
            port=sent.get("port", 0, type=int),
            agreed_on=_day(sent.get("dag", "")),
            now=g.now,
        )
    except (Invalid, Conflict) as refused:
        return _refused(refused, "brevlada")
    flash(say("done.relay_added"))
    return redirect("/mejldrift#servrar", 303)


@blueprint.post("/mejldrift/servrar/avsluta")
def end_relay() -> Answer:
    actor = required()
    mail_agreements.end_relay(database(), request.form.get("brevlada", ""), actor, now=g.now)
    flash(say("done.relay_ended"))
    return redirect("/mejldrift#servrar", 303)


def _told(trouble: str, done: str) -> Response:
    # What a trial found is told where it was tried.
    flash(say(f"mail_trouble.{trouble}") if trouble else say(f"done.{done}"))
    return redirect("/mejldrift", 303)


def _refused(refused: Invalid | Conflict, otherwise: str) -> Answer:
    field = FIELDS.get(refused.field or "", otherwise)
    return _page({field: say(f"refused.{refused.code}", **refused.facts)}), refused.status


def _page(faults: dict[str, str] | None = None) -> str:
    actor = required()
    return render_template(
        "mail_room/room.html",
        room=mail_room.room(database(), settings(), actor, now=g.now),
        agreed=mail_agreements.agreed(database(), actor),
        mailboxes=mail_room.mailboxes(database(), actor),
        settings=settings(),
        counted=[str(one) for one in COUNTED],
        faults=faults or {},
        typed=request.form,
        now=g.now,
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
