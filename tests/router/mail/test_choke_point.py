"""Every letter goes through one place: both languages, where an answer goes, the guard, and no header from outside."""

from __future__ import annotations

import itertools
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, cast

import dkim
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.settings import Settings
from router.mail import letters, mime, wording
from router.mail.compose import Going, Withheld, compose, thread_of
from router.mail.letters import BadLetter
from tests.router.mail.test_compose import EVERY, FACTS, MEETING, RECIPIENT, REFERENCE
from tests.router.mail.test_directory_letters import CONFIRM, DOUBTED

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
LEFT = "0123456789abcdef0123456789abcdef"
# One of Skatteverket's published test numbers.
NUMBER = "19900101-2385"
ALL: dict[str, dict[str, Any]] = {
    **{letter: {**EVERY, **facts} for letter, facts in FACTS.items()},
    "confirm": CONFIRM,
    "doubted": DOUBTED,
    "returned": {"path": "/", "reason": "identity_number"},
    "trial": {"path": "/"},
    "unreached": {"path": "/underhall", "letter": "digest"},
    "digest": {"path": "/paminnelser", "named": [{**EVERY, **FACTS["reminder"]}], "more": 1},
}


@pytest.fixture
def settings(make_settings: Callable[..., Settings]) -> Settings:
    return make_settings(public_url="https://samvag.example", mail_sender="svara-inte@samvag.example")


def write(settings: Settings, letter: str, going: Going | None = None, **changes: Any) -> EmailMessage:
    recipient, message_id = changes.pop("recipient", RECIPIENT), changes.pop("message_id", LEFT)
    made = compose(
        letter,
        {**ALL[letter], **changes},
        recipient=recipient,
        message_id=message_id,
        at=AT,
        settings=settings,
        going=going or Going(),
    )
    return read(made.content)


def read(content: bytes) -> EmailMessage:
    message = cast(EmailMessage, message_from_bytes(content, policy=default))
    assert not [defect for part in message.walk() for defect in part.defects]
    return message


def everything(message: EmailMessage) -> str:
    """Headers and parts, as somebody with any mail program could read them."""
    parts = [str(part.get_content()) for part in message.walk() if part.get_content_maintype() == "text"]
    return "\n".join([*(f"{name}: {value}" for name, value in message.items()), *parts])


def text(message: EmailMessage) -> str:
    return str(cast(EmailMessage, message.get_body(("plain",))).get_content()).replace("\r\n", "\n")


def test_every_letter_that_there_is_has_words_in_both_languages() -> None:
    assert set(ALL) == {*letters.LETTERS, *letters.DIRECTORY}
    folder = wording.TEMPLATES / "mail"
    for letter, language in itertools.product(ALL, wording.LANGUAGES):
        assert (folder / letter / f"{language}.txt").exists(), (letter, language)


@pytest.mark.parametrize("letter", ALL)
def test_an_english_letter_says_the_same_and_nothing_in_swedish(settings: Settings, letter: str) -> None:
    swedish, english = write(settings, letter), write(settings, letter, Going(language="en"))

    words = everything(english).replace("Samväg", "").replace(CONFIRM["party"], "")
    words = words.replace("Funktionsbrevlåda", "")
    assert not set("åäöÅÄÖ") & set(words)
    assert 'lang="en"' in everything(english)
    assert len(text(english).splitlines()) == len(text(swedish).splitlines())
    assert english["Subject"] != swedish["Subject"]


def test_times_are_told_as_the_language_tells_them(settings: Settings) -> None:
    english = write(settings, "asked", Going(language="en"))

    assert english["Subject"] == f"{REFERENCE}: new question, answer by Thursday 26 November"
    assert "Answer by:" in text(english) and "Thursday 26 November 2026, 16:30" in text(english)


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_only_who_can_answer_by_mail_is_told_so_and_what_not_to_write(
    settings: Settings, language: str
) -> None:
    can, cannot = {
        "sv": ("Svara på det här mejlet", "Det går inte att svara"),
        "en": ("Reply to this message", "You cannot reply"),
    }[language]
    address = "svar+d7-abcdefghijklmnopqrstuvwxyz@svar.samvag.example"

    with_way = write(settings, "asked", Going(language, reply_to=address))
    without = write(settings, "asked", Going(language))

    assert with_way["Reply-To"] == address
    assert can in text(with_way) and cannot not in text(with_way)
    assert "personuppgifter" in text(with_way) or "personal data" in text(with_way)
    assert without["Reply-To"] is None
    assert cannot in text(without) and can not in text(without)


