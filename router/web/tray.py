"""Mail that waits for a person: the list, and what one may make of each. Each act is a form that leads back."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, flash, g, redirect, render_template, request
from werkzeug.wrappers import Response

from config.errors import Conflict, Invalid, NotFound
from config.words import say
from directory.flows.choices import area_name
from directory.rules import access
from directory.rules.access import Action, Scope
from directory.web.session import database, required, settings
from router.flows import asked_by_mail, by_hand, mail_room, taken_replies
from router.flows import tray as trays
from router.flows.asked_by_mail import Wanted
from router.records.asking import NoWay
from router.rules import mail_health
from router.rules.terms import InquiryKind
from router.web.marked import marks

blueprint = Blueprint("tray", __name__)
Answer = str | Response | tuple[str, int]
LAST_PAGE = 400
# Where each field of the form stands on the page.
FIELDS = {
    "/from_unit": "fran",
    "/to_entry_point": "till",
    "/area": "omrade",
    "/kind": "slag",
    "/subject": "rubrik",
    "/body": "text",
}


@blueprint.get("/mejl")
def tray() -> str:
    actor = required()
    is_spam = request.args.get("visa") == "skrap"
    page = min(max(request.args.get("sida", 1, type=int), 1), LAST_PAGE)
    found = trays.tray(database(), actor, spam=is_spam, offset=(page - 1) * trays.PAGE)
    g.waiting_mail = found.waiting
    runs = access.may(actor, Action.RUN_MAIL, Scope())
    return render_template(
        "tray/tray.html",
        tray=found,
        is_spam=is_spam,
        page=page,
        runs=runs,
        mailboxes=mail_room.mailboxes(database(), actor) if runs and not is_spam else (),
        is_late=mail_health.is_late,
        undoable=request.args.get("lades", type=int),
        now=g.now,
    )


@blueprint.post("/mejl/<mail_id>/lagg-in")
def attach(mail_id: str) -> Answer:
    actor, reference = required(), request.form.get("arende", "")
    number = number_of(mail_id)
    try:
        done = by_hand.attach(database(), number, reference, actor, settings=settings(), now=g.now)
    except (Conflict, Invalid, NotFound) as refused:
        code = "no_such_inquiry" if isinstance(refused, NotFound) else refused.code
        flash(say(f"refused.{code}", **refused.facts))
        return redirect(f"/mejl/{number}" if not isinstance(refused, Conflict) else "/mejl", 303)
    flash(say("done.mail_attached"))
    return redirect(f"/arenden/{done}", 303)


@blueprint.post("/mejl/<mail_id>/ta-emot-svaret")
def take_reply(mail_id: str) -> Answer:
    actor, number = required(), number_of(mail_id)
    try:
        reference, came = taken_replies.take(database(), number, actor, settings=settings(), now=g.now)
    except Conflict as refused:
        flash(say(f"refused.{refused.code}", **refused.facts))
        return redirect("/mejl", 303)
    flash(f"{say('done.reply_taken')} {say(f'because.{came}')}")
    return redirect(f"/arenden/{reference}", 303)


@blueprint.post("/mejl/<mail_id>/skrap")
def spam(mail_id: str) -> Answer:
    actor, number = required(), number_of(mail_id)
    return _act(lambda: by_hand.spam(database(), number, actor, now=g.now), to=f"/mejl?lades={number}")


@blueprint.post("/mejl/<mail_id>/angra")
def undo(mail_id: str) -> Answer:
    actor, number = required(), number_of(mail_id)
    return _act(lambda: by_hand.undo(database(), number, actor, now=g.now), done="mail_undone")


@blueprint.post("/mejl/<mail_id>/tillbaka")
def send_back(mail_id: str) -> Answer:
    actor, number = required(), number_of(mail_id)
    return _act(
        lambda: by_hand.send_back(database(), number, actor, settings=settings(), now=g.now),
        done="mail_returned",
        otherwise=f"/mejl/{number}",
    )


@blueprint.post("/mejl/<mail_id>/ge")
def give(mail_id: str) -> Answer:
    actor, number = required(), number_of(mail_id)
    mailbox = request.form.get("brevlada", "")
    return _act(lambda: by_hand.give(database(), number, mailbox, actor, now=g.now), done="mail_given")


@blueprint.get("/mejl/<mail_id>/ny-fraga")
def asking(mail_id: str) -> Answer:
    required()
    return _form(number_of(mail_id))


@blueprint.post("/mejl/<mail_id>/ny-fraga")
def ask(mail_id: str) -> Answer:
    actor, number, sent = required(), number_of(mail_id), request.form
    if "sok" in sent:
        return _form(number)
    wanted = Wanted(
        unit_id=sent.get("fran", ""),
        entry_point_id=sent.get("till", ""),
        kind=sent.get("slag", ""),
        area=sent.get("omrade", ""),
        subject=sent.get("rubrik", ""),
        body=sent.get("text", "").replace("\r\n", "\n"),
    )
    try:
        reference = asked_by_mail.ask(database(), number, wanted, actor, now=g.now)
    except (Invalid, NoWay) as refused:
        field = FIELDS.get(refused.field or "", "fran")
        return _form(number, {field: say(f"refused.{refused.code}", **refused.facts)}), refused.status
    except Conflict as refused:
        flash(say(f"refused.{refused.code}", **refused.facts))
        return redirect("/mejl", 303)
    flash(say("done.mail_asked"))
    return redirect(f"/arenden/{reference}", 303)


def _form(number: int, faults: dict[str, str] | None = None) -> str:
    sent = request.form
    found = asked_by_mail.form(database(), number, required(), text=sent.get("q", "")[:100])
    typed = sent.to_dict() if sent else {"rubrik": found.subject, "text": found.body}
    return render_template(
        "tray/ask.html",
        form=found,
        typed=typed,
        faults=faults or {},
        kinds=[one.value for one in InquiryKind],
        areas=[(code, area_name(database(), code)) for code in found.areas],
        marks={name: marks(typed.get(name, "")) for name in ("rubrik", "text")} if faults else {},
    )


def _act(act: Callable[[], None], *, done: str = "", to: str = "/mejl", otherwise: str = "/mejl") -> Answer:
    """Do it and lead back; what cannot be done is said there."""
    try:
        act()
    except (Conflict, Invalid) as refused:
        flash(say(f"refused.{refused.code}", **refused.facts))
        return redirect(otherwise, 303)
    if done:
        flash(say(f"done.{done}"))
    return redirect(to, 303)


def number_of(mail_id: str) -> int:
    """The number of a mail in an address. Raises NotFound for what is none."""
    if not (mail_id.isascii() and mail_id.isdigit() and len(mail_id) < 16):
        raise NotFound()
    return int(mail_id)
