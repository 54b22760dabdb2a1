"""Expected refusals: nouns with facts. One place (config/web.py) turns them into a page or problem+json."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class Refused(Exception):
    """Something was not done, for a reason the person can be told. Nothing was changed."""

    status = 400
    usual_code = "bad_request"

    def __init__(self, code: str | None = None, *, field: str | None = None, **facts: str | int) -> None:
        self.code = code or self.usual_code
        super().__init__(self.code)
        self.field = field
        self.facts = facts

    def members(self) -> dict[str, Any]:
        """What a program is told beside the sentence, as members of problem+json."""
        return dict(self.facts)


class NotSignedIn(Refused):
    """No valid session or token came with the request."""

    status = 401
    usual_code = "not_signed_in"


class NotAllowed(Refused):
    """The policy says no to this function; the object itself is no secret to the caller."""

    status = 403
    usual_code = "not_allowed"


class NotFound(Refused):
    """No such thing, or not the caller's to know of: the two look the same from outside."""

    status = 404
    usual_code = "not_found"


class Conflict(Refused):
    """The thing is not in a state that allows this; somebody else may have been first."""

    status = 409


class Invalid(Refused):
    """A value the caller sent cannot be used. `field` is a JSON pointer to it; `others` were wrong as well."""

    status = 422
    others: Sequence[Invalid] = ()


class Unavailable(Refused):
    """Cannot be done just now; trying again later is right."""

    status = 503
