"""Signing in, sessions and tokens, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from config.database import Database
from config.errors import Conflict, Invalid, NotFound, NotSignedIn
from directory.flows import accounts, sign_in
from directory.records.accounts import Account, ApiToken, Grant, SignedIn
from directory.rules.terms import Role
from tests.support.asking import MONDAY, rows
from tests.support.cast import PASSWORD, Cast

LIFETIME = sign_in.Lifetime(timedelta(minutes=30), timedelta(hours=10))


def test_the_right_password_starts_a_session_for_that_person(database: Database, cast: Cast) -> None:
    session_id = sign_in.sign_in(database, cast.caseworker.email, PASSWORD, now=MONDAY)

    actor = sign_in.who(database, session_id, now=MONDAY, lifetime=LIFETIME)

    assert actor is not None
    assert (actor.email, actor.unit_ids) == (cast.caseworker.email, ("fk-14",))


def test_the_database_holds_no_session_id_token_or_password(database: Database, cast: Cast) -> None:
    session_id = sign_in.sign_in(database, cast.caseworker.email, PASSWORD, now=MONDAY)

    stored = repr(rows(database, SignedIn)) + repr(rows(database, ApiToken)) + repr(rows(database, Account))

    assert not any(secret in stored for secret in (session_id, cast.caseworker.token, PASSWORD))


@pytest.mark.parametrize("password", ["", "fel", "x" * 257, PASSWORD.upper(), PASSWORD + "\x00"])
def test_a_wrong_password_and_an_unknown_person_get_the_same_answer(
    database: Database, cast: Cast, password: str
) -> None:
    refusals = []
    for email in (cast.caseworker.email, "ingen@samvag.example"):
        with pytest.raises(NotSignedIn) as refusal:
            sign_in.sign_in(database, email, password, now=MONDAY)
        refusals.append((refusal.value.code, refusal.value.facts))

    assert refusals[0] == refusals[1] == ("bad_sign_in", {})
    assert rows(database, SignedIn) == []


def test_guessing_is_slowed_down_but_never_locks_the_owner_out(database: Database, cast: Cast) -> None:
    for _ in range(5):
        with pytest.raises(NotSignedIn):
            sign_in.sign_in(database, cast.caseworker.email, "fel lösenord", now=MONDAY)

    with pytest.raises(NotSignedIn) as refusal:
        sign_in.sign_in(database, cast.caseworker.email, PASSWORD, now=MONDAY)
    again = sign_in.sign_in(database, cast.caseworker.email, PASSWORD, now=MONDAY + timedelta(minutes=2))

    assert refusal.value.code == "blocked"
    assert sign_in.who(database, again, now=MONDAY + timedelta(minutes=2), lifetime=LIFETIME) is not None


def test_a_session_ends_when_idle_when_old_and_when_left(database: Database, cast: Cast) -> None:
    idle, old, left = (
        sign_in.sign_in(database, cast.caseworker.email, PASSWORD, now=MONDAY) for _ in range(3)
    )
    for minutes in range(20, 11 * 60, 20):
        sign_in.who(database, old, now=MONDAY + timedelta(minutes=minutes), lifetime=LIFETIME)
    sign_in.sign_out(database, left, now=MONDAY)

    assert sign_in.who(database, idle, now=MONDAY + timedelta(minutes=31), lifetime=LIFETIME) is None
    assert sign_in.who(database, old, now=MONDAY + timedelta(hours=10, minutes=1), lifetime=LIFETIME) is None
    assert sign_in.who(database, left, now=MONDAY, lifetime=LIFETIME) is None


def test_use_keeps_a_session_alive(database: Database, cast: Cast) -> None:
    session_id = sign_in.sign_in(database, cast.caseworker.email, PASSWORD, now=MONDAY)

    seen = [
        sign_in.who(database, session_id, now=MONDAY + timedelta(minutes=25 * n), lifetime=LIFETIME)
        for n in range(5)
    ]

    assert all(seen)


def test_ended_sessions_are_forgotten(database: Database, cast: Cast) -> None:
    sign_in.sign_in(database, cast.caseworker.email, PASSWORD, now=MONDAY)
    sign_in.sign_in(database, cast.caseworker.email, PASSWORD, now=MONDAY + timedelta(minutes=20))

    forgotten = sign_in.forget_ended(database, now=MONDAY + timedelta(minutes=40), lifetime=LIFETIME)

    assert (forgotten, len(rows(database, SignedIn))) == (1, 1)


def test_a_grant_that_has_ended_gives_nothing(database: Database, cast: Cast) -> None:
    with database.writing() as session:
        session.execute(sa.update(Grant).where(Grant.role == Role.KEEPER.value).values(valid_to=MONDAY))

    actor = sign_in.bearer(database, cast.af_keeper.token, now=MONDAY + timedelta(seconds=1))

    assert actor is not None
    assert actor.grants == ()


def test_an_inactive_account_is_nobody(database: Database, cast: Cast) -> None:
    session_id = sign_in.sign_in(database, cast.caseworker.email, PASSWORD, now=MONDAY)
    with database.writing() as session:
        session.execute(
            sa.update(Account).where(Account.email == cast.caseworker.email).values(is_active=False)
        )

    assert sign_in.bearer(database, cast.caseworker.token, now=MONDAY) is None
    assert sign_in.who(database, session_id, now=MONDAY, lifetime=LIFETIME) is None
    with pytest.raises(NotSignedIn):
        sign_in.sign_in(database, cast.caseworker.email, PASSWORD, now=MONDAY)


@pytest.mark.parametrize(
    ("email", "grants", "code"),
    [
        ("not an address", (), "bad_address"),
        ("a@b.example", ("boss@fk-14",), "unknown_role"),
        ("a@b.example", ("caseworker@nowhere",), "unknown_target"),
        ("a@b.example", ("keeper@kommun-1493-vaxel",), "unknown_target"),
        ("a@b.example", ("administrator@fk",), "administrator_has_no_target"),
    ],
)
def test_an_account_that_cannot_be_made_is_not_made(
    database: Database, cast: Cast, email: str, grants: tuple[str, ...], code: str
) -> None:
    before = len(rows(database, Account))

    with pytest.raises(Invalid) as refusal:
        accounts.add(database, email, "Alva Ek", grants, now=MONDAY)

    assert refusal.value.code == code
    assert len(rows(database, Account)) == before


def test_an_address_belongs_to_one_account(database: Database, cast: Cast) -> None:
    with pytest.raises(Conflict):
        accounts.add(database, cast.caseworker.email.upper(), "Någon Annan", (), now=MONDAY)
    with pytest.raises(NotFound):
        accounts.issue_token(database, "ingen@samvag.example", now=MONDAY)
