"""Drawn scenes with captions: one to five shapes, their colours, sizes, counts, places, relations.

A scene is a plan (what is where) made from a seed, then drawn and put into words. Seeds below
`EVALUATION_SEED` are for training, the others for evaluation. The first caption names everything
that the plan decided, so that a thousand scenes have a thousand captions; the others leave things
out or say them differently.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from PIL import Image

from train.shapes import (
    COLOURS,
    OUTLINES,
    ROUND,
    TEXTURES,
    Look,
    Point,
    near_colour,
    paint_ground,
    paint_shape,
)

EVALUATION_SEED = 1_000_000
SIZE_PX = 256
NUMBERS = ("no", "a", "two", "three", "four", "five")
SIZES = {"small": 0.09, "": 0.14, "large": 0.22}  # radius in fractions of the picture
PLACES: dict[str, Point] = {
    "top left": (0.2, 0.2),
    "top": (0.5, 0.2),
    "top right": (0.8, 0.2),
    "left": (0.2, 0.5),
    "centre": (0.5, 0.5),
    "right": (0.8, 0.5),
    "bottom left": (0.2, 0.8),
    "bottom": (0.5, 0.8),
    "bottom right": (0.8, 0.8),
}
CENTRE_WORDS = ("in the centre", "in the middle", "in the center")
LOW_CONTRAST = {frozenset(pair) for pair in (
    ("red", "orange"), ("red", "brown"), ("orange", "yellow"), ("orange", "brown"),
    ("white", "yellow"), ("white", "grey"), ("green", "turquoise"), ("blue", "purple"),
    ("black", "brown"), ("turquoise", "blue"), ("red", "pink"), ("white", "pink"),
    ("grey", "turquoise"), ("black", "blue"), ("purple", "black"), ("brown", "grey"),
)}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Thing:
    """One or more equal shapes: words and geometry (fractions of the picture)."""

    colour: str
    shape: str
    size: str
    centres: tuple[Point, ...]

    @property
    def words(self) -> str:
        """For example `a large red circle`, `three blue stars`."""
        many = len(self.centres)
        name = f"{self.size} {self.colour} {plural(self.shape) if many > 1 else self.shape}".strip()
        return with_article(name) if many == 1 else f"{NUMBERS[many]} {name}"


@dataclass(frozen=True, slots=True)
class ScenePlan:
    """What a scene shows. `arrangement` has a `{n}` for each thing, in order."""

    things: tuple[Thing, ...]
    arrangement: tuple[str, ...]
    ground: str
    texture: str
    seed: int


class Scene(NamedTuple):
    """A drawn scene: picture, the caption that names everything, other ways to say it."""

    image: Image.Image
    caption: str
    variants: tuple[str, ...]


def draw_scene(seed: int, *, size: int = SIZE_PX) -> Scene:
    """Draw the scene of a seed: always the same picture and captions for the same seed."""
    plan = plan_scene(seed)
    caption, *variants = scene_captions(plan)
    return Scene(paint_scene(plan, size), caption, tuple(variants))


def with_article(words: str) -> str:
    """Put `a` or `an` before a noun phrase."""
    return f"an {words}" if words[0] in "aeiou" else f"a {words}"


def plural(noun: str) -> str:
    """Return the plural of a shape's name."""
    return f"{noun}es" if noun.endswith(("s", "x")) else f"{noun}s"


def place_words(place: str, random: Random) -> str:
    """Say a place of the picture in one of several ways."""
    if place == "centre":
        return random.choice(CENTRE_WORDS)
    if " " in place:
        upper = place.replace("top", "upper").replace("bottom", "lower")
        return random.choice(
            (f"in the {place} corner", f"at the {place}", f"in the {upper} corner")
        )
    if place in ("left", "right"):
        return random.choice((f"on the {place}", f"on the {place} side", f"at the {place} edge"))
    return random.choice((f"at the {place}", f"near the {place}", f"at the {place} edge"))


def pick_colours(random: Random, count: int) -> list[str]:
    """Return a ground colour and `count` different colours that stand out against it."""
    ground = random.choice(list(COLOURS))
    clear = [name for name in COLOURS if name != ground and {name, ground} not in LOW_CONTRAST]
    return [ground, *random.sample(clear, count)]


def plan_scene(seed: int) -> ScenePlan:
    """Decide what the scene of a seed shows, without drawing it."""
    random = Random(seed)
    layout = random.choices(list(LAYOUTS), weights=[weight for weight, _ in LAYOUTS.values()])[0]
    ground, *colours = pick_colours(random, 3)
    shapes = random.sample(list(OUTLINES), 3)
    things, arrangement = LAYOUTS[layout][1](random, colours, shapes)
    texture = random.choices(TEXTURES, weights=(5, 1, 1, 1, 1, 1))[0]
    return ScenePlan(tuple(things), arrangement, ground, texture, seed)


Layout = tuple[Sequence[Thing], tuple[str, ...]]


def plan_single(random: Random, colours: list[str], shapes: list[str]) -> Layout:
    """One shape somewhere."""
    place, size = random.choice(list(PLACES)), random.choice(list(SIZES))
    ways = tuple(dict.fromkeys(f"{{0}} {place_words(place, random)}" for _ in range(4)))
    return [Thing(colours[0], shapes[0], size, (PLACES[place],))], ways


