"""Letters about the directory: they name the way in and lead to it, and say nothing of any inquiry."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, cast

import pytest

from config.settings import Settings
from router.mail.compose import compose
from router.mail.letters import BadLetter

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
WAY = {"name": "Funktionsbrevlåda\r\nFK–AF", "party": "Arbetsförmedlingen"}
CONFIRM = {**WAY, "path": "/bekrafta/a_B-9", "verified_on": "2026-01-02", "again": False}
DOUBTED = {**WAY, "path": "/vag-in/af-14-fk", "cause": "bounced", "at": "2026-11-22T13:00:00+01:00"}


def write(make_settings: Callable[..., Settings], letter: str, facts: dict[str, Any]) -> EmailMessage:
    settings = make_settings(public_url="https://samvag.example", mail_sender="svara-inte@samvag.example")
    made = compose(
        letter, facts, recipient="brevlada@af.example", message_id="0" * 32, at=AT, settings=settings
    )
    return cast(EmailMessage, message_from_bytes(made.content, policy=default))


def bodies(message: EmailMessage) -> list[str]:
    parts = [message.get_body((kind,)) for kind in ("plain", "html")]
    return [str(cast(EmailMessage, part).get_content()) for part in parts]


@pytest.mark.parametrize(
    ("again", "subject"), [(False, "Stämmer uppgifterna om"), (True, "Påminnelse: stämmer uppgifterna om")]
)
def test_a_mailbox_is_asked_without_signing_in(
    make_settings: Callable[..., Settings], again: bool, subject: str
) -> None:
    message = write(make_settings, "confirm", {**CONFIRM, "again": again})
    assert str(message["Subject"]) == f"{subject} Funktionsbrevlåda FK–AF?"
    for text in bodies(message):
        assert "Stämmer uppgifterna fortfarande?" in text and "2 januari 2026" in text
        assert text.count("://") == text.count("https://samvag.example/bekrafta/a_B-9") == 1
        assert "Ärendenummer" not in text
        assert ("en påminnelse" in text) is again


@pytest.mark.parametrize(
    ("cause", "sentence"),
    [
        ("bounced", "Brev till brevlådan kommer inte fram"),
        ("has_quit", "Den som bevakade brevlådan har slutat"),
        ("personal", "Brevlådan är personlig: den svarar att någon är borta"),
        ("handed_back", "Frågor lämnas tillbaka som fel väg"),
    ],
)
def test_who_answers_for_a_way_in_is_told_what_put_it_in_doubt(
    make_settings: Callable[..., Settings], cause: str, sentence: str
) -> None:
    message = write(make_settings, "doubted", {**DOUBTED, "cause": cause})
    assert str(message["Subject"]) == "Okontrollerad: Funktionsbrevlåda FK–AF"
    for text in bodies(message):
        assert sentence in text and "söndag 22 november 2026, 13.00" in text
        assert text.count("://") == text.count("https://samvag.example/vag-in/af-14-fk") == 1


@pytest.mark.parametrize(
    ("letter", "facts"),
    [
        ("confirm", {**CONFIRM, "path": "//evil.example"}),
        ("confirm", {**CONFIRM, "again": "ja"}),
        ("confirm", {**CONFIRM, "verified_on": "i fjol"}),
        ("doubted", {**DOUBTED, "cause": "tired"}),
        ("doubted", WAY),
    ],
)
def test_what_can_never_be_a_letter_is_refused(
    make_settings: Callable[..., Settings], letter: str, facts: dict[str, Any]
) -> None:
    with pytest.raises(BadLetter):
        write(make_settings, letter, facts)
