"""The 32 cells of who may let a mail in by what, and everything else that decides where one goes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from config import words
from directory.rules.access import Actor, Held
from directory.rules.terms import Role
from router.rules import matching
from router.rules.leads import Arrived, Box, LegFacts, Outcome, Place, Recipient, Sender, Way

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
LEG = LegFacts(7, "af-box", "af", "waiting")
DESK = Place(1, "fk-unit", "fk", "sent", None, (LEG,), leg_id=7, side="desk")
OTHER = Place(
    2,
    "fk-unit",
    "fk",
    "sent",
    None,
    (LegFacts(8, "kommun-box", "kommun", "waiting"),),
    leg_id=8,
    side="desk",
)
CLOSED = replace(DESK, state="closed", closed_at=NOW - timedelta(days=91))


def person(*grants: tuple[Role, str, str], vouched: bool = True) -> Sender:
    """Somebody with an account and these grants."""
    actor = Actor(5, "Cia Berg", "cia@af.example", tuple(Held(*one) for one in grants))
    return Sender("cia@af.example", is_vouched=vouched, is_account=True, actor=actor)


KEEPER = person((Role.KEEPER, "af-box", "af"))
ASKER = person((Role.CASEWORKER, "fk-unit", "fk"))
DOMAIN = Sender("brev@af.example", is_vouched=True, domain_party="af")
STRANGER = Sender("vem@annat.example", is_vouched=True)
NOBODY = Sender()

LOCATORS = {
    "valid token": Arrived(Recipient.REPLY, by_address=DESK),
    "token off by a bit": Arrived(Recipient.FALSE_REPLY, by_address=DESK),
    "other inquiry's token": Arrived(Recipient.REPLY, by_address=OTHER),
    "expired token": Arrived(Recipient.REPLY, by_address=CLOSED),
    "only In-Reply-To": Arrived(Recipient.MAILBOX, "af-box", by_reference=DESK),
    "only References": Arrived(Recipient.MAILBOX, "af-box", by_reference=DESK),
    "only subject tag": Arrived(
        Recipient.MAILBOX, "af-box", suggested=replace(DESK, side=""), suggested_by="mail.subject_reference"
    ),
    "guessed number": Arrived(Recipient.FALSE_REPLY, by_address=OTHER),
}
SENDERS = {"right sender": KEEPER, "right domain": DOMAIN, "stranger": STRANGER, "nobody": NOBODY}
RIGHT = {
    (by, who)
    for by in ("valid token", "only In-Reply-To", "only References")
    for who in ("right sender", "right domain")
}


def decide(mail: Arrived, sender: Sender, *, trusts: bool = True) -> Outcome:
    """What becomes of it, and that its reason is a sentence."""
    outcome = matching.decide(mail, sender, trusts=trusts, now=NOW)
    assert not words.explain(outcome.because).startswith("because."), outcome.because
    return outcome


@pytest.mark.parametrize("by", LOCATORS)
@pytest.mark.parametrize("who", SENDERS)
def test_only_the_right_cells_of_the_forgery_table_attach(by: str, who: str) -> None:
    outcome = decide(LOCATORS[by], SENDERS[who])

    assert (outcome.way is Way.ANSWER) is ((by, who) in RIGHT)
    assert outcome.way in (Way.ANSWER, Way.HOLD)
    forged = replace(SENDERS[who], is_vouched=False)
    assert decide(LOCATORS[by], forged).way is Way.HOLD
    assert decide(LOCATORS[by], SENDERS[who], trusts=False).way is Way.HOLD


def test_a_guessed_address_puts_nothing_before_a_strangers_eyes() -> None:
    held = decide(LOCATORS["guessed number"], STRANGER)
    near = decide(LOCATORS["token off by a bit"], KEEPER)

    assert (held.mailbox_id, held.unit_id, held.suggested_id) == (None, None, None)
    assert (near.mailbox_id, near.suggested_id) == ("af-box", 1)


@pytest.mark.parametrize(
    ("sender", "code"),
    [
        (replace(KEEPER, actor=None), "mail.account_closed"),
        # The grant has ended; that the domain is the party's does not give it back.
        (replace(person(), domain_party="af"), "mail.not_party"),
        (person((Role.KEEPER, "af-other", "af")), "mail.not_party"),
        (STRANGER, "mail.stranger"),
        (NOBODY, "mail.no_sender"),
    ],
)
def test_who_may_not_is_refused_with_the_reason(sender: Sender, code: str) -> None:
    outcome = decide(LOCATORS["valid token"], sender)

    assert (outcome.way, outcome.because.code) == (Way.HOLD, code)
    assert (outcome.mailbox_id, outcome.suggested_id) == ("af-box", 1)


def test_the_asking_side_writes_to_its_own_address_only() -> None:
    asker_side = Arrived(Recipient.REPLY, by_address=replace(DESK, side="asker"))

    assert decide(asker_side, ASKER).way is Way.FOLLOW_UP
    assert decide(asker_side, KEEPER).way is Way.HOLD
    assert decide(LOCATORS["valid token"], ASKER).way is Way.HOLD
    assert decide(asker_side, KEEPER).unit_id == "fk-unit"


def test_the_mailbox_itself_answers_without_an_account() -> None:
    mailbox = Sender("af@af.example", is_vouched=True, boxes=(Box("af-box", "af-unit", "af"),))

    outcome = decide(LOCATORS["valid token"], mailbox)

    assert (outcome.way, outcome.author_id) == (Way.ANSWER, None)


@pytest.mark.parametrize("days, code", [(89, "mail.is_closed"), (91, "mail.expired")])
def test_mail_opens_nothing_that_was_closed(days: int, code: str) -> None:
    closed = replace(DESK, state="closed", closed_at=NOW - timedelta(days=days))

    assert decide(Arrived(Recipient.REPLY, by_address=closed), KEEPER).because.code == code


def test_a_leg_that_went_on_is_answered_by_who_has_it_now() -> None:
    gone = replace(LEG, state="forwarded")
    new = LegFacts(9, "af-new", "af", "waiting", follows_id=7)
    mail = Arrived(Recipient.REPLY, by_address=replace(DESK, legs=(gone, new)))

    assert decide(mail, KEEPER).because.code == "mail.moved_on"
    assert decide(mail, DOMAIN).because.code == "mail.moved_on"
    answered = decide(mail, person((Role.KEEPER, "af-new", "af")))
    assert (answered.way, answered.leg_id) == (Way.ANSWER, 9)


def test_a_question_needs_one_unit_that_asks() -> None:
    mail = Arrived(Recipient.MAILBOX, "af-box")
    two = person((Role.CASEWORKER, "fk-unit", "fk"), (Role.CASEWORKER, "fk-two", "fk"))
    from_domain = replace(DOMAIN, domain_party="kommun", domain_unit="kommun-unit")
    itself = Sender("af@af.example", is_vouched=True, boxes=(Box("af-box", "af-unit", "af"),))

    assert (decide(mail, ASKER).way, decide(mail, ASKER).author_id) == (Way.ASK, 5)
    assert (decide(mail, from_domain).unit_id, decide(mail, from_domain).author_id) == ("kommun-unit", None)
    for sender, code in (
        (two, "mail.several_units"),
        (DOMAIN, "mail.no_unit"),
        (itself, "mail.from_itself"),
        (replace(ASKER, actor=None), "mail.account_closed"),
        (STRANGER, "mail.stranger"),
    ):
        assert decide(mail, sender).because.code == code


def test_a_domain_speaks_for_the_side_that_was_written_to() -> None:
    # One party on both sides: the letter says which of them is answering.
    within = replace(DESK, from_party_id="af")
    by_desk = Arrived(Recipient.MAILBOX, "af-box", by_reference=within)
    by_asker = Arrived(Recipient.MAILBOX, "af-box", by_reference=replace(within, side="asker"))
    unsaid = Arrived(Recipient.MAILBOX, "af-box", by_reference=replace(within, side=""))

    assert decide(by_desk, DOMAIN).way is Way.ANSWER
    assert decide(by_asker, DOMAIN).way is Way.FOLLOW_UP
    assert decide(unsaid, DOMAIN).way is Way.HOLD
