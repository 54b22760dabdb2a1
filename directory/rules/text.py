"""Swedish text for search: words, their terms, folding and the order of the Swedish alphabet."""

from functools import lru_cache
from re import compile as pattern
from threading import Lock
from unicodedata import combining, normalize

import simplemma
from Stemmer import Stemmer  # type: ignore[import-not-found]  # a compiled module without types

_CARRY_NO_MATTER = """
    alla allt att av bara blev bli blir bort de dem den denna deras dess det detta dig din dit du där
    efter eller en er ert ett finns från få får för genom ha hade han hans har hela hen hennes hit hos
    hur här i in inte jag kan kunde man med mellan men mig min mot måste ni nu när någon något några
    och om oss på sedan sin sina sitt sig ska skall skulle som så till under upp ut utan vad var vara
    vem vi vid vilka vilken vilket vår våra vårt än är åt över
"""
STOP_WORDS = frozenset(_CARRY_NO_MATTER.split())

# The dictionary has these as forms of "växa", and each of them as another.
_LEMMAS = dict.fromkeys(("vuxen", "vuxet", "vuxna", "vuxnas"), "vuxen")

_WORD = pattern(r"[^\W_]+")
_TO_BASE = str.maketrans("æøÆØ", "aoAO")
_SWEDISH_ORDER = str.maketrans({"å": "{", "ä": "|", "æ": "|", "ö": "}", "ø": "}", "ü": "y"})

_SOUNDS = (
    ("ks", "x"),
    ("cks", "x"),
    ("ck", "k"),
    ("qu", "kv"),
    ("ph", "f"),
    ("th", "t"),
    ("c", "k"),
    ("w", "v"),
    ("z", "s"),
)
_DOUBLED = pattern(r"(.)\1+")

# A stemmer keeps its word in itself between two steps, so two threads must not share a call.
_stemmer = Stemmer("swedish")
_stemming = Lock()


def tokens(text: str) -> list[str]:
    """The words of a text in order, lower case, without the Swedish words that carry no matter."""
    found: list[str] = _WORD.findall(normalize("NFC", text).casefold())
    return [word for word in found if word not in STOP_WORDS]


def lemma(word: str) -> str:
    """The form of a word, in lower case, that stands in the dictionary; the word itself when it does not."""
    return _LEMMAS.get(word) or str(simplemma.lemmatize(word, lang="sv")).casefold()


def stem(word: str) -> str:
    """The word without its endings; not itself a word to show to people."""
    with _stemming:
        return str(_stemmer.stemWord(word))


@lru_cache(maxsize=65_536)
def is_swedish(word: str) -> bool:
    """Whether a word, in lower case, stands in the Swedish dictionary; many compounds do not."""
    return bool(simplemma.is_known(word, lang="sv"))


def fold(text: str) -> str:
    """The text without marks over its letters, for those who write without å, ä and ö."""
    letters = normalize("NFD", text.translate(_TO_BASE))
    return normalize("NFC", "".join(letter for letter in letters if not combining(letter)))


def sound(word: str) -> str:
    """Roughly how a Swedish word is heard: letters that stand for the same sound are one, and none is doubled."""
    heard = word
    for letters, one in _SOUNDS:
        heard = heard.replace(letters, one)
    return _DOUBLED.sub(r"\1", heard)


def sort_key(text: str) -> str:
    """A key whose binary order is the Swedish alphabet: å, ä, ö after z, other marks ignored."""
    return fold(normalize("NFC", text).casefold().translate(_SWEDISH_ORDER))
