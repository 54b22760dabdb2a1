"""The ledger finds nothing where the flows alone have written, and every single thing that is bent by hand."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from config import words
from config.database import Database
from directory.records import passwords
from router.flows import ledger
from router.records.ledger import agendas, history, letters, promises
from router.records.ledger import meetings as ledger_of_meetings
from tests.router.flows import history_of_all
from tests.router.flows.history_of_all import DAY, START
from tests.support.databases import ENGINES
from tests.support.postgres import Cluster

ONE_ENGINE_A_DAY = True

TEMPLATE = "history_of_all"
_numbers = itertools.count(1)


def of(subject: str) -> str:
    """Rows of the inquiry with this subject."""
    return f"inquiry_id = (SELECT id FROM inquiry WHERE subject = '{subject}')"


def of_meeting(subject: str) -> str:
    """Rows of the newest meeting of the inquiry with this subject."""
    return f"meeting_id = (SELECT max(id) FROM meeting WHERE {of(subject)})"


def without_rules(table: str) -> list[str]:
    """A table made anew without constraints, so that it can hold what a constraint would refuse."""
    return [
        f"CREATE TABLE bent AS SELECT * FROM {table}",
        f"DROP TABLE {table}",
        f"ALTER TABLE bent RENAME TO {table}",
    ]


def copied(table: str, which: str, **changes: str) -> list[str]:
    """A row stored a second time, but for these columns."""
    return [
        f"CREATE TABLE bent AS SELECT * FROM {table} WHERE {which} LIMIT 1",
        *(f"UPDATE bent SET {column} = {value}" for column, value in changes.items()),
        f"INSERT INTO {table} SELECT * FROM bent",
    ]


NEW_ID = "90000"
MEETING_LEG = f"kind = 'meeting' AND {of('cancelled')}"
BROKEN = f"kind = 'respond' AND {of('waiting')}"

# What is expected, and the hand that bends it.
BENT: list[tuple[str, list[str]]] = [
    ("history_gap", [f"DELETE FROM event WHERE seq = 2 AND {of('answered')}"]),
    ("history_gap", [f"DELETE FROM event WHERE {of('withdrawn')}"]),
    ("history_gap", [f"DELETE FROM event WHERE seq = 1 AND {of('answered')}"]),
    ("version_wrong", ["UPDATE inquiry SET version = version + 1 WHERE subject = 'answered'"]),
    ("version_wrong", copied("event", f"seq = 1 AND {of('withdrawn')}", seq="3", kind="'noted'")),
    ("state_wrong", ["UPDATE inquiry SET state = 'claimed' WHERE subject = 'answered'"]),
    ("move_forbidden", [f"UPDATE event SET state = 'closed' WHERE seq = 2 AND {of('answered')}"]),
    ("history_start", [f"UPDATE event SET kind = 'noted' WHERE seq = 1 AND {of('answered')}"]),
    ("history_start", [f"UPDATE event SET kind = 'asked' WHERE seq = 2 AND {of('answered')}"]),
    ("event_state", [f"UPDATE event SET state = 'sent' WHERE seq = 2 AND {of('answered')}"]),
    (
        "history_order",
        [f"UPDATE event SET at = '2026-09-07 06:00:00.000000' WHERE seq = 2 AND {of('answered')}"],
    ),
    ("leg_missing", [f"DELETE FROM leg WHERE {of('answered')}"]),
    ("leg_state", [f"UPDATE leg SET state = 'waiting' WHERE {of('answered')}"]),
    ("leg_followed", [f"UPDATE leg SET left_at = created_at WHERE {of('waiting')}"]),
    ("leg_followed", [f"UPDATE leg SET follows_id = NULL WHERE {of('sent on')}"]),
    ("leg_followed", [f"UPDATE leg SET held_by = NULL WHERE {of('handed back')}"]),
    ("leg_state", [f"UPDATE leg SET state = 'waiting', claimed_by = NULL WHERE {of('asked of two')}"]),
    ("holder_wrong", [f"UPDATE leg SET claimed_by = NULL WHERE {of('claimed')}"]),
    ("holder_wrong", [f"UPDATE leg SET claimed_by = 1, claimed_at = created_at WHERE {of('waiting')}"]),
    ("closed_at_wrong", ["UPDATE inquiry SET closed_at = NULL WHERE subject = 'closed'"]),
    ("calendar_missing", [f"UPDATE deadline SET calendar_version = 2 WHERE {of('waiting')}"]),
    ("calendar_missing", [f"UPDATE deadline SET calendar_id = 'lost+party:af.1' WHERE {of('waiting')}"]),
    ("agreement_missing", ["DELETE FROM agreement WHERE id = 'fk-af-2021'"]),
    ("texts_wrong", [f"DELETE FROM message WHERE kind = 'question' AND {of('waiting')}"]),
    ("texts_wrong", copied("message", f"kind = 'answer' AND {of('answered')}", id=NEW_ID)),
    ("texts_wrong", [f"DELETE FROM note WHERE {of('answered')}"]),
    ("meetings_wrong", [f"DELETE FROM meeting WHERE {of('booked')}"]),
    (
        "audit_missing",
        [
            "DELETE FROM audit_entry WHERE action = 'inquiry.ask' AND object_id IN "
            "(SELECT reference FROM inquiry WHERE subject = 'waiting')"
        ],
    ),
    ("outcome_half", [f"UPDATE deadline SET outcome = NULL WHERE kind = 'respond' AND {of('answered')}"]),
    ("outcome_wrong", [f"UPDATE deadline SET outcome = 'late' WHERE kind = 'respond' AND {of('answered')}"]),
    (
        "outcome_wrong",
        [f"UPDATE deadline SET outcome = 'on_time' WHERE kind = 'respond' AND {of('answered late')}"],
    ),
    (
        "outcome_wrong",
        [
            f"UPDATE deadline SET due_at = '2026-09-07 09:00:00.000000' "
            f"WHERE kind = 'respond' AND {of('answered')}"
        ],
    ),
    ("due_before_start", [f"UPDATE deadline SET due_at = '2026-09-01 09:00:00.000000' WHERE {BROKEN}"]),
    (
        "deadline_left_open",
        [
            f"UPDATE deadline SET outcome = NULL, stopped_at = NULL "
            f"WHERE kind = 'respond' AND {of('answered')}"
        ],
    ),
    ("deadline_twice", copied("deadline", BROKEN, id=NEW_ID)),
    ("breach_missing", [f"DELETE FROM breach WHERE {BROKEN}"]),
    ("breach_unmarked", [f"UPDATE deadline SET breached = '0' WHERE {BROKEN}"]),
    ("breach_early", [f"UPDATE breach SET found_at = due_at WHERE {BROKEN}"]),
    ("breach_early", [f"UPDATE breach SET due_at = '2026-09-08 09:00:00.000000' WHERE {BROKEN}"]),
    ("breach_differs", [f"UPDATE breach SET party_id = 'fk' WHERE {BROKEN}"]),
    ("breach_twice", [*without_rules("breach"), *copied("breach", BROKEN, id=NEW_ID)]),
    ("breach_event", [f"UPDATE event SET kind = 'noted' WHERE kind = 'breached' AND {of('waiting')}"]),
    (
        "breach_event",
        [
            f'UPDATE event SET facts = \'{{"promise": "meeting"}}\' '
            f"WHERE kind = 'breached' AND {of('waiting')}"
        ],
    ),
    ("leg_due_wrong", [f"UPDATE leg SET due_at = NULL, due_kind = NULL WHERE {of('answered')}"]),
    ("leg_due_wrong", [f"UPDATE leg SET due_kind = 'respond' WHERE {of('answered')}"]),
    ("deadline_differs", [f"UPDATE deadline SET mailbox_id = 'fk-14-af' WHERE {BROKEN}"]),
    (
        "meeting_still_promised",
        [f"UPDATE deadline SET outcome = NULL, stopped_at = NULL WHERE kind = 'meeting' AND {of('booked')}"],
    ),
    ("meeting_lost", [f"UPDATE deadline SET outcome = 'on_time', stopped_at = start_at WHERE {MEETING_LEG}"]),
    (
        "meeting_twice",
        ["DROP INDEX uq_meeting_open", f"UPDATE meeting SET state = 'booked' WHERE {of('booked again')}"],
    ),
    ("meeting_people", [f"UPDATE participant SET removed_at = added_at WHERE {of_meeting('met about')}"]),
    (
        "meeting_state",
        [f"UPDATE meeting SET cancelled_at = NULL WHERE state = 'cancelled' AND {of('cancelled')}"],
    ),
    *(
        ("letter_missing", [f"DELETE FROM outgoing_mail WHERE letter = '{letter}'"])
        for letter in (
            "asked",
            "answered",
            "followed_up",
            "forwarded",
            "handed_back",
            "invited",
            "reminder",
            "meeting_booked",
            "meeting_cancelled",
        )
    ),
    ("letter_causeless", [f"UPDATE outgoing_mail SET seq = 99 WHERE {of('waiting')}"]),
    ("letter_causeless", [f"UPDATE outgoing_mail SET inquiry_id = NULL WHERE {of('waiting')}"]),
    (
        "letter_overtook",
        [
            "UPDATE outgoing_mail SET state = 'ready', sent_at = NULL "
            f"WHERE letter = 'meeting_booked' AND {of('cancelled')}"
        ],
    ),
    ("message_id_twice", [*without_rules("outgoing_mail"), "UPDATE outgoing_mail SET message_id = 'same'"]),
    (
        "letter_twice",
        [
            *without_rules("outgoing_mail"),
            *copied("outgoing_mail", of("waiting"), id=NEW_ID, message_id="'other'", key="'other'"),
        ],
    ),
    ("letter_half_sent", [f"UPDATE outgoing_mail SET content = NULL WHERE {of('waiting')}"]),
    ("letter_half_sent", [f"UPDATE outgoing_mail SET sent_at = NULL WHERE {of('waiting')}"]),
    (
        "letter_state_unknown",
        [f"UPDATE outgoing_mail SET state = 'lost', sent_at = NULL WHERE {of('waiting')}"],
    ),
    ("lease_wrong", [f"UPDATE outgoing_mail SET lease = 'mine' WHERE {of('waiting')}"]),
    (
        "undelivered_untold",
        [f"UPDATE outgoing_mail SET state = 'failed', sent_at = NULL WHERE {of('waiting')}"],
    ),
    ("agenda_event", [f"DELETE FROM agenda_item WHERE state = 'taken' AND {of('claimed')}"]),
    ("agenda_event", ["UPDATE agenda_item SET state = 'taken' WHERE state = 'postponed'"]),
    (
        "agenda_event",
        [f"UPDATE event SET kind = 'noted' WHERE kind = 'taken_off_agenda' AND {of('answered')}"],
    ),
    ("agenda_lost", ["UPDATE forum_date SET state = 'cancelled' WHERE day = '2026-09-17'"]),
    ("agenda_half", ["UPDATE agenda_item SET settled_by = NULL WHERE state = 'taken'"]),
    ("agenda_state_unknown", ["UPDATE agenda_item SET state = 'lost' WHERE state = 'taken'"]),
    (
        "audit_missing",
        ["DELETE FROM audit_entry WHERE action IN ('forum.put', 'forum.take_off', 'forum.settle')"],
    ),
    ("counter_wrong", ["UPDATE tally SET n = n + 1 WHERE scope = 'all' AND measure = 'asked'"]),
    ("counter_wrong", ["DELETE FROM tally WHERE scope = 'party:af' AND measure = 'respond.late'"]),
    ("counter_wrong", ["INSERT INTO tally VALUES ('mailbox:fk-14-af', '2026-W37', 'answer_days.3', 1)"]),
    ("counter_wrong", ["UPDATE tally SET week = '2026-W30' WHERE measure = 'meeting.on_time'"]),
]

# One inquiry's meeting bent in every way at once: the questions do not hide one another.
MEETINGS_BENT: list[tuple[str, list[str]]] = [
    (
        "meetings_wrong",
        [f"UPDATE event SET kind = 'noted' WHERE kind = 'meeting_proposed' AND {of('met about')}"],
    ),
    ("meeting_half", [f"UPDATE meeting SET booked_by = NULL WHERE state = 'booked' AND {of('met about')}"]),
    ("meeting_sequence", [f"UPDATE meeting SET sequence = 2 WHERE state = 'booked' AND {of('met about')}"]),
    (
        "participant_leg",
        [f"UPDATE participant SET leg_id = 1 WHERE NOT is_asker AND {of_meeting('met about')}"],
    ),
    (
        "participant_uninvited",
        [f"UPDATE participant SET invited_sequence = 0 WHERE {of_meeting('met about')}"],
    ),
    (
        "vote_stray",
        [
            "UPDATE vote SET participant_id = (SELECT min(id) FROM participant WHERE meeting_id <> "
            f"(SELECT max(id) FROM meeting WHERE {of('met about')})) WHERE time_id = (SELECT max(id) FROM meeting_time)"
        ],
    ),
]


@pytest.fixture(scope="session")
def told_sqlite(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp(TEMPLATE)
    path = Path(shutil.copy(migrated_sqlite, folder / "samvag.sqlite"))
    _tell(f"sqlite:///{path}", folder)
    return path


@pytest.fixture(scope="session")
def told_postgres(migrated_postgres: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Cluster:
    migrated_postgres.create(TEMPLATE, template="migrated")
    _tell(migrated_postgres.url(TEMPLATE), tmp_path_factory.mktemp(TEMPLATE))
    return migrated_postgres


def _tell(url: str, folder: Path) -> None:
    with closing(Database(url)) as database, pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            passwords, "HASHER", passwords.HASHER.__class__(time_cost=1, memory_cost=8, parallelism=1)
        )
        history_of_all.tell(database, folder)
        database.checkpoint()


@pytest.fixture(params=ENGINES)
def told_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A copy of the database that has seen everything."""
    if request.param == "sqlite":
        yield f"sqlite:///{shutil.copy(request.getfixturevalue('told_sqlite'), tmp_path / 'samvag.sqlite')}"
        return
    cluster: Cluster = request.getfixturevalue("told_postgres")
    name = f"told_{next(_numbers)}"
    cluster.create(name, template=TEMPLATE)
    yield cluster.url(name)
    cluster.drop(name)


