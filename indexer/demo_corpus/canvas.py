"""A canvas to draw flat illustrations on: large inside, reduced at the end, so edges are clean.

The picture is 100 units high and `width` units wide, x to the right, y downwards. `at` moves,
scales and turns the units, so a thing drawn once around the origin can stand anywhere.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageChops, ImageColor, ImageDraw, ImageFilter, ImageFont

from indexer.demo_corpus import outlines
from indexer.demo_corpus.outlines import Points

Rgba = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Shade:
    """A run of colours (`#rrggbb` or `#rrggbbaa`) over the extent of the shape it fills.

    `way` is `down`, `right` or `round`; `centre` is where `round` starts, in fractions.
    """

    colours: tuple[str, ...]
    way: str = "down"
    centre: tuple[float, float] = (0.38, 0.32)


Paint = str | Shade


def down(*colours: str) -> Shade:
    """Shade from top to bottom."""
    return Shade(colours)


def right(*colours: str) -> Shade:
    """Shade from left to right."""
    return Shade(colours, way="right")


def lit(*colours: str, centre: tuple[float, float] = (0.38, 0.32)) -> Shade:
    """Shade from a highlight outwards, as light falls on a ball."""
    return Shade(colours, way="round", centre=centre)


def rgba(colour: str) -> Rgba:
    """Read `#rrggbb` or `#rrggbbaa` as four numbers of 0..255."""
    red, green, blue, alpha = ImageColor.getcolor(colour, "RGBA")
    return red, green, blue, alpha


def mix(first: str, second: str, share: float) -> str:
    """Blend two opaque colours: `share` 0 is all of the first, 1 all of the second."""
    pairs = zip(rgba(first)[:3], rgba(second)[:3], strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


class Canvas:
    """A picture being drawn; `finish` returns it at the size asked for."""

    def __init__(self, width_px: int, height_px: int, *, oversample: int = 3) -> None:
        self.image = Image.new("RGB", (width_px * oversample, height_px * oversample), "white")
        self.oversample = oversample
        unit = height_px * oversample / 100
        self.width = 100 * width_px / height_px
        self.matrix = (unit, 0.0, 0.0, 0.0, unit, 0.0)

    def at(
        self, x: float, y: float, scale: float = 1.0, *, turn: float = 0.0, flip: bool = False
    ) -> Canvas:
        """Return the same picture with the origin at (x, y), units scaled, turned clockwise."""
        a, b, c, d, e, f = self.matrix
        cos, sin = math.cos(math.radians(turn)) * scale, math.sin(math.radians(turn)) * scale
        side = -1 if flip else 1
        moved = object.__new__(Canvas)
        moved.image, moved.oversample, moved.width = self.image, self.oversample, self.width
        moved.matrix = (
            (a * cos + b * sin) * side,
            b * cos - a * sin,
            a * x + b * y + c,
            (d * cos + e * sin) * side,
            e * cos - d * sin,
            d * x + e * y + f,
        )
        return moved

    def copy(self) -> Canvas:
        """Return a picture of its own that starts as this one looks now."""
        twin = self.at(0, 0)
        twin.image = self.image.copy()
        return twin

    def to_pixels(self, points: Sequence[tuple[float, float]]) -> Points:
        a, b, c, d, e, f = self.matrix
        return [(a * x + b * y + c, d * x + e * y + f) for x, y in points]

    @property
    def unit(self) -> float:
        """How many pixels of the large picture one unit takes."""
        return math.hypot(self.matrix[0], self.matrix[3])

    def shape(self, points: Sequence[tuple[float, float]], paint: Paint) -> None:
        """Fill a polygon."""
        corners = self.to_pixels(points)
        if isinstance(paint, Shade):
            _pour(self.image, corners, paint)
        else:
            ImageDraw.Draw(self.image, "RGBA").polygon(corners, fill=rgba(paint))

    def blob(self, points: Sequence[tuple[float, float]], paint: Paint) -> None:
        """Fill the smooth outline through some points."""
        self.shape(outlines.smooth(points), paint)

    def oval(self, x: float, y: float, rx: float, ry: float, paint: Paint) -> None:
        self.shape(outlines.oval(x, y, rx, ry), paint)

    def box(
        self, x0: float, y0: float, x1: float, y1: float, paint: Paint, *, radius: float = 0.0
    ) -> None:
        self.shape(outlines.box(x0, y0, x1, y1, radius=radius), paint)

    def arc(
        self,
        x: float,
        y: float,
        rx: float,
        ry: float,
        start: float,
        end: float,
        paint: str,
        width: float,
    ) -> None:
        """Stroke a part of an ellipse; angles in degrees, 0 right, 90 down."""
        self.stroke(outlines.oval(x, y, rx, ry, start=start, end=end), paint, width)

    def stroke(
        self,
        points: Sequence[tuple[float, float]],
        paint: str,
        width: float,
        *,
        curved: bool = False,
    ) -> None:
        """Draw a line with round ends and joints."""
        path = outlines.smooth(points, closed=False) if curved else list(points)
        thick, pixels, colour = width * self.unit, self.to_pixels(path), rgba(paint)
        if colour[3] == 255:
            _trace(ImageDraw.Draw(self.image), pixels, thick, colour[:3])
            return
        left, top, size = _extent(pixels, margin=thick / 2 + 2)
        mask = Image.new("L", size)
        moved = [(x - left, y - top) for x, y in pixels]
        _trace(ImageDraw.Draw(mask), moved, thick, colour[3])
        self.image.paste(colour[:3], (left, top), mask)

    def soft(self, x: float, y: float, rx: float, ry: float, colour: str) -> None:
        """Lay a spot that fades to nothing at its rim: a glow, a shadow on the floor."""
        rim = colour[:7] + "00"
        half = f"{colour[:7]}{rgba(colour)[3] * 2 // 5:02x}"
        self.oval(x, y, rx, ry, lit(colour, half, rim, centre=(0.5, 0.5)))

    def shadow(
        self,
        points: Sequence[tuple[float, float]],
        *,
        dx: float = 1.5,
        dy: float = 2.5,
        blur: float = 2.5,
        strength: float = 0.28,
    ) -> None:
        """Lay the blurred shadow of an outline, to be covered by the thing itself."""
        coarse = 4
        size = (self.image.width // coarse, self.image.height // coarse)
        mask = Image.new("L", size)
        moved = self.to_pixels([(x + dx, y + dy) for x, y in points])
        level = round(255 * strength)
        ImageDraw.Draw(mask).polygon([(x / coarse, y / coarse) for x, y in moved], fill=level)
        mask = mask.filter(ImageFilter.GaussianBlur(blur * self.unit / coarse))
        self.image.paste("#1b2233", (0, 0), mask.resize(self.image.size))

    @contextmanager
    def inside(self, outline: Sequence[tuple[float, float]]) -> Iterator[None]:
        """Keep what is drawn in the block within an outline."""
        before = self.image.copy()
        yield
        mask = Image.new("L", self.image.size)
        ImageDraw.Draw(mask).polygon(self.to_pixels(outline), fill=255)
        before.paste(self.image, (0, 0), mask)
        self.image.paste(before)

    def text(self, x: float, y: float, words: str, paint: str, height: float) -> None:
        """Write words centred on (x, y); `height` is the font's size in units, never turned."""
        font = ImageFont.load_default(height * self.unit)
        place = self.to_pixels([(x, y)])[0]
        ImageDraw.Draw(self.image, "RGBA").text(
            place, words, fill=rgba(paint), font=font, anchor="mm"
        )

    def finish(self) -> Image.Image:
        """Return the picture at its final size."""
        return self.image.reduce(self.oversample)


