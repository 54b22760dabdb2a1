"""The ground the tests stand on holds what it promises."""

from __future__ import annotations

import socket
import urllib.request

import pytest
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page

from tests.support.network import is_here


def test_no_test_reaches_another_machine() -> None:
    with socket.socket() as link, pytest.raises(pytest.fail.Exception, match="the network is shut"):
        link.connect(("192.0.2.1", 80))


def test_no_test_asks_a_name_server() -> None:
    with pytest.raises(pytest.fail.Exception, match=r"looked up samvag\.example"):
        urllib.request.urlopen("http://samvag.example/", timeout=1)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost", b"localhost", None, ""])
def test_loopback_is_open(host: object) -> None:
    assert is_here(host)


@pytest.mark.parametrize("host", ["192.0.2.1", "10.0.0.1", "2001:db8::1", "127.0.0.1.samvag.example"])
def test_everything_else_is_elsewhere(host: str) -> None:
    assert not is_here(host)


def test_the_browser_reaches_nothing_but_this_machine(page: Page) -> None:
    page.set_content("<h1>Hitta rätt väg in</h1>")
    assert page.get_by_role("heading").inner_text() == "Hitta rätt väg in"
    with pytest.raises(PlaywrightError, match=r"ERR_NAME_NOT_RESOLVED|ERR_INTERNET_DISCONNECTED"):
        page.goto("http://samvag.example/")
