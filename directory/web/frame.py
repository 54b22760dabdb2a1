"""What stands around every page: the menu with only what the person may use, and who is signed in."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from flask import g, session
from sqlalchemy.exc import SQLAlchemyError

from directory.flows.workplace import Workplace
from directory.rules import access
from directory.rules.access import Actor
from directory.rules.terms import Role
from directory.web.given import Given
from directory.web.session import current, database, settings

WORKPLACE = "workplace"


@dataclass(frozen=True, slots=True)
class MenuItem:
    """A place in the menu; its name is in the catalogue's table [menu]."""

    id: str
    path: str
    icon: str
    count: int = 0


@dataclass(frozen=True, slots=True)
class Frame:
    """`known` is False when it could not be found out who is asking; `is_open`: anybody may read the directory."""

    known: bool
    actor: Actor | None
    menu: tuple[MenuItem, ...]
    workplace: str
    is_demo: bool
    is_open: bool

    @property
    def short_name(self) -> str:
        """First name and an initial: the function stands before the person."""
        first, *rest = (self.actor.name if self.actor else "").split() or [""]
        return f"{first} {rest[-1][0]}." if rest else first

    @property
    def initials(self) -> str:
        names = (self.actor.name if self.actor else "").split()
        return "".join(name[0] for name in (names[:1] + names[1:][-1:])).upper()

    @property
    def roles(self) -> tuple[Role, ...]:
        return tuple(dict.fromkeys(grant.role for grant in self.actor.grants)) if self.actor else ()


def frame(given: Given) -> Frame:
    """The frame of this request. It never fails: an error page has one too."""
    known, actor, waiting, mail = True, None, 0, 0
    try:
        actor = current()
        waiting, mail = _waiting(given, actor) if actor and actor.grants else (0, 0)
    except SQLAlchemyError:
        known = False
    own = settings()
    menu = _menu(actor, waiting, mail) if actor or own.directory_open else ()
    return Frame(known, actor, menu, place().name, own.environment == "demo", own.directory_open)


def _waiting(given: Given, actor: Actor) -> tuple[int, int]:
    questions, mail = given.waiting(database(), actor)
    # A page that has just changed what it counted says so.
    return g.get("unanswered", questions), g.get("waiting_mail", mail)


def remember(workplace: Workplace) -> None:
    """Keep where the person works in the cookie's session, so that no page has to ask for it."""
    session[WORKPLACE] = asdict(workplace)


def place() -> Workplace:
    """Where the person works, as it was at sign-in."""
    kept: Any = session.get(WORKPLACE)
    return Workplace(**kept) if isinstance(kept, dict) else Workplace()


def _menu(actor: Actor | None, waiting: int, mail: int) -> tuple[MenuItem, ...]:
    items = [MenuItem("find", "/", "sok")]
    if actor and actor.mailbox_ids:
        items.append(MenuItem("mailbox", "/brevlada", "inkorg", waiting))
    if actor and mail:
        # Only while something waits: most days nobody has to think of it.
        items.append(MenuItem("mail", "/mejl", "brev", mail))
    if actor and actor.unit_ids:
        items.append(MenuItem("questions", "/mina-fragor", "fragor"))
    items.append(MenuItem("map", "/kartan", "karta"))
    if actor and access.board_scopes(actor):
        items.append(MenuItem("overview", "/oversikt", "oversikt"))
    if actor and actor.targets(Role.OWNER, Role.PARTY_ADMINISTRATOR, Role.ADMINISTRATOR):
        items.append(MenuItem("proposals", "/forslag", "handslag"))
    if actor and actor.targets(Role.PARTY_ADMINISTRATOR, Role.ADMINISTRATOR):
        items.append(MenuItem("upkeep", "/underhall", "kugge"))
    return tuple(items)
