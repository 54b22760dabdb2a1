"""What templates are given beside their data: words, icons, bars, and addresses of static files.

The only place that may call text safe: an icon and a bar are markup of our own, made from checked values.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from pathlib import Path

from flask import Flask
from jinja2 import StrictUndefined
from markupsafe import Markup

from config import words

ICONS = "icons.svg"

_SYMBOL = re.compile(r'<symbol id="([a-z0-9]+)"')
_DUE_ICONS = {"tid": "klocka", "snart": "timglas", "forsenad": "varning", "klar": "bock", "paus": "paus"}
_DUE = Markup('<span class="sv-frist" data-lage="{}">{}<span class="ds-sr-only">{}: </span>{}</span>')
_WORDS = (
    words.label,
    words.say,
    words.explain,
    words.day,
    words.moment,
    words.clock_time,
    words.short_day,
    words.near,
    words.late,
    words.term,
    words.rfc3339,
)


def prepare(app: Flask) -> None:
    """Give an application's templates everything of this module. A misspelt name then fails, never shows as nothing."""
    static = Static(Path(str(app.static_folder)), str(app.static_url_path))
    env = app.jinja_env
    env.undefined = StrictUndefined
    env.trim_blocks = True
    env.lstrip_blocks = True
    env.globals.update({word.__name__: word for word in _WORDS})
    env.globals.update(
        ikon=static.icon, frist=static.due, stapel=bar, static_url=static.url, decimal=decimal, tel=tel
    )


class Static:
    """The folder of static files, read once: its addresses change exactly when the contents do."""

    def __init__(self, folder: Path, address: str) -> None:
        self._address = address
        self._digests = {
            path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()[:12]
            for path in folder.rglob("*")
            if path.is_file()
        }
        sprite = folder / ICONS
        self._icons = frozenset(_SYMBOL.findall(sprite.read_text(encoding="utf-8")))
        # Drawn once: a list of fifty rows has a hundred of them, and the next page nearly the same.
        self.icon = lru_cache(maxsize=500)(self._icon)
        self.due = lru_cache(maxsize=5000)(self._due)

    def url(self, name: str) -> str:
        """The address of a file with its digest, so that browsers may keep it for a year."""
        return f"{self._address}/{name}?v={self._digests[name]}"

    def _icon(self, name: str, css: str = "") -> Markup:
        """An icon from the sprite. It carries no meaning of its own: the word stands beside it."""
        if name not in self._icons:
            raise KeyError(f"there is no icon {name!r} in {ICONS}")
        return Markup(
            '<svg class="{}" viewBox="0 0 24 24" fill="none" aria-hidden="true" focusable="false">'
            '<use href="{}#{}"></use></svg>'
        ).format(f"sv-ikon {css}".strip(), self.url(ICONS), name)

    def _due(self, lage: str, text: str, iso: str = "", vad: str = "Svarsfrist") -> Markup:
        """The mark of a deadline. lage: tid | snart | forsenad | klar | paus."""
        time = Markup('<time datetime="{}">{}</time>').format(iso, text) if iso else text
        return _DUE.format(lage, self.icon(_DUE_ICONS[lage]), vad, time)


def bar(value: float, mal: float | None = None, lag: bool = False) -> Markup:
    """A bar from 0 to 100 with a mark at the goal, as SVG: a style attribute would break the content policy."""
    goal = Markup('<rect class="mal" x="{}%" width="2" height="8"/>').format(mal) if mal is not None else ""
    return Markup(
        '<svg class="sv-stapel-svg" height="8" aria-hidden="true" focusable="false">'
        '<rect class="bak" width="100%" height="8"/><rect class="{}" width="{}%" height="8"/>{}</svg>'
    ).format("lag" if lag else "fyll", min(max(value, 0), 100), goal)


def decimal(value: float) -> str:
    """`1,5`, and `2` rather than `2,0`."""
    return f"{value:.1f}".removesuffix(".0").replace(".", ",")


def tel(number: str) -> str:
    """A Swedish telephone number as the address of a link: `tel:+46846500443`."""
    digits = "".join(sign for sign in number if sign.isascii() and sign.isdigit())
    if number.strip().startswith("+"):
        return f"tel:+{digits}"
    return f"tel:+46{digits[1:]}" if digits.startswith("0") else f"tel:{digits}"
