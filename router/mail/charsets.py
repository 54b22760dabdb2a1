"""Bytes to text: as declared, as it was meant, as UTF-8, by guess, and last as Windows-1252, which reads anything.

The only importer of charset_normalizer.
"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

# What mail programs write, and the codec that reads what they send (peers.md 3.5: each met in real mail).
ALIASES = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "iso-gb2312": "gb18030",
    "gb-2312": "gb18030",
    "gb2312-80": "gb18030",
    "cp936": "gb18030",
    "ms936": "gb18030",
    "windows-936": "gb18030",
    "chinesebig5": "big5hkscs",
    "big5": "big5hkscs",
    "x-x-big5": "big5hkscs",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-8-e": "iso8859-8",
    "iso-8859-6-i": "iso8859-6",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "l1": "cp1252",
    "8859-1": "cp1252",
    "ansi": "cp1252",
    "x-ansi": "cp1252",
    "cp-1252": "cp1252",
    "windows1252": "cp1252",
    "x-cp1252": "cp1252",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "windows-874": "cp874",
    "tis-620": "cp874",
    "x-windows-874": "cp874",
    "ks_c_5601": "cp949",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601-1989": "cp949",
    "ksc5601": "cp949",
    "euc-kr": "cp949",
    "x-windows-949": "cp949",
    "windows-949": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "ms_kanji": "cp932",
    "cp932": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "iso-2022-jp-ms": "iso2022_jp_ext",
    "x-euc-jp": "euc_jp",
    "koi8": "koi8-r",
    "unicode-1-1-utf-7": "utf-7",
    "x-unicode-2-0-utf-7": "utf-7",
    "unicode-1-1-utf-8": "utf-8",
    "unicode": "utf-8",
    "utf8mb4": "utf-8",
    "x-utf-8": "utf-8",
    "utf-8-sig": "utf-8",
    "cp65001": "utf-8",
    "65001": "utf-8",
    "x-mac-roman": "mac-roman",
    "macintosh": "mac-roman",
    "x-mac-ce": "mac-latin2",
    "x-mac-cyrillic": "mac-cyrillic",
    "windows-1250hu": "cp1250",
    "ibm850": "cp850",
    "cp-850": "cp850",
    "dec-mcs": "cp1252",
}
# These say nothing of bytes above 127, whatever was meant.
UNSAID = frozenset(
    "us-ascii ascii ansi_x3.4-1968 646 x-unknown unknown unknown-8bit x-unknown-8bit 8bit 7bit default "
    "default_charset binary x-user-defined user-defined none invalid-charset".split()
) | {""}
# Codecs of Python that turn text into text or bytes into bytes, which no charset is.
_NO_CHARSETS = frozenset(
    {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"}
)
LAST = "cp1252"
# What is guessed among, when nothing was declared and it is no UTF-8. Of Latin letters only the western ones:
# Windows-1250 would win over them for some Swedish sentences.
_GUESSED = ["cp1252", "cp1251", "koi8_r", "cp932", "euc_jp", "gb18030", "big5", "cp949", "cp1253", "cp1255"]
# So much is enough to guess by, and below the least any guess is worse than the last rung.
_ENOUGH, _LEAST = 4096, 48
_HIGH = re.compile(rb"[\x80-\xff]")
# In ISO-2022 and UTF-7 plain ASCII bytes spell other letters.
_SEVEN_BIT = re.compile(r"iso2022|hz|utf-?7|utf-?16|utf-?32", re.IGNORECASE)
# Half a letter at the end is a line feed that somebody added, and nothing to show.
_STRAYS = {"utf-16": "ignore", "utf-16-le": "ignore", "utf-16-be": "ignore", "utf-32": "ignore"}
_SEVERAL_BYTES = frozenset({"gb18030", "big5hkscs", "cp932", "cp949", "euc_jp"})
# No letters: what a database or a terminal cannot take, and halves of letters.
_UNFIT = re.compile("[\x00\ud800-\udfff]")


def decode(content: bytes, declared: str = "", hint: str = "") -> tuple[str, str]:
    """The text, and the name of the codec that gave it. Never raises; NUL is taken out.

    `hint` is what the rest of the mail is declared to be in: tried when nothing is said here.
    """
    codec = codec_of(declared)
    if codec is None or (codec != "utf-8" and not content):
        codec = codec_of(hint) or ""
        return _undeclared(content, codec)
    try:
        return fit(content.decode(codec)), codec
    except (UnicodeError, ValueError, LookupError, OverflowError):
        return _broken(content, codec)


@lru_cache(maxsize=256)
def codec_of(label: str) -> str | None:
    """Python's name of a declared charset; None when it says nothing or is unknown."""
    name = (
        label.strip()
        .strip("'\"<>[]")
        .partition(";")[0]
        .strip()
        .lower()
        .removeprefix("charset=")
        .strip("'\" ")
    )
    if name in UNSAID or len(name) > 40 or "\x00" in name:
        return None
    for tried in (
        name,
        name.replace("_", "-"),
        name.removeprefix("x-"),
        re.sub(r"^(iso|cp|utf)[ -_]", r"\1-", name),
    ):
        if tried in ALIASES:
            return ALIASES[tried]
        codec = _looked_up(tried)
        if codec is not None:
            return ALIASES.get(codec, codec)
    return None


