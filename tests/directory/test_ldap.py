"""Catalogues by LDAP: a real slapd that tells the truth, and servers that lie in fourteen ways."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from config import clock
from config.database import Database
from config.settings import Settings
from directory import ldap
from directory.flows import documents, feeding
from directory.records import sources, standing
from directory.records.models import EntryPoint, Unit
from directory.rules.feeds import Run
from router import jobs
from router.app import create_app
from router.flows import doctor
from tests.support import certificates, slapd
from tests.support.asking import count_everything
from tests.support.browser import Reader, words
from tests.support.cast import gather, import_small
from tests.support.factories import NOW
from tests.support.lying_ldap import (
    Answer,
    Liar,
    entry,
    message,
    page,
    referral,
    result,
    text,
    tlv,
    unit,
)
from tests.support.size import IS_FULL
from tests.support.slapd import Slapd

MANY = 20_000 if IS_FULL else 1_200
SECRET = "kanariefagel-losen"

MakeSettings = Callable[..., Settings]


@pytest.fixture
def told(make_settings: MakeSettings) -> Callable[..., Settings]:
    """Settings for a catalogue on loopback."""

    def make(url: str, **changes: object) -> Settings:
        usual = {
            "ldap_url": url,
            "ldap_security": "none",
            "ldap_base": slapd.SUFFIX,
            "ldap_bind_dn": slapd.READER,
            "ldap_password": slapd.PASSWORD,
            "ldap_party": "region-14",
        }
        return make_settings(**(usual | changes))

    return make


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stalling server is given up after a second, so that the test need not wait for twenty."""
    if not IS_FULL:
        monkeypatch.setattr(ldap, "RECEIVE_SECONDS", 1)


def sync(database: Database, settings: Settings) -> Run:
    run = feeding.look(database, documents.ask_catalogue(settings, now=NOW), actor=None, now=NOW)
    if run.state == feeding.PREVIEWED:
        return feeding.apply(database, run.id, actor=None, now=NOW)
    return run


def catalogue(count: int, **changes: str) -> str:
    return slapd.content(slapd.unit(number, **changes) for number in range(count))


def from_catalogue(database: Database) -> int:
    with database.reading() as session:
        wanted = EntryPoint.id.like("SE2321000016-%")
        return session.scalar(sa.select(sa.func.count()).select_from(EntryPoint).where(wanted)) or 0


def test_a_real_catalogue_comes_in_changes_and_is_never_emptied(
    database: Database, tmp_path: Path, told: MakeSettings
) -> None:
    import_small(database, now=NOW)
    started = time.monotonic()
    with Slapd(tmp_path / "first", catalogue(MANY)) as server:
        first = sync(database, told(server.url))
        seconds = time.monotonic() - started
        again = sync(database, told(server.url))
    print(f"{MANY} objects read, compared and stored in {seconds:.1f} s")
    assert first.counts["created"] == 2 * MANY
    assert again.diff.is_empty
    assert seconds < 300

    changed = [
        slapd.unit(number, **({"telephoneNumber": "031-390 06 77"} if number < 7 else {}))
        for number in range(1, MANY)
    ]
    with Slapd(tmp_path / "changed", slapd.content([*changed, slapd.unit(MANY + 1)])) as server:
        third = sync(database, told(server.url))
    assert (third.counts["created"], third.counts["changed"], third.counts["gone"]) == (2, 6, 1)
    assert third.diff.changed["entry_points"]["SE2321000016-00003"] == {
        "channels": [
            "email=enhet3@region.example|phone=031-390 06 12",
            "email=enhet3@region.example|phone=031-390 06 77",
        ]
    }

    before = count_everything(database)
    with Slapd(tmp_path / "empty", slapd.base()) as server:
        empty = sync(database, told(server.url))
    assert empty.state == feeding.STOPPED
    assert from_catalogue(database) == MANY + 1
    changed_tables = {name for name, count in count_everything(database).items() if before.get(name) != count}
    assert changed_tables == {"import_run"}


def test_what_is_not_public_stays_out_and_functions_hang_on_their_unit(
    database: Database, tmp_path: Path, told: MakeSettings
) -> None:
    import_small(database, now=NOW)
    parent = slapd.unit(1, hsaDirectoryContact="anna.svensson@region.example")
    child = (
        f"dn: cn=Rehabkoordinator,hsaIdentity=SE2321000016-00001,{slapd.SUFFIX}\nobjectClass: hsaUnit\n"
        "cn: Rehabkoordinator\nhsaIdentity: SE2321000016-REHAB\ntelephoneNumber: 031-390 06 44\n"
        "hsaTelephoneNumber: 031-390 06 45\ntelephoneHours: 1-5#09:00#10:00#bara måndagar\n\n"
    )
    with Slapd(tmp_path / "slapd", slapd.content([parent, child])) as server:
        sync(database, told(server.url))
    with database.reading() as session:
        cells = standing.sheets(session)["entry_points"]
        assert session.get(Unit, "SE2321000016-REHAB") is None
    whole = "\n".join("|".join(row.values()) for row in cells.values())
    assert "031-390 06 99" not in whole
    assert "anna.svensson" not in whole
    rehab = cells["SE2321000016-REHAB"]
    assert (rehab["unit_id"], rehab["kind"]) == ("SE2321000016-00001", "rehab_coordinator")
    assert rehab["phone_hours"] == "1-5#09:00#10:00"