@pytest.fixture
def told(told_url: str) -> Iterator[Database]:
    database = Database(told_url)
    yield database
    database.close()


@pytest.fixture
def bend(told_url: str) -> Callable[..., None]:
    """Change rows as the product never would, past foreign keys."""

    def by_hand(*statements: str) -> None:
        engine = sa.create_engine(told_url)
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.exec_driver_sql("SET session_replication_role = replica")
                connection.exec_driver_sql("SET timezone = 'UTC'")
            for statement in statements:
                connection.exec_driver_sql(statement)
        engine.dispose()

    return by_hand


def _codes(faults: Iterable[ledger.Fault]) -> set[str]:
    return {fault.code for fault in faults}


def test_what_the_flows_have_written_adds_up(told: Database) -> None:
    assert ledger.check(told) == ()


def test_a_worker_that_has_gone_round_leaves_everything_settled(told: Database) -> None:
    assert ledger.check(told, settled=True, now=START + 12 * DAY) == ()


@pytest.mark.parametrize(
    ("code", "statements"), BENT, ids=[f"{n}-{code}" for n, (code, _) in enumerate(BENT)]
)
def test_whatever_is_bent_by_hand_is_found(
    told: Database, bend: Callable[..., None], code: str, statements: list[str]
) -> None:
    bend(*statements)

    found = ledger.check(told)

    assert code in _codes(found)
    # A sentence that lacks a fact would raise here, and one that does not exist comes back as its key.
    assert not [
        one.code for one in found if words.say(f"ledger.{one.code}", **one.facts).startswith("ledger.")
    ]


