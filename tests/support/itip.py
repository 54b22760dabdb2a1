"""Calendar replies as clients send them, for tests: the written mails of tests/data/itip, filled in for one meeting.

    from tests.support import itip
    content = itip.reply("outlook-accept", uid=meeting.uid, sender="anna@kommun.example",
                         to=reply_to.meeting_address(settings, participant.id), starts_at=meeting.starts_at)
    mailing.deliver(database, content, to)      # stores it at a door and sorts it

A seed stands in its file as a person would write it: unencoded and unfolded, with `{UID}` and the like where the facts
of the meeting go. `reply` fills it in, folds its calendar at 75 octets, encodes every part as its own
Content-Transfer-Encoding says, and puts on top what our own server writes. `EXPECTED` says of each seed what it answers
and what is to become of it.
"""

from __future__ import annotations

import base64
import quopri
import re
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from config.words import STOCKHOLM
from tests.support.mailing import AUTHSERV, BOUNDARY

SEEDS = Path(__file__).resolve().parent.parent / "data" / "itip"
# By name: `answer`, `code` (of the table [because]), `state`, and what makes it special.
EXPECTED: dict[str, dict[str, Any]] = tomllib.loads((SEEDS / "expected.toml").read_text("utf-8"))
# One accept of each client, for who wants every form once: name of the client to name of the seed.
ACCEPTS = {
    "Outlook": "outlook-accept",
    "Exchange": "exchange-shared-sent-by",
    "Gmail": "gmail-accept",
    "Apple": "apple-accept",
    "Nextcloud": "nextcloud-accept",
    "Zimbra": "zimbra-accept",
}


def reply(
    name: str,
    *,
    uid: str,
    to: str,
    sender: str,
    starts_at: datetime,
    minutes: int = 60,
    sequence: int = 0,
    stamp: datetime | None = None,
    suggestion: datetime | None = None,
    attendee: str = "",
    vouched: bool = True,
) -> bytes:
    """The seed of this name, as it comes through our own server.

    `to`: the meeting address of the participant. `sender`: who From is, and so who is vouched for. `attendee` is the
    address that was invited, when that is another one. `suggestion` is the other time of a COUNTER. `stamp`: DTSTAMP,
    an hour before the meeting was to be two days later when nothing is said.
    """
    wished = suggestion or starts_at + timedelta(days=1)
    facts = {
        "UID": uid,
        "TO": to,
        "FROM": sender,
        "DOMAIN": sender.rpartition("@")[2],
        "ATTENDEE": attendee or sender,
        "SEQUENCE": str(sequence),
        "STAMP": _utc(stamp or starts_at - timedelta(days=2, hours=1)),
        **_times("", starts_at, minutes),
        **_times("NEW_", wished, minutes),
    }
    text = (SEEDS / f"{name}.eml").read_text("utf-8")
    text = re.sub(r"\{([A-Z_]+)\}", lambda found: facts[found[1]], text)
    if repeated := re.search(r"\{\{(\d+) (.*?)\}\}\n", text, re.DOTALL):
        text = text.replace(repeated[0], repeated[2] * int(repeated[1]))
    head = [f"Received: {BOUNDARY}"]
    if vouched:
        head.insert(0, f"Authentication-Results: {AUTHSERV}; dmarc=pass header.from={facts['DOMAIN']}")
    return "\r\n".join(head).encode() + b"\r\n" + b"\r\n".join(_encoded(text.split("\n")))


def _times(prefix: str, starts_at: datetime, minutes: int) -> dict[str, str]:
    ends_at = starts_at + timedelta(minutes=minutes)
    return {
        f"{prefix}START": _utc(starts_at),
        f"{prefix}END": _utc(ends_at),
        f"{prefix}LOCAL_START": starts_at.astimezone(STOCKHOLM).strftime("%Y%m%dT%H%M%S"),
        f"{prefix}LOCAL_END": ends_at.astimezone(STOCKHOLM).strftime("%Y%m%dT%H%M%S"),
    }


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _encoded(lines: list[str]) -> Iterator[bytes]:
    """Headers as they stand, and each body between two boundaries in the encoding and charset of its part."""
    marks = {f"--{one}" for one in re.findall(r'boundary="([^"]+)"', "\n".join(lines))}
    ends = {f"{one}--" for one in marks}
    head: list[str] = []
    body: list[str] | None = None
    for line in [*lines, "--"]:
        if body is not None and (line in marks | ends or line == "--"):
            yield from _part(head, body)
            head, body = [], None
        if line == "--":
            return
        if body is None and line == "" and head:
            body = []
            continue
        if body is not None:
            body.append(line)
        elif line in marks | ends:
            yield from (one.encode() for one in head)
            yield line.encode()
            head = []
        else:
            head.append(line)


def _part(head: list[str], body: list[str]) -> Iterator[bytes]:
    told = "\n".join(head).lower()
    # What the part is really written in, where it says something else: only we can see this header.
    really = next((one.partition(":")[2].strip() for one in head if one.startswith("X-Really:")), "")
    charset = really or next(iter(re.findall(r'charset="?([\w-]+)', told)), "utf-8")
    yield from (one.encode() for one in head if not one.startswith("X-Really:"))
    yield b""
    if "begin:vcalendar" in "\n".join(body).lower():
        body = [folded for line in body for folded in _folded(line)]
    content = "\r\n".join(body).encode(charset)
    if "transfer-encoding: base64" in told:
        content = base64.encodebytes(content).replace(b"\n", b"\r\n").rstrip()
    elif "transfer-encoding: quoted-printable" in told:
        content = quopri.encodestring(content.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
    yield content


def _folded(line: str) -> Iterator[str]:
    """RFC 5545, 3.1: no line is longer than 75 octets."""
    start = ""
    while len(line.encode()) > 75 - len(start):
        cut = 74
        while len(line[:cut].encode()) > 75 - len(start):
            cut -= 1
        yield start + line[:cut]
        line, start = line[cut:], " "
    yield start + line