def test_a_server_that_cuts_the_list_short_is_an_error(
    sqlite: Database, tmp_path: Path, told: MakeSettings
) -> None:
    # slapd itself answers "size limit exceeded" with the first objects: a short list that looks like one.
    with (
        Slapd(tmp_path / "slapd", catalogue(50), limit="size.prtotal=10 size.soft=10 size.hard=10") as server,
        pytest.raises(ldap.CatalogueFailed),
    ):
        documents.ask_catalogue(told(server.url, ldap_bind_dn="", ldap_password=""), now=NOW)


def test_a_wrong_password_is_an_error(tmp_path: Path, told: MakeSettings) -> None:
    with Slapd(tmp_path / "slapd", catalogue(1)) as server, pytest.raises(ldap.CatalogueFailed):
        documents.ask_catalogue(told(server.url, ldap_password="fel"), now=NOW)


def _refer(link: socket.socket, number: int, thief: Liar) -> None:
    link.sendall(message(number, result(0x65, 10, referral(f"{thief.url}/dc=x"))))


def _reference(link: socket.socket, number: int, thief: Liar) -> None:
    link.sendall(message(number, tlv(0x73, text(f"{thief.url}/dc=x"))))
    link.sendall(message(number, result(0x65)))


@pytest.mark.parametrize("lie", [_refer, _reference])
def test_no_other_server_ever_hears_the_password(
    told: MakeSettings, lie: Callable[[socket.socket, int, Liar], None]
) -> None:
    """Rows 1 and 2: a referral to a thief, and a reference in the result."""
    with Liar() as thief, Liar(lambda link, number, _turn: lie(link, number, thief)) as server:
        settings = told(server.url, ldap_password=SECRET)
        with pytest.raises(ldap.CatalogueFailed):
            documents.ask_catalogue(settings, now=NOW)
        assert SECRET.encode() in server.heard
        assert thief.heard == b""


def stall(link: socket.socket, number: int, turn: int) -> None:
    pass


def stall_in_an_entry(link: socket.socket, number: int, turn: int) -> None:
    link.sendall(message(number, unit(1))[:20])


def the_same_page_for_ever(link: socket.socket, number: int, turn: int) -> None:
    link.sendall(message(number, unit(turn)) + message(number, result(0x65), page(b"samma")))


def one_huge_entry(link: socket.socket, number: int, turn: int) -> None:
    link.sendall(message(number, entry("cn=x", ou=[b"x" * 50_000_000])))
    link.sendall(message(number, result(0x65)))


def endless_values(link: socket.socket, number: int, turn: int) -> None:
    link.sendall(message(number, entry("cn=x", hsaIdentity=["x"], ou=["v"] * 100_000)))
    link.sendall(message(number, result(0x65)))


def wrong_message_id(link: socket.socket, number: int, turn: int) -> None:
    link.sendall(message(number + 7, unit(1)) + message(number + 7, result(0x65)))


def truncated(link: socket.socket, number: int, turn: int) -> None:
    link.sendall(b"\x30\x05\x02\x01\x02\x65\xff\x04\x09")


def impossible_length(link: socket.socket, number: int, turn: int) -> None:
    link.sendall(b"\x30\x84\xff\xff\xff\xff\x02\x01")


def half_and_hang_up(link: socket.socket, number: int, turn: int) -> None:
    link.sendall(b"".join(message(number, unit(one)) for one in range(250)))
    link.shutdown(socket.SHUT_RDWR)


def second_page_fails(link: socket.socket, number: int, turn: int) -> None:
    if turn == 1:
        found = b"".join(message(number, unit(one)) for one in range(250))
        link.sendall(found + message(number, result(0x65), page(b"mer")))
    else:
        link.sendall(message(number, result(0x65, 52)))


def too_large_answer(link: socket.socket, number: int, turn: int) -> None:
    link.sendall(message(number, unit(1)) + message(number, result(0x65, 4)))


def time_limit(link: socket.socket, number: int, turn: int) -> None:
    link.sendall(message(number, unit(1)) + message(number, result(0x65, 3)))


