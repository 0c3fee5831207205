"""Cut-outs on painted backdrops, still or moving, in sun, snow or rain, with captions.

What clip art alone does not teach: a thing that is small in a wide picture, with a place and a time
around it, and a clip of it. The pictures of the things are those of the training split.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from PIL import Image, ImageDraw

from train.augment import recoloured, resized, worn
from train.backdrops import BACKDROPS, Backdrop, Size

WIDE, SQUARE, TALL = (320, 192), (256, 256), (192, 320)
WEATHER_WORDS = {
    "snow": ("with falling snow", "in a snowstorm", "with snow falling", "while it snows"),
    "rain": ("in the rain", "on a rainy day", "with rain falling"),
}
WEATHER_PLACES = {"snow": {"snow", "night", "forest", "city at night", "mountains"},
                  "rain": {"city", "road", "forest", "meadow", "sea", "city at night"}}  # fmt: skip
ASIDE = ("{a} and {b}", "{a} next to {b}", "{a} on the left and {b} on the right", "{a} with {b}")
# How a clip moves its thing: words, and the way from start to end as (x, y) in fractions and a
# factor of size.
Way = tuple[tuple[str, ...], tuple[float, float, float], tuple[float, float, float]]
WAYS: dict[str, Way] = {
    "right": (
        ("moving to the right", "moving from left to right", "passing by"),
        (0.05, 0.0, 1.0), (0.95, 0.0, 1.0),
    ),
    "left": (
        ("moving to the left", "moving from right to left", "passing by"),
        (0.95, 0.0, 1.0), (0.05, 0.0, 1.0),
    ),
    "up": (
        ("rising", "moving up", "taking off", "flying up"),
        (0.5, 0.1, 1.0), (0.5, -0.75, 1.0),
    ),
    "down": (
        ("falling", "coming down", "sinking"),
        (0.5, -0.75, 1.0), (0.5, 0.1, 1.0),
    ),
    "near": (
        ("coming closer", "getting bigger", "approaching"),
        (0.5, 0.0, 0.4), (0.5, 0.0, 1.2),
    ),
    "far": (
        ("moving away", "getting smaller"),
        (0.5, 0.0, 1.2), (0.5, 0.0, 0.4),
    ),
    "still": (("", "standing still", "not moving"), (0.5, 0.0, 1.0), (0.5, 0.0, 1.0)),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Prop:
    """A cut-out (RGBA) and the short name of what it shows."""

    name: str
    picture: Image.Image


@dataclass(frozen=True, slots=True)
class Stage:
    """Where things stand: a backdrop's name, its picture, and the weather, if there is any."""

    name: str
    backdrop: Backdrop
    ground: Image.Image
    weather: str | None

    def words(self, random: Random) -> str:
        """Say where or when, or what the weather is."""
        if self.weather is not None and random.random() < 0.6:
            return random.choice(WEATHER_WORDS[self.weather])
        return random.choice(self.backdrop.words)


def set_stage(size: Size, random: Random) -> Stage:
    """Choose and paint a backdrop and its weather."""
    name = random.choice(list(BACKDROPS))
    fitting = [kind for kind, places in WEATHER_PLACES.items() if name in places]
    weather = random.choice(fitting) if fitting and random.random() < 0.35 else None
    return Stage(name, BACKDROPS[name], BACKDROPS[name].paint(size, random), weather)


def stage_picture(
    props: Sequence[Prop], random: Random, *, size: Size = WIDE
) -> tuple[Image.Image, tuple[str, ...]]:
    """Put one or two things on a stage: the picture, and captions, the first says most."""
    stage = set_stage(size, random)
    canvas = stage.ground.copy()
    share = random.triangular(0.25, 0.85, 0.5) if len(props) == 1 else random.uniform(0.3, 0.5)
    for number, prop in enumerate(props):
        x = random.triangular(0.15, 0.85, 0.5) if len(props) == 1 else 0.27 + 0.46 * number
        y = random.uniform(0.0, 0.06)
        put(canvas, prop.picture, stage.backdrop, (x, y), share)
    fall(canvas, stage.weather, random)
    names = [prop.name for prop in props]
    said = names[0] if len(names) == 1 else random.choice(ASIDE).format(a=names[0], b=names[1])
    captions = (
        f"{said} {stage.words(random)}",
        f"{said} {random.choice(stage.backdrop.words)}",
        said,
    )
    return worn(recoloured(canvas, random), random), tuple(dict.fromkeys(captions))


def stage_clip(
    prop: Prop, random: Random, *, frames: int, size: Size = WIDE
) -> tuple[list[Image.Image], tuple[str, ...]]:
    """Move a thing over a stage: the frames, and captions, the first says most."""
    stage = set_stage(size, random)
    way = random.choice(list(WAYS))
    doing, start, end = WAYS[way]
    share = random.triangular(0.25, 0.7, 0.45)
    shift = random.uniform(-0.2, 0.2) if way in ("up", "down", "near", "far", "still") else 0.0
    pictures = []
    for number in range(frames):
        t = number / max(1, frames - 1)
        x, y, scale = (a + (b - a) * t for a, b in zip(start, end, strict=True))
        canvas = stage.ground.copy()
        put(canvas, prop.picture, stage.backdrop, (x + shift, y), share * scale)
        fall(canvas, stage.weather, random)
        pictures.append(canvas)
    verb, where = random.choice(doing), stage.words(random)
    said = f"{prop.name} {verb}".strip()
    captions = (f"{said} {where}", f"{prop.name} {where}", said, f"a video of {prop.name}")
    return pictures, tuple(dict.fromkeys(captions))


def put(
    canvas: Image.Image,
    picture: Image.Image,
    backdrop: Backdrop,
    at: tuple[float, float],
    share: float,
) -> None:
    """Paste a cut-out in place, `share` of the canvas high; it stands on the backdrop's floor.

    `at` is its middle from the left, and how far below the floor (or the middle) it is.
    """
    scale = share * canvas.height / picture.height
    scale = min(scale, 0.9 * canvas.width / picture.width)
    thing = resized(picture, scale, scale)
    x = round(at[0] * canvas.width - thing.width / 2)
    if backdrop.floor is None:
        y = round((0.5 + at[1] * 0.5) * canvas.height - thing.height / 2)
    else:
        y = round((backdrop.floor + at[1]) * canvas.height) - thing.height
    canvas.paste(thing, (x, max(y, -thing.height // 4)), thing)


def fall(canvas: Image.Image, weather: str | None, random: Random) -> None:
    """Let snow or rain fall over everything, in place."""
    if weather is None:
        return
    draw = ImageDraw.Draw(canvas)
    for _ in range(random.randint(60, 160)):
        x, y = random.uniform(0, canvas.width), random.uniform(0, canvas.height)
        if weather == "snow":
            r = random.uniform(0.8, 2.4)
            draw.ellipse((x - r, y - r, x + r, y + r), fill=(250, 252, 255))
        else:
            draw.line((x, y, x - 2, y + random.uniform(6, 12)), fill=(175, 195, 215))
