"""Files, bytes and HTML of a mail: who gets them, and that a browser can do nothing with them but save them."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from config import clock
from config.audit import AuditEntry
from config.database import Database
from config.settings import Settings
from router.flows import by_hand, scanning
from router.mail.reply_to import reply_address
from router.records.mail_models import Attachment
from router.records.models import Leg, Message
from router.web.mail_shown import disposition
from tests.support.asking import ask, rows
from tests.support.browser import Reader, words
from tests.support.cast import MUNICIPAL_MAILBOX, Cast, Person
from tests.support.waiting_mail import RAW, hold

EVIL = "<script>alert(1)</script>"


@pytest.fixture
def settings(make_settings: object) -> Settings:
    return make_settings(mail_domain="svar.samvag.example")  # type: ignore[operator, no-any-return]


def enter(app: Flask, person: Person) -> Reader:
    reader = Reader(app)
    assert reader.sign_in(person).status_code == 303
    return reader


def test_a_file_is_bytes_to_save_under_four_headers(app: Flask, database: Database, cast: Cast) -> None:
    files = [
        ('Plan "3"\r\nSet-Cookie: x=1; å/..\\.pdf', "application/pdf", b"%PDF", "clean"),
        ("sida.html", "text/html", EVIL.encode(), "clean"),
        ("bild.svg", "image/svg+xml", b"<svg onload=alert(1)>", "unscanned"),
    ]
    held = hold(database, files=files, html=f"<p>hej</p>{EVIL}")
    keeper, outsider = enter(app, cast.af_keeper), enter(app, cast.outsider)
    types = []
    for one in sorted(rows(database, Attachment), key=lambda row: row.place):
        answer = keeper.get(f"/filer/{one.id}")
        assert answer.status_code == 200 and answer.data == one.content
        types.append(answer.headers["Content-Type"].partition(";")[0])
        assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert "Set-Cookie" not in answer.headers and answer.headers["Cache-Control"] == "no-store"
        assert outsider.get(f"/filer/{one.id}").status_code == 404
        assert enter(app, cast.administrator).get(f"/filer/{one.id}").status_code == 403
    assert types == ["application/pdf", "application/octet-stream", "application/octet-stream"]
    assert keeper.get("/filer/" + "0" * 32).status_code == 404

    raw = keeper.get(f"/mejl/{held}/som-det-kom")
    assert raw.data.startswith(RAW) and raw.headers["Content-Type"] == "application/octet-stream"
    html = keeper.get(f"/mejl/{held}/formaterat")
    policy = html.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none';") and policy.endswith("; sandbox")
    assert "hej" in html.text and "script" not in html.text
    with database.reading() as session:
        actions = session.scalars(
            sa.select(AuditEntry.action).where(AuditEntry.object_kind == "incoming_mail")
        ).all()
    assert actions.count("mail.file") == 3 and actions.count("mail.fetch") == 1 and "mail.read" in actions


def test_what_the_scanner_stopped_is_never_given_out(
    app: Flask, database: Database, cast: Cast, settings: Settings
) -> None:
    files = [(f"{one}.pdf", "application/pdf", one.encode(), one) for one in ("infected", "failed")]
    held = hold(database, files=[*files, ("ny.pdf", "application/pdf", b"new", "unscanned")])
    keeper = enter(app, cast.af_keeper)
    page = words(keeper.get(f"/mejl/{held}"))
    assert "infected.pdf stoppad av virusskydd" in page and "failed.pdf kunde inte genomsökas" in page
    assert "ny.pdf 3 byte, ej genomsökt" in page
    found = {row.name: row.id for row in rows(database, Attachment)}
    assert keeper.get(f"/filer/{found['infected.pdf']}").status_code == 409
    assert keeper.get(f"/filer/{found['failed.pdf']}").status_code == 409
    assert keeper.get(f"/filer/{found['ny.pdf']}").status_code == 200

    # Where somebody is asked, what nobody has looked at waits; when the scanner is back it is given out.
    app.extensions["samvag.settings"] = settings.model_copy(update={"clamd": "127.0.0.1:3310"})
    assert keeper.get(f"/filer/{found['ny.pdf']}").status_code == 409
    assert "ej genomsökt än" in words(keeper.get(f"/mejl/{held}"))
    assert scanning.again(database, lambda _: "unscanned") == 0
    assert scanning.again(database, lambda content: "clean" if content == b"new" else "infected") == 1
    assert keeper.get(f"/filer/{found['ny.pdf']}").status_code == 200
    assert keeper.get(f"/filer/{found['infected.pdf']}").status_code == 409


def test_what_one_receiver_mailed_is_not_anothers_to_read(
    app: Flask, database: Database, cast: Cast, settings: Settings
) -> None:
    reference = ask(database, cast, now=clock.now(), also_to=(MUNICIPAL_MAILBOX,))
    leg = rows(database, Leg)[0]
    held = hold(
        database,
        recipient=reply_address(settings, leg.id, "desk", 0),
        files=[("svar.txt", "text/plain", b"x", "clean")],
    )
    by_hand.attach(database, held, reference, cast.af_keeper.actor, settings=settings, now=clock.now())
    assert rows(database, Message)[-1].kind == "answer"
    (file,) = rows(database, Attachment)

    for person, status in ((cast.caseworker, 200), (cast.af_owner, 200), (cast.municipal_owner, 404)):
        reader = enter(app, person)
        assert reader.get(f"/arenden/{reference}").status_code == 200
        paths = (f"/mejl/{held}", f"/filer/{file.id}", f"/mejl/{held}/som-det-kom")
        assert [reader.get(path).status_code for path in paths] == [status] * 3, person.email
    # Those who run the installation see that it happened, not what was written.
    assert enter(app, cast.administrator).get(f"/mejl/{held}").status_code == 403


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("a.pdf", 'filename="a.pdf"'),
        ("å ä.pdf", 'filename="_ _.pdf"'),
        ("../../etc/passwd", 'filename="_.._etc_passwd"'),
        ('"; filename*=x', 'filename="_; filename_=x"'),
        ("", 'filename="fil"'),
        ("x" * 500, f'filename="{"x" * 150}"'),
        ("a\r\nSet-Cookie: b\udcff", 'filename="a__Set-Cookie_ b_"'),
    ],
)
def test_no_name_of_a_file_breaks_out_of_its_header(name: str, plain: str) -> None:
    told = disposition(name)
    assert told.startswith(f"attachment; {plain}; filename*=UTF-8''")
    assert told.isascii() and told.isprintable() and told.count('"') == 2
