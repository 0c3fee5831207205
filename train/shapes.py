"""Coloured shapes and grounds: what drawn scenes and clips are made of.

Outlines are polygons in the unit square (x right, y down, both in -1..1); a shape is filled
through a mask drawn several times larger and reduced, so edges are smooth.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

import numpy as np
from PIL import Image, ImageDraw

COLOURS = {
    "red": (214, 39, 40),
    "orange": (255, 140, 15),
    "yellow": (250, 219, 40),
    "green": (44, 160, 60),
    "turquoise": (60, 205, 200),
    "blue": (35, 80, 215),
    "purple": (130, 55, 175),
    "pink": (250, 145, 190),
    "brown": (125, 75, 40),
    "black": (22, 22, 24),
    "white": (248, 248, 248),
    "grey": (140, 142, 145),
}
TEXTURES = ("plain", "gradient", "striped", "checkered", "dotted", "grainy")
SUPERSAMPLING = 3
CORNERS = 48  # of a circle

Point = tuple[float, float]
Colour = tuple[int, int, int]


def arc(start: float, end: float, *, radius: float = 1.0, cx: float = 0.0) -> list[Point]:
    """Return points of a circle between two angles in degrees, clockwise on the screen."""
    steps = max(2, round(CORNERS * abs(end - start) / 360))
    angles = (math.radians(start + (end - start) * i / steps) for i in range(steps + 1))
    return [(cx + radius * math.cos(a), radius * math.sin(a)) for a in angles]


def regular(corners: int, *, inner: float = 1.0) -> list[Point]:
    """Return a regular polygon standing on its side; `inner` < 1 makes a star of twice as many."""
    count = corners if inner == 1.0 else 2 * corners
    radii = (1.0 if i % 2 == 0 else inner for i in range(count))
    angles = (2 * math.pi * i / count - math.pi / 2 for i in range(count))
    return [(r * math.cos(a), r * math.sin(a)) for r, a in zip(radii, angles, strict=True)]


def heart() -> list[Point]:
    """Return the usual parametric heart, point down."""
    turn = [2 * math.pi * i / CORNERS for i in range(CORNERS)]
    xs = [16 * math.sin(t) ** 3 for t in turn]
    ys = [
        13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t) for t in turn
    ]
    return [(x / 16.5, -(y + 2.5) / 15.5) for x, y in zip(xs, ys, strict=True)]


def plus(arm: float) -> list[Point]:
    """Return an upright cross with arms of half width `arm`."""
    a = arm
    return [(-a, -1), (a, -1), (a, -a), (1, -a), (1, a), (a, a),
            (a, 1), (-a, 1), (-a, a), (-1, a), (-1, -a), (-a, -a)]  # fmt: skip


def box(width: float, height: float) -> list[Point]:
    """Return an upright rectangle of half width and half height."""
    return [(-width, -height), (width, -height), (width, height), (-width, height)]


OUTLINES: dict[str, list[Point]] = {
    "circle": arc(0, 360),
    "square": box(0.86, 0.86),
    "triangle": regular(3),
    "star": regular(5, inner=0.42),
    "heart": heart(),
    "diamond": [(0, -1), (0.68, 0), (0, 1), (-0.68, 0)],
    "pentagon": regular(5),
    "hexagon": regular(6),
    "cross": plus(0.34),
    "ring": arc(0, 360),
    "crescent": [*arc(50, 310), *arc(257, 103, radius=0.8, cx=0.44)],
    "oval": [(x, 0.58 * y) for x, y in arc(0, 360)],
    "rectangle": box(1.0, 0.52),
    "arrow": [(-1, -0.3), (0.1, -0.3), (0.1, -0.8), (1, 0), (0.1, 0.8), (0.1, 0.3), (-1, 0.3)],
}
HOLES = {"ring": 0.58}  # radius of the hole
ROUND = {"circle", "ring"}  # a turn does not show


@dataclass(frozen=True, slots=True)
class Look:
    """How one shape is painted: RGB, a turn in degrees, a darker rim in fractions of its size."""

    colour: Colour
    angle: float = 0.0
    rim: float = 0.0
    shading: float = 0.0


def near_colour(name: str, random: Random) -> Colour:
    """Return the named colour, a little lighter or darker and slightly off, still that colour."""
    light = random.uniform(-18, 14)
    return tuple(
        min(255, max(0, round(value + light + random.uniform(-9, 9)))) for value in COLOURS[name]
    )


def shape_mask(shape: str, radius: float, angle: float) -> Image.Image:
    """Return the filled shape as a mask with smooth edges, its centre in the middle: mode L."""
    half = math.ceil(radius * 1.05) + 1
    scale, middle = radius * SUPERSAMPLING, half * SUPERSAMPLING
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    place = [
        (middle + scale * (x * cos - y * sin), middle + scale * (x * sin + y * cos))
        for x, y in OUTLINES[shape]
    ]
    mask = Image.new("L", (2 * middle, 2 * middle))
    draw = ImageDraw.Draw(mask)
    draw.polygon(place, fill=255)
    if shape in HOLES:
        draw.circle((middle, middle), HOLES[shape] * scale, fill=0)
    return mask.reduce(SUPERSAMPLING)


def paint_shape(
    image: Image.Image, shape: str, look: Look, *, centre: Point, radius: float
) -> None:
    """Paint a shape in place; centre and radius in pixels."""
    mask = shape_mask(shape, radius, look.angle)
    corner = (round(centre[0] - mask.width / 2), round(centre[1] - mask.height / 2))
    if look.rim:
        image.paste(tuple(round(0.45 * v) for v in look.colour), corner, mask)
        mask = shape_mask(shape, radius * (1 - look.rim), look.angle)
        corner = (round(centre[0] - mask.width / 2), round(centre[1] - mask.height / 2))
    fill = shaded(look.colour, mask.size, look.shading) if look.shading else look.colour
    image.paste(fill, (*corner, corner[0] + mask.width, corner[1] + mask.height), mask)


def shaded(colour: Colour, size: tuple[int, int], amount: float) -> Image.Image:
    """Return a fill that is lighter above and darker below by `amount` (0..1)."""
    ramp = np.linspace(1 + amount, 1 - amount, size[1])[:, None, None]  # (H, 1, 1)
    pixels = np.clip(np.array(colour) * ramp, 0, 255).astype(np.uint8)  # (H, 1, 3)
    return Image.fromarray(np.ascontiguousarray(np.broadcast_to(pixels, (size[1], size[0], 3))))


def paint_ground(texture: str, colour: Colour, size: int, random: Random) -> Image.Image:
    """Return a square ground of the colour: `plain`, or with a soft texture in its own shades."""
    values = np.array(colour, dtype=np.float32)
    if texture == "plain":
        return Image.new("RGB", (size, size), colour)
    amount = texture_field(texture, size, random)[..., None]  # (S, S, 1), -1..1
    towards = np.where(values.mean() > 150, values * 0.62, values + (255 - values) * 0.42)
    pixels = values + (towards - values) * np.clip(amount, 0, 1)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def texture_field(texture: str, size: int, random: Random) -> np.ndarray:
    """Return how far each pixel leaves the ground's colour for its second shade: (S, S), 0..1."""
    axis = np.arange(size, dtype=np.float32) / size
    x, y = axis[None, :], axis[:, None]
    angle = random.uniform(0, 2 * math.pi)
    along = x * math.cos(angle) + y * math.sin(angle)  # (S, S)
    count = random.randint(6, 12)
    if texture == "gradient":
        return (along - along.min()) / (along.max() - along.min())
    if texture == "striped":
        return np.clip(np.sin(2 * math.pi * along * count) * 3, 0, 1)
    if texture == "checkered":
        return ((np.floor(x * count) + np.floor(y * count)) % 2).astype(np.float32)
    if texture == "dotted":
        near = ((x * count) % 1 - 0.5) ** 2 + ((y * count) % 1 - 0.5) ** 2
        return np.clip((0.09 - near) * 40, 0, 1)
    noise = np.random.default_rng(random.getrandbits(32)).random((size, size), dtype=np.float32)
    return noise * 0.5