def _trace(
    brush: ImageDraw.ImageDraw, path: Points, thick: float, ink: int | tuple[int, ...]
) -> None:
    """Draw a line through `path` (pixels) with round ends and joints."""
    brush.line(path, fill=ink, width=max(1, round(thick)))
    if thick > 3:
        r = thick / 2 - 0.5
        for x, y in path:
            brush.ellipse((x - r, y - r, x + r, y + r), fill=ink)


def _extent(path: Points, *, margin: float) -> tuple[int, int, tuple[int, int]]:
    """Return left, top and (width, height) of what a path covers, in pixels."""
    xs, ys = [x for x, _ in path], [y for _, y in path]
    left, top = math.floor(min(xs) - margin), math.floor(min(ys) - margin)
    return left, top, (math.ceil(max(xs) + margin) - left, math.ceil(max(ys) + margin) - top)


def _pour(image: Image.Image, corners: Points, shade: Shade) -> None:
    """Fill a polygon of `image` (pixels) with a shade that spans its extent."""
    left, top, size = _extent(corners, margin=0.5)
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + size[0], image.width), min(top + size[1], image.height)
    if x1 <= x0 or y1 <= y0:
        return
    mask = Image.new("L", (x1 - x0, y1 - y0))
    ImageDraw.Draw(mask).polygon([(x - x0, y - y0) for x, y in corners], fill=255)
    seen = (x0 - left, y0 - top, x1 - left, y1 - top)
    stops = np.array([rgba(colour) for colour in shade.colours], float)
    if stops[:, 3].min() < 255:
        mask = ImageChops.multiply(mask, _spread(shade.way, shade.centre, stops[:, 3], size, seen))
    image.paste(_spread(shade.way, shade.centre, stops[:, :3], size, seen), (x0, y0), mask)


def _spread(
    way: str,
    centre: tuple[float, float],
    stops: np.ndarray,
    size: tuple[int, int],
    seen: tuple[int, int, int, int],
) -> Image.Image:
    """Spread stops, (n,) or (n, 3), over `size` pixels and return the part `seen` of it.

    A small ramp is enlarged; a straight one first along its way, then by copying.
    """
    if way == "round":
        v, u = np.mgrid[0:64, 0:64] / 63.0
        place = np.hypot(u - centre[0], v - centre[1]) / max(*centre, 1 - centre[0], 1 - centre[1])
    else:
        place = np.linspace(0.0, 1.0, 256)[:, None]
        place = place.T if way == "right" else place
    where, levels = np.linspace(0.0, 1.0, len(stops)), stops.reshape(len(stops), -1)
    bands = np.stack([np.interp(place, where, level) for level in levels.T], axis=-1)
    pixels = bands.round().astype(np.uint8)
    small = Image.fromarray(pixels[..., 0] if stops.ndim == 1 else pixels)
    sx, sy = small.width / size[0], small.height / size[1]
    part = (seen[0] * sx, seen[1] * sy, seen[2] * sx, seen[3] * sy)
    wide, high = seen[2] - seen[0], seen[3] - seen[1]
    if way == "round":
        return small.resize((wide, high), Image.Resampling.BILINEAR, box=part)
    along = (wide, 1) if way == "right" else (1, high)
    line = small.resize(along, Image.Resampling.BILINEAR, box=part)
    return line.resize((wide, high), Image.Resampling.NEAREST)
