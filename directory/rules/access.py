"""The one policy: who may do what. Every route, API call, list and letter asks here.

Secrecy holds between authorities and between independent branches of one (offentlighets- och sekretesslagen
8:1-2), so reading goes by Unit and Mailbox, never by Party; administrators see facts about inquiries, not content.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from config.errors import NotAllowed, NotFound
from directory.rules.terms import Role


class Action(StrEnum):
    ASK = "inquiry.ask"
    SEE = "inquiry.see"
    READ = "inquiry.read"
    CLAIM = "inquiry.claim"
    RELEASE = "inquiry.release"
    ANSWER = "inquiry.answer"
    FOLLOW_UP = "inquiry.follow_up"
    NOTE = "inquiry.note"
    MEET = "inquiry.meet"
    CLOSE = "inquiry.close"
    WITHDRAW = "inquiry.withdraw"
    FORWARD = "inquiry.forward"
    HAND_BACK = "inquiry.hand_back"
    REDIRECT = "inquiry.redirect"
    SETTLE = "inquiry.settle"
    INVITE = "inquiry.invite"
    SHARE = "inquiry.share"
    STAFF = "mailbox.staff"
    HAND_OVER = "account.hand_over"
    PAUSE = "inquiry.pause"
    EXTEND = "inquiry.extend"
    AGREE = "inquiry.agree"
    REOPEN = "inquiry.reopen"
    GIVE_CAUSE = "breach.cause"
    JOIN = "inquiry.join"
    SPLIT = "inquiry.split"
    WORK_QUEUE = "mailbox.queue"
    READ_BOARD = "board.read"
    EDIT = "entry_point.edit"
    CONFIRM = "entry_point.confirm"
    UPKEEP = "upkeep.read"
    IMPORT = "directory.import"
    OVERRIDE_IMPORT = "directory.override"
    PLAN_REMINDERS = "reminder.plan"
    CHOOSE_REMINDERS = "reminder.choose"
    DRY_RUN = "deadline.dry_run"
    REPORT_PATH = "path.report"
    READ_TERMS = "terms.read"
    EDIT_AGREEMENT = "agreement.edit"
    EDIT_CALENDAR = "calendar.edit"
    EDIT_LOCAL_DAYS = "local_days.edit"
    DECIDE_PATH = "path.decide"
    SORT_MAIL = "mail.sort"
    LIST_MAIL = "mail.list"
    RUN_MAIL = "mail.run"
    SET_BUSY = "calendar.busy"
    SUBSCRIBE_MAILBOX = "calendar.mailbox"
    SUBSCRIBE_PARTY = "calendar.party"
    CHOOSE_CALENDARS = "calendar.own"
    READ_FORUMS = "forum.read"
    READ_AGENDA = "forum.agenda"
    PUT_ON_AGENDA = "forum.put"
    EDIT_FORUM = "forum.edit"


class Relation(StrEnum):
    """How a person stands to a thing, derived from the grants held."""

    ASKING = "asking"  # caseworker at the asking unit
    KEEPING = "keeping"  # keeper of a receiving mailbox
    OWNING = "owning"  # owner of a receiving mailbox
    PARTY = "party"  # party administrator of one of the parties
    ADMINISTRATING = "administrating"
    BELONGING = "belonging"  # any grant at one of the parties


DESK = frozenset({Relation.KEEPING, Relation.OWNING})
SIDES = DESK | {Relation.ASKING}

# Who may, by relation. An action that is not in the table is allowed to nobody.
ALLOWED: dict[Action, frozenset[Relation]] = {
    Action.ASK: frozenset({Relation.ASKING}),
    # Belonging to a party says nothing of its units' inquiries.
    Action.SEE: frozenset(Relation) - {Relation.BELONGING},
    Action.READ: SIDES,
    Action.CLAIM: DESK,
    Action.RELEASE: DESK,
    Action.ANSWER: DESK,
    Action.FOLLOW_UP: frozenset({Relation.ASKING}),
    Action.NOTE: SIDES,
    Action.MEET: SIDES,
    Action.CLOSE: SIDES,
    Action.WITHDRAW: frozenset({Relation.ASKING}),
    Action.FORWARD: DESK,
    Action.HAND_BACK: DESK,
    # Where a question goes that was handed back; one that goes round and round is an administrator's to settle.
    Action.REDIRECT: frozenset({Relation.ASKING, Relation.ADMINISTRATING}),
    Action.SETTLE: frozenset({Relation.ADMINISTRATING}),
    # Who else is asked, and whether the receivers read each other's answers, is the asker's alone to say.
    Action.INVITE: frozenset({Relation.ASKING}),
    Action.SHARE: frozenset({Relation.ASKING}),
    # Enter that somebody else is away, say who stands in, and after how long a claim goes back.
    Action.STAFF: frozenset({Relation.OWNING, Relation.PARTY, Relation.ADMINISTRATING}),
    # Take somebody's work from one who leaves and give it to another; asked of each grant that goes along.
    Action.HAND_OVER: frozenset({Relation.OWNING, Relation.PARTY, Relation.ADMINISTRATING}),
    Action.PAUSE: DESK,
    Action.EXTEND: DESK,
    Action.AGREE: frozenset({Relation.ASKING}),
    Action.REOPEN: frozenset({Relation.ASKING}),
    Action.GIVE_CAUSE: frozenset({Relation.OWNING}),
    Action.JOIN: DESK,
    Action.SPLIT: SIDES,
    Action.WORK_QUEUE: DESK,
    Action.READ_BOARD: DESK | {Relation.PARTY, Relation.ADMINISTRATING},
    Action.EDIT: frozenset({Relation.OWNING, Relation.PARTY, Relation.ADMINISTRATING}),
    Action.CONFIRM: DESK | {Relation.PARTY, Relation.ADMINISTRATING},
    Action.UPKEEP: frozenset({Relation.PARTY, Relation.ADMINISTRATING}),
    Action.IMPORT: frozenset({Relation.PARTY, Relation.ADMINISTRATING}),
    Action.OVERRIDE_IMPORT: frozenset({Relation.ADMINISTRATING}),
    Action.DECIDE_PATH: frozenset({Relation.PARTY, Relation.ADMINISTRATING}),
    # Of a mailbox; an agreement's plan binds both parties, so its scope is empty and it is the administrator's.
    Action.PLAN_REMINDERS: frozenset({Relation.OWNING, Relation.PARTY, Relation.ADMINISTRATING}),
    Action.DRY_RUN: frozenset({Relation.ADMINISTRATING}),
    Action.EDIT_AGREEMENT: frozenset({Relation.ADMINISTRATING}),
    Action.EDIT_CALENDAR: frozenset({Relation.ADMINISTRATING}),
    Action.EDIT_LOCAL_DAYS: frozenset({Relation.OWNING, Relation.PARTY, Relation.ADMINISTRATING}),
    # Read a waiting mail and say what becomes of it; that it waits is known to more, what it says is not.
    Action.SORT_MAIL: SIDES,
    Action.LIST_MAIL: SIDES | {Relation.PARTY, Relation.ADMINISTRATING},
    Action.RUN_MAIL: frozenset({Relation.ADMINISTRATING}),
    # The published calendar of a mailbox, and the feeds that programs subscribe to.
    Action.SET_BUSY: DESK | {Relation.PARTY},
    Action.SUBSCRIBE_MAILBOX: DESK,
    Action.SUBSCRIBE_PARTY: frozenset({Relation.PARTY}),
    # When a forum meets is no secret; what it will speak of is for those whose parties meet there.
    Action.READ_AGENDA: frozenset({Relation.BELONGING}),
    Action.PUT_ON_AGENDA: SIDES,
    Action.EDIT_FORUM: frozenset({Relation.PARTY, Relation.ADMINISTRATING}),
}
# What everybody who is signed in may do, however they stand to it.
EVERYBODY = frozenset(
    {
        Action.READ_TERMS,
        Action.REPORT_PATH,
        Action.CHOOSE_REMINDERS,
        Action.CHOOSE_CALENDARS,
        Action.READ_FORUMS,
    }
)


@dataclass(frozen=True, slots=True)
class Held:
    """One grant in force: a role, what it is bound to, and the party that thing belongs to."""

    role: Role
    target_id: str = ""
    party_id: str = ""


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person and the grants in force now."""

    account_id: int
    name: str
    email: str
    grants: tuple[Held, ...] = ()

    def holds(self, role: Role, target_ids: Iterable[str]) -> bool:
        """Whether a grant of this role is bound to one of the targets."""
        wanted = frozenset(target_ids)
        return any(grant.role is role and grant.target_id in wanted for grant in self.grants)

    def targets(self, *roles: Role) -> tuple[str, ...]:
        """Everything the person holds any of these roles at, each once, in the order granted."""
        return tuple(dict.fromkeys(grant.target_id for grant in self.grants if grant.role in roles))

    @property
    def is_administrator(self) -> bool:
        return any(grant.role is Role.ADMINISTRATOR for grant in self.grants)

    @property
    def mailbox_ids(self) -> tuple[str, ...]:
        return self.targets(Role.KEEPER, Role.OWNER)

    @property
    def unit_ids(self) -> tuple[str, ...]:
        return self.targets(Role.CASEWORKER)

    @property
    def party_ids(self) -> tuple[str, ...]:
        """The parties the person belongs to through any grant."""
        return tuple(dict.fromkeys(grant.party_id for grant in self.grants if grant.party_id))


