"""What stands before every operation: who is calling, JSON that is JSON, and shapes that fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request
from pydantic import ValidationError
from werkzeug.exceptions import BadRequest

from config.errors import Invalid, Refused
from directory.web import session
from router.flows.once import Once
from router.web.api.shapes import Key, Shape
from router.web.once import key_of

LONGEST_POINTER = 80
# The catalogue's codes for pydantic's; what is nowhere here is told as `bad_value`.
CODES = {
    "missing": "missing_field",
    "extra_forbidden": "unknown_field",
    "string_too_short": "empty",
    "string_unicode": "bad_characters",
    "string_pattern_mismatch": "bad_characters",
    "bad_moment": "bad_moment",
    "no_offset": "no_offset",
}
TYPES = {
    "string_type": "text",
    "int_type": "number",
    "int_parsing": "number",
    "int_from_float": "number",
    "bool_type": "truth",
}


class NotJson(Refused):
    """The body is of another media type."""

    status = 415
    usual_code = "not_json"


def signed_in() -> None:
    """Let nobody through who is not signed in. Registered before a blueprint's operations."""
    session.required()


def reader() -> None:
    """Let everybody through while the directory is open, otherwise only who is signed in."""
    session.reader()


def json_object() -> None:
    """Demand that a body, if there is one, is a JSON object. Registered before a blueprint's operations."""
    if request.method != "GET" and request.get_data():
        sent()


def sent() -> dict[str, Any]:
    """The JSON object of the request. Raises Refused with 415, 400 or 422."""
    if not request.is_json:
        raise NotJson()
    try:
        value = request.get_json()
    except (BadRequest, RecursionError):
        raise Refused("bad_json", field="") from None
    if not isinstance(value, dict):
        raise Invalid("not_an_object", field="")
    return value


def once(header: Key, body: Shape) -> Once | None:
    """What makes this request and the same one sent again one; None when the caller has named no key."""
    if header.key is None:
        return None
    return key_of(header.key, (request.method, request.path, body.model_dump_json()))


def refuse(error: ValidationError) -> None:
    """Turn what pydantic found into our own refusal, with a pointer to each field. Never returns."""
    found = error.errors(include_url=False, include_input=False)
    if any(not item["loc"] for item in found):
        # The library read a body that is no JSON as nothing at all; say what was really wrong.
        sent()
    first, *others = [_wrong(item) for item in found]
    first.others = others
    raise first


def _wrong(item: Any) -> Invalid:
    field = "".join(f"/{_escape(str(part))}" for part in item["loc"])[:LONGEST_POINTER]
    code, facts = _told(item["type"], item.get("ctx", {}))
    if code == "bad_characters" and field == "/area":
        code = "bad_area"
    return Invalid(code, field=field, **facts)


def _told(kind: str, context: Mapping[str, Any]) -> tuple[str, dict[str, str | int]]:
    """The catalogue's code and its facts for one of pydantic's."""
    if kind in TYPES:
        return "wrong_type", {"wanted": TYPES[kind]}
    if kind == "string_too_long":
        return "too_long", {"longest": context["max_length"]}
    if kind == "less_than_equal":
        return "at_most", {"limit": context["le"]}
    if kind == "greater_than_equal":
        return "at_least", {"limit": context["ge"]}
    if kind == "literal_error":
        choices = context["expected"].replace("'", "").replace(" or ", ", ").removeprefix(", ")
        return "unknown_choice", {"choices": choices}
    return CODES.get(kind, "bad_value"), {}


def _escape(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")
