"""One mail as it can be read: its text, its HTML behind a fence, its bytes and its files."""

from __future__ import annotations

from urllib.parse import quote

from flask import Blueprint, g, render_template
from werkzeug.wrappers import Response

from config.words import say
from directory.web.session import database, required, settings
from router.flows import tray
from router.mail import clean
from router.rules.mailed import MailView
from router.rules.masked import masked
from router.web.tray import number_of

blueprint = Blueprint("mail_shown", __name__)

# A browser gives the document an origin of its own, runs nothing in it and fetches nothing for it.
FENCE = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox"
CLOSED = "default-src 'none'; sandbox"
# Types that a browser may be told of; it is told to save them all the same. Anything else is only bytes.
TOLD = frozenset({"application/pdf", "image/jpeg", "image/png", "image/gif", "text/plain", "text/calendar"})
BYTES = "application/octet-stream"
# What no file name may hold, whatever system it is saved on.
UNFIT = str.maketrans({one: "_" for one in '\\/:*?"<>|\x7f'} | {chr(one): "_" for one in range(32)})


@blueprint.get("/mejl/<mail_id>")
def shown(mail_id: str) -> str:
    actor = required()
    return _page(tray.view(database(), number_of(mail_id), actor, now=g.now))


@blueprint.post("/mejl/<mail_id>/visa-nummer")
def with_numbers(mail_id: str) -> str:
    """The same page with the numbers; whoever asks to see them is written down."""
    actor = required()
    return _page(tray.view(database(), number_of(mail_id), actor, now=g.now, numbers=True), numbers=True)


@blueprint.get("/mejl/<mail_id>/som-det-kom")
def original(mail_id: str) -> Response:
    actor, number = required(), number_of(mail_id)
    content = tray.original(database(), number, actor, now=g.now)
    return _given_out(content, f"mejl-{number}.eml", BYTES)


@blueprint.get("/mejl/<mail_id>/formaterat")
def formatted(mail_id: str) -> Response:
    """The HTML, cleaned anew at every view, as a document of its own that shares nothing with ours."""
    actor = required()
    html = tray.html(database(), number_of(mail_id), actor, now=g.now)
    response = Response(clean.document(html, masked, title=say("mailed.title")), mimetype="text/html")
    response.headers["Content-Security-Policy"] = FENCE
    return response


@blueprint.get("/filer/<file_id>")
def file(file_id: str) -> Response:
    actor = required()
    found = tray.file(database(), file_id, actor, scanned_only=bool(settings().clamd), now=g.now)
    return _given_out(found.content, masked(found.name), found.type if found.type in TOLD else BYTES)


def _page(view: MailView, *, numbers: bool = False) -> str:
    return render_template(
        "tray/mail.html", view=view, numbers=numbers, is_scanning=bool(settings().clamd), now=g.now
    )


def _given_out(content: bytes, name: str, type: str) -> Response:
    response = Response(content, mimetype=type)
    response.headers["Content-Disposition"] = disposition(name)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = CLOSED
    return response


def disposition(name: str) -> str:
    """`attachment` with a name for every browser (RFC 6266): plain letters, and the name itself in UTF-8."""
    fit = name.translate(UNFIT).strip(" .")[:150] or "fil"
    plain = fit.encode("ascii", "replace").decode().replace("?", "_")
    return (
        f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(fit.encode('utf-8', 'replace'), safe='')}"
    )