def test_letters_of_one_inquiry_to_one_recipient_belong_together(settings: Settings) -> None:
    root = thread_of(settings, 7, RECIPIENT)
    asked, answered = (write(settings, one, Going(thread=root)) for one in ("asked", "answered"))

    assert asked["References"] == asked["In-Reply-To"] == answered["References"] == f"<{root}@samvag.example>"
    assert thread_of(settings, 8, RECIPIENT) != root != thread_of(settings, 7, "annan@af.example")


@pytest.mark.parametrize("letter", ALL)
def test_every_letter_says_that_a_machine_wrote_it_and_which(settings: Settings, letter: str) -> None:
    message = write(settings, letter)

    by_mail = letter in ("received", "returned")
    assert message["Auto-Submitted"] == ("auto-replied" if by_mail else "auto-generated")
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message["X-Samvag-Instance"] == "samvag.example"
    assert message["X-Samvag-Hops"] == "1"


def test_content_stands_in_both_bodies_as_text(settings: Settings) -> None:
    message = write(settings, "asked", Going(content="Kan ni ses?\r\n\r\n<b>Hälsar</b> FK\x00"))

    assert "Frågan:\n\nKan ni ses?\n\n<b>Hälsar</b> FK\n" in text(message)
    html = cast(EmailMessage, message.get_body(("html",))).get_content().replace("\r\n", "\n")
    assert "Kan ni ses?\n\n&lt;b&gt;Hälsar&lt;/b&gt; FK" in html
    assert "ska vara avidentifierad" in text(message)


@pytest.mark.parametrize(
    ("letter", "going", "changes"),
    [
        ("meeting_booked", Going(), {"place": f"Sal 3, fråga efter {NUMBER}"}),
        ("meeting_cancelled", Going("en"), {"place": f"Sal 3, {NUMBER}"}),
        ("confirm", Going(), {"name": f"Väg in {NUMBER}"}),
        ("doubted", Going(), {"party": f"Part {NUMBER}"}),
        ("asked", Going(content=f"Det gäller {NUMBER}."), {}),
        ("answered", Going("en", content=f"Det gäller {NUMBER}."), {}),
    ],
)
def test_a_letter_that_would_say_an_identity_number_only_leads_to_samvag(
    settings: Settings, letter: str, going: Going, changes: dict[str, Any]
) -> None:
    facts = {**ALL[letter], **changes}
    made = compose(letter, facts, recipient=RECIPIENT, message_id=LEFT, at=AT, settings=settings, going=going)

    assert (made.is_withheld, made.has_content) == (True, False)
    assert NUMBER not in everything(read(made.content)) and b"2385" not in made.content
    assert f"https://samvag.example{facts['path']}" in text(read(made.content))


def test_a_recipient_that_is_an_identity_number_gets_no_letter_at_all(settings: Settings) -> None:
    with pytest.raises(Withheld):
        write(settings, "asked", recipient=f"{NUMBER}@kommun.example")


def test_what_was_drawn_by_chance_may_look_like_a_number(settings: Settings) -> None:
    going = Going(reply_to="svar+d7-aaaaaaaaaaaaaa@svar.samvag.example", thread="arende.x199001012385x")
    drawn = "x199001012385x" * 2
    made = compose(
        "confirm",
        {**CONFIRM, "path": f"/bekrafta/{drawn}"},
        recipient=RECIPIENT,
        message_id=drawn,
        at=AT,
        settings=settings,
        going=going,
    )

    assert not made.is_withheld


