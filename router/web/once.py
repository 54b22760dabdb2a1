"""A form that is sent twice acts once: the page carries the signed reference that its question will have."""

from __future__ import annotations

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

from directory.rules.access import Actor
from router.flows import intake


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


def _signer() -> URLSafeSerializer:
    # Unsigned, the reference of somebody else's question could be tried for whether it exists.
    return URLSafeSerializer(str(current_app.config["SECRET_KEY"]), salt="one question")
