"""Which mail domains may be said to be a party's own. Anybody can have an address at a public provider."""

from __future__ import annotations

import re

from config.errors import Invalid

LONGEST = 253
PUBLIC = frozenset(
    """
    aol.com bahnhof.se bredband.net bredband2.com comhem.se duck.com fastmail.com gmail.com gmx.at gmx.com gmx.de
    gmx.net googlemail.com hey.com home.se hotmail.co.uk hotmail.com hotmail.se hushmail.com icloud.com live.com
    live.se mac.com mail.com mail.ru me.com msn.com mykolab.com netscape.net outlook.com outlook.se passagen.se
    pm.me posteo.de posteo.net privat.utfors.se proton.me protonmail.ch protonmail.com riseup.net rocketmail.com
    runbox.com spray.se swipnet.se tele2.se telia.com tiscali.se tuta.com tuta.io tutamail.com tutanota.com
    utfors.se yahoo.com yahoo.co.uk yahoo.se yandex.com yandex.ru ymail.com zoho.com zohomail.eu
    """.split()
)
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
# Ends that are nobody's own: all of a country, or of a kind within it.
_TOO_WIDE = frozenset({"se", "nu", "com", "org", "net", "eu", "co.uk", "gov.se", "kommun.se", "example"})


def own(text: str, *, ours: str) -> str:
    """A domain in its plain form. Raises Invalid for what is none, is public, or is the domain of this installation."""
    domain = _plain(text)
    if not _DOMAIN.fullmatch(domain) or len(domain) > LONGEST or domain in _TOO_WIDE:
        raise Invalid("bad_domain", field="/domain", value=text.strip()[:80])
    if domain in PUBLIC or any(domain.endswith("." + one) for one in PUBLIC):
        raise Invalid("public_domain", field="/domain", domain=domain)
    if ours and (domain == ours or domain.endswith("." + ours) or ours.endswith("." + domain)):
        raise Invalid("our_domain", field="/domain", domain=domain)
    return domain


def host(text: str) -> str:
    """The name of a mail server. Raises Invalid."""
    name = _plain(text)
    if not _HOST.fullmatch(name) or len(name) > LONGEST:
        raise Invalid("bad_host_name", field="/host", value=text.strip()[:80])
    return name


def _plain(text: str) -> str:
    name = text.strip().rstrip(".").lower().removeprefix("@")
    try:
        # Written with Swedish letters it is stored as it stands in mail.
        return name.encode("idna").decode("ascii") if name and not name.isascii() else name
    except UnicodeError:
        return ""
