"""Databases to kill the product in: made once, copied for every kill, and looked at afterwards."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.faults.acts import Seen
from tests.faults.forks import Ended, Forks, Task
from tests.support.asking import MONDAY
from tests.support.cast import Cast
from tests.support.databases import MIGRATED
from tests.support.postgres import Cluster
from tests.support.smtp_receiver import Receiver

HOUR = timedelta(hours=1)
_numbers = itertools.count(1)


class Sqlite:
    """Databases as files."""

    is_quick = True

    def __init__(self, migrated: Path, folder: Path) -> None:
        self._migrated = migrated
        self._folder = folder

    def copy(self, template: str | None, name: str) -> str:
        source = self._file(template) if template else self._migrated
        return f"sqlite:///{shutil.copy(source, self._file(name))}"

    def drop(self, name: str) -> None:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self._file(name)}{suffix}").unlink(missing_ok=True)

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}.sqlite"


class Postgres:
    """Databases of the tests' own server."""

    is_quick = False

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def copy(self, template: str | None, name: str) -> str:
        self._cluster.create(name, template=template or MIGRATED)
        return self._cluster.url(name)

    def drop(self, name: str) -> None:
        self._cluster.drop(name)


@dataclass(frozen=True, slots=True)
class World:
    """One database, the process that forks, and the letters that came from here."""

    url: str
    domain: str
    folder: Path
    forks: Forks
    receiver: Receiver

    def run(self, act: str, *given: Any, at: datetime, kill_at: int = 0) -> Ended:
        [ended] = self.run_together([(act, given, kill_at)], at=at)
        return ended

    def run_together(self, acts: Sequence[tuple[str, tuple[Any, ...], int]], *, at: datetime) -> list[Ended]:
        """Several processes at once."""
        return self.forks.run(
            *(
                Task(act, self.url, self.folder, at, self.receiver.port, self.domain, kill_at, given)
                for act, given, kill_at in acts
            )
        )

    def look(self, *, at: datetime) -> Seen:
        [(_, seen)] = self.run("look", at=at).said
        found: Seen = seen
        return found

    def recover(self, *, at: datetime) -> Seen:
        """Restart: rounds of a worker when every lease has ended. Everything must be settled after two.

        PostgreSQL may still be noticing that a client is gone while the first round passes over its rows.
        """
        for rounds in (1, 2):
            assert self.run("work", at=at + rounds * HOUR).said == (("failed", ()),)
            seen = self.look(at=at + rounds * HOUR)
            if not seen.faults:
                break
        return seen

    def assert_whole(self, seen: Seen, *, kills: int = 1) -> None:
        """Everything adds up, and every letter arrived: once, or again with the same bytes after a kill."""
        assert seen.faults == ()
        arrived = [one for one in self.receiver.letters if one.sender.endswith(f"@{self.domain}")]
        stored = set()
        for recipient, message_id, state, kept in seen.letters:
            assert state == "sent"
            assert kept is not None
            named = f"Message-ID: <{message_id}@{self.domain}>".encode()
            # A letter with a link in it is forgotten once it has been sent; it came, and in one form.
            [content] = {one.content for one in arrived if named in one.content} if kept == b"" else {kept}
            assert named in content
            assert [one for one in arrived if (one.recipient, one.content) == (recipient, content)]
            stored.add((recipient, content))
        # Nothing else came: whatever is there twice has the bytes, and so the Message-ID, of its row.
        assert {(one.recipient, one.content) for one in arrived} == stored
        assert len(arrived) <= len(stored) + kills


@dataclass(slots=True)
class Worlds:
    """The templates of one engine."""

    store: Sqlite | Postgres
    forks: Forks
    receiver: Receiver
    folder: Path
    made: dict[str, dict[str, Any]] = field(default_factory=dict)

    def template(self, name: str, before: str | None, *acts: tuple[str, tuple[Any, ...]]) -> dict[str, Any]:
        """Make a template of another one by some acts, once; returns what they said."""
        if name not in self.made:
            world = self._world(f"template_{name}", before and f"template_{before}")
            said = {}
            for act, given in (*acts, ("copyable", ())):
                said |= dict(world.run(act, *given, at=MONDAY).said)
            self.made[name] = said
        return self.made[name]

    @property
    def cast(self) -> Cast:
        """The people of every world; the first to ask makes the template "found"."""
        people: Cast = self.template("found", None, ("found", ()))["cast"]
        return people

    @contextmanager
    def copy(self, template: str) -> Iterator[World]:
        """A world of its own, gone afterwards."""
        name = f"world_{next(_numbers)}"
        yield self._world(name, f"template_{template}")
        self.store.drop(name)

    def _world(self, name: str, template: str | None) -> World:
        url = self.store.copy(template, name)
        return World(url, f"{name.replace('_', '-')}.example", self.folder, self.forks, self.receiver)
