"""A line chart drawn by the server: points for an SVG without inline style. The table beside it is the truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 640, 300
LEFT, RIGHT, TOP, BOTTOM = 52, 96, 14, 44
STEP = 10


@dataclass(frozen=True, slots=True)
class Point:
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Line:
    """One series: the stretches between gaps as SVG paths, the points, and where its name stands."""

    name: str
    paths: tuple[str, ...]
    points: tuple[Point, ...]
    last: int | None
    name_at: Point | None


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything a template needs to draw: the scale, its lines, the labels below."""

    width: int
    height: int
    left: int
    right: int
    lines: tuple[Line, ...]
    scale: tuple[tuple[int, float], ...]
    labels: tuple[tuple[str, float], ...]
    goal: float
    base: float


def draw(
    names: Sequence[str], series: Sequence[Sequence[int | None]], labels: Sequence[str], *, goal: int
) -> Chart:
    """Percentages over time. A None is a gap: nothing is drawn where too few were asked."""
    known = [value for one in series for value in one if value is not None]
    lowest = min([*known, goal]) // STEP * STEP
    lowest = min(lowest, 100 - 2 * STEP)

    def y(value: float) -> float:
        return round(TOP + (100 - value) / (100 - lowest) * (HEIGHT - TOP - BOTTOM), 1)

    def x(place: int) -> float:
        return round(LEFT + place / max(len(labels) - 1, 1) * (WIDTH - LEFT - RIGHT), 1)

    lines = [
        _line(name, [None if value is None else Point(x(at), y(value)) for at, value in enumerate(one)], one)
        for name, one in zip(names, series, strict=True)
    ]
    step = STEP if (100 - lowest) / STEP <= 5 else 2 * STEP
    return Chart(
        width=WIDTH,
        height=HEIGHT,
        left=LEFT,
        right=WIDTH - RIGHT,
        lines=_apart(lines),
        scale=tuple((value, y(value)) for value in range(100, lowest - 1, -step)),
        labels=tuple((label, x(at)) for at, label in enumerate(labels)),
        goal=y(goal),
        base=HEIGHT - BOTTOM,
    )


def _line(name: str, points: Sequence[Point | None], values: Sequence[int | None]) -> Line:
    stretches: list[list[Point]] = [[]]
    for point in points:
        if point is None:
            stretches.append([])
        else:
            stretches[-1].append(point)
    drawn = [point for point in points if point is not None]
    paths = tuple(
        "M" + "L".join(f"{point.x} {point.y}" for point in stretch)
        for stretch in stretches
        if len(stretch) > 1
    )
    last = next((value for value in reversed(values) if value is not None), None)
    return Line(name, paths, tuple(drawn), last, drawn[-1] if drawn else None)


def _apart(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Move names that would stand on one another apart, the lower one down."""
    placed: list[Line] = []
    taken: list[float] = []
    for line in sorted(lines, key=lambda one: one.name_at.y if one.name_at else 0):
        at = line.name_at
        if at is not None:
            lower = max([at.y, *(y + 18 for y in taken)])
            taken.append(lower)
            at = Point(at.x, lower)
        placed.append(Line(line.name, line.paths, line.points, line.last, at))
    order = {line.name: place for place, line in enumerate(lines)}
    return tuple(sorted(placed, key=lambda one: order[one.name]))
