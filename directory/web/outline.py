"""The outlines of the municipalities: which there are, and the part of the country to show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from re import compile as pattern

FILE = "municipalities.svg"
MARGIN = 12

_OUTLINE = pattern(r'<path id="k(\d{4})" d="([^"]+)"')
_PART = pattern(r"M([^l]+)l([^z]+)z")
_NUMBER = pattern(r"-?\d+")

Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Outline:
    """What to draw: a view box, and the municipalities that stand in it."""

    box: str
    codes: tuple[str, ...]


def outline(folder: str, places: Iterable[str]) -> Outline:
    """The part of the country where the places are, with their neighbours; all of it when none is known."""
    boxes = _boxes(folder)
    chosen = [boxes[place] for place in places if place in boxes] or list(boxes.values())
    left, top = min(box[0] for box in chosen) - MARGIN, min(box[1] for box in chosen) - MARGIN
    right, bottom = max(box[2] for box in chosen) + MARGIN, max(box[3] for box in chosen) + MARGIN
    codes = tuple(
        code
        for code, box in boxes.items()
        if box[0] < right and box[2] > left and box[1] < bottom and box[3] > top
    )
    return Outline(f"{left} {top} {right - left} {bottom - top}", codes)


@cache
def _boxes(folder: str) -> Mapping[str, Box]:
    text = (Path(folder) / FILE).read_text(encoding="ascii")
    return {code: _box(path) for code, path in _OUTLINE.findall(text)}


def _box(path: str) -> Box:
    xs, ys = [], []
    for start, steps in _PART.findall(path):
        x, y = map(int, _NUMBER.findall(start))
        xs.append(x)
        ys.append(y)
        moves = [int(one) for one in _NUMBER.findall(steps)]
        for dx, dy in zip(moves[::2], moves[1::2], strict=True):
            x, y = x + dx, y + dy
            xs.append(x)
            ys.append(y)
    return min(xs), min(ys), max(xs), max(ys)
