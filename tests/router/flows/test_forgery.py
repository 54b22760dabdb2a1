"""Who may let a mail into an inquiry, through real sorting: 32 cells, by an honest server's word and a forged one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import sqlalchemy as sa

from config.database import Database
from router.flows import desk, ledger
from router.mail import reply_to
from router.records.mail_models import IncomingMail
from router.records.models import Inquiry, Leg, Message, OutgoingMail
from tests.support.asking import MONDAY, ask, rows
from tests.support.cast import AF_MAILBOX, MUNICIPAL_MAILBOX, Cast
from tests.support.mailing import AUTHSERV, MAIL_DOMAIN, SETTINGS, mail, sort, store, verify

DAY = timedelta(days=1)
BOX = f"{AF_MAILBOX}@{MAIL_DOMAIN}"

# Recipient, headers and subject of a mail that tries to get in.
Try = tuple[str, list[tuple[str, str]], str]


def _worn(database: Database, cast: Cast) -> dict[str, Try]:
    """The eight ways, over an inquiry that waits, another one, and one that was closed 91 days ago."""
    old = ask(database, cast, now=MONDAY - 92 * DAY)
    desk.close(database, old, cast.caseworker.actor, now=MONDAY - 91 * DAY)
    reference = ask(database, cast)
    ask(database, cast, to_entry_point=MUNICIPAL_MAILBOX)
    closed, leg, other = (one.id for one in rows(database, Leg))
    letter = next(one.message_id for one in rows(database, OutgoingMail) if one.inquiry_id == 2)
    address = reply_to.reply_address(SETTINGS, leg, "desk", 0)
    local, _, at = address.partition("@")
    mac = local.rpartition("-")[2]
    flipped = f"{local[:-1]}{'a' if local[-1] != 'a' else 'b'}@{at}"
    ours = f"<{letter}@samvag.example>"
    return {
        "valid token": (address, [], ""),
        "token off by a bit": (flipped, [], ""),
        "other inquiry's token": (reply_to.reply_address(SETTINGS, other, "desk", 0), [], ""),
        "expired token": (reply_to.reply_address(SETTINGS, closed, "desk", 0), [], ""),
        "only In-Reply-To": (BOX, [("In-Reply-To", ours)], ""),
        "only References": (BOX, [("References", f"<annat@x.example> {ours}")], ""),
        "only subject tag": (BOX, [], f"SV: {reference}"),
        "guessed number": (
            f"svar+d{other}-{mac}@{at}",
            [("In-Reply-To", f"<{'0' * 32}@samvag.example>")],
            "",
        ),
    }


def _mail(make: Callable[..., bytes], sender: str, place: int, tried: Try, *, honest: bool) -> bytes:
    _, headers, subject = tried
    word = f"{AUTHSERV}; dmarc=pass header.from={sender.rpartition('@')[2]}; dkim=pass"
    # A forged word stands where a sender can put one: below what our own server wrote.
    forged = [] if honest else [("Authentication-Results", word)]
    return make(
        sender,
        f"Försök {chr(97 + place // 26)}{chr(97 + place % 26)}.",
        subject=subject or "Svar",
        vouched=honest,
        headers=[*headers, *forged],
    )


def test_only_the_right_cells_of_the_forgery_table_attach(database: Database, cast: Cast) -> None:
    ways = _worn(database, cast)
    verify(database, "af.example", "af")
    senders = {
        "right sender": cast.af_keeper.email,
        "right domain": "kund@af.example",
        "stranger": "vem@annat.example",
        "nobody": "",
    }
    before = len(rows(database, Message))
    cells = [(by, who, honest) for by in ways for who in senders for honest in (True, False)]
    for place, (by, who, honest) in enumerate(cells):
        content = _mail(mail, senders[who], place, ways[by], honest=honest)
        store(database, content, ways[by][0], sender=senders[who], now=MONDAY)
    sort(database)

    arrived = rows(database, IncomingMail)
    assert len(arrived) == 64
    attached = {cell for cell, row in zip(cells, arrived, strict=True) if row.message_id is not None}
    assert attached == {
        (by, who, True)
        for by in ("valid token", "only In-Reply-To", "only References")
        for who in ("right sender", "right domain")
    }
    assert len(rows(database, Message)) == before + len(attached)
    assert {row.state for row in arrived} == {"sorted", "held"}
    # Nothing was opened, closed or asked, and a guess put nothing before anybody's eyes.
    assert len(rows(database, Inquiry)) == 3
    assert [one.state for one in rows(database, Inquiry)] == ["closed", "answered", "sent"]
    guessed = [row for cell, row in zip(cells, arrived, strict=True) if cell[0] == "guessed number"]
    assert {(row.mailbox_id, row.unit_id, row.suggested_id) for row in guessed} == {(None, None, None)}
    assert ledger.check(database) == ()


def test_an_address_that_was_taken_back_lets_nobody_in(database: Database, cast: Cast) -> None:
    ask(database, cast)
    (leg,) = rows(database, Leg)
    address = reply_to.reply_address(SETTINGS, leg.id, "desk", 0)
    with database.writing() as session:
        session.execute(sa.update(Leg).values(reply_generation=1))

    store(database, mail(cast.af_keeper.email), address)
    store(
        database,
        mail(cast.af_keeper.email, "Igen."),
        reply_to.reply_address(SETTINGS, leg.id, "desk", 1),
    )
    sort(database)

    old, new = rows(database, IncomingMail)
    assert (old.state, old.because["code"], old.mailbox_id) == ("held", "mail.to_old_reply", AF_MAILBOX)
    assert new.because["code"] == "mail.answer"


def test_without_a_configured_server_everything_waits_with_a_suggestion(
    database: Database, cast: Cast
) -> None:
    ask(database, cast)
    (leg,) = rows(database, Leg)

    store(database, mail(cast.af_keeper.email), reply_to.reply_address(SETTINGS, leg.id, "desk", 0))
    sort(database, settings=SETTINGS.model_copy(update={"mail_authserv": ""}))

    (row,) = rows(database, IncomingMail)
    assert (row.state, row.because["code"]) == ("held", "mail.nobody_vouches")
    assert (row.mailbox_id, row.suggested_id) == (AF_MAILBOX, leg.inquiry_id)
