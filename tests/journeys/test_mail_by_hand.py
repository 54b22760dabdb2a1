"""A mail from somebody unknown waits, is put where it belongs with one click, and can do nothing on any page."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage

import pytest
from playwright.sync_api import Browser, expect

from config import clock
from config.database import Database
from config.settings import Settings
from router.flows import receiving, sorting
from router.mail import parse
from router.records.receiving import Arrived
from router.rules.terms import Door
from tests.journeys.steps import ask
from tests.support.accessibility import assert_usable, hindrances, overhang
from tests.support.cast import AF_MAILBOX
from tests.support.house import House
from tests.support.visitor import TELEPHONE, visit

pytestmark = pytest.mark.xdist_group("national")

DOMAIN = "svar.samvag.example"
STRANGER = "nils.okand@skovde.example"
WRITTEN = "Torsdag klockan tio går bra."
QUOTED = "När kan ni ses?"


def test_a_strangers_mail_is_put_in_its_inquiry_with_one_click(national: House, browser: Browser) -> None:
    national.hire("caseworker", "af_keeper", "administrator")
    reference = ask(national)
    with listening() as (trap, hits):
        come_in(national, letter(reference, trap))
        with visit(browser, national.address, width=TELEPHONE) as keeper:
            keeper.sign_in(national.login("af_keeper"), first="/mejl")
            assert_usable(keeper.page)
            keeper.page.set_viewport_size({"width": TELEPHONE, "height": 844})
            keeper.page.get_by_role("link", name="Läs").first.click()
            expect(keeper.page.get_by_role("article")).to_contain_text(WRITTEN)
            assert hindrances(keeper.page) == [] and overhang(keeper.page) <= 0
            keeper.page.get_by_role("link", name="Visa med formatering").click()
            expect(keeper.page.get_by_text(WRITTEN)).to_be_visible()
            # An origin of its own: what stands there reaches nothing of ours, had it been able to run.
            cookie = "() => { try { return document.cookie } catch { return 'shut' } }"
            assert keeper.page.evaluate(cookie) == "shut"
            keeper.open("/mejl")
            keeper.page.get_by_role("button", name=f"Lägg i {reference}").click()
            answer = keeper.page.get_by_role("article").filter(has_text="via e-post")
            expect(answer).to_contain_text(WRITTEN)
            expect(answer).not_to_contain_text(QUOTED)
            answer.get_by_role("link", name="Visa hela mejlet").click()
            expect(keeper.page.get_by_text("Visa hela mejlet")).to_be_visible()
        assert hits == []

    with visit(browser, national.address, javascript=False) as asker:
        asker.sign_in(national.login("caseworker"), first=f"/arenden/{reference}")
        expect(asker.page.get_by_text(WRITTEN)).to_be_visible()
    with visit(browser, national.address) as administrator:
        administrator.sign_in(national.login("administrator"), first="/mejldrift")
        expect(administrator.page.get_by_role("heading", level=1)).to_have_text("Mejldrift")
        assert hindrances(administrator.page) == []
    national.check_ledger()


def letter(reference: str, trap: str) -> bytes:
    """A mail in text and HTML, whose HTML tries to fetch and to run."""
    message = EmailMessage()
    message["From"] = f"Nils Okänd <{STRANGER}>"
    message["To"] = f"{AF_MAILBOX}@{DOMAIN}"
    message["Subject"] = f"Re: {reference}"
    message["Message-ID"] = f"<{reference.lower()}@skovde.example>"
    message.set_content(f"{WRITTEN}\n\nDen 23 nov. 2026 skrev AF <af@af.example>:\n> {QUOTED}\n")
    message.add_alternative(
        f"<p>{WRITTEN}</p><img src='{trap}/a.png'><link rel=stylesheet href='{trap}/b.css'>"
        f"<style>@import '{trap}/c.css'; body {{ background: url({trap}/d.png) }}</style>"
        f"<svg><image href='{trap}/e.svg'/></svg><img srcset='{trap}/f.png 2x'>"
        f"<table background='{trap}/g.png'><tr><td>{QUOTED}</td></tr></table>"
        f"<script>fetch('{trap}/h')</script><iframe src='{trap}/i'></iframe>",
        subtype="html",
    )
    return message.as_bytes()


def come_in(house: House, content: bytes) -> None:
    """Receive and sort as the worker does, under a domain that the shared house itself does not have."""
    settings = Settings(
        environment="test", data_dir=house.folder, mail_domain=DOMAIN, mail_authserv="mx.example"
    )
    database = Database(house.settings["SAMVAG_DATABASE_URL"])
    arrived = Arrived(Door.LMTP, content, (f"{AF_MAILBOX}@{DOMAIN}",), STRANGER)
    receiving.receive(database, settings, arrived, now=clock.now())
    assert sorting.sort(database, parse.read, now=clock.now, settings=settings).held == 1
    database.close()


@contextmanager
def listening() -> Iterator[tuple[str, list[bytes]]]:
    """An address on this machine that nobody should ever call, and what came to it."""
    hits: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as trap:

        def wait() -> None:
            while True:
                try:
                    visitor, _ = trap.accept()
                except OSError:
                    return
                with visitor:
                    hits.append(visitor.recv(1000))

        waiting = threading.Thread(target=wait, daemon=True)
        waiting.start()
        yield f"http://127.0.0.1:{trap.getsockname()[1]}", hits
        trap.shutdown(socket.SHUT_RDWR)
    waiting.join(5)
