"""Which addresses under our domain are nobody's mailbox and still ours: they lead back, or to whoever runs this."""

from __future__ import annotations

from collections.abc import Iterable

from config.settings import Settings
from router.mail.reply_to import located, participant, returned
from router.records.receiving import OwnerKind

# RFC 5321 4.5.1 and RFC 2142: they must reach somebody; the first of them without a domain as well.
ROLES = ("postmaster", "abuse")


def kinds(settings: Settings, addresses: Iterable[str]) -> dict[str, OwnerKind | None]:
    """What each address is without asking a database; None: at most a mailbox's. Keys in lower case."""
    folded = {address.strip().lower() for address in addresses}
    return {address: _kind(settings, address) for address in folded}


def _kind(settings: Settings, address: str) -> OwnerKind | None:
    if located(settings, address):
        return "reply"
    if returned(settings, address):
        return "return"
    if participant(settings, address) is not None:
        return "meeting"
    local, _, domain = address.partition("@")
    if (local in ROLES and domain == settings.mail_domain) or address == ROLES[0]:
        return "postmaster"
    return None