def fit(text: str) -> str:
    """Text without NUL, and with half letters made visible: UTF-8 can be written of it."""
    return _UNFIT.sub(_fitted, text) if _UNFIT.search(text) else text


def _fitted(found: re.Match[str]) -> str:
    return "" if found[0] == "\x00" else "\ufffd"


def _looked_up(name: str) -> str | None:
    try:
        found = codecs.lookup(name)
        # Only those that make text of bytes: base64, rot13 and bz2 are codecs too.
        if found.name in _NO_CHARSETS or not isinstance(found.decode(b"")[0], str):
            return None
    except (LookupError, ValueError, TypeError, UnicodeError, EOFError, OSError):
        return None
    return found.name


def _undeclared(content: bytes, hint: str) -> tuple[str, str]:
    if not _HIGH.search(content):
        if b"\x1b$" in content:
            return fit(content.decode("iso2022_jp_ext", "replace")), "iso2022_jp_ext"
        return fit(content.decode("ascii")), "ascii"
    for codec in ("utf-8", hint):
        if codec and not _SEVEN_BIT.match(codec):
            try:
                return fit(content.decode(codec)), codec
            except (UnicodeError, ValueError):
                continue
    guessed = _guess(content) if len(content) >= _LEAST else _by_letters(content)
    return fit(content.decode(guessed, "replace")), guessed


def _broken(content: bytes, codec: str) -> tuple[str, str]:
    """What was declared does not hold for every byte: some strays, or something else altogether."""
    if codec == "utf-8":
        text = content.decode("utf-8", "replace")
        # More right than wrong letters: it is UTF-8 that was cut or spoiled here and there.
        wrong = text.count("\ufffd")
        if sum(1 for letter in text if letter > "\x7f") >= 2 * wrong + 1:
            return fit(text), codec
        return fit(_windows(content)), LAST
    if not content.isascii() and (_SEVEN_BIT.match(codec) or codec in _SEVERAL_BYTES):
        try:
            return fit(content.decode("utf-8")), "utf-8"
        except UnicodeError:
            pass
    # Five bytes of Windows-1252 are no letters; everything else is.
    text = (
        _windows(content)
        if codec in (LAST, "cp1254")
        else content.decode(codec, _STRAYS.get(codec, "replace"))
    )
    return fit(text), codec


def _windows(content: bytes) -> str:
    return content.decode(LAST, "replace").replace("\ufffd", "")


def _by_letters(content: bytes) -> str:
    """A guess at a few words: when most letters are foreign, they are Russian in one of its two charsets."""
    high = [byte for byte in content if byte >= 0xC0]
    if len(high) < 4 or 10 * len(high) < 6 * sum(byte >= 0x80 or chr(byte).isalpha() for byte in content):
        return LAST
    # Small letters stand in the upper half in one and in the lower half in the other.
    return "cp1251" if 2 * sum(byte >= 0xE0 for byte in high) > len(high) else "koi8-r"


def _guess(content: bytes) -> str:
    import charset_normalizer  # noqa: PLC0415 -- costs 40 ms, and few mails ask for it

    first = _HIGH.search(content)
    start = max(first.start() - 200, 0) if first else 0
    try:
        best = charset_normalizer.from_bytes(
            content[start : start + _ENOUGH], cp_isolation=_GUESSED, preemptive_behaviour=False
        ).best()
    except (UnicodeError, ValueError, LookupError, TypeError):
        return LAST
    return best.encoding if best is not None else LAST
