"""What reading a folder takes from, and leaves in, the books that others keep of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

# So often a mail is asked for before it is left to a person, and to one more try each hour.
TRIES = 3


@dataclass(frozen=True, slots=True)
class Fetched:
    """One mail as it came. Not `is_whole`: its header alone, of a mail of `size` bytes that is too large for us."""

    uid: int
    content: bytes
    size: int
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class Place:
    """How far a folder was read. `due` are those of the `troubled` UIDs below that which are to be tried again."""

    uid_validity: int = 0
    last_uid: int = 0
    due: tuple[int, ...] = ()
    troubled: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Step:
    """What a part of a round came to. `troubled`: UIDs that did not come, and why; `settled`: UIDs that are done."""

    uid_validity: int
    last_uid: int
    waiting: int
    fetched: int
    troubled: Mapping[int, str] = field(default_factory=dict)
    settled: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Books:
    """Where it is written down what was read; the callables are transactions, and raise when they could not be.

    `keep` stores mails durably, all or none; `NotNow` from it says that it is no mail's fault.
    """

    place: Callable[[], Place]
    keep: Callable[[Sequence[Fetched]], None]
    note: Callable[[Step], None]
    fail: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Counts:
    """What a round came to."""

    stored: int = 0
    troubled: int = 0
    gone: int = 0


class NotNow(Exception):
    """Nothing can be stored at the moment."""
