"""Where to ring about a person with protected identity, on both databases."""

from __future__ import annotations

from config.database import Database
from router.flows import protected
from tests.support.asking import count_everything
from tests.support.cast import AF_MAILBOX, Cast

ASKED: list[tuple[dict[str, str], list[str]]] = [
    ({"to_party": "af", "from_unit": "fk-14"}, ["af-skyddad"]),
    ({"to_entry_point": AF_MAILBOX, "from_unit": "fk-14", "area": "1493"}, ["af-skyddad"]),
    ({"to_party": "kommun-1493", "from_unit": "fk-14"}, ["kommun-1493-vaxel"]),
    # The asker's unit or the area is not known: neither narrows anything.
    ({"to_party": "af", "from_unit": "nowhere", "area": "Skara"}, ["af-skyddad"]),
    # Outside the switchboard's municipality.
    ({"to_party": "kommun-1493", "area": "0180"}, []),
    # Open to municipalities, regions and FK; not to the association.
    ({"to_party": "af", "from_unit": "sf-skaraborg-kansli"}, []),
    ({"to_party": "fk", "from_unit": "af-14"}, []),
    ({"to_entry_point": "nowhere"}, []),
    ({}, []),
]


def test_the_telephones_that_the_asker_may_use_are_named(database: Database, cast: Cast) -> None:
    before = count_everything(database)
    for wanted, entry_points in ASKED:
        found = protected.phones(database, **wanted)
        assert [one.entry_point_id for one in found] == entry_points, wanted
        assert all(one.phone for one in found)
    assert count_everything(database) == before
