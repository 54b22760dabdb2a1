"""Which mail domain is this installation's own: told once at the start, as a fact that rules are handed."""

from __future__ import annotations

_domain = ""


def tell(domain: str) -> None:
    """Say it, in lower case; empty where no mail is taken in."""
    global _domain
    _domain = domain


def domain() -> str:
    return _domain
