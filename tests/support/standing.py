"""Houses that stand now, with the logs of each at hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.asking import MONDAY
from tests.support.house import House

# Everything that stands now, so that its logs can be shown beside a failure.
STANDING: list[House] = []


@contextmanager
def remembered(house: House) -> Iterator[None]:
    """Keep the logs of a house at hand while it stands. In the end they must tell of nothing that went wrong."""
    STANDING.append(house)
    try:
        yield
        assert not house.mishaps, "\n".join(house.mishaps)
    finally:
        STANDING.remove(house)


@contextmanager
def standing(
    folder: Path, database_url: str, data: Path, *, workers: int = 2, **changes: str
) -> Iterator[House]:
    """A furnished house on a Monday morning with its web open. `changes` are settings of its own."""
    house = House(folder, database_url, **changes)
    house.move_to(MONDAY)
    with remembered(house), house:
        house.furnish(data)
        house.open(workers=workers)
        yield house