def broken_text(link: socket.socket, number: int, turn: int) -> None:
    link.sendall(message(number, entry("cn=x", hsaIdentity=[b"\xff\xfe"])) + message(number, result(0x65)))


# Rows 3, 6, 7, 8, 11 and 14 of the table, and what slapd can be made to say only by accident.
LIES: list[Answer] = [
    stall,
    stall_in_an_entry,
    the_same_page_for_ever,
    one_huge_entry,
    endless_values,
    wrong_message_id,
    truncated,
    impossible_length,
    half_and_hang_up,
    second_page_fails,
    too_large_answer,
    time_limit,
    broken_text,
]


@pytest.fixture
def sqlite(tmp_path: Path, migrated_sqlite: Path) -> Iterator[Database]:
    """One engine is enough where nothing is to be written."""
    path = tmp_path / "one.sqlite"
    path.write_bytes(migrated_sqlite.read_bytes())
    database = Database(f"sqlite:///{path}")
    yield database
    database.close()


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: str(lie.__name__))
def test_any_doubt_is_an_error_and_changes_nothing(sqlite: Database, told: MakeSettings, lie: Answer) -> None:
    before = count_everything(sqlite)
    started = time.monotonic()
    with Liar(lie) as server, pytest.raises(ldap.CatalogueFailed):
        sync(sqlite, told(server.url))
    assert time.monotonic() - started < 30
    assert count_everything(sqlite) == before


def test_success_to_any_bind_with_nothing_behind_it_stops(
    sqlite: Database, told: MakeSettings, tmp_path: Path
) -> None:
    """Rows 4 and 5: everybody is let in, and there are no objects."""
    import_small(sqlite, now=NOW)
    with Slapd(tmp_path / "slapd", catalogue(8)) as server:
        sync(sqlite, told(server.url))

    def nothing(link: socket.socket, number: int, turn: int) -> None:
        link.sendall(message(number, result(0x65)))

    with Liar(nothing) as server:
        run = sync(sqlite, told(server.url))
    assert run.state == feeding.STOPPED
    with sqlite.reading() as session:
        assert {one.absent for one in sources.seen(session, "ldap").values()} == {0}


def test_the_same_identity_twice_is_a_fault(sqlite: Database, told: MakeSettings) -> None:
    """Row 9."""
    import_small(sqlite, now=NOW)

    def twice(link: socket.socket, number: int, turn: int) -> None:
        link.sendall(message(number, unit(1)) * 2 + message(number, result(0x65)))

    before = count_everything(sqlite)
    with Liar(twice) as server:
        run = sync(sqlite, told(server.url))
    assert {one.code for one in run.faults} == {"twice"}
    assert count_everything(sqlite) == before


HOSTILE_NAMES = [
    "ou=a\\,b+c=d,dc=x",
    "ou=\x00,dc=x",
    "ou=a\nb,dc=x",
    "ou=\u202egnp.exe,dc=x",
    "ou=" + "x" * 10_000 + ",dc=x",
    "," * 5_000,
    "",
]


@pytest.mark.parametrize("dn", HOSTILE_NAMES, ids=range(len(HOSTILE_NAMES)))
def test_a_hostile_name_leads_nowhere(sqlite: Database, told: MakeSettings, dn: str) -> None:
    """Rows 10 and 13: a name is only ever taken apart; it cannot make a ring, a path or a filter."""
    import_small(sqlite, now=NOW)

    def answer(link: socket.socket, number: int, turn: int) -> None:
        one = entry(dn, hsaIdentity=["SE2321000016-H1"], ou=["Enhet"], mail=["a@region.example"])
        link.sendall(message(number, one) + message(number, result(0x65)))

    with Liar(answer) as server:
        run = sync(sqlite, told(server.url))
    assert run.state == feeding.APPLIED
    assert list(run.diff.created["entry_points"]) == ["SE2321000016-H1"]


@pytest.mark.parametrize("value", ["a\x00b", "a\u202eb", "a\nb"])
def test_unseen_signs_in_a_value_are_a_fault(sqlite: Database, told: MakeSettings, value: str) -> None:
    import_small(sqlite, now=NOW)

    def answer(link: socket.socket, number: int, turn: int) -> None:
        link.sendall(message(number, entry("cn=x", hsaIdentity=["SE1-A"], ou=[value])))
        link.sendall(message(number, result(0x65)))

    with Liar(answer) as server:
        run = sync(sqlite, told(server.url))
    assert {one.code for one in run.faults} == {"unseen_character"}