def test_whatever_is_bent_of_a_meeting_is_found(told: Database, bend: Callable[..., None]) -> None:
    for _, statements in MEETINGS_BENT:
        bend(*statements)

    found = ledger.check(told)

    assert {code for code, _ in MEETINGS_BENT} <= _codes(found)
    assert not [
        one.code for one in found if words.say(f"ledger.{one.code}", **one.facts).startswith("ledger.")
    ]


def test_sqlite_is_asked_for_rows_that_belong_to_nothing(told: Database, bend: Callable[..., None]) -> None:
    bend("UPDATE message SET from_unit_id = 'gone'")

    # PostgreSQL holds its foreign keys at every write, and has no question to ask.
    assert ("database_damaged" in _codes(ledger.check(told))) is told.is_sqlite


def test_a_letter_that_waits_is_a_fault_only_when_the_worker_has_gone_round(
    told: Database, bend: Callable[..., None]
) -> None:
    bend(f"UPDATE outgoing_mail SET state = 'ready', sent_at = NULL WHERE {of('waiting')}")

    assert ledger.check(told) == ()
    assert _codes(ledger.check(told, settled=True)) == {"letter_waiting"}


def test_a_promise_that_passed_unseen_is_a_fault_only_when_the_worker_has_gone_round(told: Database) -> None:
    later = START + 100 * DAY

    assert ledger.check(told, now=later) == ()
    assert _codes(ledger.check(told, settled=True, now=later)) == {"not_swept"}


def test_at_most_a_hundred_faults_of_a_kind_are_named(told: Database, bend: Callable[..., None]) -> None:
    several = ", ".join(f"('mailbox:{n}', '2026-W37', 'asked', 1)" for n in range(150))
    bend(f"INSERT INTO tally VALUES {several}")

    assert len(ledger.check(told)) == ledger.MOST


def test_every_question_has_a_hand_that_bends_what_it_asks_for() -> None:
    asked = {one.code for one in (*history.questions(), *promises.questions(), *letters.questions())}
    asked |= {one.code for one in (*agendas.questions(), *ledger_of_meetings.questions())}

    assert asked <= {code for code, _ in (*BENT, *MEETINGS_BENT)}
