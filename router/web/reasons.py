"""Why a promise falls due when it does, said shortly beside its date."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from config.words import Because, explain, say


def from_today(because: Because) -> str:
    """Before sending: counted from today."""
    return _say("from_today", because.code, because.facts) or explain(because)


def afterwards(because: Mapping[str, Any]) -> str:
    """On a stored promise: counted from the day the question came."""
    return _say("afterwards", because["code"], because["facts"]) or explain(because)


def _say(table: str, code: str, facts: Mapping[str, Any]) -> str:
    # A red day is called by its name; any other closed day is a Saturday or Sunday, which its date says.
    key = f"{table}.{code}.holiday" if facts.get("holiday") else f"{table}.{code}"
    words = say(key, **facts)
    return "" if words == key else words
