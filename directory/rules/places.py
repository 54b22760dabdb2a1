"""Municipalities named in what somebody searches for: "försörjningsstöd i Mariestad"."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from re import compile as pattern

from directory.rules.text import STOP_WORDS, sort_key

MOST_WORDS = 20
LONGEST_NAME = 2

_ASSOCIATION = frozenset(("samordningsförbundet", "samordningsförbund", "finsam", "finsamförbundet", "i"))
_WORD = pattern(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Mention:
    """Words of the text that may name a place, from `start` up to `end`, as the sort key of such a name."""

    start: int
    end: int
    key: str


def words(text: str) -> list[str]:
    """The first words of a text; nobody needs more to find a way in, and each costs time."""
    found: list[str] = _WORD.findall(text)
    return found[:MOST_WORDS]


def postal_code(found: list[str]) -> str:
    """The postal code that the words hold, as five digits: "542 30" or "54230"."""
    for position, word in enumerate(found):
        pair = word + (found[position + 1] if position + 1 < len(found) else "")
        for digits in (word, pair):
            if len(digits) == 5 and digits.isascii() and digits.isdigit():
                return digits
    return ""


def without_postal_code(found: list[str]) -> list[str]:
    """The words without the digits of a postal code."""
    code = postal_code(found)
    parts = {code, code[:3], code[3:]} if code else set()
    return [word for word in found if word not in parts]


def mentions(found: list[str]) -> tuple[Mention, ...]:
    """Every run of words that could be a municipality's name, with and without the genitive's s."""
    runs = (
        (start, start + length)
        for length in range(1, LONGEST_NAME + 1)
        for start in range(len(found) - length + 1)
    )
    return tuple(
        Mention(start, end, key)
        for start, end in runs
        if _may_name_a_place(found, start, end)
        for key in _keys(found[start:end])
    )


def take_out(found: list[str], mentioned: Iterable[Mention]) -> list[str]:
    """The words without those that name the place, and the "kommun" that follows them."""
    gone = {position for one in mentioned for position in range(one.start, one.end)}
    gone |= {
        end
        for end in {one.end for one in mentioned}
        if _is_municipality(found, end) or _is_county(found, end)
    }
    return [word for position, word in enumerate(found) if position not in gone]


def named(mentioned: Iterable[Mention], codes: Mapping[str, str], area: str) -> tuple[str, list[Mention]]:
    """The area a text speaks of, and where. `codes` has the municipality of each key that is one.

    A place that was chosen holds; otherwise the one named in the text. Two named are words like others.
    """
    hits = [one for one in mentioned if one.key in codes]
    # "Upplands Väsby" is one name, though a part of it could be another.
    hits = [one for one in hits if not any(_lies_within(one, other) for other in hits)]
    if not area:
        places = {codes[one.key] for one in hits}
        area = places.pop() if len(places) == 1 else ""
    return area, [one for one in hits if codes[one.key] == area]


def association(name: str) -> str:
    """The place in an association's name: "Samordningsförbundet i Södertälje"."""
    left = [word for word in name.split() if word.casefold() not in _ASSOCIATION]
    return " ".join(left) or name


def says_county(found: list[str], one: Mention) -> bool:
    """Whether a name stands for the county, as in "Uppsala län" and "Region Uppsala"."""
    before = found[one.start - 1].casefold() if one.start else ""
    return _is_county(found, one.end) or before == "region"


def _lies_within(one: Mention, other: Mention) -> bool:
    return other.start <= one.start and one.end <= other.end and other.end - other.start > one.end - one.start


def _may_name_a_place(found: list[str], start: int, end: int) -> bool:
    if end - start > 1:
        return True
    word = found[start].casefold()
    if len(word) < 3 or word.isdigit():
        return False
    if word not in STOP_WORDS:
        return True
    # Vara is a municipality, and "vara" is to be: only where it can hardly mean anything else.
    before = found[start - 1].casefold() if start else ""
    # Within a text a capital letter is a name's.
    named = start > 0 and found[start][0].isupper()
    return len(found) == 1 or named or before == "i" or _is_municipality(found, end)


def _is_municipality(found: list[str], position: int) -> bool:
    return position < len(found) and found[position].casefold().startswith("kommun")


def _is_county(found: list[str], position: int) -> bool:
    return position < len(found) and found[position].casefold() in ("län", "läns", "länet")


def _keys(name: list[str]) -> Iterator[str]:
    for joined in {" ".join(name), "-".join(name)}:
        key = sort_key(joined)
        yield key
        if key.endswith("s"):
            yield key[:-1]