MARKS = ["\r\n", "\n", "\r", "\x00", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\u202e", "\x7f"]
TAILS = [
    "Bcc: evil@elsewhere.example",
    " folded: 1",
    "\r\n\r\n<script>x</script>",
    "Content-Type: text/html",
    "=?utf-8?q?=0D=0ABcc:_x?=",
]
PAYLOADS = [mark + tail for mark, tail in itertools.product(MARKS, TAILS)]
WHERE = ["name", "party", "place", "recipient", "reply_to", "thread", "message_id", "path"]


@pytest.mark.parametrize("where", WHERE)
def test_sixty_payloads_add_no_header_anywhere(settings: Settings, where: str) -> None:
    assert len(PAYLOADS) == 60
    letter = "meeting_booked" if where == "place" else "confirm"
    plain = [(part.get_content_type(), sorted(part.keys())) for part in write(settings, letter).walk()]
    for payload in PAYLOADS:
        going, changes = Going(), {}
        if where in ("reply_to", "thread"):
            going = Going(**{where: f"a@samvag.example{payload}"})
        else:
            usual = {"recipient": RECIPIENT, "message_id": LEFT, **CONFIRM, "place": MEETING["place"]}
            changes = {where: f"{usual[where]}{payload}"}
        try:
            message = write(settings, letter, going, **changes)
        except BadLetter:
            continue
        assert where in ("name", "party", "place")
        assert [(part.get_content_type(), sorted(part.keys())) for part in message.walk()] == plain
        for name in ("Subject", "To", "From"):
            assert len(str(message[name]).splitlines()) == 1
        assert "<script>" not in cast(EmailMessage, message.get_body(("html",))).get_content()


@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=200))
def test_a_subject_is_read_as_it_was_written(words: str) -> None:
    if letters.CONTROL.search(words):
        return
    subject = " ".join(words.split())
    content = mime.assemble(
        {"Subject": mime.words(subject, "Subject")}, [mime.Part("text/plain", "x")], boundary="b"
    )

    assert max(map(len, content.split(b"\r\n"))) <= 78
    assert message_from_bytes(content, policy=default)["Subject"] == subject


@pytest.fixture(scope="module")
def keys() -> tuple[str, bytes]:
    """A private key in PEM, and the public one as DNS would hold it."""
    private = openssl("genrsa", "-traditional", "2048", given=b"")
    public = openssl("rsa", "-pubout", given=private)
    return private.decode(), b"v=DKIM1; k=rsa; p=" + b"".join(public.splitlines()[1:-1])


def openssl(*words: str, given: bytes) -> bytes:
    done = subprocess.run(["openssl", *words], input=given, capture_output=True, check=True)
    return done.stdout


@pytest.mark.parametrize("letter", ["asked", "meeting_booked", "digest"])
def test_a_letter_is_signed_when_there_is_a_key_and_every_change_is_seen(
    settings: Settings, keys: tuple[str, bytes], letter: str
) -> None:
    private, public = keys
    signing = settings.model_copy(update={"dkim_selector": "brev", "dkim_key": private})
    made = compose(
        letter,
        ALL[letter],
        recipient="växjö@å.example" if letter == "asked" else RECIPIENT,
        message_id=LEFT,
        at=AT,
        settings=signing,
        going=Going(reply_to="svar+d7-a@svar.samvag.example"),
    )
    asked_for: list[bytes] = []

    def found(name: bytes, timeout: int = 5) -> bytes:
        asked_for.append(name)
        return public

    def holds(content: bytes) -> bool:
        return bool(dkim.verify(content, dnsfunc=found))

    assert holds(made.content)
    assert asked_for == [b"brev._domainkey.samvag.example."]
    assert made.content.startswith(b"DKIM-Signature: ")
    assert not holds(made.content.replace(b"samvag.example/", b"evil.example/", 1))
    assert not holds(made.content.replace(b"\r\nTo: ", b"\r\nTo: evil@elsewhere.example, ", 1))
    assert not holds(b"Subject: annat\r\n" + made.content)


def test_a_key_that_is_none_is_the_installations_fault(settings: Settings) -> None:
    signing = settings.model_copy(update={"dkim_selector": "brev", "dkim_key": "no key"})

    with pytest.raises(ValueError, match="DKIM"):
        write(signing, "asked")
