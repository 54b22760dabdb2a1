"""The page to read and try the API, in a real browser under the strict content policy."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect
from werkzeug.serving import make_server

from tests.support.accessibility import hindrances, overhang
from tests.support.cast import PASSWORD, Cast
from tests.support.house import Login
from tests.support.visitor import DESK, TELEPHONE, Visitor, visit

# What the browser shows is the same on both databases.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def address(app: Flask, cast: Cast) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def open_operation(visitor: Visitor, operation: str) -> None:
    visitor.page.locator(f"#{operation} > summary").click()


def test_an_operation_is_tried_as_the_person_who_is_signed_in(
    browser: Browser, address: str, cast: Cast
) -> None:
    with visit(browser, address) as visitor:
        visitor.sign_in(Login("Alva Ek", cast.caseworker.email, PASSWORD))
        visitor.open("/api/v1/")
        open_operation(visitor, "ask")
        visitor.page.locator("#ask").get_by_role("button", name="Skicka").click()
        answer = visitor.page.locator("#ask [data-svar]")
        expect(answer).to_contain_text("201 CREATED")
        expect(answer).to_contain_text('"reference": "SV-')


def test_a_token_decides_who_is_calling(browser: Browser, address: str, cast: Cast) -> None:
    with visit(browser, address) as visitor:
        visitor.allowed = {401}
        visitor.open("/api/v1/#breaches")
        send = visitor.page.locator("#breaches").get_by_role("button", name="Skicka")
        answer = visitor.page.locator("#breaches [data-svar]")
        send.click()
        expect(answer).to_contain_text("401")
        visitor.page.get_by_label("Token").fill(cast.administrator.token)
        send.click()
        expect(answer).to_contain_text("200 OK")


@pytest.mark.parametrize(("width", "colours"), [(DESK, "light"), (DESK, "dark"), (TELEPHONE, "light")])
def test_nothing_hinders_anybody(browser: Browser, address: str, width: int, colours: str) -> None:
    with visit(browser, address, width=width, colours=colours) as visitor:  # type: ignore[arg-type]
        visitor.open("/api/v1/")
        for operation in ("search", "ask", "book_meeting"):
            open_operation(visitor, operation)
        visitor.page.locator("#search").get_by_role("button", name="Skicka").click()
        expect(visitor.page.locator("#search [data-svar]")).to_contain_text("200 OK")
        assert hindrances(visitor.page) == []
        assert overhang(visitor.page) == 0


def test_without_scripts_it_can_still_be_read(browser: Browser, address: str) -> None:
    with visit(browser, address, javascript=False) as visitor:
        visitor.open("/api/v1/")
        open_operation(visitor, "ask")
        expect(visitor.page.get_by_text("Utan skript går beskrivningen att läsa")).to_be_visible()
        expect(visitor.page.locator("#ask").get_by_role("button", name="Skicka")).to_be_hidden()
