"""What is named instead when there is no path."""

from __future__ import annotations

from directory.rules import nextbest
from directory.rules.nextbest import Neighbour

FK = ("fk", "agency")


def way(
    name: str,
    kind: str,
    party: str = "kommun-1493",
    areas: tuple[str, ...] = ("1493",),
    *,
    asks: tuple[str, ...] = ("*",),
    topics: tuple[str, ...] = (),
) -> Neighbour:
    return Neighbour(name, kind, party, areas, asks, topics)


GROUP = way("group", "preparatory_group", "sf", ("1493", "1499"))
LOTS = way("lots", "municipal_liaison")
VAXEL = way("vaxel", "switchboard")
OTHER_VAXEL = way("other", "switchboard", "kommun-1494", ("1493", "1494"))
BOX = way("box", "functional_mailbox")


def choose(
    *ways: Neighbour, alternatives: tuple[str, ...] = (), parties: tuple[str, ...] = ("kommun-1493",)
) -> tuple[str, ...]:
    return nextbest.choose(ways, askers=FK, alternatives=alternatives, parties=parties, area="1493")


def test_alternatives_then_the_group_then_liaison_then_the_switchboard() -> None:
    chosen = choose(VAXEL, LOTS, GROUP, BOX, alternatives=("box",))
    assert chosen == ("box", "group", "lots", "vaxel")


def test_a_mailbox_that_nobody_names_is_no_help() -> None:
    assert choose(BOX) == ()


def test_one_switchboard_is_enough_and_it_is_the_one_of_the_party_looked_for() -> None:
    assert choose(OTHER_VAXEL, VAXEL) == ("vaxel",)
    assert choose(OTHER_VAXEL, VAXEL, parties=("kommun-1494",)) == ("other",)


def test_liaison_of_somebody_else_is_no_help_unless_nobody_is_looked_for() -> None:
    theirs = way("theirs", "liaison", "fk", ("14",))
    assert choose(theirs) == ()
    assert choose(theirs, parties=()) == ("theirs",)


def test_what_is_closed_elsewhere_or_for_the_protected_is_not_named() -> None:
    closed = way("closed", "preparatory_group", asks=("municipality",))
    elsewhere = way("elsewhere", "preparatory_group", areas=("1499",))
    protected = way("protected", "switchboard", topics=("skyddade_personuppgifter",))
    assert choose(closed, elsewhere, protected, alternatives=("closed", "protected")) == ()


def test_without_a_place_only_what_is_named_helps() -> None:
    found = nextbest.choose([VAXEL], askers=(), alternatives=(), parties=("kommun-1493",), area="")
    assert found == ("vaxel",)
