"""Find personal identity numbers in text, however they are written, and leave what only looks like one.

A number must have a date that exists and a right check digit. Number words, reserve numbers and attachments
are not looked for yet.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from re import ASCII, IGNORECASE, Match
from re import compile as pattern
from unicodedata import category, decimal, normalize

# A number without its century; a text with fewer digits holds none, and most texts are such.
SHORTEST = 10


class HitKind(StrEnum):
    PERSONNUMMER = "personnummer"
    SAMORDNINGSNUMMER = "samordningsnummer"


@dataclass(frozen=True, slots=True)
class Hit:
    """Where in the text a number stands; ``end`` is the place after its last character. Never the number."""

    kind: HitKind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Plain:
    """A text in plain characters, and where in the original each of them came from."""

    text: str
    origin: range | list[int]


_DASHES = frozenset("⁃−˗➖ー")  # besides everything Unicode itself calls a dash
_BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # letters and signs that show as a space
_BREAKS = frozenset("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")
_LOOKALIKES = {"⁄": "/", "∕": "/", "·": ".", "․": ".", "•": ".", "∙": ".", "⋅": "."}

# Where a number may run over the end of a line, in a quotation too.
_BREAK = pattern(r"(?<=[0-9+-]) {0,3}\n{1,2}[ >|]{0,6}(?=[0-9+-])")

_CENTURY = r"(?:18|19|20)"
_MONTH = r"(?:0\d|1[0-2])"
_DAY = r"(?:0[1-9]|[12]\d|3[01]|[678]\d|9[01])"
# Between two parts of a date, and between the date and the last four.
_PART = r"(?:[ \n]{1,2}|[ \n]?[-+./_][ \n]?)"
_GAP = r"[ \n]{0,3}[-+./_]{0,2}[ \n]{0,3}"
_LAST_FOUR = r"(?:\d{4}|\d(?: \d){3})"
_SOLID = rf"\d\d{_MONTH}{_DAY}(?:{_GAP}{_LAST_FOUR}|[-+]\d\d \d\d)"
_PARTED = rf"\d\d{_PART}{_MONTH}{_PART}{_DAY}{_GAP}{_LAST_FOUR}"
_PAIRS = rf"\d\d(?P<sign>[ \n./-]){_MONTH}(?P=sign){_DAY}(?P=sign)\d\d(?P=sign)\d\d"
_APART = r"\d \d [01] \d [0-36-9] \d \d \d \d \d"


def _spaced(digits: str) -> str:
    """A form whose digits each stand alone, with a space or a sign between any two."""
    return r"(?:[ \n]{1,3}|[ \n]?[-+./_][ \n]?)".join(digits.split())


# With and without century are forms of their own: where one fails its check digit the other may hold.
_FORMS = (
    rf"{_CENTURY} ?{_SOLID}",  # 199001012385, 19900101 - 2385
    _SOLID,  # 9001012385, 900101-2385, 900101-23 85
    rf"{_CENTURY}{_PART}?{_PARTED}",  # 1990-01-01-2385, 1990/01/01 2385, 19 90 01 01 2385
    _PARTED,  # 90-01-01-2385
    rf"{_CENTURY}\d\d{_PART}{_MONTH}{_DAY}{_PART}\d{{4}}",  # 1990 0101 2385
    rf"{_CENTURY}[ \n./-]{_PAIRS}",  # 19 90 01 01 23 85
    _PAIRS,  # 90 01 01 23 85
    _spaced(rf"(?:1 [89]|2 0) {_APART}"),  # 1 9 9 0 0 1 0 1 - 2 3 8 5
    _spaced(_APART),  # 9 0 0 1 0 1 2 3 8 5
)

# The four last digits are the year of a second date: "2026-01-01 – 2026-12-31".
_SECOND_DATE = rf"(?<=(?:19|20)\d\d)[-./]{_MONTH}[-./](?:[0-2]\d|3[01])(?!\d)"

# A form begins where no digit stands before it and ends where none follows, so that parts of longer numbers
# are left alone. It stands in a lookahead: one that fails its check must not hide one that begins inside it.
_PATTERNS = (
    *(pattern(rf"(?<!\d)(?=(?P<number>{form})(?!\d|{_SECOND_DATE}))", ASCII) for form in _FORMS),
    # A sole trader's VAT number is SE, the personnummer and 01.
    pattern(rf"(?<=SE)(?=(?P<number>\d\d{_MONTH}{_DAY}-?\d{{4}})-?01(?!\d))", ASCII | IGNORECASE),
)
_DIGITS = pattern(r"[0-9]")
_NOT_DIGITS = pattern(r"\D+", ASCII)
_TELEPHONE = pattern(r"\b(?:tel|tfn|mob|phone|sms|ring)[^\d\n]{0,16}$", IGNORECASE)
_CHECK = {sign: (int(sign) * 2 // 10 + int(sign) * 2 % 10, int(sign)) for sign in "0123456789"}


def find(text: str) -> tuple[Hit, ...]:
    """Every personnummer and samordningsnummer in a text, in order; those that overlap become one.

    Time grows with the length of the text, whatever stands in it.
    """
    plain = _plain(text)
    if len(_DIGITS.findall(plain.text)) < SHORTEST:
        return ()
    found = list(_search(plain))
    joined = _joined(plain)
    if joined is not None:
        found.extend(_search(joined))
    apart: list[Hit] = []
    for hit in sorted(found, key=lambda hit: (hit.start, -hit.end)):
        if not apart or hit.start >= apart[-1].end:
            apart.append(hit)
        elif hit.end > apart[-1].end:
            apart[-1] = Hit(apart[-1].kind, apart[-1].start, hit.end)
    return tuple(apart)


def _search(plain: _Plain) -> Iterator[Hit]:
    for form in _PATTERNS:
        for match in form.finditer(plain.text):
            digits = _NOT_DIGITS.sub("", match["number"])
            kind = _kind(digits)
            if kind is None or _is_company(match, digits) or _is_telephone(match, digits):
                continue
            start, end = match.span("number")
            yield Hit(kind, plain.origin[start], plain.origin[end - 1] + 1)


def _kind(digits: str) -> HitKind | None:
    """What ten or twelve digits are, or nothing if their check digit or their date is wrong."""
    if sum(_CHECK[sign][place % 2] for place, sign in enumerate(digits[-10:])) % 10:
        return None
    # Of ten digits the century is not known, and 2000 to 2099 has a leap day in each year that may have one.
    year = int(digits[:4]) if len(digits) == 12 else 2000 + int(digits[:2])
    month, day = int(digits[-8:-6]), int(digits[-6:-4])
    if day >= 60 and (month == 0 or day == 60):
        # A samordningsnummer whose day or month of birth is not known.
        return HitKind.SAMORDNINGSNUMMER if month <= 12 and day <= 91 else None
    try:
        date(year, month, day % 60)
    except ValueError:
        return None
    return HitKind.SAMORDNINGSNUMMER if day > 60 else HitKind.PERSONNUMMER


def _is_company(match: Match[str], digits: str) -> bool:
    """A company's VAT number: SE, an organisationsnummer (its third digit is 2 or more) and 01."""
    if len(digits) != 12 or digits[2] < "2" or not digits.endswith("01"):
        return False
    before = match.string[max(match.start() - 3, 0) : match.start()]
    return before.strip().upper().endswith("SE") and not (
        sum(_CHECK[sign][place % 2] for place, sign in enumerate(digits[:10])) % 10
    )


