"""What Outlook packs into winmail.dat: its files, and the text if there is no other. The only importer of tnefparse."""

from __future__ import annotations

import logging
import struct
from dataclasses import dataclass
from typing import Any

from router.mail import charsets, rich_text

SIGNATURE = b"\x78\x9f\x3e\x22"
# Objects beyond which it is no letter: the library copies all that is left for each of them.
_OBJECTS, _LARGEST, _COPIED = 2000, 30_000_000, 4_000_000_000


@dataclass(frozen=True, slots=True)
class Unpacked:
    """Name as said and bytes of each file; text and HTML as far as they are there."""

    files: tuple[tuple[str, bytes], ...] = ()
    text: str = ""
    html: bytes = b""


def unpacked(content: bytes) -> Unpacked | None:
    """What is in it; None when it cannot be read. The library raises much: whatever it does, the file itself stays."""
    if not content.startswith(SIGNATURE) or len(content) > _LARGEST:
        return None
    objects = _objects(content)
    if objects > _OBJECTS or objects * len(content) > _COPIED:
        return None
    from tnefparse import TNEF  # noqa: PLC0415 -- 30 ms that few mails ask for

    logging.getLogger("tnefparse").setLevel(logging.CRITICAL)
    try:
        return _told(TNEF(content, do_checksum=False))
    except Exception:  # noqa: BLE001 -- a foreign parser of hostile bytes: none of its errors may stop the mail
        return None


def _objects(content: bytes) -> int:
    """How many objects follow one another, by their own lengths."""
    at, count = 6, 0
    while at + 12 < len(content) and count <= _OBJECTS:
        at += struct.unpack_from("<I", content, at + 5)[0] + 11
        count += 1
    return count


def _told(read: Any) -> Unpacked:
    files = []
    for one in read.attachments:
        content = one.data
        if isinstance(content, list | tuple):
            content = content[0] if content else b""
        if isinstance(content, bytes) and content:
            files.append((_name(one), content))
    text, html = _text(read.body), _bytes(read.htmlbody)
    if not text and not html:
        rich, is_html = rich_text.read(rich_text.uncompressed(_bytes(getattr(read, "_rtfbody", b""))))
        rich = charsets.fit(rich).strip()
        text, html = ("", rich.encode()) if is_html else (rich, b"")
    return Unpacked(tuple(files), text, html)


def _name(attachment: Any) -> str:
    for said in (_said_long(attachment), getattr(attachment, "_name", b"")):
        name = _text(said)
        if name:
            return name
    return ""


def _said_long(attachment: Any) -> object:
    try:
        return attachment.long_filename()
    except Exception:  # noqa: BLE001 -- as above; the short name remains
        return b""


def _text(said: object) -> str:
    if isinstance(said, list | tuple):
        said = said[0] if said else b""
    if isinstance(said, bytes):
        said = said.decode("utf-8") if _is_utf8(said) else said.decode("cp1252", "replace")
    return said.replace("\x00", "").strip() if isinstance(said, str) else ""


def _bytes(said: object) -> bytes:
    if isinstance(said, list | tuple):
        said = said[0] if said else b""
    if isinstance(said, str):
        return said.encode("utf-8", "replace")
    return said if isinstance(said, bytes) else b""


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
