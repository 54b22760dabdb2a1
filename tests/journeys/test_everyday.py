"""What happens any day: work by keyboard, links that are not meant for one, signing out, texts that may not be sent."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.steps import ask
from tests.support.house import House
from tests.support.visitor import Visitor, visit

pytestmark = pytest.mark.xdist_group("national")

PERSONNUMMER = "19900101-2385"
MAILBOX = "/brevlada/af-14-fk"
FORM = "/fraga?till=af-14-fk&omrade=1493"


def press_until(page: Page, selector: str, *, key: str = "Tab", at_most: int = 40) -> None:
    """Press a key until the focus stands on something, as who has no mouse would."""
    for _ in range(at_most):
        page.keyboard.press(key)
        if page.evaluate("selector => document.activeElement?.matches(selector) ?? false", selector):
            return
    raise AssertionError(f"{selector} is not reached in {at_most} presses of {key}")


def test_one_finds_a_way_in_by_keyboard_alone(national: House, browser: Browser) -> None:
    with visit(browser, national.address) as visitor:
        page = visitor.page
        visitor.sign_in(national.login("caseworker"))
        visitor.open("/sok?fran=fk&omrade=1493")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Hoppa till innehållet")).to_be_focused()
        page.keyboard.press("Enter")
        press_until(page, "#q", at_most=3)
        page.keyboard.type("gemensam kartläggning")
        expect(page.get_by_role("status").first).to_contain_text("för ”gemensam kartläggning”")
        # What answers while one writes must not take the focus away.
        expect(page.locator("#q")).to_be_focused()
        press_until(page, "article.sv-vagkort h3 a")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Funktionsbrevlåda FK–AF Västra Götaland")
        press_until(page, "a[href^='/fraga?till=af-14-fk']")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Ställ en fråga")


def test_one_works_the_queue_by_keyboard_alone(national: House, browser: Browser) -> None:
    subjects = [f"Tangentbordet, fråga {number}" for number in (1, 2)]
    for subject in subjects:
        ask(national, subject=subject)
    with visit(browser, national.address) as visitor:
        page = visitor.page
        visitor.sign_in(national.login("af_keeper"), first=MAILBOX)
        page.keyboard.press("/")
        expect(page.locator("#ksok")).to_be_focused()
        # In a field the letters are letters.
        page.keyboard.type("Tangentbordet jkt/")
        expect(page.locator("#ksok")).to_have_value("Tangentbordet jkt/")
        expect(page.locator("[data-ko] [data-rad]")).to_have_count(0)
        for _ in " jkt/":
            page.keyboard.press("Backspace")
        # The address follows the list, so nothing is on its way any more when it says the whole word.
        page.wait_for_url(re.compile(r"[?&]q=Tangentbordet(&|$)"))
        expect(page.locator("[data-ko] [data-rad]")).to_have_count(2)
        press_until(page, "button[data-kortkommandon]")
        press_until(page, "a.sv-ko__lank", key="Shift+Tab")
        page.keyboard.press("k")
        rows = page.locator("[data-ko] a.sv-ko__lank")
        expect(rows.nth(0)).to_be_focused()
        page.keyboard.press("j")
        expect(rows.nth(1)).to_be_focused()
        taken = rows.nth(1).inner_text()
        page.keyboard.press("t")
        expect(page.get_by_role("status").first).to_contain_text("Du har tagit frågan")
        # The row changes where it stands, and what comes next is where one already is.
        expect(page.get_by_role("link", name="Svara på")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text(taken)


def test_what_is_not_ones_own_looks_like_what_is_not_there(national: House, browser: Browser) -> None:
    reference = ask(national, subject="Något som inte angår andra")
    with visit(browser, national.address) as outsider:
        outsider.allowed.add(404)
        outsider.sign_in(national.login("outsider"))
        expect(outsider.page.get_by_role("heading", level=1)).to_be_visible()
        seen = []
        for path in (f"/arenden/{reference}", "/arenden/SV-0000-0000"):
            answer = outsider.open(path)
            seen.append(
                (answer.status, outsider.page.title(), outsider.page.get_by_role("main").inner_html())
            )
        assert seen[0] == seen[1]
        assert seen[0][0] == 404
        for path in (MAILBOX, "/brevlada/finns-inte"):
            assert outsider.open(path).status == 404


def test_signing_out_ends_the_session_also_for_a_copied_cookie(national: House, browser: Browser) -> None:
    with visit(browser, national.address) as visitor, visit(browser, national.address) as thief:
        visitor.sign_in(national.login("caseworker"), first="/mina-fragor")
        expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Mina frågor")
        thief.page.context.add_cookies(visitor.page.context.cookies())  # type: ignore[arg-type]
        thief.open("/mina-fragor")
        expect(thief.page.get_by_role("heading", level=1)).to_have_text("Mina frågor")

        visitor.page.locator("details.sv-konto summary").click()
        visitor.page.get_by_role("button", name="Logga ut").click()
        expect(visitor.page.get_by_role("status")).to_contain_text("Du är utloggad")
        for one in (visitor, thief):
            one.open("/mina-fragor")
            expect(one.page.get_by_role("heading", level=1)).to_have_text("Logga in")
        # Nor does the browser's own memory show what was read.
        visitor.page.go_back()
        expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Logga in")


def fill(visitor: Visitor, *, subject: str, text: str) -> None:
    visitor.page.get_by_label("Rubrik", exact=True).fill(subject)
    visitor.page.get_by_label("Din fråga", exact=True).fill(text)


def asked_so_far(visitor: Visitor) -> int:
    """How many questions the unit waits for, as its own page counts them."""
    visitor.open("/mina-fragor")
    found = re.search(
        r"Väntar på svar\s+(\d+)", visitor.page.get_by_role("navigation", name="Visa frågor").inner_text()
    )
    return int(found.group(1)) if found else 0


@pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without scripts"])
def test_for_a_protected_identity_there_is_a_number_to_ring_and_nothing_is_kept(
    national: House, browser: Browser, javascript: bool
) -> None:
    with visit(browser, national.address, javascript=javascript) as visitor:
        page = visitor.page
        visitor.allowed.add(422)
        visitor.sign_in(national.login("caseworker"))
        before = asked_so_far(visitor)
        visitor.open(FORM)
        fill(visitor, subject="Samordning", text="Personen har skyddade uppgifter.")
        choice = page.get_by_label("Ja, och personen har skyddade personuppgifter")
        choice.check()
        number = page.get_by_role("link", name="Ring 031-390 06 95")
        expect(number).to_have_attribute("href", "tel:+46313900695")
        expect(page.get_by_role("button", name="Skicka frågan")).to_be_hidden()
        # Who sends it all the same, with the enter key, is told the same by the server.
        choice.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Ring i stället")
        expect(page.get_by_text("Inget har skickats och inget har sparats.")).to_be_visible()
        expect(number).to_be_visible()
        assert asked_so_far(visitor) == before


def test_a_personnummer_is_stopped_by_the_server_when_there_is_no_script(
    national: House, browser: Browser
) -> None:
    with visit(browser, national.address, javascript=False) as visitor:
        visitor.allowed.add(422)
        visitor.sign_in(national.login("caseworker"))
        before = asked_so_far(visitor)
        visitor.open(FORM)
        fill(visitor, subject="Planering", text=f"Gäller {PERSONNUMMER}, kan vi ses?")
        visitor.page.get_by_role("button", name="Skicka frågan").click()
        expect(visitor.page.get_by_label("Din fråga", exact=True)).to_have_attribute("aria-invalid", "true")
        expect(visitor.page.get_by_label("Din fråga", exact=True)).to_have_value(re.compile("kan vi ses"))
        # The place is shown with what stands around it, and the number is not repeated outside the field.
        place = visitor.page.locator("mark")
        expect(place).to_have_text("••••••••-••••")
        assert asked_so_far(visitor) == before


def test_a_personnummer_is_stopped_at_once_when_there_is_a_script(national: House, browser: Browser) -> None:
    with visit(browser, national.address) as visitor:
        visitor.sign_in(national.login("caseworker"))
        before = asked_so_far(visitor)
        visitor.open(FORM)
        fill(visitor, subject="Planering", text=f"Gäller {PERSONNUMMER}, kan vi ses?")
        alert = visitor.page.get_by_role("alert").filter(has_text="ser ut som ett personnummer")
        expect(alert).to_be_visible()
        visitor.page.get_by_role("button", name="Skicka frågan").click()
        expect(visitor.page.get_by_label("Din fråga", exact=True)).to_be_focused()
        alert.get_by_role("button", name="Ta bort personnumret").click()
        expect(alert).to_be_hidden()
        expect(visitor.page.get_by_label("Din fråga", exact=True)).to_have_value("Gäller, kan vi ses?")
        assert asked_so_far(visitor) == before
