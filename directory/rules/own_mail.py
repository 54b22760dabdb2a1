"""Addresses under the installation's own mail domain: nobody's, since a letter there would come back to itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from unicodedata import normalize

from directory.rules.rows import Line
from directory.rules.sheets import Fault, Value

EMAIL = "email="


def is_own(address: str, own_domain: str) -> bool:
    """Whether mail to this address comes to ourselves, however it is cased and whatever letters its domain has."""
    domain = address.strip().rpartition("@")[2]
    return bool(own_domain and domain) and _plain(domain) == _plain(own_domain)


def of_record(address: Value, channels: Value) -> Iterator[tuple[str, str]]:
    """The field and address of every mail address that an entry point has."""
    if address:
        yield "mailbox_address", str(address)
    for one in channels if isinstance(channels, list) else ():
        if one.startswith(EMAIL):
            yield "channels", one.removeprefix(EMAIL)


def faults(lines: Sequence[Line], own_domain: str) -> Iterator[Fault]:
    """Of these entry points every address that is our own."""
    for line in lines:
        for field, address in of_record(line.record["mailbox_address"], line.record["channels"]):
            if is_own(address, own_domain):
                yield Fault("entry_points.csv", line.number, field, "own_mail_domain", {"value": address})


def _plain(domain: str) -> str:
    """As it stands in the DNS (RFC 5891), as far as it can be written so."""
    folded = normalize("NFKC", domain).casefold().replace("\u3002", ".").rstrip(".")
    return ".".join(_labels(folded.split(".")))


def _labels(labels: Iterable[str]) -> Iterator[str]:
    for label in labels:
        try:
            yield label.encode("idna").decode("ascii")
        except UnicodeError:
            yield label
