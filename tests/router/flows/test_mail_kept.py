"""The command line's view of incoming mail: what it says, what it never says, and sorting anew."""

from __future__ import annotations

import json
from collections.abc import Callable

from click.testing import CliRunner

from config import clock
from config.audit import AuditEntry
from config.database import Database
from config.settings import Settings
from directory.cli import Ground
from router.flows import mail_kept
from router.mail_cli import mail
from router.records.mail_models import Attachment, IncomingMail
from tests.support.asking import rows
from tests.support.cast import Cast
from tests.support.waiting_mail import RAW, hold


def test_held_mail_is_sorted_anew_as_it_came(database: Database, cast: Cast) -> None:
    read = hold(database, files=[("a.txt", "text/plain", b"x", "clean")])
    torn = hold(database, kind="unparsed", because={"code": "mail.unparsed", "facts": {}}, attempts=3)
    header = hold(database, kind="unparsed", because={"code": "too_large", "facts": {"megabytes": 30}})
    spam = hold(database, state="spam")
    now = clock.now()

    assert mail_kept.requeue(database, unparsed=True, now=now) == (torn,)
    assert mail_kept.requeue(database, [read, header, spam, 99], now=now) == (read,)
    assert mail_kept.requeue(database, [read], unparsed=True, now=now) == ()

    states = {row.id: row for row in rows(database, IncomingMail)}
    for mail_id in (read, torn):
        row = states[mail_id]
        assert (row.state, row.kind, row.attempts, row.text) == ("stored", None, 0, None)
    assert (states[header].state, states[spam].state) == ("held", "spam")
    assert not rows(database, Attachment)
    assert [one.action for one in rows(database, AuditEntry)].count("mail.requeue") == 2


def test_the_commands_say_states_and_never_content(
    database: Database, cast: Cast, make_settings: Callable[..., Settings]
) -> None:
    held = hold(database)
    ground = Ground()
    # What is cached is not made from the environment of the test.
    vars(ground).update(database=database, settings=make_settings(mail_domain="svar.samvag.example"))

    def samvag(*arguments: str) -> tuple[int, str]:
        ran = CliRunner().invoke(mail, arguments, obj=ground)
        return ran.exit_code, ran.output

    code, shown = samvag("show", str(held))
    assert code == 0 and "Väntar" in shown and "skovde.example" in shown
    assert not any(word in shown for word in ("Nils", "planeringen", "torsdag"))
    assert (
        samvag("show", str(held), "--raw")[1].replace("\r\n", "\n").startswith(RAW.decode().split("\r\n")[0])
    )
    assert samvag("show", "999")[0] == 1
    code, told = samvag("stats", "--json")
    figures = json.loads(told)
    assert (figures["held"], figures["today"]["human"]) == (1, 1)
    assert "Väntar på en person: 1" in samvag("stats")[1]
    assert samvag("requeue")[0] == 1
    assert samvag("requeue", str(held)) == (0, "Så många mejl läses och sorteras igen: 1.\n")
    assert samvag("requeue", str(held))[0] == 1


ONE_ENGINE_A_DAY = True
