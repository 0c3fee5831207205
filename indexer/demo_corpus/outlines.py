"""Closed and open outlines as lists of points, in the units of whoever draws them."""

from __future__ import annotations

import math
from collections.abc import Sequence

Points = list[tuple[float, float]]


def oval(
    x: float, y: float, rx: float, ry: float, *, start: float = 0.0, end: float = 360.0
) -> Points:
    """Trace an ellipse clockwise from `start` to `end` degrees; 0 points right, 90 down."""
    steps = max(12, round(abs(end - start) / 4))
    angles = [math.radians(start + (end - start) * i / steps) for i in range(steps + 1)]
    return [(x + rx * math.cos(a), y + ry * math.sin(a)) for a in angles]


def box(x0: float, y0: float, x1: float, y1: float, *, radius: float = 0.0) -> Points:
    """Trace a rectangle with corners rounded by `radius`."""
    if radius <= 0:
        return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    r = min(radius, (x1 - x0) / 2, (y1 - y0) / 2)
    corners = (
        (x1 - r, y0 + r, -90),
        (x1 - r, y1 - r, 0),
        (x0 + r, y1 - r, 90),
        (x0 + r, y0 + r, 180),
    )
    return [p for x, y, a in corners for p in oval(x, y, r, r, start=a, end=a + 90)]


def star(x: float, y: float, outer: float, inner: float, *, tips: int = 5) -> Points:
    """Trace a star whose first tip points up."""
    points = []
    for i in range(2 * tips):
        angle = math.pi * i / tips - math.pi / 2
        reach = inner if i % 2 else outer
        points.append((x + reach * math.cos(angle), y + reach * math.sin(angle)))
    return points


def smooth(
    through: Sequence[tuple[float, float]], *, closed: bool = True, steps: int = 10
) -> Points:
    """Round a polygon: the Catmull-Rom curve through its corners."""
    n = len(through)
    spans = range(n) if closed else range(n - 1)
    points: Points = []
    for i in spans:
        if closed:
            a, b, c, d = (through[(i + k) % n] for k in (-1, 0, 1, 2))
        else:
            a, b, c, d = (through[min(max(i + k, 0), n - 1)] for k in (-1, 0, 1, 2))
        points += [_between(a, b, c, d, k / steps) for k in range(steps)]
    return points if closed else [*points, through[-1]]


def _between(
    a: tuple[float, float],
    b: tuple[float, float],
    c: tuple[float, float],
    d: tuple[float, float],
    t: float,
) -> tuple[float, float]:
    """Return the point at `t` in [0, 1] of the Catmull-Rom span from `b` to `c`."""
    x, y = (
        0.5
        * (
            2 * b[k]
            + (c[k] - a[k]) * t
            + (2 * a[k] - 5 * b[k] + 4 * c[k] - d[k]) * t**2
            + (3 * b[k] - a[k] - 3 * c[k] + d[k]) * t**3
        )
        for k in (0, 1)
    )
    return x, y
