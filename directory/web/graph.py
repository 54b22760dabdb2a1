"""The map of contact paths as a graph drawn by the server: places for an SVG. The table beside it is the truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import atan2, cos, hypot, pi, sin

from directory.rules.mapped import Cell
from directory.rules.paths import PathStatus

WIDTH, HEIGHT = 640, 440
ACROSS, DOWN = 190, 150
RADIUS = 9
LABEL = 24
# How far the middle of an edge stands beside the straight line, so that there and back are two lines.
BEND = 0.1
GAP = 4
# Straight above or below, and so nearly that the name stands there too.
ALMOST, STEEP = 0.05, 0.8


@dataclass(frozen=True, slots=True)
class Edge:
    """A path that exists, as an SVG path from its own node towards the other."""

    cell: Cell
    path: str


@dataclass(frozen=True, slots=True)
class Node:
    """A side of the map, where its name stands, and the paths that lead from it."""

    side: str
    x: float
    y: float
    label_x: float
    label_y: float
    anchor: str
    edges: tuple[Edge, ...]


@dataclass(frozen=True, slots=True)
class Graph:
    width: int
    height: int
    radius: int
    nodes: tuple[Node, ...]


def draw(sides: Sequence[str], cells: Mapping[tuple[str, str], Cell]) -> Graph:
    """The sides in a ring, the first at the top left, with an edge for each path that is not missing."""
    places = {side: _place(number, len(sides)) for number, side in enumerate(sides)}
    nodes = []
    for side, (x, y, angle) in places.items():
        edges = tuple(
            Edge(cell, _edge((x, y), places[cell.to_side][:2]))
            for cell in cells.values()
            if cell.from_side == side and cell.status is not PathStatus.MISSING
        )
        nodes.append(Node(side, x, y, *_label(x, y, angle), edges))
    return Graph(WIDTH, HEIGHT, RADIUS, tuple(nodes))


def _place(number: int, count: int) -> tuple[float, float, float]:
    angle = 2 * pi * number / count - pi / 2 - pi / count
    return round(WIDTH / 2 + ACROSS * cos(angle), 1), round(HEIGHT / 2 + DOWN * sin(angle), 1), angle


def _label(x: float, y: float, angle: float) -> tuple[float, float, str]:
    """Beside a node; above the highest and below the lowest, away from the middle so that neighbours have room."""
    across, down = cos(angle), sin(angle)
    anchor = "middle" if abs(across) < ALMOST else "start" if across > 0 else "end"
    outwards = 1 if across > 0 else -1
    if abs(down) > STEEP:
        below = LABEL + 4 if down > 0 else 6 - LABEL
        return round(x - (outwards * LABEL if anchor != "middle" else 0), 1), round(y + below, 1), anchor
    return round(x + outwards * (LABEL - 6), 1), round(y + 5, 1), anchor


def _edge(start: tuple[float, float], end: tuple[float, float]) -> str:
    """A bow from the rim of one node to the rim of the other, to the right of the one who goes."""
    (x1, y1), (x2, y2) = start, end
    middle = (x1 + x2) / 2 - (y2 - y1) * BEND, (y1 + y2) / 2 + (x2 - x1) * BEND
    first, last = _rim(start, middle, RADIUS), _rim(end, middle, RADIUS + GAP)
    return f"M{first[0]} {first[1]}Q{middle[0]:.1f} {middle[1]:.1f} {last[0]} {last[1]}"


def _rim(of: tuple[float, float], towards: tuple[float, float], radius: float) -> tuple[float, float]:
    across, down = towards[0] - of[0], towards[1] - of[1]
    if not hypot(across, down):
        return of
    angle = atan2(down, across)
    return round(of[0] + radius * cos(angle), 1), round(of[1] + radius * sin(angle), 1)
