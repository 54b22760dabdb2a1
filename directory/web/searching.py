"""What the address of a search page says, and addresses of searches a little different."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from directory.flows.workplace import Workplace
from directory.rules.found import Wanted

PAGE = 10
LAST_PAGE = 200
LONGEST_TEXT = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """A search as the form sends it. Everything is in the address, so that it can be kept and passed on."""

    text: str
    from_party: str
    area: str
    kind: str
    party_kinds: tuple[str, ...]
    entry_kinds: tuple[str, ...]
    page: int

    @property
    def wanted(self) -> Wanted:
        return Wanted(
            text=self.text,
            from_party=self.from_party,
            area=self.area,
            kind=self.kind,
            limit=PAGE,
            offset=(self.page - 1) * PAGE,
            party_kinds=self.party_kinds,
            entry_kinds=self.entry_kinds,
        )

    @property
    def is_narrowed(self) -> bool:
        return bool(self.kind or self.party_kinds or self.entry_kinds)

    def address(self, *, page: int = 1, narrowed: bool = True, area: str | None = None) -> str:
        """The address of the same search on another page, without narrowing, or in another area."""
        pairs = [("q", self.text), ("fran", self.from_party), ("omrade", self.area if area is None else area)]
        if narrowed:
            pairs += [("part", one) for one in self.party_kinds]
            pairs += [("slag", one) for one in self.entry_kinds]
            pairs += [("typ", self.kind)] if self.kind else []
        if page > 1:
            pairs.append(("sida", str(page)))
        return f"/sok?{urlencode(pairs)}"


def read(args: MultiDict[str, str], workplace: Workplace) -> Asked:
    """Read an address. What it does not say is taken from where the person works; what it leaves empty is not."""
    return Asked(
        text=args.get("q", "")[:LONGEST_TEXT].strip(),
        from_party=args.get("fran", workplace.party),
        area=args.get("omrade", workplace.area),
        kind=args.get("typ", ""),
        party_kinds=tuple(dict.fromkeys(one for one in args.getlist("part") if one)),
        entry_kinds=tuple(dict.fromkeys(one for one in args.getlist("slag") if one)),
        page=_page(args.get("sida", "1")),
    )


def _page(text: str) -> int:
    return min(max(int(text), 1), LAST_PAGE) if text.isascii() and text.isdigit() and len(text) < 5 else 1
