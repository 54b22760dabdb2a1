"""What other people's mailboxes do by themselves: answer that somebody is away, and send everything on."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

from tests.router.simulation.post import Post, Posted, Rule

_NUMBERS = itertools.count(1)


def written(
    sender: str, recipient: str, subject: str, text: str, *, headers: str = "", envelope: str | None = None
) -> Posted:
    """A mail as somebody's program writes it."""
    domain = sender.rpartition("@")[2]
    lines = (
        f"From: {sender}\nTo: {recipient}\nSubject: {subject}\nMessage-ID: <{next(_NUMBERS)}.x@{domain}>\n"
        f"{headers}MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
        f"Content-Transfer-Encoding: 8bit\n\n{text}\n"
    )
    return Posted(
        lines.replace("\n", "\r\n").encode(), sender if envelope is None else envelope, recipient, domain
    )


def to_whom(mail: Posted, *, by_reply_to: bool) -> str:
    """Where a program answers: to the return path as RFC 3834 asks, or as a person would."""
    if by_reply_to:
        return str(mail.message["Reply-To"] or mail.message["From"]).rpartition("<")[2].rstrip(">")
    return mail.sender


def away(address: str, *, is_marked: bool) -> Rule:
    """A vacation responder that answers every single mail. Without its mark it looks as a person who wrote."""

    def rule(mail: Posted) -> Iterator[Posted]:
        if is_marked and (not mail.sender or mail.message["Auto-Submitted"] == "auto-replied"):
            return
        to = to_whom(mail, by_reply_to=not is_marked)
        if to:
            head = "Auto-Submitted: auto-replied\nX-Auto-Response-Suppress: All\n" if is_marked else ""
            subject = "Autosvar: Frånvaro" if is_marked else "Hej"
            yield written(
                address,
                to,
                f"=?utf-8?q?{subject.replace(' ', '_').replace('å', '=C3=A5')}?=",
                "Jag kommer tillbaka den 7 december.",
                headers=head,
                envelope="" if is_marked else None,
            )

    return rule


def growing(address: str) -> Rule:
    """A robot without any mark that answers everything as a person would, and whose subject grows each time."""
    subjects: list[str] = []

    def rule(mail: Posted) -> Iterator[Posted]:
        subjects.append("Mottaget")
        subject = " ".join(subjects)
        text = f"Mottaget, nummer {len(subjects)}. " + " ".join(
            "abcdefgh"[one % 8] * 3 for one in range(len(subjects))
        )
        yield written(address, to_whom(mail, by_reply_to=True), subject, text)

    return rule


def sending_on(*recipients: str, written_anew_as: str = "") -> Rule:
    """A rule that sends everything on: as it stands, or as a new mail of somebody's with none of its marks."""

    def rule(mail: Posted) -> Iterable[Posted]:
        for recipient in recipients:
            if not written_anew_as:
                trace = f"Received: from {mail.origin} by mx.ring.example\r\n".encode()
                yield Posted(trace + mail.content, mail.sender, recipient, mail.origin)
                continue
            message = mail.message
            first = next((one for one in message.walk() if one.get_content_type() == "text/plain"), message)
            payload = first.get_payload(decode=True)
            text = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
            yield written(written_anew_as, recipient, str(message["Subject"]), text.replace("\r\n", "\n"))

    return rule


__all__ = ["Post", "away", "growing", "sending_on", "written"]