@dataclass(frozen=True, slots=True)
class Scope:
    """What a question of access is about: the asking unit, the receiving mailboxes, the parties of both."""

    unit_id: str = ""
    mailbox_ids: frozenset[str] = field(default_factory=frozenset)
    party_ids: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Decision:
    """`visible` tells a refused caller whether the thing may be known to exist."""

    allowed: bool
    visible: bool
    relations: frozenset[Relation]


def relations(actor: Actor, scope: Scope) -> frozenset[Relation]:
    """Every way the person stands to the thing."""
    found = set()
    if scope.unit_id and actor.holds(Role.CASEWORKER, (scope.unit_id,)):
        found.add(Relation.ASKING)
    if actor.holds(Role.KEEPER, scope.mailbox_ids):
        found.add(Relation.KEEPING)
    if actor.holds(Role.OWNER, scope.mailbox_ids):
        found.add(Relation.OWNING)
    if actor.holds(Role.PARTY_ADMINISTRATOR, scope.party_ids):
        found.add(Relation.PARTY)
    if actor.is_administrator:
        found.add(Relation.ADMINISTRATING)
    if not scope.party_ids.isdisjoint(actor.party_ids):
        found.add(Relation.BELONGING)
    return frozenset(found)


def decide(actor: Actor, action: Action, scope: Scope) -> Decision:
    """Whether this person may do this to that."""
    found = relations(actor, scope)
    allowed = action in EVERYBODY or bool(found & ALLOWED.get(action, frozenset()))
    return Decision(allowed, bool(found & ALLOWED[Action.SEE]), found)


