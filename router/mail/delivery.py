"""What handing over one letter came to, in the words that the outbox acts on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from router.mail.letters import CONTROL
from router.rules.terms import MailState

LONGEST_REPLY = 300
# Replies about our session rather than about this letter: closing, out of order, or not signed in.
OF_THE_SESSION = frozenset({421, 503, 530, 534, 535, 538})
# Not being let in: a person must see to the name and the password.
SHUT_OUT = frozenset({530, 534, 535, 538})


@dataclass(frozen=True, slots=True)
class Delivery:
    """The outcome of one attempt.

    `sent`: the next server has answered for it. `ready`: it does not have it, try again. `uncertain`: it may
    have it, try again with the same bytes. `failed`: it never will take it. `is_host_problem`: no other
    letter would have fared better just now. `is_shut_out`: because our own name or password is refused.
    """

    state: MailState
    reply: str
    is_host_problem: bool = False
    is_shut_out: bool = False


class Transport(Protocol):
    """Whatever takes letters. Never raises for what a server or disk does; says so in the Delivery."""

    def send(self, content: bytes, recipient: str, sender: str) -> Delivery:
        """Hand over one letter; an empty sender is the null sender."""
        ...

    def rest(self) -> None:
        """There is nothing more to send for now: let go of what is held open."""
        ...


def tidy(reply: str) -> str:
    """A server's words on one line, short enough to be kept in the row."""
    return " ".join(CONTROL.sub(" ", reply).split())[:LONGEST_REPLY]


def as_said(code: int, words: bytes) -> str:
    """A reply as it is kept in the row; what is no reply at all (code -1) is shown as bytes."""
    return tidy(f"{code} {words.decode('utf-8', 'replace')}" if code >= 0 else repr(words[:80]))


def refused(code: int, words: bytes) -> Delivery | None:
    """What a refusal means for the letter; None when the reply is no refusal."""
    if code in OF_THE_SESSION:
        return Delivery(
            MailState.READY, as_said(code, words), is_host_problem=True, is_shut_out=code in SHUT_OUT
        )
    if 400 <= code < 500:
        return Delivery(MailState.READY, as_said(code, words))
    if 500 <= code < 600:
        return Delivery(MailState.FAILED, as_said(code, words))
    return None


def dot_stuffed(content: bytes) -> bytes:
    """The content as it goes on the wire before the final dot (RFC 5321, 4.5.2)."""
    stuffed = content.replace(b"\r\n.", b"\r\n..")
    if stuffed.startswith(b"."):
        stuffed = b"." + stuffed
    return stuffed if stuffed.endswith(b"\r\n") else stuffed + b"\r\n"
