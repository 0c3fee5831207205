"""I-CLS: which name, of all names, belongs to a picture?"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from random import Random

from PIL import Image, ImageFont

from train.evaluation.mini.drawing import (
    COLOURS,
    LABELS,
    Drawing,
    Thing,
    clear_of,
    name_of,
)
from train.evaluation.mini.emoji_groups import LABELS_FILE, read_groups
from train.evaluation.mini.items import (
    EvaluationSet,
    Limits,
    Query,
    Unavailable,
    image_item,
    seeds_of,
    spread,
    text_item,
)
from train.held_out import pairing
from train.samples import hashed_share
from train.shapes import near_colour, paint_ground
from train.sources import emoji

CANVAS_PX = 192
SIZE_WORDS = {"small", "medium", "large"}  # an emoji is redrawn at any size
PER_GROUP = 25


def shape_names(limits: Limits) -> EvaluationSet:
    """One shape anywhere -> its colour and shape, of all 168."""
    queries = []
    for number, seed in enumerate(seeds_of(0, limits.queries)):
        random = Random(seed)
        label = shuffled_label(number)
        colour, shape = LABELS[label]
        radius = random.uniform(0.12, 0.26)
        at = (random.uniform(radius, 1 - radius), random.uniform(radius, 1 - radius))
        thing = Thing(colour, shape, at, radius)
        drawing = Drawing((thing,), random.choice(clear_of(colour)), seed)
        values = {"pairing": (pairing(colour, shape),)}
        queries.append(Query(drawing.to_item(), {label: 1.0}, values=values))
    return EvaluationSet(tuple(queries), tuple(text_item(name_of(*label)) for label in LABELS))


def shuffled_label(number: int) -> int:
    """Go through all labels again and again, in another order each time: equal shares."""
    order = Random(number // len(LABELS)).sample(range(len(LABELS)), len(LABELS))
    return order[number % len(LABELS)]


def emoji_names(limits: Limits) -> EvaluationSet:
    """An emoji redrawn on some ground -> its name, of all names."""
    found = sorted(usable_emoji(), key=lambda one: hashed_share(one.name, salt="mini"))
    found = found[: limits.candidates]
    rows = {one.name: row for row, one in enumerate(found)}
    chosen = zip(spread(found, limits.queries), seeds_of(1, limits.queries), strict=False)
    queries = (emoji_query(one, seed, rows[one.name]) for one, seed in chosen)
    return EvaluationSet(tuple(queries), tuple(text_item(one.name) for one in found))


def emoji_groups(limits: Limits) -> EvaluationSet:
    """An emoji redrawn on some ground -> the group that Unicode puts it in."""
    groups = read_groups()
    members: dict[str, list[emoji.Emoji]] = {}
    for one in sorted(usable_emoji(), key=lambda one: hashed_share(one.name, salt="mini groups")):
        if one.character in groups:
            members.setdefault(groups[one.character], []).append(one)
    names = sorted(members)
    in_turn = [
        (row, members[name][turn])
        for turn in range(PER_GROUP)
        for row, name in enumerate(names)
        if turn < len(members[name])
    ]
    chosen = spread(in_turn[: max(len(names), limits.queries)], limits.queries)
    queries = (
        emoji_query(one, seed, row)
        for (row, one), seed in zip(chosen, seeds_of(2, limits.queries), strict=False)
    )
    return EvaluationSet(tuple(queries), tuple(text_item(name) for name in names))


def usable_emoji() -> Sequence[emoji.Emoji]:
    """Return the emoji whose name one can tell from a picture of any size.

    Raises:
        Unavailable: a Debian package is not installed.
    """
    for path, package in (
        (emoji.FONT, "fonts-noto-color-emoji"),
        (emoji.ANNOTATIONS, "unicode-cldr-core"),
        (LABELS_FILE, "unicode-cldr-core"),
    ):
        if not path.exists():
            raise Unavailable(f"the Debian package {package} is not installed")
    return named_emoji(emoji.ANNOTATIONS, emoji.FONT)


@lru_cache(maxsize=1)
def named_emoji(annotations: Path, font: Path) -> tuple[emoji.Emoji, ...]:
    """Return the emoji of a font but for those that differ in nothing but size."""
    found = emoji.iter_emoji(annotations, font)
    return tuple(one for one in found if not SIZE_WORDS & set(one.name.split()))


def emoji_query(one: emoji.Emoji, seed: int, row: int) -> Query:
    """Return the query of an emoji whose answer is candidate `row`."""
    item = image_item((one.character, seed), lambda: redraw(one.character, seed))
    return Query(item, {row: 1.0}, values={"concept": (one.name,)})


def redraw(character: str, seed: int) -> Image.Image:
    """Draw an emoji tilted, of some size, somewhere on a pale ground: square RGB."""
    random = Random(seed)
    face = ImageFont.truetype(str(emoji.FONT), emoji.STRIKE_PX)
    picture = emoji.draw_emoji(character, face)
    assert picture is not None  # `iter_emoji` yields only those that the font draws
    picture = picture.rotate(random.uniform(-10, 10), Image.Resampling.BICUBIC, expand=True)
    scale = CANVAS_PX * random.uniform(0.5, 0.85) / max(picture.size)
    width, height = (max(1, round(side * scale)) for side in picture.size)
    picture = picture.convert("RGBa").resize((width, height), Image.Resampling.BICUBIC)
    picture = picture.convert("RGBA")
    canvas = pale_ground(random)
    corner = (random.randint(0, CANVAS_PX - width), random.randint(0, CANVAS_PX - height))
    canvas.paste(picture, corner, picture)
    return canvas


def pale_ground(random: Random) -> Image.Image:
    """Return white, or a pale plain or shaded ground: square RGB."""
    if random.random() < 0.4:
        return Image.new("RGB", (CANVAS_PX, CANVAS_PX), "white")
    pale = random.uniform(0.55, 0.8)
    colour = near_colour(random.choice(COLOURS), random)
    colour = tuple(round(value + (255 - value) * pale) for value in colour)
    return paint_ground(random.choice(("plain", "gradient")), colour, CANVAS_PX, random)
