"""Finding the way in on the national directory: the same answers on both engines, and never one that is closed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

import directory
from config.database import Database
from config.errors import Invalid, NotFound
from directory.flows import imports, lookup
from directory.flows.lookup import Found, Item, PathStatus, Wanted
from directory.rules import areas
from tests.support.cast import SMALL
from tests.support.databases import ENGINES, MIGRATED
from tests.support.postgres import Cluster

NATIONAL = Path(directory.__file__).parent / "data" / "national"
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
TODAY = NOW.date()
MOST_STATEMENTS = 6


def _filled(url: str) -> Database:
    database = Database(url)
    assert imports.bring_in(database, NATIONAL, now=NOW).applied
    return database


@pytest.fixture(scope="module")
def on_sqlite(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """Only read here, so one import serves all."""
    path = shutil.copy(migrated_sqlite, tmp_path_factory.mktemp("national") / "samvag.sqlite")
    database = _filled(f"sqlite:///{path}")
    yield database
    database.close()


@pytest.fixture(scope="module")
def on_postgres(migrated_postgres: Cluster) -> Iterator[Database]:
    migrated_postgres.create("national", template=MIGRATED)
    database = _filled(migrated_postgres.url("national"))
    yield database
    database.close()
    migrated_postgres.drop("national")


@pytest.fixture(params=ENGINES)
def national(request: pytest.FixtureRequest) -> Database:
    names = {"sqlite": "on_sqlite", "postgresql": "on_postgres"}
    database: Database = request.getfixturevalue(names[request.param])
    return database


def search(database: Database, text: str = "", *, today: date = TODAY, **asked: str | int) -> Found:
    return lookup.search(database, Wanted(text=text, **asked), today=today)  # type: ignore[arg-type]


def ids(items: tuple[Item, ...]) -> list[str]:
    return [item.id for item in items]


def test_the_insurance_agency_may_not_use_mariestads_labour_market_unit(national: Database) -> None:
    found = search(national, "arbetsmarknadsenhet", from_party="fk", area="1493")

    assert found.items == ()
    assert found.total == 0
    assert found.path.status is PathStatus.MISSING
    assert found.path.because.code == "path.not_allowed"
    assert found.path.because.facts["entry_point"] == "kommun-1493-ame-brevlada"
    assert ids(found.path.instead) == ["sf-skaraborg-beredning", "kommun-1493-vaxel"]


def test_the_labour_agency_may(national: Database) -> None:
    found = search(national, "arbetsmarknadsenhet", from_party="af", area="1493")
    assert ids(found.items) == ["kommun-1493-ame-brevlada"]
    assert found.path.status is PathStatus.PERSON_BOUND
    assert found.path.instead == ()


def test_the_alternative_of_a_closed_way_in_comes_first(national: Database) -> None:
    found = search(national, "ekonomiskt bistånd", from_party="fk", area="1493")
    assert found.path.status is PathStatus.MISSING
    assert ids(found.path.instead) == ["kommun-1493-vaxel", "sf-skaraborg-beredning"]


def test_where_nothing_fits_the_path_is_missing_and_the_area_helps(national: Database) -> None:
    found = search(national, "rymdfart", from_party="fk", area="1493")
    assert (found.path.status, found.path.because.code) == (PathStatus.MISSING, "path.nothing")
    assert ids(found.path.instead) == ["sf-skaraborg-beredning", "kommun-1493-vaxel"]


def test_the_line_for_protected_identities_is_never_the_next_best(national: Database) -> None:
    found = search(national, "handlingsplan", from_party="fk", area="1493")
    assert found.path.status is PathStatus.MISSING
    assert "af-skyddad" not in ids(found.path.instead)


@pytest.mark.parametrize(
    "from_party", ["fk", "af", "municipality", "region-14", "kommun-1493", "association"]
)
@pytest.mark.parametrize("area", ["1493", "0180", "14", ""])
def test_nothing_is_shown_that_the_asker_may_not_use(national: Database, from_party: str, area: str) -> None:
    kinds = {"fk": "agency", "af": "agency", "region-14": "region", "kommun-1493": "municipality"}
    usable = {from_party, kinds.get(from_party, from_party), "*"}
    for text in ("", "rehab", "arbetsmarknad praktik", "samverkan rymdfart"):
        found = search(national, text, from_party=from_party, area=area, limit=200)
        for item in (*found.items, *found.path.instead):
            assert usable & set(item.from_parties), item.id
            assert not area or any(areas.overlaps(one, area) for one in item.areas), item.id


SAME = [
    {"text": "rehab", "from_party": "fk", "area": "1493"},
    {"text": "rehabkoordinator vårdcentral", "from_party": "fk", "area": "1493"},
    {"text": "forsorjningsstod", "from_party": "af", "area": "1493"},
    {"text": "försörjn", "from_party": "af", "area": "1493"},
    {"text": "arbetsträning Mariestads kommun", "from_party": "af"},
    {"text": "missbruk och beroende", "from_party": "af", "area": "1499", "kind": "sip"},
    {"text": "läkarintyg", "from_party": "region", "area": "0180"},
    {"text": "funktionsbrevlåda", "from_party": "fk", "area": "1493"},
    {"text": "nystartsjobb", "from_party": "kommun-1496", "area": "1496"},
    {"text": "unga vuxna", "from_party": "af", "area": "1261"},
    {"text": "blubb rehab", "from_party": "fk", "area": "1493"},
    {"text": "arbetsmarknadsenhet", "from_party": "fk", "area": "1493"},
    {"text": "", "from_party": "fk", "area": "1493"},
    {"text": "", "area": "14"},
    {"text": "", "from_party": "af", "area": "1480", "kind": "meeting"},
    {"text": "Kävlinge Lomma", "limit": 50},
    {"text": "' OR 1=1 -- \" * NEAR(", "area": "1493"},
]


@pytest.mark.parametrize("asked", SAME, ids=lambda asked: str(asked["text"]))
def test_both_engines_give_the_same_answer(
    on_sqlite: Database, on_postgres: Database, asked: dict[str, str | int]
) -> None:
    one = lookup.search(on_sqlite, Wanted(**asked), today=TODAY)  # type: ignore[arg-type]
    other = lookup.search(on_postgres, Wanted(**asked), today=TODAY)  # type: ignore[arg-type]

    assert set(ids(one.items)) == set(ids(other.items))
    assert (one.total, one.area) == (other.total, other.area)
    assert one.path.status is other.path.status
    assert one.path.because.code == other.path.because.code
    assert ids(one.path.instead) == ids(other.path.instead)


def test_a_municipality_named_in_the_text_is_the_place(national: Database) -> None:
    found = search(national, "försörjningsstöd i Mariestad", from_party="af")
    assert found.area == "1493"
    assert ids(found.items) == ["kommun-1493-fs-brevlada"]


def test_a_place_that_was_chosen_holds_against_one_that_is_named(national: Database) -> None:
    assert search(national, "försörjningsstöd Skövde", from_party="af", area="1493").area == "1493"


def test_to_be_is_no_municipality_but_vara_kommun_is(national: Database) -> None:
    assert search(national, "var ska jag vara snäll").area == ""
    assert search(national, "missbruk Vara kommun").area == "1470"


def test_a_way_in_for_the_very_place_comes_before_one_for_the_county(national: Database) -> None:
    found = search(national, "rehab", from_party="fk", area="1493")
    order = ids(found.items)
    assert order.index("region-14-vc-1493-1-rehab") < order.index("region-14-rehab")


def test_what_is_structured_comes_before_what_nobody_has_checked_for_a_year(national: Database) -> None:
    order = ids(search(national, "rehab", from_party="fk", area="1493").items)
    assert order.index("region-14-vc-1493-3-rehab") < order.index("region-14-vc-1493-2-rehab")


def test_what_is_structured_today_is_not_when_nobody_has_checked_it_for_a_year(national: Database) -> None:
    later = search(national, "vårdcentral", from_party="fk", area="1493", today=TODAY + timedelta(days=400))
    assert later.path.status is PathStatus.PARTIAL
    assert later.path.because.code == "path.too_old"


def test_pages_do_not_overlap_and_know_the_total(national: Database) -> None:
    pages = [
        search(national, "rehab", from_party="fk", area="14", limit=30, offset=offset)
        for offset in range(0, 120, 30)
    ]
    whole = search(national, "rehab", from_party="fk", area="14", limit=200)
    past = search(national, "rehab", from_party="fk", area="14", limit=30, offset=900)

    assert {page.total for page in (*pages, whole, past)} == {len(whole.items)}
    assert [one for page in pages for one in ids(page.items)] == ids(whole.items)
    assert past.items == ()
    assert past.path == whole.path


def test_the_path_does_not_depend_on_how_many_are_shown(national: Database) -> None:
    one = search(national, "rehab", from_party="fk", area="1493", limit=1)
    assert one.path == search(national, "rehab", from_party="fk", area="1493").path


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"from_party": "police"}, "unknown_party"),
        ({"area": "14930"}, "unknown_area"),
        ({"kind": "chat"}, "unknown_kind"),
    ],
)
def test_what_is_unknown_is_refused(national: Database, asked: dict[str, str], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        search(national, "rehab", **asked)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("text", "from_party", "area"),
    [
        ("rehab", "fk", "1493"),
        ("", "fk", "1493"),
        ("", "", ""),
        ("arbetsmarknadsenhet", "fk", "1493"),
        ("blubb rymdfart mariestad", "fk", ""),
        ("kontaktcenter rymdfart", "fk", "1493"),
        ("rehab", "", ""),
    ],
)
def test_a_search_asks_the_database_at_most_six_things(
    national: Database, text: str, from_party: str, area: str
) -> None:
    # The words of the directory are read once, until the index changes.
    search(national, "rehab")
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith("BEGIN"):
            statements.append(statement)

    sa.event.listen(national.engine, "before_cursor_execute", note)
    try:
        search(national, text, from_party=from_party, area=area, limit=100)
    finally:
        sa.event.remove(national.engine, "before_cursor_execute", note)
    assert 0 < len(statements) <= MOST_STATEMENTS


def test_an_entry_point_is_shown_with_all_that_its_page_needs(national: Database) -> None:
    view = lookup.entry(national, "kommun-1493-fs-brevlada", from_party="af", today=TODAY)

    assert view.item.name == "Försörjningsstöd Mariestad"
    assert view.usable
    assert view.not_for == "Ansökan från enskild"
    assert view.channels[0] == ("email", "forsorjningsstod@mariestad.example")
    assert view.alternative is not None
    assert view.alternative.id == "kommun-1493-vaxel"
    assert view.agreement is not None
    assert view.agreement.candidate.id == "af-kommun-skaraborg"
    assert [change.action for change in view.history] == ["entry_point.add"]


def test_an_entry_point_says_when_the_asker_may_not_use_it(national: Database) -> None:
    assert not lookup.entry(national, "kommun-1493-ame-brevlada", from_party="fk", today=TODAY).usable
    assert lookup.entry(national, "kommun-1493-ame-brevlada", today=TODAY).usable


def test_the_successor_of_a_merged_party_is_named(database: Database, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(SMALL, tmp_path / "files"))
    parties = (folder / "parties.csv").read_text("utf-8")
    merged = parties.replace("1445|1499|1493|1498,,,,", "1445|1499|1493|1498,,,,kommun-1493")
    (folder / "parties.csv").write_text(merged, "utf-8")
    assert imports.bring_in(database, folder, now=NOW).applied

    view = lookup.entry(database, "sf-skaraborg-beredning", today=TODAY)

    assert view.successor is not None
    assert (view.successor.id, view.successor.name) == ("kommun-1493", "Mariestads kommun")


def test_an_unknown_entry_point_is_not_found(national: Database) -> None:
    with pytest.raises(NotFound) as missing:
        lookup.entry(national, "nowhere", today=TODAY)
    assert missing.value.code == "no_entry_point"


def test_an_association_is_a_place_of_its_municipalities(national: Database) -> None:
    found = search(national, "arbetsträning i Östra Södertörn", from_party="af")

    assert found.association is not None
    assert found.association.id == "sf-ostra-sodertorn"
    assert set(ids(found.items)) == {f"kommun-{code}-ame-brevlada" for code in ("0136", "0138", "0192")}


def test_where_the_way_is_missing_the_neighbours_are_shown(national: Database) -> None:
    found = search(national, "komvux", from_party="fk", area="1493")

    assert (found.items, found.path.status) == ((), PathStatus.MISSING)
    assert set(ids(found.beside)) == {"kommun-1445-vux-vagledning", "kommun-1499-vux-vagledning"}


def test_most_of_a_long_question_is_shown_beside_what_is_closed(national: Database) -> None:
    text = "klient med försörjningsstöd, vill veta vilken planering han har hos arbetsförmedlingen"
    found = search(national, text, from_party="kommun-0883", area="0883")

    assert found.path.status is PathStatus.MISSING
    assert found.partly
    assert ids(found.items)[0] == "af-08-ingang"
