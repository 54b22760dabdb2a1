"""The letters of a demonstration: what would have been sent, read from the folder they lie in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from mailbox import Maildir, MaildirMessage
from pathlib import Path

from flask import Blueprint, abort, render_template

from directory.web.session import required, settings

blueprint = Blueprint("letters", __name__)
NEWEST = 100


@dataclass(frozen=True, slots=True)
class Letter:
    name: str
    at: datetime
    recipient: str
    subject: str
    text: str
    has_invitation: bool


@blueprint.get("/brev")
def all_letters() -> str:
    _only_in_demonstrations()
    folder = _folder()
    letters = [_read(folder, name) for name in folder.iterkeys()] if folder is not None else []
    letters.sort(key=lambda one: one.at, reverse=True)
    return render_template("letters/letters.html", letters=letters[:NEWEST], count=len(letters))


@blueprint.get("/brev/<name>")
def one_letter(name: str) -> str:
    _only_in_demonstrations()
    folder = _folder()
    # The name is looked up among those that are there, never made into a path.
    if folder is None or name not in folder:
        abort(404)
    return render_template("letters/letter.html", letter=_read(folder, name))


def _only_in_demonstrations() -> None:
    if settings().environment == "production" or settings().mail_host:
        abort(404)
    required()


def _folder() -> Maildir | None:
    path: Path = settings().data_dir / "letters"
    return Maildir(path, create=False) if path.exists() else None


def _read(folder: Maildir, name: str) -> Letter:
    found: MaildirMessage = folder[name]
    message = BytesParser(EmailMessage, policy=policy.default).parsebytes(found.as_bytes())
    body = message.get_body(("plain",))
    return Letter(
        name=name,
        at=parsedate_to_datetime(str(message["Date"])),
        recipient=str(message["To"]),
        subject=str(message["Subject"]),
        text=str(body.get_content()) if body is not None else "",
        has_invitation=any(part.get_content_type() == "text/calendar" for part in message.walk()),
    )
