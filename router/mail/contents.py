"""What the parts of a mail are to a reader: the text, its HTML, and the files beside it."""

from __future__ import annotations

from dataclasses import dataclass, field

from router.mail import bodies, charsets, fields, names, readable, signed, structure, tnef
from router.mail.fields import Valued
from router.mail.parsed import File
from router.mail.structure import Entity
from router.mail.view import Part

# Beyond these a mail is kept and said to be not unpacked (I09).
FILES = 100
# Letters of the text, and of the HTML, that are kept; the rest can be read in the mail itself.
LONGEST = 1_000_000

_TNEF = frozenset({"application/ms-tnef", "application/vnd.ms-tnef", "application/x-ms-tnef"})
_SIGNED = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
# Texts that are no letter: files, whether they have a name or not.
_FILE_TEXTS = frozenset(
    "text/calendar text/x-vcalendar text/vcard text/x-vcard text/directory text/csv text/comma-separated-values "
    "text/xml text/rtf text/css text/javascript text/tab-separated-values text/json".split()
)
# For programs: neither a text to read nor a file.
_UNREAD = frozenset(
    "message/delivery-status message/global-delivery-status message/disposition-notification "
    "message/feedback-report message/tracking-status message/global-headers message/rfc822-headers text/rfc822-headers "
    "text/x-amp-html text/watch-html application/pgp-encrypted".split()
)
_CALENDARS = frozenset({"text/calendar", "application/ics", "text/x-vcalendar"})
# Of one mail: the same answer beside its text and attached, and hardly anything else.
CALENDARS = 3
_MAILS = frozenset({"message/rfc822", "message/global", "message/news"})


@dataclass(frozen=True, slots=True)
class _Piece:
    """Some text of the letter, as it is or as HTML."""

    text: str
    is_html: bool = False

    @property
    def is_blank(self) -> bool:
        return not self.text or self.text.isspace()

    def read(self) -> str:
        return readable.text(self.text) if self.is_html else self.text


@dataclass(frozen=True, slots=True)
class Calendar:
    """A calendar part as it came, with what its Content-Type says of it."""

    content: bytes
    charset: str = ""
    method: str = ""


