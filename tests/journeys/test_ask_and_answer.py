"""FK asks AF by the way in for Mariestad and gets an answer in time; a letter leads each to the next step."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.steps import AF_ADDRESS, REFERENCE, outcomes
from tests.support.house import House
from tests.support.letterbox import link_in, text_of
from tests.support.visitor import DESK, TELEPHONE, Visitor, visit

SUBJECT = "Planering inför trettioårsdagen"
QUESTION = "Personen avslutar sin ersättning i januari.\n\nKan ni kalla till gemensam kartläggning?"
ANSWER = "Vi kallar till kartläggning i nästa vecka.\n\nTa med läkarutlåtandet."
WORDS = (
    *SUBJECT.split(),
    *QUESTION.replace(".", "").replace("?", "").split(),
    *ANSWER.replace(".", "").split(),
)
# Too short or too common to tell whether a letter speaks of the question.
COMMON = frozenset("Kan Vi ni till sin i Ta med".split())
TOLD = sorted({word.casefold() for word in WORDS if word not in COMMON})


@dataclass(frozen=True, slots=True)
class Way:
    """How somebody works: with or without scripts, on which screen, in which words."""

    text: str
    javascript: bool = True
    width: int = DESK


def walk(house: House, browser: Browser, way: Way) -> None:
    house.hire("caseworker", "af_keeper")
    looks = {"javascript": way.javascript, "width": way.width}
    with (
        visit(browser, house.address, **looks) as asker,  # type: ignore[arg-type]
        visit(browser, house.address, **looks) as keeper,  # type: ignore[arg-type]
    ):
        asker.sign_in(house.login("caseworker"))
        find(asker, way)
        reference = ask(asker)
        take_and_answer(house, keeper, reference)
        read_the_answer(house, asker, reference)
    assert outcomes(house, reference, "caseworker") == {
        "acknowledge": "on_time",
        "respond": "on_time",
        "meeting": None,
    }
    house.check_ledger()


def find(asker: Visitor, way: Way) -> None:
    """From the first page to the entry point's own, by words for Mariestad."""
    page = asker.page
    asker.open("/")
    page.get_by_label("Kommun", exact=True).select_option(label="Mariestad")
    page.get_by_role("searchbox", name="Vad gäller det, eller vem vill du nå?").fill(way.text)
    page.get_by_role("search").get_by_role("button", name="Sök").click()
    first = page.get_by_role("article").first
    expect(first).to_contain_text("Arbetsförmedlingen")
    expect(first).to_contain_text("Svar inom 3 arbetsdagar")
    first.get_by_role("link", name="Funktionsbrevlåda FK–AF Västra Götaland", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Funktionsbrevlåda FK–AF Västra Götaland")


def ask(asker: Visitor) -> str:
    """Fill in the form, whose dates stand there before anything is sent."""
    page = asker.page
    page.get_by_role("main").get_by_role("link", name="Ställ en fråga").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ställ en fråga")
    preview = page.get_by_role("region", name="Om du skickar nu")
    expect(preview).to_contain_text("torsdag 26 november")
    page.get_by_label("Rubrik", exact=True).fill(SUBJECT)
    page.get_by_label("Din fråga", exact=True).fill(QUESTION)
    page.get_by_label("Ja, boka möte").check()
    if asker.has_scripts:
        expect(preview).to_contain_text("onsdag 23 december")
    page.get_by_role("button", name="Skicka frågan").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Frågan är skickad")
    receipt = page.get_by_role("main").inner_text()
    assert "torsdag 26 november" in receipt
    assert "onsdag 23 december" in receipt
    [reference] = set(REFERENCE.findall(receipt))
    return str(reference)


def take_and_answer(house: House, keeper: Visitor, reference: str) -> None:
    """The letter's own link leads, by the sign-in, to the inquiry."""
    letter = house.post.await_one("ny fråga", about=reference, to=AF_ADDRESS)
    assert_says_nothing(letter_text := text_of(letter) + text_of(letter, "html") + str(letter["Subject"]))
    assert "torsdag 26 november" in letter_text
    assert "onsdag 23 december" in letter_text
    assert link_in(letter) == f"{house.address}/arenden/{reference}"

    page = keeper.page
    keeper.open(link_in(letter))
    assert keeper.path.startswith("/logga-in")
    keeper.fill_in(house.login("af_keeper"))
    expect(page.get_by_role("heading", level=1)).to_have_text(SUBJECT)
    assert keeper.path == f"/arenden/{reference}"
    page.get_by_role("button", name="Ta frågan").click()
    expect(page.get_by_role("status").first).to_contain_text("Du har tagit frågan")
    page.get_by_label("Meddelande", exact=True).fill(ANSWER)
    page.get_by_role("button", name="Skicka", exact=True).click()
    expect(page.get_by_role("region", name="Frister")).to_contain_text("Svar lämnat i tid")


def read_the_answer(house: House, asker: Visitor, reference: str) -> None:
    """The asker is told by letter and finds every line of the answer, and that it came in time."""
    login = house.login("caseworker")
    letter = house.post.await_one("har fått svar", about=reference, to=login.email)
    assert_says_nothing(text_of(letter) + text_of(letter, "html") + str(letter["Subject"]))
    asker.open(link_in(letter))
    thread = asker.page.get_by_role("article").filter(has_text="Vi kallar till kartläggning i nästa vecka.")
    expect(thread).to_contain_text("Ta med läkarutlåtandet.")
    expect(asker.page.get_by_role("region", name="Frister")).to_contain_text("Svar lämnat i tid")


def assert_says_nothing(text: str) -> None:
    assert [word for word in TOLD if word in text.casefold()] == []


@pytest.mark.xdist_group("national")
@pytest.mark.parametrize(
    "way",
    [
        Way("funktionsbrevlåda"),
        Way("arbetsförmedlingen rehabilitering", javascript=False),
        Way("gemensam kartläggning", width=TELEPHONE),
    ],
    ids=["at the desk", "without scripts", "on a telephone"],
)
def test_a_question_is_answered_in_time(national: House, browser: Browser, way: Way) -> None:
    walk(national, browser, way)


@pytest.mark.xdist_group("promises")
def test_a_question_is_answered_in_time_on_postgresql(national_on_postgres: House, browser: Browser) -> None:
    walk(national_on_postgres, browser, Way("behöver möte om omställning", width=TELEPHONE, javascript=False))
