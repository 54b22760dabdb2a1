"""How a mail goes to the process that reads it, and how what was read comes back: lengths, JSON and bytes.

No pickle: the other end has parsed hostile bytes, so what it says is believed no more than the mail itself.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from router.mail.parsed import Bounce, File, Parsed
from router.rules.calendar_replies import CalendarReply, Said
from router.rules.terms import Attending, MailKind

LENGTH = struct.Struct(">I")
# All the files of a mail, and everything else about it. No mail that is taken in holds as much.
FILES, TOLD = 128 * 1024 * 1024, 64 * 1024 * 1024
_WORDS = (
    "because",
    "sender",
    "shown_sender",
    "sender_name",
    "subject",
    "message_id",
    "text",
    "reply",
    "html",
)
_LISTS = ("to", "cc", "answers", "defects")


class BadFrame(ValueError):
    """What came back is nothing that our own reader says."""


def packed(parsed: Parsed) -> list[bytes]:
    """What was read, as bytes to send: a length, the JSON of that length, and the files one after another."""
    told: dict[str, Any] = {name: getattr(parsed, name) for name in _WORDS + _LISTS}
    bounce = parsed.bounce
    told |= {
        "kind": parsed.kind.value,
        "bounce": [bounce.address, bounce.status, bounce.is_final, bounce.message_id],
        "is_absence": parsed.is_absence,
        "has_quit": parsed.has_quit,
        "headers": parsed.headers,
        "calendar": [_replied(one) for one in parsed.calendar],
        "files": [[one.name, one.type, one.size] for one in parsed.files],
    }
    head = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return [LENGTH.pack(len(head)), head, *(one.content for one in parsed.files)]


def sizes(told: dict[str, Any]) -> list[int]:
    """How many bytes of each file follow the JSON. Raises BadFrame."""
    try:
        found = [size for _, _, size in told["files"]]
    except (KeyError, TypeError, ValueError) as error:
        raise BadFrame("files") from error
    if not all(type(size) is int and size >= 0 for size in found) or sum(found) > FILES:
        raise BadFrame("sizes")
    return found


def told(head: bytes) -> dict[str, Any]:
    """The JSON that came. Raises BadFrame."""
    try:
        read = json.loads(head)
    except (ValueError, RecursionError) as error:
        raise BadFrame("json") from error
    if not isinstance(read, dict):
        raise BadFrame("json")
    return read


def unpacked(read: dict[str, Any], contents: Sequence[bytes]) -> Parsed:
    """What the child says it has read. Raises BadFrame when it is of another shape."""
    try:
        address, status, is_final, message_id = read["bounce"]
        return Parsed(
            kind=MailKind(read["kind"]),
            **{name: _word(read[name]) for name in _WORDS},  # type: ignore[arg-type]
            **{name: tuple(_word(one) for one in read[name]) for name in _LISTS},  # type: ignore[arg-type]
            files=tuple(
                File(_word(name), _word(type), content)
                for (name, type, _), content in zip(read["files"], contents, strict=True)
            ),
            bounce=Bounce(_word(address), _word(status), is_final is True, _word(message_id)),
            calendar=tuple(_reply(one) for one in read["calendar"]),
            is_absence=read["is_absence"] is True,
            has_quit=read["has_quit"] is True,
            headers=tuple((_word(name), _word(value)) for name, value in read["headers"]),
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise BadFrame("shape") from error


def _replied(one: CalendarReply) -> list[Any]:
    times = [time.isoformat() if time else None for time in (one.stamp, one.starts_at, one.ends_at)]
    said = [[each.address, each.answer, each.sent_by, each.is_delegated] for each in one.attendees]
    return [one.method, one.uid, one.problem, one.sequence, *times, said]


def _reply(told: Any) -> CalendarReply:
    method, uid, problem, sequence, stamp, starts_at, ends_at, said = told
    if sequence is not None and type(sequence) is not int:
        raise BadFrame("sequence")
    return CalendarReply(
        method=_word(method),
        uid=_word(uid),
        sequence=sequence,
        stamp=_moment(stamp),
        attendees=tuple(
            Said(
                _word(address), Attending(answer) if answer is not None else None, _word(by), is_sent is True
            )
            for address, answer, by, is_sent in said
        ),
        starts_at=_moment(starts_at),
        ends_at=_moment(ends_at),
        problem=_word(problem),
    )


def _moment(said: object) -> datetime | None:
    """Raises ValueError for a time without a zone: nothing can be compared with it."""
    if said is None:
        return None
    read = datetime.fromisoformat(_word(said))
    if read.tzinfo is None:
        raise BadFrame("zone")
    return read.astimezone(UTC)


def _word(said: object) -> str:
    if type(said) is not str:
        raise BadFrame("word")
    return said
