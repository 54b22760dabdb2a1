"""A form that is sent twice acts once: the page carries the signed reference that its question will have."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Sequence

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

from directory.rules.access import Actor
from router.flows import intake
from router.flows.once import Once


def ticket(actor: Actor) -> str:
    """A new ticket for one question of this person."""
    return str(_signer().dumps([actor.account_id, intake.reserve()]))


def reference(sent: str, actor: Actor) -> str | None:
    """The reference in a ticket; None when it was not signed here or is another person's."""
    try:
        account_id, reserved = _signer().loads(sent)
    except (BadSignature, ValueError, TypeError):
        return None
    return str(reserved) if account_id == actor.account_id else None


def message_ticket(actor: Actor) -> str:
    """A new ticket for one message or note of this person."""
    return str(_messages().dumps([actor.account_id, secrets.token_hex(8)]))


def of_message(sent: str, actor: Actor, said: Sequence[str]) -> Once | None:
    """The key of a message by the ticket of its form; what was changed before it was sent again is another message."""
    try:
        account_id, nonce = _messages().loads(sent)
    except (BadSignature, ValueError, TypeError):
        return None
    return key_of(str(nonce), said, fixed=False) if account_id == actor.account_id else None


def key_of(key: str, said: Sequence[str], *, fixed: bool = True) -> Once:
    """A key and what was sent with it. Unless fixed, the same key with other words is another key."""
    digest = _digest(said)
    return Once(_digest([key]) if fixed else _digest([key, digest]), digest)


def _digest(parts: Sequence[str]) -> str:
    return hashlib.sha256(json.dumps(list(parts)).encode()).hexdigest()


def _messages() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.config["SECRET_KEY"]), salt="one message")


def _signer() -> URLSafeSerializer:
    # Unsigned, the reference of somebody else's question could be tried for whether it exists.
    return URLSafeSerializer(str(current_app.config["SECRET_KEY"]), salt="one question")
