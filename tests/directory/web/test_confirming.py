"""The page behind a letter's link: looked at without signing in, confirmed by its button alone."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from flask import Flask

from config import clock
from config.database import Database
from directory.records.models import EntryPoint
from router.flows import upkeep_letters
from router.records.models import OutgoingMail
from tests.support.asking import rows
from tests.support.browser import Reader, words
from tests.support.cast import AF_MAILBOX, Cast


def link(database: Database) -> str:
    """The link of a letter about AF's mailbox, which is due."""
    now = clock.now()
    with database.writing() as session:
        session.execute(sa.update(EntryPoint).values(verified_on=now.date()))
        late = {"verified_on": now.date() - timedelta(days=340)}
        session.execute(sa.update(EntryPoint).where(EntryPoint.id == AF_MAILBOX).values(**late))
    upkeep_letters.write(database, now)
    return str(rows(database, OutgoingMail)[0].facts["path"])


def test_a_stranger_with_the_link_confirms_with_one_click(app: Flask, database: Database, cast: Cast) -> None:
    path = link(database)
    reader = Reader(app)
    for _ in range(2):
        page = reader.get(path)
        assert "Stämmer detta?" in words(page) and "Ja, det stämmer" in words(page)
        assert reader.client.head(path).status_code == 200
    assert (page.headers["Referrer-Policy"], page.headers["X-Robots-Tag"]) == ("no-referrer", "noindex")
    assert reader.client.post(path, data={"svar": "ja"}).status_code == 400

    sent = reader.send(path, seen=path, svar="ja")
    assert (sent.status_code, sent.headers["Location"]) == (303, path)
    after = words(reader.get(path))
    assert "Tack, uppgifterna är bekräftade" in after and "av brevlådan Funktionsbrevlåda FK–AF" in after
    assert "Ja, det stämmer" not in after


def test_no_leads_to_saying_what_is_wrong(app: Flask, database: Database, cast: Cast) -> None:
    path = link(database)
    reader = Reader(app)
    sent = reader.send(path, seen=path, svar="nej")
    assert sent.headers["Location"] == f"/vag-in/{AF_MAILBOX}/stammer-inte?fel=outdated"
    assert "Stämmer detta?" in words(reader.get(path))


def test_a_link_that_is_none_says_what_to_do_instead(reader: Reader, cast: Cast) -> None:
    answer = reader.get("/bekrafta/nothing")
    assert (answer.status_code, "Länken gäller inte längre." in words(answer)) == (404, True)