def plan_pair(random: Random, colours: list[str], shapes: list[str]) -> Layout:
    """Two different shapes beside, above or diagonally across from each other."""
    sizes = [random.choice(("small", "")) for _ in range(2)]
    first, second = random.choice(
        (("left", "right"), ("top", "bottom"), ("top left", "bottom right"),
         ("bottom left", "top right"))
    )  # fmt: skip
    things = [
        Thing(colours[i], shapes[i], sizes[i], (PLACES[place],))
        for i, place in enumerate((first, second))
    ]
    both = f"{{0}} {place_words(first, random)} and {{1}} {place_words(second, random)}"
    if first == "left":
        return things, ("{0} to the left of {1}", "{1} to the right of {0}", both)
    if first == "top":
        return things, ("{0} above {1}", "{1} below {0}", both, "{1} under {0}")
    swapped = f"{{1}} {place_words(second, random)} and {{0}} {place_words(first, random)}"
    return things, (both, swapped)


def plan_inside(random: Random, colours: list[str], shapes: list[str]) -> Layout:
    """A small shape inside a large one."""
    place = random.choice(list(PLACES))
    x, y = (0.5 + (value - 0.5) * 0.75 for value in PLACES[place])
    outer = random.choice(("circle", "square", "hexagon", "pentagon"))
    inner = next(shape for shape in shapes if shape != outer)
    things = [
        Thing(colours[0], outer, "large", ((x, y),)),
        Thing(colours[1], inner, "small", ((x, y),)),
    ]
    where = place_words(place, random)
    return things, (f"{{1}} inside {{0}} {where}", f"{{0}} {where} with {{1}} in it", "{1} in {0}")


def plan_group(random: Random, colours: list[str], shapes: list[str]) -> Layout:
    """Two to five equal shapes in a row or a column, high or low, left or right."""
    count = random.randint(2, 5)
    spread = [0.5 + (i - (count - 1) / 2) * 0.19 for i in range(count)]
    place = random.choice(("top", "centre", "bottom", "left", "right"))
    lying = place in ("top", "bottom") or (place == "centre" and random.random() < 0.5)
    x, y = PLACES[place]
    centres = tuple((at, y) if lying else (x, at) for at in spread)
    line = "row" if lying else "column"
    where = place_words(place, random)
    ways = (f"{{0}} in a {line} {where}", f"a {line} of {{0}} {where}", f"{{0}} in a {line}")
    return [Thing(colours[0], shapes[0], "small", centres)], ways


def plan_row(random: Random, colours: list[str], shapes: list[str]) -> Layout:
    """Three different shapes side by side or one below the other."""
    lying = random.random() < 0.5
    spots = ("left", "centre", "right") if lying else ("top", "centre", "bottom")
    things = [Thing(colours[i], shapes[i], "", (PLACES[spot],)) for i, spot in enumerate(spots)]
    order = "from left to right" if lying else "from top to bottom"
    between = "{1} between {0} and {2}"
    return things, (f"{{0}}, {{1}} and {{2}} {order}", between, "{0}, {1} and {2}")


def plan_company(random: Random, colours: list[str], shapes: list[str]) -> Layout:
    """A few equal shapes above or below another one."""
    count = random.randint(2, 4)
    spread = [0.5 + (i - (count - 1) / 2) * 0.21 for i in range(count)]
    above = random.random() < 0.5
    many = Thing(
        colours[0], shapes[0], "small", tuple((x, 0.25 if above else 0.78) for x in spread)
    )
    one = Thing(colours[1], shapes[1], "", ((0.5, 0.7 if above else 0.3),))
    ways = ("{0} above {1}", "{1} below {0}") if above else ("{0} below {1}", "{1} above {0}")
    return [many, one], (*ways, "{0} and {1}")


LAYOUTS = {
    "single": (30, plan_single),
    "pair": (30, plan_pair),
    "inside": (10, plan_inside),
    "group": (12, plan_group),
    "row": (10, plan_row),
    "company": (8, plan_company),
}


def ground_words(plan_texture: str, ground: str) -> str:
    """Name a ground: its colour, and its texture if it has one that shows."""
    shown = {"plain": "", "grainy": "grainy ", "gradient": "shaded "}
    return with_article(f"{ground} {shown.get(plan_texture, plan_texture + ' ')}background")


def scene_captions(plan: ScenePlan) -> list[str]:
    """Put a scene into words: everything first, then other ways and shorter ones."""
    random = Random(plan.seed + 1)
    names = [thing.words for thing in plan.things]
    said = [way.format(*names) for way in plan.arrangement]
    ground = ground_words(plan.texture, plan.ground)
    full = [f"{text} {random.choice(('on', 'against'))} {ground}" for text in said]
    plain = f"{said[0]}, {plan.ground} background"
    bare = " and ".join(names)
    return list(dict.fromkeys([f"{said[0]} on {ground}", *full[1:], plain, said[0], bare]))


def paint_scene(plan: ScenePlan, size: int) -> Image.Image:
    """Draw a plan as a square picture of `size` pixels."""
    random = Random(plan.seed + 2)
    image = paint_ground(plan.texture, near_colour(plan.ground, random), size, random)
    for thing in plan.things:
        look = pick_look(thing, random)
        for x, y in thing.centres:
            shift = 0.0 if len(plan.things) == 2 and thing.size == "large" else 0.025
            at = (
                size * (x + random.uniform(-shift, shift)),
                size * (y + random.uniform(-shift, shift)),
            )
            radius = size * SIZES[thing.size] * random.uniform(0.88, 1.1)
            paint_shape(image, thing.shape, look, centre=at, radius=radius)
    return image


def pick_look(thing: Thing, random: Random) -> Look:
    """Choose shade, tilt, rim and shading of a thing; the tilt stays small enough to name it."""
    tilt = 0.0 if thing.shape in ROUND else random.uniform(-10, 10)
    rim = random.choice((0.0, 0.0, 0.12))
    return Look(near_colour(thing.colour, random), tilt, rim, random.choice((0.0, 0.0, 0.18)))
