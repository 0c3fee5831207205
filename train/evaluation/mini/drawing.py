"""Still pictures of MMEB-mini: coloured shapes on a ground.

Only the painting of one shape and of a ground is shared with training's scenes. Words, colours and
shapes are listed here, so that the sets stay the same when training learns to draw more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from PIL import Image

from train.evaluation.mini.items import Item, image_item
from train.held_out import pairing
from train.scenes import LOW_CONTRAST, with_article
from train.shapes import ROUND, Look, Point, near_colour, paint_ground, paint_shape

SIZE_PX = 256
COLOURS = ("red", "orange", "yellow", "green", "turquoise", "blue", "purple", "pink", "brown",
           "black", "white", "grey")  # fmt: skip
SHAPES = ("circle", "square", "triangle", "star", "heart", "diamond", "pentagon", "hexagon",
          "cross", "ring", "crescent", "oval", "rectangle", "arrow")  # fmt: skip
CONFUSABLE = {frozenset(pair) for pair in (
    ("circle", "oval"), ("circle", "ring"), ("square", "rectangle"), ("square", "diamond"),
    ("pentagon", "hexagon"),
)}  # fmt: skip
LABELS = tuple((colour, shape) for colour in COLOURS for shape in SHAPES)
GROUNDS = ("plain", "gradient", "grainy", "dotted", "striped")
CORNERS: dict[str, Point] = {
    "top left": (0.25, 0.25),
    "top right": (0.75, 0.25),
    "bottom left": (0.25, 0.75),
    "bottom right": (0.75, 0.75),
}
JITTER = 0.025
CROP = 1.45  # half a side, in radii


@dataclass(frozen=True, slots=True)
class Thing:
    """One shape: its words, centre and radius in fractions of the picture (0 hides it)."""

    colour: str
    shape: str
    at: Point
    radius: float = 0.14

    @property
    def words(self) -> str:
        """For example `a red star`."""
        return name_of(self.colour, self.shape)


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a picture shows. The seed decides shades, tilts, rims and the ground's texture."""

    things: tuple[Thing, ...]
    ground: str
    seed: int

    @property
    def pairings(self) -> tuple[str, ...]:
        return pairings(self.things)

    def to_item(self, *, text: str = "") -> Item:
        """Return the picture as an item, with a text beside it."""
        return image_item(self, lambda: draw(self), text=text)

    def to_crop(self, number: int) -> Item:
        """Return the cut-out of one thing as an item."""
        return image_item((self, number), lambda: draw_crop(self, number))


class Placed(NamedTuple):
    """A thing as it is painted, in pixels."""

    shape: str
    look: Look
    centre: Point
    radius: float


def name_of(colour: str, shape: str) -> str:
    """Return what a thing is called, for example `an orange star`."""
    return with_article(f"{colour} {shape}")


def pairings(things: Iterable[Thing]) -> tuple[str, ...]:
    """Return what things are on the axis `pairing`."""
    return tuple(pairing(thing.colour, thing.shape) for thing in things)


def clear_of(colour: str) -> list[str]:
    """Return the colours that stand out against a colour."""
    return [name for name in COLOURS if name != colour and {name, colour} not in LOW_CONTRAST]


def pick_colours(random: Random, count: int, *, first: str | None = None) -> tuple[str, list[str]]:
    """Return a ground and `count` different colours that stand out against it.

    The first colour is as often this as that, unless it is given.
    """
    first = first or random.choice(COLOURS)
    ground = random.choice(clear_of(first))
    others = [colour for colour in clear_of(ground) if colour != first]
    return ground, [first, *random.sample(others, count - 1)]


def pick_shapes(random: Random, count: int) -> list[str]:
    """Return different shapes of which none could pass for another's name."""
    while True:
        shapes = random.sample(SHAPES, count)
        if not any(pair <= set(shapes) for pair in CONFUSABLE):
            return shapes


def pick_things(
    random: Random, places: Sequence[Point], *, radius: float = 0.14, first: str | None = None
) -> tuple[str, tuple[Thing, ...]]:
    """Return a ground and a thing at every place, all of different colours and shapes."""
    ground, colours = pick_colours(random, len(places), first=first)
    shapes = pick_shapes(random, len(places))
    things = zip(colours, shapes, places, strict=True)
    return ground, tuple(Thing(*thing, radius) for thing in things)


def draw(drawing: Drawing, *, size: int = SIZE_PX) -> Image.Image:
    """Draw a picture, always the same for the same plan: square RGB."""
    random = Random(drawing.seed)
    texture = random.choices(GROUNDS, weights=(5, 2, 1, 1, 1))[0]
    image = paint_ground(texture, near_colour(drawing.ground, random), size, random)
    for shape, look, centre, radius in place_things(drawing, size):
        if radius > 0:
            paint_shape(image, shape, look, centre=centre, radius=radius)
    return image


def place_things(drawing: Drawing, size: int) -> list[Placed]:
    """Return how every thing is painted: a little off its place, of a shade of its colour."""
    random = Random(drawing.seed + 1)
    placed = []
    for thing in drawing.things:
        x, y = (size * (value + random.uniform(-JITTER, JITTER)) for value in thing.at)
        radius = size * thing.radius * random.uniform(0.9, 1.08)
        placed.append(Placed(thing.shape, pick_look(thing, random), (x, y), radius))
    return placed


def pick_look(thing: Thing, random: Random) -> Look:
    """Choose shade, tilt, rim and shading; the tilt stays small enough to name the shape."""
    tilt, rim = random.uniform(-9, 9), random.choice((0.0, 0.0, 0.12))
    tilt = 0.0 if thing.shape in ROUND else tilt  # drawn all the same: no other thing may change
    return Look(near_colour(thing.colour, random), tilt, rim, random.choice((0.0, 0.0, 0.18)))


def draw_crop(drawing: Drawing, number: int, *, size: int = SIZE_PX) -> Image.Image:
    """Draw a picture and cut one thing out of it, with a margin: square RGB."""
    placed = place_things(drawing, size)[number]
    half = CROP * placed.radius
    x, y = placed.centre
    box = (round(x - half), round(y - half), round(x + half), round(y + half))
    inside = tuple(min(size, max(0, value)) for value in box)
    return draw(drawing, size=size).crop(inside)
