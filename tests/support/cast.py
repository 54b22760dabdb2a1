"""The standing cast: one person for each role, around a small directory of Västra Götaland and Mariestad."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from config import clock
from config.database import Database
from directory.flows import accounts, imports
from directory.records import passwords
from directory.rules.access import Actor
from tests.support.databases import MIGRATED
from tests.support.postgres import Cluster

SMALL = Path(__file__).resolve().parent.parent / "data" / "small"
PASSWORD = "Ett gott losenord 7"

ASKING_UNIT = "fk-14"
AF_MAILBOX = "af-14-fk"
MUNICIPAL_UNIT = "kommun-1493-ifo"
MUNICIPAL_MAILBOX = "kommun-1493-ifo-mottagning"

# Name and grants of each. The outsider works next door: signed in, with a role, but no part in anything here.
PEOPLE: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "caseworker": ("Alva Ek", (f"caseworker@{ASKING_UNIT}",)),
    "colleague": ("Bo Dal", (f"caseworker@{ASKING_UNIT}",)),
    "af_keeper": ("Cia Berg", (f"keeper@{AF_MAILBOX}",)),
    "af_keeper_two": ("Dan Fors", (f"keeper@{AF_MAILBOX}",)),
    "af_owner": ("Eva Lund", (f"owner@{AF_MAILBOX}",)),
    "municipal_keeper": ("Fia Holm", (f"keeper@{MUNICIPAL_MAILBOX}", f"caseworker@{MUNICIPAL_UNIT}")),
    "municipal_owner": ("Gun Sten", (f"owner@{MUNICIPAL_MAILBOX}",)),
    "party_administrator": ("Hans Alm", ("party_administrator@af",)),
    "administrator": ("Ida Kvist", ("administrator",)),
    "outsider": ("Jan Rask", ("caseworker@kommun-1494-fs", "keeper@kommun-1494-fs-brevlada")),
}


@dataclass(frozen=True, slots=True)
class Person:
    """One of the cast: how to sign in (PASSWORD), how to call the API, and the Actor the flows are handed."""

    email: str
    token: str
    actor: Actor

    @property
    def headers(self) -> dict[str, str]:
        """What an API call of this person carries."""
        return {"Authorization": f"Bearer {self.token}"}


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody. FK asks, AF and the municipality receive."""

    caseworker: Person
    colleague: Person
    af_keeper: Person
    af_keeper_two: Person
    af_owner: Person
    municipal_keeper: Person
    municipal_owner: Person
    party_administrator: Person
    administrator: Person
    outsider: Person


def import_small(database: Database, *, now: datetime) -> None:
    """Bring in the small directory of tests/data/small."""
    report = imports.bring_in(database, SMALL, now=now)
    assert report.applied, report.faults


def gather(database: Database, *, now: datetime) -> Cast:
    """Make the cast's accounts and tokens; the directory must be there."""
    return Cast(**{role: _make(database, name, grants, now=now) for role, (name, grants) in PEOPLE.items()})


def _make(database: Database, name: str, grants: tuple[str, ...], *, now: datetime) -> Person:
    email = f"{name.replace(' ', '.').casefold()}@samvag.example"
    added = accounts.add(database, email, name, grants, now=now, password=PASSWORD)
    token = accounts.issue_token(database, email, now=now)
    return Person(email, token, Actor(added.account_id, name, email, added.grants))


@pytest.fixture
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Argon2id at its lowest cost: ten accounts a test would otherwise take longer than the test."""
    _lower_cost(monkeypatch)
    yield


def _lower_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@dataclass(frozen=True, slots=True)
class Peopled:
    """A database with the small directory and the cast, made once and copied for every test."""

    path: str
    cast: Cast


@pytest.fixture(scope="session")
def peopled_sqlite(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Peopled:
    path = shutil.copy(migrated_sqlite, tmp_path_factory.mktemp("peopled") / "samvag.sqlite")
    return Peopled(str(path), _people(f"sqlite:///{path}"))


@pytest.fixture(scope="session")
def peopled_postgres(migrated_postgres: Cluster) -> Peopled:
    """`path` is the template's name."""
    migrated_postgres.create("peopled", template=MIGRATED)
    return Peopled("peopled", _people(migrated_postgres.url("peopled")))


def _people(url: str) -> Cast:
    database, now = Database(url), clock.now()
    with pytest.MonkeyPatch.context() as monkeypatch:
        _lower_cost(monkeypatch)
        import_small(database, now=now)
        found = gather(database, now=now)
    database.checkpoint()
    database.close()
    return found


@pytest.fixture
def cast(database: Database, quick_passwords: None, request: pytest.FixtureRequest) -> Cast:
    """The standing cast; the test's own database is a copy of the one that has it."""
    engine = database.engine.dialect.name
    peopled: Peopled = request.getfixturevalue("peopled_sqlite" if engine == "sqlite" else "peopled_postgres")
    return peopled.cast
