"""LDIF, the map of a catalogue and the SDK address book: what they become, and what is refused."""

from __future__ import annotations

import base64
import json

import pytest

from directory.flows.documents import DEFAULT_MAP
from directory.rules import addressbook, hsa, ldif, merging
from directory.rules.hsa import Thing
from directory.rules.merging import Diff, Seen
from directory.rules.sheets import Faults

MAP = hsa.read_map(DEFAULT_MAP.read_text("utf-8"))


def read(text: str) -> tuple[list[Thing], list[str]]:
    faults = Faults()
    return ldif.read("fil.ldif", text.encode(), faults), [one.code for one in faults.found]


def test_folded_lines_remarks_base64_and_options_are_read() -> None:
    name = base64.b64encode("Vårdcentralen Ögat".encode()).decode()
    text = (
        "version: 1\r\n\r\n# en anmärkning\r\n som är lång\r\ndn: ou=a,\r\n dc=x\r\nou:: " + name + "\r\n"
        "mail: a@x.example\r\ntelephoneNumber;lang-sv: 08-465 004 00\r\n\r\n"
    )
    things, faults = read(text)
    assert faults == []
    assert things == [
        Thing(
            "ou=a,dc=x",
            {
                "ou": ["Vårdcentralen Ögat"],
                "mail": ["a@x.example"],
                "telephonenumber": ["08-465 004 00"],
            },
        )
    ]


@pytest.mark.parametrize(
    "text",
    [
        "dn: cn=x\nchangetype: delete\n",
        "dn: cn=x\njpegPhoto:< file:///etc/passwd\n",
        "dn: cn=x\ncn:: inte-base64!\n",
        "dn: cn=x\nutan kolon\n",
        "cn: utan namn\n",
        "",
    ],
)
def test_what_is_no_list_of_objects_is_a_fault(text: str) -> None:
    things, faults = read(text)
    assert things == []
    assert len(faults) == 1


def point(**attributes: str) -> dict[str, str]:
    usual = {"hsaidentity": "SE1-A", "ou": "Enheten", "mail": "a@region.example"}
    values = {name: [value] for name, value in (usual | attributes).items()}
    found = hsa.rows([Thing("ou=a,dc=x", values)], MAP, party="af", today="2026-11-22", file="x")
    return dict(found.sheets["entry_points"][0].cells)


@pytest.mark.parametrize(
    ("hours", "read_as"),
    [
        ("1-5#08:00#16:30", "1-5#08:00#16:30"),
        ("1-4#08:00#16:30$5-5#08:00#15:00", "1-4#08:00#16:30$5-5#08:00#15:00"),
        ("1-5#08:00#16:30#lunch 12-13", "1-5#08:00#16:30"),
        ("vardagar", ""),
    ],
)
def test_hours_are_read_leniently(hours: str, read_as: str) -> None:
    assert point(telephonehours=hours)["phone_hours"] == read_as


@pytest.mark.parametrize(
    ("attributes", "status"),
    [
        ({}, "active"),
        ({"hiddenobject": "TRUE"}, "closed"),
        ({"hiddenobject": "FALSE"}, "active"),
        ({"enddate": "20261121000000Z"}, "closed"),
        ({"enddate": "2026-11-23"}, "active"),
    ],
)
def test_hidden_and_ended_objects_are_closed(attributes: dict[str, str], status: str) -> None:
    assert point(**attributes)["status"] == status


def test_objects_made_for_tests_are_left_out_and_unusable_values_are_counted() -> None:
    feigned = Thing("cn=x", {"hsaidentity": ["A"], "objectclass": ["top", "hsaFeignedObject"]})
    real = Thing(
        "cn=y", {"hsaidentity": ["B"], "ou": ["Enhet"], "mail": ["ingen adress"], "municipalitycode": ["99"]}
    )
    found = hsa.rows([feigned, real], MAP, party="af", today="2026-11-22", file="x")
    assert [row.cells["entry_point_id"] for row in found.sheets["entry_points"]] == ["B"]
    assert found.dropped == 2


def test_a_map_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="lacks"):
        hsa.read_map("[columns]\n")


def test_an_address_book_becomes_units_and_ways_in() -> None:
    book = {
        "data": [
            {
                "type": "organizations",
                "id": "1",
                "attributes": {"participantIdentifier": "0203:af.example", "name": "AF"},
            },
            {
                "type": "addresses",
                "id": "2",
                "attributes": {"identifier": "sdk:inkorg:0203:af.example", "label": "Inkorgen"},
                "relationships": {"organization": {"data": {"type": "organizations", "id": "1"}}},
            },
        ]
    }
    faults = Faults()
    found = addressbook.read("bok.json", json.dumps(book).encode(), faults, party="af")
    assert faults.found == []
    cells = found.sheets["entry_points"][0].cells
    assert cells["channels"] == "sdk=sdk:inkorg:0203:af.example"
    assert cells["unit_id"] == found.sheets["units"][0].cells["unit_id"] == "0203-af.example"


@pytest.mark.parametrize("data", [b"", b"[]", b'{"data": 3}', b'{"data": [1]}', b"[" * 100_000])
def test_what_is_no_address_book_is_a_fault(data: bytes) -> None:
    faults = Faults()
    addressbook.read("bok.json", data, faults, party="af")
    assert [one.code for one in faults.found] == ["not_json"]


@pytest.mark.parametrize(("had", "allowed"), [(0, 5), (10, 5), (50, 5), (60, 6), (1000, 100)])
def test_more_than_five_and_more_than_a_tenth_is_too_much(had: int, allowed: int) -> None:
    assert merging.most_allowed(had) == allowed


def test_what_was_away_already_counts_once() -> None:
    seen = {f"k{number}": Seen(1) for number in range(20)} | {"a": Seen(), "b": Seen()}
    diff = Diff(gone=tuple(sorted(seen.keys() - {"a"})))
    assert merging.takes_away(diff, seen, 1) == (1, 5)
    assert merging.gone({"x": Seen(2, True), "y": Seen(2)}, frozenset()) == {"y"}