def may(actor: Actor | None, action: Action, scope: Scope) -> bool:
    """The same as a yes or no; nobody signed in may nothing."""
    return actor is not None and decide(actor, action, scope).allowed


def require(actor: Actor, action: Action, scope: Scope) -> frozenset[Relation]:
    """Return how the actor stands to the thing.

    Raises NotFound when the actor may not even know of it, NotAllowed when only the act is refused.
    """
    decision = decide(actor, action, scope)
    if decision.allowed:
        return decision.relations
    if decision.visible:
        raise NotAllowed()
    raise NotFound()


def require_open(actor: Actor, action: Action, scope: Scope) -> None:
    """For what is no secret, as an entry point is: raises NotAllowed whenever the act is refused."""
    if not may(actor, action, scope):
        raise NotAllowed()


def note_sides(found: frozenset[Relation], actor: Actor, scope: Scope) -> frozenset[str | None]:
    """Whose internal notes may be read: None is the asking unit's side, otherwise a mailbox id."""
    sides: set[str | None] = set()
    if Relation.ASKING in found:
        sides.add(None)
    sides.update(scope.mailbox_ids.intersection(actor.mailbox_ids))
    return frozenset(sides)


def board_scopes(actor: Actor) -> tuple[str, ...]:
    """The boards a person may read, widest first: "all", "party:…", "mailbox:…"."""
    scopes = ["all"] if actor.is_administrator else []
    scopes += [f"party:{party}" for party in actor.targets(Role.PARTY_ADMINISTRATOR)]
    scopes += [f"mailbox:{mailbox}" for mailbox in actor.mailbox_ids]
    return tuple(scopes)
