"""The people of the demonstration: one or more for every role, none of them real."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from config.database import Database
from directory.flows import accounts
from directory.records.accounts import Account
from directory.records.passwords import hash_password
from directory.rules.access import Actor, Held
from directory.rules.terms import Role

# Shorter than `account add` allows: it is typed in front of people, and production refuses the demonstration.
PASSWORD = "samvag-demo"  # noqa: S105 -- shown to everybody who runs the demonstration


@dataclass(frozen=True, slots=True)
class Person:
    """Who signs in; the first grant is what the person is introduced as."""

    email: str
    name: str
    grants: tuple[str, ...]

    @property
    def role(self) -> str:
        return self.grants[0].partition("@")[0]


PEOPLE = (
    Person("anna.lindqvist@fk.example", "Anna Lindqvist", ("caseworker@fk-14",)),
    Person("mikael.strand@fk.example", "Mikael Strand", ("caseworker@fk-14", "keeper@fk-14-af")),
    Person("ulla.nord@fk.example", "Ulla Nord", ("keeper@fk-14-vard", "keeper@fk-14-af")),
    Person("rolf.ekman@fk.example", "Rolf Ekman", ("owner@fk-14-af", "owner@fk-14-vard")),
    Person("sara.holm@af.example", "Sara Holm", ("keeper@af-14-fk", "caseworker@af-14")),
    Person("johan.berg@af.example", "Johan Berg", ("keeper@af-14-fk", "keeper@af-14-ingang")),
    Person("leila.nouri@af.example", "Leila Nouri", ("keeper@af-14-ingang", "caseworker@af-14")),
    Person("karin.ek@af.example", "Karin Ek", ("owner@af-14-fk", "owner@af-14-ingang")),
    Person("henrik.moberg@af.example", "Henrik Moberg", ("party_administrator@af",)),
    Person(
        "emma.sjogren@mariestad.example",
        "Emma Sjögren",
        ("keeper@kommun-1493-ame-brevlada", "caseworker@kommun-1493-ame"),
    ),
    Person(
        "amina.yusuf@mariestad.example",
        "Amina Yusuf",
        ("keeper@kommun-1493-fs-brevlada", "caseworker@kommun-1493-fs"),
    ),
    Person("david.kron@mariestad.example", "David Kron", ("keeper@kommun-1493-fs-brevlada",)),
    Person(
        "peter.wallin@mariestad.example",
        "Peter Wallin",
        ("keeper@kommun-1493-ifo-mottagning", "caseworker@kommun-1493-ifo"),
    ),
    Person(
        "birgitta.dahl@mariestad.example",
        "Birgitta Dahl",
        ("owner@kommun-1493-ifo-mottagning", "owner@kommun-1493-ame-brevlada"),
    ),
    Person("gunilla.aberg@mariestad.example", "Gunilla Åberg", ("party_administrator@kommun-1493",)),
    Person(
        "niklas.hall@skovde.example",
        "Niklas Hall",
        ("keeper@kommun-1496-ame-brevlada", "caseworker@kommun-1496-ame"),
    ),
    Person(
        "helena.brandt@vgr.example",
        "Helena Brandt",
        ("keeper@region-14-vc-1493-1-rehab", "caseworker@region-14-vc-1493-1"),
    ),
    Person("tove.lind@vgr.example", "Tove Lind", ("keeper@region-14-vc-1493-1-rehab",)),
    Person("oskar.friberg@vgr.example", "Oskar Friberg", ("keeper@region-14-psyk-1493-rehab",)),
    Person("maria.sand@finsam.example", "Maria Sand", ("keeper@sf-skaraborg-beredning",)),
    Person("ingrid.falk@samvag.example", "Ingrid Falk", ("administrator",)),
)


def make(database: Database, *, now: datetime) -> Mapping[str, Actor]:
    """Make the accounts that are not there yet; returns everybody by address."""
    actors = {person.email: _make(database, person, now=now) for person in PEOPLE}
    password_hash = hash_password(PASSWORD)
    with database.writing() as session:
        session.execute(
            sa.update(Account)
            .where(Account.email.in_(list(actors)))
            .values(password_hash=password_hash)
            .execution_options(synchronize_session=False)
        )
    return actors


def _make(database: Database, person: Person, *, now: datetime) -> Actor:
    with database.reading() as session:
        account_id = session.scalar(sa.select(Account.id).where(Account.email == person.email))
    if account_id is None:
        added = accounts.add(database, person.email, person.name, person.grants, now=now)
        return Actor(added.account_id, person.name, person.email, added.grants)
    # A demonstration that was interrupted goes on with the people it has made.
    grants = tuple(
        Held(Role(role), target) for role, _, target in (one.partition("@") for one in person.grants)
    )
    return Actor(account_id, person.name, person.email, grants)
