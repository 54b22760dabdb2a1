"""Many people take the same question at the same moment, through the doors of the web: one gets it."""

from __future__ import annotations

import http.client
import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from threading import Barrier

import pytest
import sqlalchemy as sa

from config.database import Database, table
from directory.flows import accounts
from directory.records.accounts import Account, Grant
from tests.journeys.steps import ask
from tests.support import size
from tests.support.cast import AF_MAILBOX
from tests.support.house import House

PEOPLE, CLAIMS = (200, 1_000) if size.IS_FULL else (16, 64)
AT_ONCE = 64 if size.IS_FULL else 16


@contextmanager
def crowd(house: House) -> Iterator[list[str]]:
    """Tokens of so many keepers of one mailbox. Their duty ends with the block: others share this house."""
    with closing(Database(house.settings["SAMVAG_DATABASE_URL"])) as database:
        with database.writing() as session:
            people = [
                Account(email=f"crowd{n}@samvag.example", name=f"Crowd {n}", created_at=house.now)
                for n in range(PEOPLE)
            ]
            session.add_all(people)
            session.flush()
            ids = [one.id for one in people]
            duty = {"role": "keeper", "target_id": AF_MAILBOX, "party_id": "af", "valid_from": house.now}
            session.execute(sa.insert(Grant), [{"account_id": one, **duty} for one in ids])
        yield [
            accounts.issue_token(database, f"crowd{n}@samvag.example", now=house.now) for n in range(PEOPLE)
        ]
        grant = table(Grant)
        with database.writing() as session:
            session.execute(sa.update(grant).where(grant.c.account_id.in_(ids)).values(valid_to=house.now))


def claim(house: House, reference: str, tokens: list[str], start: Barrier) -> list[tuple[int, str, str]]:
    """One connection that claims with one token after the other, all connections beginning together."""
    found = []
    with closing(http.client.HTTPConnection("127.0.0.1", house.port, timeout=60)) as connection:
        connection.connect()
        start.wait(60)
        for token in tokens:
            connection.request(
                "POST", f"/api/v1/inquiries/{reference}/claim", headers={"Authorization": f"Bearer {token}"}
            )
            answer = connection.getresponse()
            said = json.loads(answer.read())
            found.append((answer.status, str(said.get("code", "")), token))
    return found


def claim_together(house: House) -> None:
    reference = ask(house, subject="Alla vill ha den här")
    with crowd(house) as tokens:
        shares = [(tokens * (CLAIMS // PEOPLE + 1))[:CLAIMS][start::AT_ONCE] for start in range(AT_ONCE)]
        start = Barrier(AT_ONCE)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            told = [
                one
                for share in pool.map(lambda tokens: claim(house, reference, tokens, start), shares)
                for one in share
            ]
    # Who has it and asks once more is told so; everybody else that it is taken.
    winners = {token for status, _, token in told if status == 200}
    assert len(winners) == 1
    refused = Counter((status, code) for status, code, token in told if token not in winners)
    assert set(refused) == {(409, "already_claimed")}
    assert len(told) == CLAIMS
    events = house.call("GET", f"/api/v1/inquiries/{reference}", house.login("af_keeper")).value
    kinds = [one["kind"] for one in events["events"]]
    assert kinds == ["asked", "claimed"]
    house.check_ledger()


@pytest.mark.xdist_group("national")
def test_of_a_thousand_claims_over_http_one_wins(national: House) -> None:
    claim_together(national)


@pytest.mark.xdist_group("promises")
def test_of_a_thousand_claims_over_http_one_wins_on_postgresql(national_on_postgres: House) -> None:
    claim_together(national_on_postgres)
