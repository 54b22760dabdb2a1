"""From a matter in a place to the mailbox that takes it."""

from dataclasses import replace
from itertools import permutations

import pytest

from router.rules import routing
from router.rules.routing import NoRoute, RouteDecision, Target, Wanted

INGANG = Target(
    entry_point_id="af-14-ingang",
    mailbox_id="af-14-ingang",
    party_id="af",
    kind="authority_entrance",
    name="Myndighetsingången Västra Götaland",
    areas=("14",),
    topics=("handlingsplan", "lonebidrag"),
    inquiry_kinds=("case",),
    from_parties=("municipality", "region"),
    status="active",
    alternative_id="af-vaxel",
)
FROM_FK = replace(
    INGANG,
    entry_point_id="af-14-fk",
    mailbox_id="af-14-fk",
    name="Funktionsbrevlåda FK–AF",
    topics=("rehabilitering",),
    inquiry_kinds=("case", "meeting"),
    from_parties=("fk",),
)
SWITCHBOARD = replace(
    INGANG,
    entry_point_id="af-vaxel",
    mailbox_id=None,
    name="Växeln",
    areas=("SE",),
    topics=(),
    inquiry_kinds=("general",),
    from_parties=("*",),
    alternative_id=None,
)
ALL = (INGANG, FROM_FK, SWITCHBOARD)
WANTED = Wanted("kommun-1493", "municipality", "af", "handlingsplan", "1493", "case")


def way(found: RouteDecision | NoRoute) -> tuple[str, str]:
    assert isinstance(found, RouteDecision), found
    return found.entry_point_id, found.because.code


def no_way(found: RouteDecision | NoRoute) -> tuple[str, tuple[str, ...]]:
    assert isinstance(found, NoRoute), found
    return found.because.code, found.instead


@pytest.mark.parametrize(
    ("from_parties", "usable"),
    [
        (("*",), True),
        (("kommun-1493",), True),
        (("municipality",), True),
        (("fk", "region"), False),
        ((), False),
    ],
)
def test_a_way_in_is_usable_for_those_it_names(from_parties: tuple[str, ...], usable: bool) -> None:
    assert routing.is_usable(replace(INGANG, from_parties=from_parties), WANTED) is usable


@pytest.mark.parametrize("status", ["paused", "closed"])
def test_a_way_in_that_is_not_active_is_usable_for_nobody(status: str) -> None:
    assert not routing.is_usable(replace(INGANG, status=status), WANTED)


def test_a_matter_goes_to_the_way_in_that_names_it_whatever_the_order() -> None:
    for order in permutations(ALL):
        found = routing.choose(order, WANTED)
        assert way(found) == ("af-14-ingang", "route.matter")
        assert found.because.facts == {"name": INGANG.name, "topic": "handlingsplan", "area": "1493"}


def test_each_party_is_led_to_its_own_way_in() -> None:
    asker = replace(WANTED, from_party_id="fk", from_party_kind="agency", topic="rehabilitering")
    assert way(routing.choose(ALL, asker)) == ("af-14-fk", "route.matter")


def test_a_matter_nobody_names_falls_back_and_says_so() -> None:
    assert way(routing.choose(ALL, replace(WANTED, topic="hyra"))) == ("af-14-ingang", "route.fallback")
    assert way(routing.choose(ALL, replace(WANTED, topic=""))) == ("af-14-ingang", "route.fallback")


def test_topic_then_kind_then_the_narrowest_area_then_the_id_decide() -> None:
    topic = replace(INGANG, entry_point_id="d", inquiry_kinds=("general",), areas=("SE",))
    kind = replace(INGANG, entry_point_id="c", topics=(), areas=("SE",))
    narrow = replace(INGANG, entry_point_id="b", topics=(), inquiry_kinds=(), areas=("SE", "1493"))
    plain = replace(INGANG, entry_point_id="a", topics=(), inquiry_kinds=(), areas=("SE",))
    later = replace(plain, entry_point_id="z")
    ladder = [topic, kind, narrow, plain, later]
    for step, expected in enumerate(ladder):
        assert (
            way(routing.choose(ladder[: step - 1 if step else None : -1], WANTED))[0]
            == expected.entry_point_id
        )


def test_a_question_to_no_party_in_particular_goes_only_where_the_topic_is_named() -> None:
    wanted = replace(WANTED, to_party=None)
    assert way(routing.choose(ALL, wanted)) == ("af-14-ingang", "route.matter")
    assert no_way(routing.choose(ALL, replace(wanted, topic="hyra"))) == ("route.nothing_in_area", ())
    own = replace(INGANG, party_id="kommun-1493")
    assert no_way(routing.choose([own], wanted)) == ("route.nothing_in_area", ())


def test_another_party_s_ways_in_are_never_chosen() -> None:
    assert no_way(routing.choose(ALL, replace(WANTED, to_party="fk"))) == ("route.nothing_in_area", ())


def test_nothing_in_the_area_offers_what_lies_within_a_wider_area() -> None:
    town = replace(INGANG, areas=("1493",))
    assert no_way(routing.choose([town], replace(WANTED, area="14"))) == (
        "route.nothing_in_area",
        ("af-14-ingang",),
    )
    assert no_way(routing.choose([town], replace(WANTED, area="1480"))) == ("route.nothing_in_area", ())


def test_those_who_may_not_come_in_are_led_to_what_stands_open_to_them() -> None:
    closed = replace(FROM_FK, alternative_id="af-elsewhere")
    elsewhere = replace(SWITCHBOARD, entry_point_id="af-elsewhere", areas=("01",))
    assert no_way(routing.choose([closed, elsewhere], WANTED)) == ("route.not_allowed", ("af-elsewhere",))
    assert no_way(routing.choose([closed], WANTED)) == ("route.not_allowed", ())


def test_without_a_mailbox_the_ways_by_telephone_are_offered_best_first() -> None:
    telephone = replace(INGANG, mailbox_id=None, entry_point_id="telefon")
    many = [replace(SWITCHBOARD, entry_point_id=f"vaxel-{number}") for number in range(5)]
    assert no_way(routing.choose([*many, telephone, FROM_FK], WANTED)) == (
        "route.no_mailbox",
        ("telefon", "vaxel-0", "vaxel-1"),
    )


def test_a_named_way_in_is_taken_also_for_another_topic_and_area() -> None:
    found = routing.named(INGANG, replace(WANTED, topic="hyra", area="0180"))
    assert way(found) == ("af-14-ingang", "route.named")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        (replace(INGANG, status="closed"), "route.not_active"),
        (replace(INGANG, from_parties=("fk",)), "route.not_allowed"),
        (replace(INGANG, mailbox_id=None), "route.no_mailbox"),
    ],
)
def test_a_named_way_in_that_will_not_do_names_its_alternative(changed: Target, code: str) -> None:
    assert no_way(routing.named(changed, WANTED, alternative=SWITCHBOARD)) == (code, ("af-vaxel",))
    assert no_way(routing.named(changed, WANTED)) == (code, ())
    closed = replace(SWITCHBOARD, from_parties=("fk",))
    assert no_way(routing.named(changed, WANTED, alternative=closed)) == (code, ())
