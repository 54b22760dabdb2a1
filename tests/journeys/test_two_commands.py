"""What `make run` does, command by command: everything runs, no page is empty, and nothing is left behind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from router.demo.people import PASSWORD, PEOPLE
from tests.support.accessibility import assert_usable
from tests.support.asking import MONDAY
from tests.support.house import House, Login
from tests.support.patience import until
from tests.support.running import descendants, is_alive
from tests.support.standing import remembered
from tests.support.visitor import visit

pytestmark = pytest.mark.xdist_group("two commands")

INQUIRY = re.compile(r"SV-[0-9A-Z]{4}-[0-9A-Z]{4}")
# What each role begins its day with, and how many inquiries it must show at least.
PAGES = (
    ("anna.lindqvist@fk.example", "/mina-fragor", 1),
    ("johan.berg@af.example", "/brevlada", 1),
    ("karin.ek@af.example", "/oversikt", 1),
    ("henrik.moberg@af.example", "/oversikt", 1),
    ("ingrid.falk@samvag.example", "/oversikt", 3),
    ("ingrid.falk@samvag.example", "/brev", 3),
)


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[House]:
    """The demonstration's own surroundings: no mail server, letters in a folder."""
    url = f"sqlite:///{tmp_path / 'samvag.sqlite'}"
    house = House(tmp_path, url, SAMVAG_ENVIRONMENT="demo", SAMVAG_MAIL_HOST="")
    house.move_to(MONDAY)
    with remembered(house), house:
        yield house


def test_the_demonstration_shows_something_to_everybody_and_leaves_nothing_running(
    demo: House, browser: Browser
) -> None:
    assert PASSWORD in demo.run("demo")
    command = demo.start("run", "--port", str(demo.port))
    until(lambda: command.has_ended() or PEOPLE[-1].email in command.said, "the logins", within=90)
    assert not command.has_ended(), command.said
    assert demo.address in command.said
    assert PASSWORD in command.said
    assert [one.email for one in PEOPLE if one.email not in command.said] == []

    for email, path, fewest in PAGES:
        assert_not_empty(demo, browser, Login(email, email, PASSWORD), path, fewest=fewest)
    assert_in_a_folder(Path(demo.settings["SAMVAG_DATA_DIR"]))

    children = descendants(command.pid)
    # The web with its two processes, and the worker.
    assert len(children) >= 4
    assert command.end() == 0
    until(lambda: not [pid for pid in children if is_alive(pid)], "the children's end")
    demo.check_ledger()


def assert_not_empty(demo: House, browser: Browser, who: Login, path: str, *, fewest: int) -> None:
    with visit(browser, demo.address) as visitor:
        visitor.sign_in(who, first=path)
        expect(visitor.page.get_by_role("heading", level=1)).to_be_visible()
        assert visitor.path.startswith(path)
        shown = visitor.page.get_by_role("main").inner_text()
        assert len(set(INQUIRY.findall(shown))) >= fewest, f"{who.email} at {path} sees:\n{shown}"
        assert_usable(visitor.page)


def assert_in_a_folder(data: Path) -> None:
    assert [path for path in data.rglob("*") if path.is_file() and path.parent.name == "new"]
