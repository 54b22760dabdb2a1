"""Feeding the directory: looked at first, applied once, taken back whole; what is gone is never deleted."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from config.audit import AuditEntry
from config.database import Database
from config.errors import Conflict, Invalid, NotAllowed, NotFound
from directory.flows import feeding, lookup
from directory.flows import sources as sources_flow
from directory.flows.lookup import Wanted
from directory.records import held, sources, standing
from directory.records.models import EntryPoint, Mailbox, Unit
from directory.records.upkeep import FieldChange
from directory.rules.access import Held
from directory.rules.feeds import Feed, Run
from directory.rules.sheets import Row
from directory.rules.terms import Role
from tests.support.asking import count_everything
from tests.support.cast import Cast, import_small
from tests.support.factories import NOW

LATER = NOW + timedelta(hours=1)


def feed_of(sheets: dict[str, list[dict[str, str]]], **changes: object) -> Feed:
    found = {
        name: [Row(f"{name}.csv", line, cells) for line, cells in enumerate(rows, start=2)]
        for name, rows in sheets.items()
    }
    return Feed(**({"source_id": "lista", "kind": "csv", "sheets": found} | changes))  # type: ignore[arg-type]


@pytest.fixture
def points(database: Database) -> list[dict[str, str]]:
    """The small directory is in, and these are its entry points as the rows of a sheet."""
    import_small(database, now=NOW)
    with database.reading() as session:
        return [dict(cells) for cells in standing.sheets(session)["entry_points"].values()]


def fed(database: Database, rows: list[dict[str, str]], at: datetime = NOW) -> Run:
    run = feeding.look(database, feed_of({"entry_points": rows}), actor=None, now=at)
    assert run.state == feeding.PREVIEWED, run
    return feeding.apply(database, run.id, actor=None, now=at)


def test_what_stands_already_is_no_difference(database: Database, points: list[dict[str, str]]) -> None:
    with database.reading() as session:
        whole = {name: list(found.values()) for name, found in standing.sheets(session).items()}
    run = feeding.look(database, feed_of(whole), actor=None, now=NOW)
    assert run.faults == ()
    assert run.diff.is_empty


def test_a_look_tells_new_and_changed_from_and_to_and_changes_nothing(
    database: Database, points: list[dict[str, str]]
) -> None:
    changed = next(row for row in points if row["entry_point_id"] == "af-14-fk")
    rows = [changed | {"keepers": "7"}, changed | {"entry_point_id": "af-ny", "name": "Ny väg in"}]
    before = count_everything(database)

    run = feeding.look(database, feed_of({"entry_points": rows}), actor=None, now=NOW, keep=False)

    assert run.diff.created["entry_points"] == {"af-ny": "Ny väg in"}
    assert run.diff.changed["entry_points"] == {"af-14-fk": {"keepers": ["3", "7"]}}
    assert count_everything(database) == before


def test_a_run_is_applied_with_history_audit_and_index_and_taken_back_whole(
    database: Database, points: list[dict[str, str]]
) -> None:
    with database.reading() as session:
        as_it_was = standing.sheets(session)
    changed = next(row for row in points if row["entry_point_id"] == "af-14-fk")
    new = changed | {"entry_point_id": "af-ny", "unit_id": "af-ny", "name": "Kvastfabriken"}
    unit = {"unit_id": "af-ny", "party_id": "af", "parent_unit_id": "", "name": "Ny enhet"}
    feed = feed_of({"units": [unit], "entry_points": [changed | {"keepers": "7"}, new]})

    run = feeding.look(database, feed, actor=None, now=NOW)
    feeding.apply(database, run.id, actor=None, now=NOW)

    with database.reading() as session:
        assert session.get_one(Mailbox, "af-14-fk").keepers == 7
        history = session.scalars(sa.select(FieldChange)).all()
        deeds = session.scalars(
            sa.select(AuditEntry.action).where(AuditEntry.object_id.in_(["af-ny", "af-14-fk"]))
        ).all()
    assert [(one.field, one.before, one.after, one.cause) for one in history] == [
        ("keepers", "3", "7", "import")
    ]
    assert {"entry_point.add", "entry_point.change"} <= set(deeds)
    assert lookup.search(database, Wanted("kvastfabriken"), today=NOW.date()).items[0].id == "af-ny"

    feeding.undo(database, run.id, actor=None, now=LATER)

    with database.reading() as session:
        assert standing.sheets(session) == as_it_was
        assert session.get(EntryPoint, "af-ny") is None
        assert session.get(Unit, "af-ny") is None
    assert all(
        item.id != "af-ny"
        for item in lookup.search(database, Wanted("kvastfabriken"), today=NOW.date()).items
    )


def test_a_run_is_applied_once_and_undone_once(database: Database, points: list[dict[str, str]]) -> None:
    run = fed(database, [points[0] | {"purpose": "Ny mening."}])
    with pytest.raises(Conflict):
        feeding.apply(database, run.id, actor=None, now=NOW)
    feeding.undo(database, run.id, actor=None, now=NOW)
    with pytest.raises(Conflict):
        feeding.undo(database, run.id, actor=None, now=NOW)


def test_undo_leaves_alone_what_was_changed_since(database: Database, points: list[dict[str, str]]) -> None:
    row = points[0]
    first = fed(database, [row | {"purpose": "Ett.", "requirements": "Ett."}])
    fed(database, [row | {"purpose": "Två.", "requirements": "Ett."}])

    feeding.undo(database, first.id, actor=None, now=LATER)

    with database.reading() as session:
        point = session.get_one(EntryPoint, row["entry_point_id"])
    assert (point.purpose, point.requirements) == ("Två.", row["requirements"])


def test_a_directory_that_changed_since_the_look_is_not_written_over(
    database: Database, points: list[dict[str, str]]
) -> None:
    looked = feeding.look(
        database, feed_of({"entry_points": [points[0] | {"purpose": "Ett."}]}), actor=None, now=NOW
    )
    fed(database, [points[0] | {"purpose": "Två."}])
    with pytest.raises(Conflict):
        feeding.apply(database, looked.id, actor=None, now=NOW)


def test_what_a_hand_has_edited_wins(database: Database, points: list[dict[str, str]]) -> None:
    key = points[0]["entry_point_id"]
    with database.writing() as session:
        held.hold(session, key, ["purpose"], by=None, now=NOW)

    run = fed(database, [points[0] | {"purpose": "Källans.", "requirements": "Källans."}])

    assert run.diff.kept == {key: ["purpose"]}
    with database.reading() as session:
        point = session.get_one(EntryPoint, key)
    assert (point.purpose, point.requirements) == (points[0]["purpose"], "Källans.")


def test_what_is_away_twice_is_a_task_and_never_deleted(
    database: Database, points: list[dict[str, str]]
) -> None:
    fed(database, points)
    rest = points[1:]
    for turn in (1, 2):
        with database.reading() as session:
            assert sources.tasks(session, None) == []
        run = fed(database, rest, NOW + timedelta(days=turn))
        assert run.diff.gone == (points[0]["entry_point_id"],)
    with database.reading() as session:
        tasks = sources.tasks(session, None)
        assert [row[1] for row in tasks] == [points[0]["entry_point_id"]]
        assert session.get(EntryPoint, points[0]["entry_point_id"]) is not None
    # Back again: no task any more.
    fed(database, points, NOW + timedelta(days=3))
    with database.reading() as session:
        assert sources.tasks(session, None) == []


def test_a_run_that_would_take_away_too_much_stops_and_changes_nothing(
    database: Database, points: list[dict[str, str]]
) -> None:
    fed(database, points)
    rest = [points[0] | {"purpose": "Ny."}, *points[1:-6]]

    run = feeding.look(database, feed_of({"entry_points": rest}), actor=None, now=LATER)

    assert (run.state, run.counts["taken"], run.counts["allowed"]) == (feeding.STOPPED, 6, 5)
    with pytest.raises(Conflict):
        feeding.apply(database, run.id, actor=None, now=LATER)
    with database.reading() as session:
        assert {one.absent for one in sources.seen(session, "lista").values()} == {0}


def test_an_administrator_lets_a_stopped_run_through_with_a_reason_and_takes_it_back(
    database: Database, cast: Cast
) -> None:
    with database.reading() as session:
        points = [dict(cells) for cells in standing.sheets(session)["entry_points"].values()]
        as_it_was = standing.sheets(session)
    fed(database, points)
    rest = feed_of({"entry_points": [points[0] | {"purpose": "Ny."}, *points[1:-6]]})
    earlier = feeding.look(database, rest, actor=None, now=LATER)
    run = feeding.look(database, rest, actor=None, now=LATER)
    ida, hans = cast.administrator.actor, cast.party_administrator.actor
    told = {"reason": "Sex brevlådor är avvecklade.", "now": LATER}

    with pytest.raises(NotAllowed):
        feeding.override(database, run.id, actor=hans, **told)  # type: ignore[arg-type]
    for reason, code in ((" ", "empty"), ("Ring 0501-12 34 56", "private_note"), ("a" * 301, "too_long")):
        with pytest.raises(Invalid) as refused:
            feeding.override(database, run.id, actor=ida, reason=reason, now=LATER)
        assert refused.value.code == code
    with pytest.raises(Conflict) as late:
        feeding.override(database, earlier.id, actor=ida, **told)  # type: ignore[arg-type]
    assert late.value.code == "not_the_latest_stopped"
    done = feeding.override(database, run.id, actor=ida, **told)  # type: ignore[arg-type]

    assert (done.state, done.reason) == (feeding.APPLIED, "Sex brevlådor är avvecklade.")
    with database.reading() as session:
        away = [one for one in sources.seen(session, "lista").values() if one.absent]
        deeds = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "directory.override")).all()
    assert len(away) == 6
    assert [(one.account_id, one.facts) for one in deeds] == [(ida.account_id, {"taken": 6, "allowed": 5})]
    # What was let through is no reason to stop the next time.
    assert feeding.look(database, rest, actor=None, now=LATER).state == feeding.PREVIEWED
    feeding.undo(database, run.id, actor=ida, now=LATER)
    with database.reading() as session:
        assert standing.sheets(session) == as_it_was
    # What was let through by mistake and taken back stops again.
    assert feeding.look(database, rest, actor=None, now=LATER).state == feeding.STOPPED


def test_an_administrator_sees_when_each_source_was_read_and_how_it_fails(
    database: Database, cast: Cast
) -> None:
    for _ in range(2):
        feeding.note_failure(database, "ldap", "ldap", code="catalogue_failed", now=LATER)
    _, _, (state,) = sources_flow.overview(database, actor=cast.administrator.actor)
    assert (state.id, state.read_at, state.failures, state.failure) == ("ldap", None, 2, "catalogue_failed")
    assert sources_flow.overview(database, actor=cast.party_administrator.actor)[2] == ()


def test_a_source_that_has_lost_every_address_stops_too(
    database: Database, points: list[dict[str, str]]
) -> None:
    fed(database, points)
    blind = [row | {"channels": ""} for row in points]
    assert feeding.look(database, feed_of({"entry_points": blind}), actor=None, now=NOW).state == "stopped"


def test_with_a_fault_there_is_no_run(database: Database, points: list[dict[str, str]]) -> None:
    run = feeding.look(
        database, feed_of({"entry_points": [points[0] | {"status": "öppen"}]}), actor=None, now=NOW
    )
    assert [(one.file, one.line, one.column) for one in run.faults] == [("entry_points.csv", 2, "status")]
    assert run.id == 0


def test_a_party_administrator_reads_in_only_what_is_their_own(database: Database, cast: Cast) -> None:
    with database.reading() as session:
        points = standing.sheets(session)["entry_points"]
    own, other = points["af-14-fk"], points["fk-14-af"]
    hans = cast.party_administrator.actor

    fine = feeding.look(database, feed_of({"entry_points": [own]}), actor=hans, now=NOW)
    moved = feeding.look(
        database, feed_of({"entry_points": [other | {"unit_id": "af-14"}]}), actor=hans, now=NOW
    )

    assert fine.faults == ()
    assert [one.code for one in moved.faults] == ["not_your_party"]
    with pytest.raises(NotFound):
        feeding.look(database, feed_of({}), actor=cast.caseworker.actor, now=NOW)
    with pytest.raises(NotFound):
        feeding.apply(database, fine.id, actor=cast.af_owner.actor, now=NOW)


def test_undoing_leaves_a_way_in_that_has_been_used_closed(database: Database, cast: Cast) -> None:
    with database.reading() as session:
        row = standing.sheets(session)["entry_points"]["af-14-fk"]
    run = fed(database, [row | {"entry_point_id": "af-ny"}])
    with database.writing() as session:
        held.hold(session, "af-ny", ["name"], by=None, now=NOW)

    feeding.undo(database, run.id, actor=None, now=LATER)

    with database.reading() as session:
        assert session.get_one(EntryPoint, "af-ny").status == "closed"


def test_somebody_says_that_a_way_in_stays(database: Database, cast: Cast) -> None:
    with database.reading() as session:
        rows = [dict(cells) for cells in standing.sheets(session)["entry_points"].values()]
    fed(database, rows)
    own = [row for row in rows if row["entry_point_id"] != "af-14-fk"]
    for _ in range(2):
        fed(database, own)
    hans, outsider = cast.party_administrator.actor, cast.outsider.actor
    _, tasks, _ = sources_flow.overview(database, actor=hans)
    assert [one.entry_point_id for one in tasks] == ["af-14-fk"]

    with pytest.raises(NotFound):
        sources_flow.settle(database, "lista", "af-14-fk", actor=outsider, now=LATER)
    sources_flow.settle(database, "lista", "af-14-fk", actor=hans, now=LATER)

    assert sources_flow.overview(database, actor=hans)[1] == ()
    assert fed(database, own).diff.gone == ()


def test_who_has_lost_a_party_since_the_look_may_not_apply_its_rows(database: Database, cast: Cast) -> None:
    with database.reading() as session:
        row = standing.sheets(session)["entry_points"]["af-14-fk"]
    hans = cast.party_administrator.actor
    run = feeding.look(database, feed_of({"entry_points": [row | {"purpose": "Ny."}]}), actor=hans, now=NOW)
    moved = replace(hans, grants=(Held(Role.PARTY_ADMINISTRATOR, "fk", "fk"),))
    with pytest.raises(NotAllowed):
        feeding.apply(database, run.id, actor=moved, now=NOW)
