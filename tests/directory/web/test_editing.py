"""The pages for changing an entry point, as somebody without script meets them."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html import unescape

from config import clock
from config.database import Database
from config.words import day as label
from directory.flows import editing
from directory.web import cells
from tests.support.browser import Reader, words
from tests.support.cast import AF_MAILBOX, Cast

PAGE = f"/vag-in/{AF_MAILBOX}/andra"
HISTORY = f"/vag-in/{AF_MAILBOX}/historik"
PURPOSE = "Samverkan kring rehabilitering och omställning."


def label_day(day: date, *, year: bool = True) -> str:
    return label(day, weekday=False, year=year)


def version(reader: Reader) -> str:
    found = re.search(r'name="version" value="([^"]+)"', reader.get(PAGE).text)
    assert found is not None
    return unescape(found[1])


def test_what_is_changed_is_shown_before_it_is_saved_and_can_be_undone(
    database: Database, cast: Cast, reader: Reader
) -> None:
    reader.sign_in(cast.af_owner)
    asked = {"purpose": PURPOSE, "keywords": "ett ord\r\nett till", "version": version(reader)}

    seen = reader.send(PAGE, seen=PAGE, steg="granska", **asked)
    assert PURPOSE in words(seen) and "ett ord, ett till" in words(seen)
    assert "Spara ändringarna" in words(seen)
    assert editing.form(database, AF_MAILBOX, cast.af_owner.actor).cells["purpose"] != PURPOSE

    saved = reader.send(PAGE, seen=PAGE, steg="spara", **asked)
    assert saved.headers["Location"] == HISTORY
    page = reader.get(HISTORY)
    assert "Ändringarna är sparade." in words(page)
    assert "Ändrad för hand , Eva Lund" in words(page).replace("hand,", "hand ,")
    undo = re.search(rf'action="({HISTORY}/\d+/angra)"', page.text)
    assert undo is not None

    reader.send(undo[1], seen=HISTORY)
    assert "Ändringen är ångrad." in words(reader.get(HISTORY))


def test_a_fault_is_named_at_its_field_and_what_was_typed_stays(cast: Cast, reader: Reader) -> None:
    reader.sign_in(cast.af_owner)
    answer = reader.send(
        PAGE, seen=PAGE, steg="spara", version=version(reader), mailbox_address="anna.berg@af.example"
    )
    assert answer.status_code == 422
    assert "ser ut att vara en persons adress" in words(answer)
    assert 'href="#mailbox_address"' in answer.text and 'value="anna.berg@af.example"' in answer.text


def test_whoever_was_second_sees_what_would_be_overwritten(
    database: Database, cast: Cast, reader: Reader
) -> None:
    reader.sign_in(cast.administrator)
    old = version(reader)
    reader.send(PAGE, seen=PAGE, steg="spara", version=old, keepers="7")
    answer = reader.send(PAGE, seen=PAGE, steg="spara", version=old, keepers="8")
    assert answer.status_code == 409
    assert "Någon annan har ändrat vägen in medan du skrev." in words(answer)
    assert editing.form(database, AF_MAILBOX, cast.administrator.actor).cells["keepers"] == "7"


def test_a_field_is_given_back_to_the_import(database: Database, cast: Cast, reader: Reader) -> None:
    reader.sign_in(cast.af_owner)
    reader.send(PAGE, seen=PAGE, steg="spara", version=version(reader), keepers="7")
    assert "Låt importen styra fältet igen" in words(reader.get(PAGE))
    reader.send(f"/vag-in/{AF_MAILBOX}/slapp", seen=PAGE, falt="keepers")
    assert "Importen styr uppgiften igen" in words(reader.get(PAGE))
    assert editing.form(database, AF_MAILBOX, cast.af_owner.actor).held == frozenset()


def test_hours_of_a_date_are_written_in_words_shown_before_they_are_saved_and_seen_on_the_page(
    database: Database, cast: Cast, reader: Reader
) -> None:
    entrance = "/vag-in/af-14-ingang"
    form = f"{entrance}/andra"
    reader.sign_in(cast.administrator)
    page = reader.get(form)
    assert "måndag–fredag 08.00–16.30" in page.text and "1-5#08:00" not in page.text
    assert "Västra Götalands län" in page.text and ">14<" not in page.text
    found = re.search(r'name="version" value="([^"]+)"', page.text)
    assert found is not None
    day = (clock.now() + timedelta(days=1)).date()
    asked = {"version": unescape(found[1]), "date_hours": f"{day.isoformat()} stängt"}

    told = f"{label_day(day)}: stängt"
    assert told in words(reader.send(form, seen=form, steg="granska", **asked))
    bad = reader.send(form, seen=form, steg="spara", **{**asked, "date_hours": "julafton stängt"})
    assert (bad.status_code, "Skriv ett datum per rad" in words(bad)) == (422, True)
    reader.send(form, seen=form, steg="spara", **asked)
    assert told in words(reader.get(f"{entrance}/historik"))
    assert editing.form(database, "af-14-ingang", cast.administrator.actor).cells["date_hours"] == (
        f"{day.isoformat()}#closed"
    )
    shown = words(reader.get(f"{entrance}?fran=municipality"))
    assert f"{label_day(day, year=False)} Stängt" in shown


def test_who_may_use_it_is_ticked_and_one_more_is_written_by_name(
    database: Database, cast: Cast, reader: Reader
) -> None:
    reader.sign_in(cast.af_owner)
    answer = reader.send(
        PAGE,
        seen=PAGE,
        steg="spara",
        version=version(reader),
        has_from_parties="1",
        from_parties="municipality",
        from_parties_more="Försäkringskassan",
    )
    assert answer.status_code == 303
    assert editing.form(database, AF_MAILBOX, cast.af_owner.actor).cells["from_parties"] == "municipality|fk"
    none = reader.send(PAGE, seen=PAGE, steg="spara", version=version(reader), has_from_parties="1")
    assert none.status_code == 422


def test_nobody_else_comes_to_the_form(cast: Cast, reader: Reader) -> None:
    reader.sign_in(cast.caseworker)
    assert reader.get(PAGE).status_code == 403
    assert reader.get(HISTORY).status_code == 200
    assert reader.get("/vag-in/nowhere/andra").status_code == 404


def test_cells_are_told_in_words() -> None:
    assert cells.told("phone_hours", "1-5#09:00#11:00$6-6#10:00#24:00", {}) == (
        "måndag–fredag 09.00–11.00, lördag 10.00–24.00"
    )
    assert cells.told("phone_hours", "när som helst", {}) == "när som helst"
    assert cells.told("channels", "phone=08-465 004 00|konstigt", {}) == "Telefon 08-465 004 00, konstigt"
    assert cells.told("areas", "1493|SE", {"1493": "Mariestad"}) == "Mariestad, Hela landet"
    assert cells.told("status", "paused", {}) == "Stängd tills vidare"
    assert cells.told("keywords", "", {}) == ""