@dataclass(slots=True)
class Contents:
    text: str = ""
    html: str = ""
    files: list[File] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)
    calendars: list[Calendar] = field(default_factory=list)
    # Texts that came as named files beside the letter: the letter itself when there is no other.
    _beside: list[_Piece] = field(default_factory=list)
    # Text out of winmail.dat, likewise.
    _packed: list[_Piece] = field(default_factory=list)
    _html: list[str] = field(default_factory=list)

    def fill(self, mail: Entity) -> None:
        """Reads every part of the mail once, in the order they stand."""
        pieces = self._pieces(mail)
        text = _joined(pieces) or _joined(self._packed[:1]) or _joined(self._beside[:1])
        self.text = self._cut(text, "text_cut")
        self.html = self._cut("\n".join(self._html), "html_cut")

    def _cut(self, text: str, code: str) -> str:
        if len(text) > LONGEST:
            self.defects.append(code)
        return text[:LONGEST]

    def _pieces(self, one: Entity) -> list[_Piece]:
        if not one.parts:
            return self._leaf(one)
        groups = [self._pieces(part) for part in one.parts]
        if one.type == "multipart/alternative":
            return _chosen(groups)
        return [piece for group in groups for piece in group]

    def _leaf(self, one: Entity) -> list[_Piece]:
        if one.type.startswith("multipart/"):
            # Its parts were not found, or are too many or too deep to be looked for.
            return [] if "not_unpacked" in self.defects else [_Piece(self._decoded(one, "text/plain"))]
        disposition = fields.valued(one.first("content-disposition"))
        name = _name(one, disposition)
        if _is_letter(one, disposition, name):
            if disposition.raw("filename"):
                # The whole mail is a file that was sent bare: it is read, and can be kept as well.
                self._add(name, one.type, self._unpacked(one))
            return self._letter(one)
        return self._file(one, disposition, name)

    def _letter(self, one: Entity) -> list[_Piece]:
        text = self._decoded(one, one.type)
        self.parts.append(Part(one.type, text))
        if one.type == "text/html":
            self._html.append(text)
            return [_Piece(text, is_html=True)]
        if one.type in ("text/enriched", "text/richtext"):
            return [_Piece(text.replace("<<", "<"), is_html=True)]
        text, files = bodies.without_uuencoded(text, self.defects)
        for said, content in files:
            self._add(said, names.type_of(said), content)
        return [_Piece(text)]

    def _file(self, one: Entity, disposition: Valued, name: str) -> list[_Piece]:
        if one.type in _UNREAD and not name:
            self.parts.append(Part(one.type, self._decoded(one, one.type)))
            return []
        if one.type == "application/applefile" and one.inside == "multipart/appledouble":
            # What a Macintosh keeps beside a file; the file itself is the next part.
            return []
        content = self._unpacked(one)
        self._keep_calendar(name, one.content_type, content)
        self.parts.append(Part(one.type, self._decoded(one, one.type) if _is_text(one) else ""))
        if one.type in _SIGNED and (inner := self._unsigned(one, content)) is not None:
            return inner
        if (one.type in _TNEF or name.lower() == "winmail.dat") and self._winmail(content):
            return []
        if one.type in ("text/plain", "text/html") and disposition.value != "attachment":
            self._beside.append(_Piece(self._decoded(one, one.type), is_html=one.type == "text/html"))
        if one.type in _MAILS and not name:
            name = f"{_subject(content) or 'mail'}.eml"
        if content or name:
            self._add(name, one.type, content)
        return []

    def _unsigned(self, one: Entity, content: bytes) -> list[_Piece] | None:
        inner = signed.content(content)
        if inner is None or one.depth >= structure.DEPTH:
            return None
        return self._pieces(structure.read(inner, self.defects, depth=one.depth + 1))

    def _winmail(self, content: bytes) -> bool:
        """Whether anything was in it."""
        inside = tnef.unpacked(content)
        if inside is None:
            self.defects.append("broken_tnef")
            return False
        for said, one in inside.files:
            self._keep_calendar(said, Valued(""), one)
            self._add(said, names.type_of(said), one)
        if inside.text:
            self._packed.append(_Piece(bodies.lines(inside.text)))
        elif inside.html:
            markup = charsets.decode(inside.html)[0]
            self._html.append(markup)
            self._packed.append(_Piece(markup, is_html=True))
        return bool(inside.files or inside.text or inside.html)

    def _keep_calendar(self, name: str, said: Valued, content: bytes) -> None:
        is_one = said.value in _CALENDARS or name.lower().endswith(".ics")
        if is_one and len(self.calendars) < CALENDARS:
            self.calendars.append(Calendar(content, said.text("charset"), said.text("method")))

    def _add(self, said: str, type: str, content: bytes) -> None:
        if len(self.files) >= FILES:
            self.defects.extend(one for one in ("too_many_files", "not_unpacked") if one not in self.defects)
            return
        name = names.clean(said) or names.given(type, len(self.files) + 1)
        self.files.append(File(name, names.kind(type), content))

    def _unpacked(self, one: Entity) -> bytes:
        return bodies.unpacked(
            one.body, fields.decoded(one.first("content-transfer-encoding")).lower(), self.defects
        )

    def _decoded(self, one: Entity, type: str) -> str:
        """The text of a part, with line feeds only."""
        content = self._unpacked(one)[: 4 * LONGEST]
        declared = one.content_type.text("charset")
        if declared and charsets.codec_of(declared) is None and declared.lower() not in charsets.UNSAID:
            self.defects.append("unknown_charset")
        text = charsets.decode(content, declared, _charset_inside(content, type))[0]
        text = bodies.lines(text.removeprefix("\ufeff"))
        if type == "text/plain" and one.content_type.text("format").lower() == "flowed":
            is_joined = one.content_type.text("delsp").lower() == "yes"
            text = bodies.reflowed(text, is_joined=is_joined)
        return text


def _joined(pieces: list[_Piece]) -> str:
    read = [piece.read() for piece in pieces if not piece.is_blank]
    return "\n".join(one.rstrip("\n") for one in read if one).strip("\n")


def _chosen(groups: list[list[_Piece]]) -> list[_Piece]:
    """Of the alternatives the first that is text as it is, else the last that says anything."""
    filled = [group for group in groups if any(not piece.is_blank for piece in group)]
    plain = [group for group in filled if not any(piece.is_html for piece in group)]
    return (plain[:1] or filled[-1:] or [[]])[0]


def _is_text(one: Entity) -> bool:
    return one.type.startswith(("text/", "message/"))


def _is_letter(one: Entity, disposition: Valued, name: str) -> bool:
    """Whether a part is to be read where it stands, and no file beside it."""
    if not one.type.startswith("text/") or one.type in _FILE_TEXTS or one.type in _UNREAD:
        return False
    if not one.inside:
        return True
    return disposition.value != "attachment" and (not name or one.inside == "multipart/alternative")


def _name(one: Entity, disposition: Valued) -> str:
    said = disposition.text("filename") or one.content_type.text("name") or disposition.text("name")
    return said or one.content_type.text("filename")


def _subject(mail: bytes) -> str:
    inner = structure.head(mail)
    return fields.decoded(inner.first("subject"))


def _charset_inside(content: bytes, type: str) -> str:
    """What HTML says of itself, when nothing else says it."""
    return readable.charset(content[:2000]) if type == "text/html" else ""