def test_a_certificate_for_another_host_is_refused_before_the_password(
    told: MakeSettings, tmp_path: Path
) -> None:
    """Row 12."""
    wrong = certificates.make(tmp_path, "annan.example")
    with Liar(stall, wrong.server) as server:
        for ca_file in (None, wrong.path):
            with pytest.raises(ldap.CatalogueFailed):
                documents.ask_catalogue(told(server.url, ldap_password=SECRET, ldap_ca_file=ca_file), now=NOW)
        assert SECRET.encode() not in server.heard


def test_the_right_certificate_is_accepted(told: MakeSettings, tmp_path: Path) -> None:
    right = certificates.make(tmp_path, "localhost")

    def answer(link: socket.socket, number: int, turn: int) -> None:
        link.sendall(message(number, unit(1)) + message(number, result(0x65)))

    with Liar(answer, right.server) as server:
        url = server.url.replace("127.0.0.1", "localhost")
        feed = documents.ask_catalogue(told(url, ldap_ca_file=right.path), now=NOW)
    assert [row.cells["entry_point_id"] for row in feed.sheets["entry_points"]] == ["SE2321000016-L1"]


def test_no_password_is_sent_where_tls_was_asked_for_and_refused(told: MakeSettings) -> None:
    with Liar(stall) as server, pytest.raises(ldap.CatalogueFailed):
        documents.ask_catalogue(told(server.url, ldap_security="starttls", ldap_password=SECRET), now=NOW)
    assert SECRET.encode() not in server.heard


def test_a_name_without_a_password_is_never_sent(make_settings: MakeSettings) -> None:
    with pytest.raises(ValueError, match="ldap_password"):
        make_settings(ldap_url="ldap://127.0.0.1", ldap_base="dc=x", ldap_party="af", ldap_bind_dn="cn=x")


def test_filters_are_made_harmless() -> None:
    assert ldap.filter_for("hsaIdentity", "*)(uid=*") == r"(hsaIdentity=\2a\29\28uid=\2a)"
    assert "\x00" not in ldap.filter_for("cn", "a\x00b")
    with pytest.raises(ValueError, match="no attribute"):
        ldap.filter_for("cn=*)(x", "y")


def test_the_worker_asks_the_catalogue_and_a_failed_round_is_seen(
    sqlite: Database, tmp_path: Path, told: MakeSettings
) -> None:
    import_small(sqlite, now=NOW)
    with Slapd(tmp_path / "slapd", catalogue(8)) as server:
        settings = told(server.url)
        assert jobs.run_once(sqlite, settings) == ()
        before = count_everything(sqlite)
        assert jobs.run_once(sqlite, settings) == ()
    assert from_catalogue(sqlite) == 8
    assert count_everything(sqlite)["import_run"] == before["import_run"] == 1
    codes = {one.code for one in doctor.examine(sqlite, settings, now=clock.now())}
    assert "catalogue" in codes
    # Nobody answers there any more.
    assert jobs.run_once(sqlite, settings) == ("catalogue",)
    assert jobs.run_once(sqlite, settings) == ("catalogue",)
    found = {one.code: one.facts for one in doctor.examine(sqlite, settings, now=clock.now())}
    assert (found["catalogue_failing"]["failures"], found["catalogue_failing"]["why"]) == (
        *(2, "catalogue_failed"),
    )
    assert found["catalogue_failing"]["read_at"] != "aldrig"
    with Slapd(tmp_path / "empty", slapd.base()) as server:
        settings = told(server.url)
        assert jobs.run_once(sqlite, settings) == ("catalogue",)
    assert "catalogue_stopped" in {one.code for one in doctor.examine(sqlite, settings, now=clock.now())}
    assert from_catalogue(sqlite) == 8


def test_without_a_catalogue_the_worker_has_no_such_job(
    sqlite: Database, make_settings: MakeSettings
) -> None:
    assert "catalogue" not in {job.name for job in jobs.Worker(sqlite, make_settings()).jobs}


def test_an_administrator_looks_at_the_catalogue_in_the_browser(
    sqlite: Database, tmp_path: Path, told: MakeSettings, quick_passwords: None
) -> None:
    import_small(sqlite, now=clock.now())
    people = gather(sqlite, now=clock.now())
    with Slapd(tmp_path / "slapd", catalogue(8)) as server:
        app = create_app(told(server.url), sqlite)
        boss, other = Reader(app), Reader(app)
        boss.sign_in(people.administrator)
        other.sign_in(people.party_administrator)
        assert "Läs katalogen och granska" not in words(other.get("/import"))
        assert other.send("/import/katalog", seen="/import").status_code == 403

        answer = boss.send("/import/katalog", seen="/import")

        assert "16 nya" in words(boss.get(answer.headers["Location"]))
        assert from_catalogue(sqlite) == 0
    gone = boss.send("/import/katalog", seen="/import")
    assert gone.status_code == 503
    assert "Katalogen kunde inte läsas i sin helhet" in words(gone)
