"""The API's description in OpenAPI 3.1: what every operation may answer, and how to say who is calling."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_openapi import Info, SecurityScheme
from pydantic import BaseModel

VERSION = "3.1.1"
BEARER: dict[str, list[str]] = {"bearer": []}
SESSION: dict[str, list[str]] = {"session": []}
FORGERY_PROOF: dict[str, list[str]] = {"session": [], "csrf": []}
NOBODY: dict[str, list[str]] = {}
READS = [BEARER, SESSION]
WRITES = [BEARER, FORGERY_PROOF]
OPEN = [NOBODY, BEARER, SESSION]

# Every operation may answer these; those of its own come on top.
ALWAYS = (400, 500, 503)
MEANINGS = {
    400: "The request cannot be understood.",
    401: "Nobody is signed in, or the token is not valid.",
    403: "The caller may know of this, but not do it.",
    404: "No such thing, or not the caller's to know of.",
    409: "The thing is not in a state that allows this, or the directory has no way for it.",
    413: "The request is too large.",
    415: "The body is not JSON.",
    422: "A value cannot be used; `pointer` says which.",
    500: "A fault of ours. Nothing was stored.",
    503: "Cannot be done just now; try again later.",
}


def answers(status: int, shape: type[BaseModel], *refusals: int) -> dict[Any, Any]:
    """The documented answers of an operation: its own, and every refusal it can give."""
    return {status: shape} | _refusals(refusals)


def files(kinds: Iterable[str], *refusals: int) -> dict[Any, Any]:
    """The documented answers of an operation that gives a file, of any of these media types."""
    content: dict[str, Any] = {
        kind: {"schema": {} if kind == "application/json" else {"type": "string", "format": "binary"}}
        for kind in kinds
    }
    return {200: {"description": "A file.", "content": content}} | _refusals(refusals)


def _refusals(refusals: Iterable[int]) -> dict[Any, Any]:
    described: dict[Any, Any] = {}
    for code in sorted({*ALWAYS, *refusals}):
        described[code] = {
            "description": MEANINGS[code],
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    return described


def information() -> Info:
    """What the document says about itself."""
    return Info(
        title="Samväg",
        version="1",
        description="Find the way in to another organisation, ask, and see that the answer comes in time. "
        "Reading the directory is open; everything about inquiries needs a bearer token, or a "
        "session and its CSRF token. Refusals are application/problem+json (RFC 9457). Times are RFC 3339.",
    )


def security_schemes(cookie: str) -> dict[str, SecurityScheme | dict[str, Any]]:
    """The ways to say who is calling."""
    return {
        "bearer": SecurityScheme(type="http", scheme="bearer", description="From `samvag account token`."),
        "session": SecurityScheme.model_validate(
            {"type": "apiKey", "in": "cookie", "name": cookie, "description": "As set by signing in."}
        ),
        "csrf": SecurityScheme.model_validate(
            {"type": "apiKey", "in": "header", "name": "X-CSRFToken", "description": "With a session only."}
        ),
    }
