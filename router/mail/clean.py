"""HTML of a mail made fit to be looked at; the only importer of nh3.

Cleaned anew at every view, so that a better cleaner heals old mail too. What is left has no address in it at all:
no link, image, style, form or script, so nothing can be fetched from anywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from html.parser import HTMLParser

import nh3

# More than this is no letter; the rest can be read in the whole mail.
MOST_SIGNS = 400_000
INLINE = frozenset({"b", "big", "code", "em", "i", "s", "small", "strong", "sub", "sup", "tt", "u"})
BLOCKS = frozenset(
    "address article aside blockquote br caption center dd del div dl dt figure footer h1 h2 h3 h4 h5 h6 "
    "header hr ins li main nav ol p pre section "
    "table tbody td tfoot th thead tr ul".split()
)
# What stands inside these is no text for people.
UNREAD = frozenset(
    "script style head title template noscript noembed noframes iframe object xmp textarea select "
    "svg math plaintext audio video".split()
)
SPANS = frozenset({"colspan", "rowspan"})
FRAME = (
    '<!doctype html><html lang="sv"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    '<meta name="color-scheme" content="light dark"><title>{title}</title></head><body>{body}</body></html>'
)


def document(html: str, hide: Callable[[str], str], *, title: str) -> str:
    """A whole document of what can be read in a mail's HTML.

    `hide` is given the text as a reader sees it, also where it is cut up by markup, and returns as many signs.
    """
    cleaned = nh3.clean(
        html[:MOST_SIGNS],
        tags=set(INLINE | BLOCKS),
        clean_content_tags=set(UNREAD),
        attributes={"td": set(SPANS), "th": set(SPANS)},
        generic_attribute_prefixes=set(),
        url_schemes=set(),
        link_rel=None,
    )
    pieces = _Pieces()
    pieces.feed(cleaned)
    pieces.close()
    return FRAME.format(title=escape(title), body=pieces.written(hide))


class _Pieces(HTMLParser):
    """Cleaned HTML as tags and texts, in order: a number cut up by tags is still one number to a reader."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        # (is it text, what it says)
        self._parts: list[tuple[bool, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._break(tag)
        given = "".join(f' {name}="{escape(value or "")}"' for name, value in attrs if name in SPANS)
        self._parts.append((False, f"<{tag}{given}>"))

    def handle_endtag(self, tag: str) -> None:
        self._parts.append((False, f"</{tag}>"))
        self._break(tag)

    def handle_data(self, data: str) -> None:
        self._parts.append((True, data))

    def _break(self, tag: str) -> None:
        # A line feed is nothing in HTML, and keeps two cells from being read as one number.
        if tag in BLOCKS:
            self._parts.append((True, "\n"))

    def written(self, hide: Callable[[str], str]) -> str:
        hidden = hide("".join(said for is_text, said in self._parts if is_text))
        told, at = [], 0
        for is_text, said in self._parts:
            if is_text:
                told.append(escape(hidden[at : at + len(said)]))
                at += len(said)
            else:
                told.append(said)
        return "".join(told)