def _is_telephone(match: Match[str], digits: str) -> bool:
    """A mobile number after a word that says so, written without the sign of an identity number."""
    if len(digits) != 10 or not digits.startswith("07") or {"-", "+"} & set(match["number"]):
        return False
    return _TELEPHONE.search(match.string[max(match.start() - 24, 0) : match.start()]) is not None


def _plain(text: str) -> _Plain:
    forms = {sign: _plain_form(sign) for sign in set(text)}
    if all(len(form) == 1 for form in forms.values()):
        return _Plain(text.translate({ord(sign): form for sign, form in forms.items()}), range(len(text)))
    plain = "".join([forms[sign] for sign in text])
    return _Plain(plain, [place for place, sign in enumerate(text) for _ in forms[sign]])


@lru_cache(maxsize=4096)
def _plain_form(sign: str) -> str:
    """A digit as 0 to 9, a dash as -, a break as a line feed, a blank as a space, the unseen as nothing."""
    kind = category(sign)
    if sign in _BREAKS:
        return "\n"
    if sign.isspace() or sign in _BLANKS:
        return " "
    if kind == "Pd" or sign in _DASHES:
        return "-"
    if kind in {"Cc", "Cf", "Mn", "Me"}:
        return ""
    digit = decimal(sign, None)
    return str(digit) if digit is not None else _LOOKALIKES.get(sign) or normalize("NFKC", sign)


def _joined(plain: _Plain) -> _Plain | None:
    """The text with its lines joined where a number may run on, or nothing if there is no such place."""
    breaks = list(_BREAK.finditer(plain.text))
    if not breaks:
        return None
    starts = [0, *(one.end() for one in breaks)]
    ends = [*(one.start() for one in breaks), len(plain.text)]
    kept = list(zip(starts, ends, strict=True))
    text = "".join([plain.text[start:end] for start, end in kept])
    return _Plain(text, [place for start, end in kept for place in plain.origin[start:end]])
