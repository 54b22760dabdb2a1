"""Saying that a path is needed, and what comes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from config.audit import AuditEntry
from config.database import Database
from config.errors import Conflict, Invalid, NotAllowed, NotFound
from directory.flows import needs, path_map
from directory.flows.needs import Wish
from directory.records.needs import PathNeed, PathNeedReport
from directory.rules.mapped import MapWanted
from tests.support.asking import count_everything, rows
from tests.support.cast import Cast

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TO_AF = Wish("kommun-1494", "af", "1494", "Gemensam planering för unga")
TO_MARIESTAD = Wish("fk", "municipality", "1493")


def audited(database: Database) -> list[str]:
    return [row.action for row in rows(database, AuditEntry) if row.object_kind == "path_need"]


def test_a_report_names_the_party_that_could_open_the_path(database: Database, cast: Cast) -> None:
    needs.report(database, TO_MARIESTAD, cast.caseworker.actor, now=NOW)
    (need,) = rows(database, PathNeed)
    assert (need.from_side, need.to_side, need.area) == ("fk", "municipality", "1493")
    assert (need.responsible_id, need.status) == ("kommun-1493", "reported")
    assert audited(database) == ["path.report"]


def test_a_person_counts_once_for_a_path_and_two_persons_twice(database: Database, cast: Cast) -> None:
    needs.report(database, TO_MARIESTAD, cast.caseworker.actor, now=NOW)
    with pytest.raises(Conflict):
        needs.report(database, TO_MARIESTAD, cast.caseworker.actor, now=NOW)
    needs.report(database, TO_MARIESTAD, cast.colleague.actor, now=NOW)
    assert len(rows(database, PathNeed)) == 1
    assert len(rows(database, PathNeedReport)) == 2


def test_the_same_path_for_another_topic_is_another_need(database: Database, cast: Cast) -> None:
    for topic in ("", "arbetstraning", "sfi"):
        needs.report(database, replace(TO_MARIESTAD, topic=topic), cast.caseworker.actor, now=NOW)
    with pytest.raises(Conflict):
        needs.report(database, replace(TO_MARIESTAD, topic="sfi"), cast.caseworker.actor, now=NOW)
    assert sorted(row.topic for row in rows(database, PathNeed)) == ["", "arbetstraning", "sfi"]


@pytest.mark.parametrize(
    ("wish", "field", "code"),
    [
        (Wish("fk", "fk", "1493"), "/to", "same_side"),
        (Wish("fk", "", "1493"), "/to", "unknown_party"),
        (Wish("ufo", "af", "1493"), "/from", "unknown_party"),
        (Wish("fk", "af", "149"), "/area", "unknown_area"),
        (Wish("fk", "af", "1493", topic="rymdfart"), "/topic", "unknown_topic"),
        (Wish("fk", "af", "1493", "Ring mig på 0501-12 34 56"), "/note", "private_note"),
        (Wish("fk", "af", "1493", "Gäller 19900101-2385"), "/note", "private_note"),
        (Wish("fk", "af", "1493", "a" * 301), "/note", "too_long"),
    ],
)
def test_what_cannot_be_used_changes_nothing(
    database: Database, cast: Cast, wish: Wish, field: str, code: str
) -> None:
    before = count_everything(database)
    with pytest.raises(Invalid) as refused:
        needs.report(database, wish, cast.caseworker.actor, now=NOW)
    assert (refused.value.field, refused.value.code) == (field, code)
    assert count_everything(database) == before


def decide(database: Database, who: Any, need_id: int, **changes: str) -> None:
    told = {"status": "planned", "reason": "Funktionsbrevlåda på prov från januari"} | changes
    needs.decide(database, need_id, who.actor, now=NOW, **told)


def test_the_responsible_partys_administrator_says_what_is_decided(database: Database, cast: Cast) -> None:
    need_id = needs.report(database, TO_AF, cast.outsider.actor, now=NOW)
    decide(database, cast.party_administrator, need_id)

    found = path_map.draw(database, MapWanted("14", "municipality", "af"), today=date(2026, 11, 23))
    assert found.pair is not None
    lidkoping = next(row for row in found.pair.rows if row.code == "1494")
    (need,) = lidkoping.needs
    assert (need.status, need.responsible_id) == ("planned", "af")
    assert found.notes == {need_id: ("Gemensam planering för unga",)}
    assert audited(database) == ["path.report", "path.decide"]


def test_nobody_else_decides(database: Database, cast: Cast) -> None:
    need_id = needs.report(database, TO_MARIESTAD, cast.caseworker.actor, now=NOW)
    for who in (cast.caseworker, cast.party_administrator, cast.municipal_owner, cast.outsider):
        with pytest.raises(NotAllowed):
            decide(database, who, need_id)
    decide(database, cast.administrator, need_id)
    with pytest.raises(NotFound):
        decide(database, cast.administrator, need_id + 1)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"status": "reported"}, "unknown_choice"),
        ({"reason": " "}, "empty"),
        ({"reason": "Ring 0501-12 34 56"}, "private_note"),
        ({"reason": "a" * 301}, "too_long"),
    ],
)
def test_a_decision_has_a_reason_without_personal_data(
    database: Database, cast: Cast, changes: dict[str, str], code: str
) -> None:
    need_id = needs.report(database, TO_AF, cast.outsider.actor, now=NOW)
    with pytest.raises(Invalid) as refused:
        decide(database, cast.administrator, need_id, **changes)
    assert refused.value.code == code
