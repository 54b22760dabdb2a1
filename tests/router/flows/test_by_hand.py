"""What people do with waiting mail, on both databases: one of two who act at once, and lists as the policy has it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import sqlalchemy as sa

from config import clock
from config.database import Database
from config.errors import Conflict, NotAllowed, NotFound
from config.settings import Settings
from directory.records.models import Mailbox
from directory.rules import access
from directory.rules.access import Action, Scope
from router.flows import by_hand, ledger, tray
from router.records.mail_models import IncomingMail
from router.records.models import Inquiry, Leg, Message
from tests.support.asking import ask, rows
from tests.support.cast import AF_MAILBOX, ASKING_UNIT, MUNICIPAL_MAILBOX, Cast
from tests.support.waiting_mail import hold


@pytest.fixture
def settings(make_settings: Callable[..., Settings]) -> Settings:
    return make_settings(mail_domain="svar.samvag.example")


def test_of_all_who_act_at_once_exactly_one_does(database: Database, cast: Cast, settings: Settings) -> None:
    reference = ask(database, cast, now=clock.now())
    (inquiry,) = rows(database, Inquiry)
    held = hold(database, suggested_id=inquiry.id)
    one, two, now = cast.af_keeper.actor, cast.af_keeper_two.actor, clock.now()
    start = Barrier(4)
    acts: list[Callable[[], object]] = [
        lambda: by_hand.attach(database, held, reference, one, settings=settings, now=now),
        lambda: by_hand.attach(database, held, reference, two, settings=settings, now=now),
        lambda: by_hand.spam(database, held, one, now=now),
        lambda: by_hand.spam(database, held, two, now=now),
    ]

    def act(which: Callable[[], object]) -> str:
        start.wait()
        try:
            which()
        except Conflict as refused:
            return refused.code
        return "done"

    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(act, acts))

    assert sorted(told) == ["done", "mail_handled", "mail_handled", "mail_handled"]
    (mail,) = rows(database, IncomingMail)
    attached = "done" in told[:2]
    assert mail.state == ("sorted" if attached else "spam")
    assert len(rows(database, Message)) == (2 if attached else 1)
    assert ledger.check(database, settled=False, now=clock.now()) == ()


def test_the_list_shows_what_the_policy_says_of_each_mail(database: Database, cast: Cast) -> None:
    scopes = {
        hold(database): Scope(mailbox_ids=frozenset({AF_MAILBOX}), party_ids=frozenset({"af"})),
        hold(database, mailbox_id=MUNICIPAL_MAILBOX): Scope(
            mailbox_ids=frozenset({MUNICIPAL_MAILBOX}), party_ids=frozenset({"kommun-1493"})
        ),
        hold(database, mailbox_id=None, unit_id=ASKING_UNIT): Scope(
            unit_id=ASKING_UNIT, party_ids=frozenset({"fk"})
        ),
        hold(database, mailbox_id=None): Scope(),
    }
    for role in Cast.__dataclass_fields__:
        actor = getattr(cast, role).actor
        try:
            shown = {one.id: one for one in tray.tray(database, actor).mails}
        except NotAllowed:
            shown = {}
        known = {mail_id for mail_id, scope in scopes.items() if access.may(actor, Action.LIST_MAIL, scope)}
        read = {mail_id for mail_id, scope in scopes.items() if access.may(actor, Action.SORT_MAIL, scope)}
        assert set(shown) == known, role
        assert {one for one in shown if shown[one].content} == read, role
        assert all(not shown[one].subject and not shown[one].sender for one in known - read), role


def test_what_is_spam_or_handled_changes_no_more(database: Database, cast: Cast, settings: Settings) -> None:
    held, actor, now = hold(database), cast.af_keeper.actor, clock.now()
    by_hand.spam(database, held, actor, now=now)
    for act in (
        lambda: by_hand.spam(database, held, actor, now=now),
        lambda: by_hand.send_back(database, held, actor, settings=settings, now=now),
        lambda: by_hand.attach(database, held, "SV-0000-0000", actor, settings=settings, now=now),
        lambda: by_hand.give(database, held, MUNICIPAL_MAILBOX, cast.administrator.actor, now=now),
    ):
        with pytest.raises(Conflict, match="mail_handled"):
            act()
    by_hand.undo(database, held, actor, now=now)
    with pytest.raises(Conflict, match="mail_handled"):
        by_hand.undo(database, held, actor, now=now)


def test_no_answer_is_counted_as_another_receivers(
    database: Database, cast: Cast, settings: Settings
) -> None:
    reference = ask(database, cast, now=clock.now(), also_to=(MUNICIPAL_MAILBOX,))
    asker, now = cast.caseworker.actor, clock.now()
    of_unit = {"mailbox_id": None, "unit_id": ASKING_UNIT}
    strange = hold(database, **of_unit)
    with pytest.raises(Conflict, match="which_receiver"):
        by_hand.attach(database, strange, reference, asker, settings=settings, now=now)
    with database.reading() as session:
        address = session.scalar(sa.select(Mailbox.address).where(Mailbox.id == MUNICIPAL_MAILBOX))

    known = hold(database, sender=str(address).lower(), **of_unit)
    by_hand.attach(database, known, reference, asker, settings=settings, now=now)

    states = {one.mailbox_id: one.state for one in rows(database, Leg)}
    assert states == {AF_MAILBOX: "waiting", MUNICIPAL_MAILBOX: "answered"}
    assert {one.id: one.state for one in rows(database, IncomingMail)} == {strange: "held", known: "sorted"}


def test_what_is_nobodys_is_put_aside_by_those_who_run_the_mail(database: Database, cast: Cast) -> None:
    nobodys, owned, now = hold(database, mailbox_id=None), hold(database), clock.now()
    administrator = cast.administrator.actor
    with pytest.raises(NotAllowed):
        by_hand.spam(database, owned, administrator, now=now)
    for stranger in (cast.af_keeper.actor, cast.party_administrator.actor):
        with pytest.raises(NotFound):
            by_hand.spam(database, nobodys, stranger, now=now)

    by_hand.spam(database, nobodys, administrator, now=now)
    by_hand.undo(database, nobodys, administrator, now=now)

    assert {one.state for one in rows(database, IncomingMail)} == {"held"}
