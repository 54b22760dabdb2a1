"""Addresses under our own domain that lead back: to a leg, a participant of a meeting, a letter not delivered.

An address only locates. Who may write there is decided by who writes (docs/decisions/0018).
"""

from __future__ import annotations

import base64
import hmac
import re
from dataclasses import dataclass
from typing import Literal

from config.settings import Settings

Side = Literal["desk", "asker"]

SIDES: dict[str, Side] = {"d": "desk", "a": "asker"}
# 128 bits in lower-case base32: some servers fold the case of what stands before the @.
MAC = 26
_REPLY = re.compile(rf"svar\+([da])([0-9]{{1,18}})-([a-z2-7]{{{MAC}}})")
_MEETING = re.compile(rf"mote\+([0-9]{{1,18}})-([a-z2-7]{{{MAC}}})")
_RETURN = re.compile(rf"studs\+([0-9a-z]{{16,64}})-([a-z2-7]{{{MAC // 2}}})")


@dataclass(frozen=True, slots=True)
class Located:
    """What a reply address claims to lead to. Nothing is true of it until `is_ours` has said so."""

    side: Side
    leg_id: int
    mac: str


def reply_address(settings: Settings, leg_id: int, side: Side, generation: int) -> str:
    """Where an answer from this side of a leg is mailed to; empty when no mail is taken in."""
    if not settings.mail_domain:
        return ""
    key = _mac(settings, f"reply:{leg_id}:{side}:{generation}")
    return f"svar+{side[0]}{leg_id}-{key}@{settings.mail_domain}"


def located(settings: Settings, address: str) -> Located | None:
    """Which leg an address under our domain claims to lead to, however its letters are cased."""
    found = _REPLY.fullmatch(_local(settings, address))
    return Located(SIDES[found[1]], int(found[2]), found[3]) if found else None


def is_ours(settings: Settings, one: Located, generation: int) -> bool:
    """Whether we gave that address out, and have not made it anew since."""
    return hmac.compare_digest(one.mac, _mac(settings, f"reply:{one.leg_id}:{one.side}:{generation}"))


def meeting_address(settings: Settings, participant_id: int) -> str:
    """Where a participant's calendar answers its invitation; empty when no mail is taken in."""
    if not settings.mail_domain:
        return ""
    return f"mote+{participant_id}-{_mac(settings, f'meeting:{participant_id}')}@{settings.mail_domain}"


def participant(settings: Settings, address: str) -> int | None:
    """The id of the participant whose `meeting_address` this is, if we gave it out."""
    found = _MEETING.fullmatch(_local(settings, address))
    if found is None or not hmac.compare_digest(found[2], _mac(settings, f"meeting:{found[1]}")):
        return None
    return int(found[1])


def return_path(settings: Settings, message_id: str) -> str:
    """The envelope sender of one letter: what comes back there is about that letter. Empty without a domain."""
    if not settings.mail_domain:
        return ""
    return f"studs+{message_id}-{_mac(settings, f'return:{message_id}')[: MAC // 2]}@{settings.mail_domain}"


def returned(settings: Settings, address: str) -> str | None:
    """The message_id of the letter that an address is the return path of, if we gave it out."""
    found = _RETURN.fullmatch(_local(settings, address))
    if found is None:
        return None
    right = _mac(settings, f"return:{found[1]}")[: MAC // 2]
    return found[1] if hmac.compare_digest(found[2], right) else None


def _local(settings: Settings, address: str) -> str:
    local, _, domain = address.strip().lower().rpartition("@")
    return local if settings.mail_domain and domain == settings.mail_domain else ""


def _mac(settings: Settings, text: str) -> str:
    digest = hmac.digest(settings.signing_key.encode(), b"samvag mail " + text.encode(), "sha256")
    return base64.b32encode(digest)[:MAC].decode("ascii").lower()
