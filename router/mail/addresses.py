"""Mail addresses as they may stand in a header and on an envelope."""

from __future__ import annotations

from email.errors import HeaderParseError
from email.headerregistry import Address

from router.mail import letters
from router.mail.letters import BadLetter


def read(text: str, what: str, *, name: str = "") -> Address:
    """One address, its domain in ASCII. Anything more or less than one plain address raises BadLetter."""
    try:
        address = Address(name, addr_spec=letters.line(text, what))
        domain = address.domain if address.domain.isascii() else address.domain.encode("idna").decode("ascii")
    except (ValueError, HeaderParseError, IndexError) as error:
        raise BadLetter(f"{what} is no mail address") from error
    if not domain or not address.username:
        raise BadLetter(f"{what} is no mail address")
    return Address(name, address.username, domain)
