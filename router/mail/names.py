"""What a sender calls a file, made fit to be shown and offered as a name: cleaned first and judged after (I10)."""

from __future__ import annotations

import re
import unicodedata

# Of a name in UTF-8; longer than this no file system takes.
LONGEST = 200
# What a file is called that was sent without a name, by its type.
ENDINGS = {
    "application/pdf": "pdf",
    "application/pgp-signature": "asc",
    "application/pkcs7-signature": "p7s",
    "application/x-pkcs7-signature": "p7s",
    "application/pkcs7-mime": "p7m",
    "application/x-pkcs7-mime": "p7m",
    "application/ms-tnef": "dat",
    "application/rtf": "rtf",
    "application/xml": "xml",
    "application/zip": "zip",
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
    "image/gif": "gif",
    "image/heic": "heic",
    "image/jpeg": "jpg",
    "image/jpg": "jpg",
    "image/png": "png",
    "image/svg+xml": "svg",
    "image/tiff": "tif",
    "message/rfc822": "eml",
    "text/calendar": "ics",
    "text/csv": "csv",
    "text/directory": "vcf",
    "text/html": "html",
    "text/plain": "txt",
    "text/rtf": "rtf",
    "text/vcard": "vcf",
    "text/x-vcard": "vcf",
    "text/xml": "xml",
}
_TYPES = {
    ending: type for type, ending in ENDINGS.items() if type not in ("application/x-pkcs7-mime", "image/jpg")
} | {
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "jpeg": "image/jpeg",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,50}/[a-z0-9!#$&^_.+-]{1,49}")
_BLANKS = re.compile(r"\s+")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?:\.|$)", re.IGNORECASE)
# Not letters to look at: controls, signs of direction and of no width, halves of letters, private ones.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def clean(said: str) -> str:
    """A name with nothing in it that is no letter, no path and no trap; empty when nothing is left."""
    name = unicodedata.normalize("NFC", said[:4000])
    name = "".join(sign for sign in name if sign.isspace() or unicodedata.category(sign) not in _UNSEEN)
    name = _BLANKS.sub(" ", name)
    # What stands before the last slash is where it lay on the sender's disk.
    name = name.replace("\\", "/").rstrip("/ .").rpartition("/")[2]
    name = re.sub(r'[<>:"|?*]', "_", name).strip().lstrip(".").strip(" .")
    if _RESERVED.match(name):
        name = f"_{name}"
    return _shortened(name)


def _shortened(name: str) -> str:
    """At most LONGEST bytes of UTF-8, the ending kept."""
    if len(name.encode("utf-8")) <= LONGEST:
        return name
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending.encode("utf-8")) > 20:
        stem, dot, ending = name, "", ""
    room = LONGEST - len((dot + ending).encode("utf-8"))
    return stem.encode("utf-8")[:room].decode("utf-8", "ignore").rstrip(" .") + dot + ending


def given(type: str, place: int) -> str:
    """A name for the file at this place (from 1) that came without one."""
    return f"{type.partition('/')[0]}-{place}.{ENDINGS.get(type, 'bin')}"


def type_of(name: str) -> str:
    """The type that the ending of a name speaks of, for files that were sent without one."""
    return _TYPES.get(name.rpartition(".")[2].lower(), "application/octet-stream")


def kind(type: str) -> str:
    """The type as said when it is one (RFC 6838), else the one that says nothing."""
    return type if _TYPE.fullmatch(type) else "application/octet-stream"
