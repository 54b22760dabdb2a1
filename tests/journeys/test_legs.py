"""A question goes on, comes back and is answered while its asker sees one and the same; a cover works meanwhile."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.steps import ask, outcomes
from tests.support.asking import MONDAY
from tests.support.house import PASSWORD, House, Login
from tests.support.letterbox import link_in
from tests.support.visitor import Visitor, visit

pytestmark = pytest.mark.xdist_group("national")

SUBJECT = "Stöd inför arbetsprövning"
MUNICIPAL = "Vuxenenheten missbruk och beroende Mariestad"
MUNICIPAL_ADDRESS = "vuxen@mariestad.example"
COVER = Login("Vik Ros", "vik.ros@samvag.example", PASSWORD)


def test_forward_and_hand_back_leave_the_askers_view_unbroken(national: House, browser: Browser) -> None:
    national.hire("caseworker", "af_keeper", "municipal_keeper")
    reference = ask(national, subject=SUBJECT)
    here = f"/arenden/{reference}"
    with (
        visit(browser, national.address) as asker,
        visit(browser, national.address, javascript=False) as af,
        visit(browser, national.address) as municipal,
    ):
        asker.sign_in(national.login("caseworker"), first=here)
        promised = promises(asker)

        af.sign_in(national.login("af_keeper"), first=here)
        af.page.get_by_role("link", name="Fel ingång", exact=True).click()
        af.page.get_by_label("Sök väg in").fill("missbruk")
        af.page.get_by_role("button", name="Sök").click()
        af.page.get_by_label(MUNICIPAL).check()
        af.page.get_by_label("Förklara kort").fill("Det här är kommunens sak.")
        af.page.get_by_role("button", name="Fel ingång, skicka").click()
        expect(af.page.get_by_role("main")).to_contain_text("Frågan ligger inte längre hos er.")

        asker.open(here)
        expect(asker.page.get_by_role("main")).to_contain_text(f"Den ligger nu hos {MUNICIPAL}.")
        expect(asker.page.get_by_role("article")).to_have_count(2)
        assert promises(asker) == promised

        letter = national.post.await_one("skickats vidare", about=reference, to=MUNICIPAL_ADDRESS)
        municipal.open(link_in(letter))
        municipal.fill_in(national.login("municipal_keeper"))
        municipal.page.get_by_role("link", name="Fel ingång", exact=True).click()
        municipal.page.get_by_label("Lämna tillbaka till avsändaren").check()
        municipal.page.get_by_role("button", name="Fel ingång, skicka").click()

        told = national.post.await_one("fel ingång", about=reference, to=national.login("caseworker").email)
        asker.open(link_in(told))
        assert promises(asker) == promised
        asker.page.get_by_role("link", name="Välj en ny väg in").click()
        asker.page.get_by_label("Sök väg in").fill("funktionsbrevlåda arbetsförmedlingen")
        asker.page.get_by_role("button", name="Sök").click()
        asker.page.get_by_label("Funktionsbrevlåda FK–AF Västra Götaland").check()
        asker.page.get_by_role("button", name="Skicka hit").click()

        af.open(here)
        af.page.get_by_label("Meddelande", exact=True).fill("Då svarar vi.")
        af.page.get_by_role("button", name="Skicka", exact=True).click()
        asker.open(here)
        expect(asker.page.get_by_role("article").filter(has_text="Då svarar vi.")).to_be_visible()
    assert outcomes(national, reference, "caseworker")["respond"] == "on_time"
    national.check_ledger()


def promises(asker: Visitor) -> str:
    """What stands of the asker's promises."""
    return asker.page.get_by_role("region", name="Frister").inner_text()


def test_a_cover_works_the_mailbox_of_somebody_away(national: House, browser: Browser) -> None:
    national.hire("caseworker", "municipal_keeper")
    national.run(
        *("account", "add", COVER.email, "--name", COVER.name, "--grant", "caseworker@kommun-1493-ifo"),
        *("--password-stdin", "--json"),
        stdin=f"{PASSWORD}\n",
    )
    body = {
        "from_unit": "fk-14",
        "to_entry_point": "kommun-1493-ifo-mottagning",
        "kind": "case",
        "area": "1493",
        "subject": SUBJECT,
        "body": "Vem svarar när ni är borta?",
    }
    asked = national.call("POST", "/api/v1/inquiries", national.login("caseworker"), body)
    here = f"/arenden/{asked.value['reference']}"
    with visit(browser, national.address) as keeper, visit(browser, national.address, width=390) as cover:
        cover.sign_in(COVER)
        cover.allowed.add(404)
        assert cover.open(here).status == 404

        keeper.sign_in(national.login("municipal_keeper"), first=here)
        keeper.page.get_by_role("button", name="Ta frågan").click()
        keeper.open("/franvaro")
        today = MONDAY.date().isoformat()
        keeper.page.get_by_label("Från och med").fill(today)
        keeper.page.get_by_label("Till och med").fill(today)
        keeper.page.get_by_label("Ersättare").select_option(label=COVER.name)
        keeper.page.get_by_role("button", name="Spara frånvaron").click()
        expect(keeper.page.get_by_role("main")).to_contain_text(f"{COVER.name} ersätter")

        cover.open(here)
        cover.page.get_by_label("Meddelande", exact=True).fill("Jag ersätter och svarar.")
        cover.page.get_by_role("button", name="Skicka", exact=True).click()
        expect(cover.page.get_by_role("region", name="Frister")).to_contain_text("Svar lämnat i tid")
    national.check_ledger()
