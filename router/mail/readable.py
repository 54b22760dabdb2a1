"""HTML of a mail as text: what a reader would read, its blocks on lines of their own and its quotes marked.

For reading and matching only; what is shown as HTML is cleaned in router/mail/clean.py. Linear in what it is given,
which the parser of the standard library is not for tags and comments that never end.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from itertools import islice

# More letters or tags than these make no letter; the rest can be read in the mail itself.
MOST, TAGS = 1_000_000, 60_000

_OPENED = re.compile("<(?=[a-zA-Z/!?])")
_TAG = re.compile(r"/?[a-zA-Z][a-zA-Z0-9:]{0,30}")
_BLOCKS = frozenset(
    "address article aside blockquote body center dd dir div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 "
    "h5 h6 header hr li main menu nav ol p pre section table tbody tfoot thead tr ul caption".split()
)
# A blank line stands before and after these.
_APART = frozenset("p h1 h2 h3 h4 h5 h6 ul ol dl blockquote pre hr".split())
_UNREAD = frozenset("script style title template noframes iframe object select textarea svg math".split())
_CELLS = frozenset({"td", "th"})
_MAY_HIDE = frozenset({"div", "span", "p", "td", "tr", "table", "center", "font"})
_HIDDEN = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all", re.IGNORECASE)
_CITED = re.compile(r"type\s*=\s*[\"']?cite|class\s*=\s*[\"']?(?:gmail_quote|yahoo_quoted)", re.IGNORECASE)
_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s{0,9}=\s{0,9}[\"']?([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE)
_BLANKS = re.compile(r"[ \t\r\n\f\u00a0]+")
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\u034f\u061c]")
_MANY_LINES = re.compile(r"\n{3,}")


def charset(content: bytes) -> str:
    """The charset that the head of some HTML declares, or nothing."""
    found = _CHARSET.search(content)
    return found[1].decode("ascii") if found else ""


def text(markup: str) -> str:
    """The text of some HTML, with line feeds only and never more than one empty line in a row."""
    read, has_hidden = _read(markup[:MOST], hides=True)
    # When nothing is left, what was hidden was the letter.
    return read if read or not has_hidden else _read(markup[:MOST], hides=False)[0]


def _read(markup: str, *, hides: bool) -> tuple[str, bool]:
    page = _Page(hides=hides)
    for tag, attributes, words in islice(_tokens(markup), TAGS):
        if words:
            page.say(words)
        elif tag.startswith("/"):
            page.close(tag[1:])
        else:
            page.open(tag, attributes)
    return page.whole(), page.has_hidden


class _Page:
    """Lines as they grow, with how deep in quotes they stand."""

    def __init__(self, *, hides: bool) -> None:
        self.hides = hides
        self.out: list[str] = []
        self.line: list[str] = []
        self.quotes: list[bool] = []
        self.kept = 0
        # The tag that hid what follows, and how many of its kind are open since.
        self.hidden, self.depth = "", 0
        self.has_hidden = False

    def say(self, words: str) -> None:
        if self.hidden:
            return
        words = html.unescape(words) if "&" in words else words
        words = _UNSEEN.sub("", words)
        if self.kept:
            first, *rest = words.replace("\r", "").split("\n")
            self.line.append(first)
            for one in rest:
                self.end_line()
                self.line.append(one)
            return
        self.line.append(_BLANKS.sub(" ", words))

    def open(self, tag: str, attributes: str) -> None:
        if self.hidden:
            self.depth += tag == self.hidden
            return
        if self.hides and tag in _MAY_HIDE and _HIDDEN.search(attributes):
            self.hidden, self.depth, self.has_hidden = tag, 1, True
            return
        if tag == "br":
            self.end_line(is_forced=True)
        elif tag in _CELLS:
            self.line.append(" ")
        elif tag in _BLOCKS:
            self.block(tag)
            self.begin(tag, attributes)

    def begin(self, tag: str, attributes: str) -> None:
        if tag == "blockquote":
            self.quotes.append(_CITED.search(attributes) is not None)
        elif tag == "pre":
            self.kept += 1
        elif tag == "li":
            self.line.append("- ")
        elif tag == "hr":
            self.line.append("---")
            self.block(tag)

    def close(self, tag: str) -> None:
        if self.hidden:
            self.depth -= tag == self.hidden
            self.hidden = self.hidden if self.depth else ""
            return
        if tag not in _BLOCKS:
            return
        self.end_line()
        if tag == "blockquote" and self.quotes:
            self.quotes.pop()
        elif tag == "pre" and self.kept:
            self.kept -= 1
        self.block(tag)

    def block(self, tag: str) -> None:
        self.end_line()
        if tag in _APART and self.out and self.out[-1].strip("> "):
            self.out.append(self.mark().rstrip())

    def mark(self) -> str:
        # Nobody reads beyond ten quotes in quotes.
        return "> " * min(sum(self.quotes), 10)

    def end_line(self, *, is_forced: bool = False) -> None:
        words = "".join(self.line)
        words = words.rstrip() if self.kept else re.sub(" {2,}", " ", words).strip(" ")
        self.line.clear()
        if words or is_forced or self.kept:
            self.out.append((self.mark() + words).rstrip())

    def whole(self) -> str:
        self.end_line()
        return _MANY_LINES.sub("\n\n", "\n".join(self.out)).strip("\n")


def _tokens(markup: str) -> Iterator[tuple[str, str, str]]:
    """Tag name in lower case (with a slash when it closes) and its attributes, or else words."""
    at, size = 0, len(markup)
    lowered = markup.lower()
    # What was looked for to the end in vain is not looked for again.
    unending: set[str] = set()
    while at < size:
        following = _OPENED.search(markup, at)
        if following is None or ">" in unending:
            yield "", "", markup[at:]
            return
        opened = following.start()
        if opened > at:
            yield "", "", markup[at:opened]
        found = _TAG.match(markup, opened + 1)
        if found is None:
            at = _no_tag(markup, opened, unending)
            continue
        end = _tag_end(markup, found.end(), unending)
        tag = found[0].lower()
        at = end + 1
        yield tag, markup[found.end() : end], ""
        if tag in _UNREAD and markup[end - 1 : end] != "/":
            at = _past(lowered, f"</{tag}", at, unending)


def _no_tag(markup: str, opened: int, unending: set[str]) -> int:
    """Past a comment, a declaration or a conditional."""
    if markup.startswith("<!--", opened):
        return _past(markup, "-->", opened + 4, unending, after=3)
    return _tag_end(markup, opened, unending) + 1


def _past(markup: str, wanted: str, at: int, unending: set[str], *, after: int = 0) -> int:
    if wanted in unending:
        return at
    end = markup.find(wanted, at)
    if end < 0:
        unending.add(wanted)
        return at
    return end + after


def _tag_end(markup: str, at: int, unending: set[str]) -> int:
    """Where the tag ends. A sign in a quoted attribute does not end it, if the quote does within reason."""
    end = markup.find(">", at)
    if end < 0:
        unending.add(">")
        return len(markup)
    if markup.count('"', at, end) % 2:
        quote = markup.find('"', end, end + 2000)
        further = markup.find(">", quote, quote + 2000) if quote >= 0 else -1
        end = further if further >= 0 else end
    return end
