"""Mail addresses as they may stand in a header and on an envelope."""

from __future__ import annotations

import re
from email.headerregistry import Address

from router.mail.letters import BadLetter

# A functional mailbox has a plain address. Quoted local parts, comments and lists are no such thing.
ATOM = r"[\w!#$%&'*+/=?^`{|}~-]+"
PLAIN = re.compile(rf"({ATOM}(?:\.{ATOM})*)@([\w-]+(?:\.[\w-]+)*)")
LONGEST = 254


def read(text: str, what: str, *, name: str = "") -> Address:
    """One address, its domain in ASCII. Anything more or less than one plain address raises BadLetter."""
    found = PLAIN.fullmatch(text)
    if found is None or len(text) > LONGEST:
        raise BadLetter(f"{what} is no mail address")
    try:
        return Address(name, found[1], found[2].encode("idna").decode("ascii"))
    except ValueError as error:
        raise BadLetter(f"{what} is no mail address") from error
