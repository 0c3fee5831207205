"""Painted backdrops with words for them: where and when a cut-out can stand.

Each is a sky, a ground or both, drawn from one `random.Random`; none shows a thing of its own that
a caption would have to name.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

Size = tuple[int, int]
Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Backdrop:
    """How a backdrop is painted, what is said of it, and where things stand on it.

    `floor` is the height where things stand, in fractions from the top; None: anywhere.
    """

    words: tuple[str, ...]
    paint: Callable[[Size, Random], Image.Image]
    floor: float | None = 0.82


def shade(size: Size, top: Colour, bottom: Colour) -> Image.Image:
    """Return a picture that goes from one colour above to another below."""
    ramp = np.linspace(0, 1, size[1], dtype=np.float32)[:, None, None]  # (H, 1, 1)
    rows = np.asarray(top) * (1 - ramp) + np.asarray(bottom) * ramp  # (H, 1, 3)
    pixels = np.broadcast_to(rows, (size[1], size[0], 3)).astype(np.uint8)
    return Image.fromarray(np.ascontiguousarray(pixels))


def near(colour: Colour, random: Random, by: int = 18) -> Colour:
    """Return a colour a little off."""
    red, green, blue = (min(255, max(0, value + random.randint(-by, by))) for value in colour)
    return red, green, blue


def hills(image: Image.Image, random: Random, colour: Colour, height: float, rough: float) -> None:
    """Paint a wavy horizon, `height` in fractions from the top, in place."""
    width, tall = image.size
    waves = [(random.uniform(0.5, 3.5), random.uniform(0, 6.3), random.random()) for _ in range(3)]
    steps = range(0, width + 8, 8)
    rises = [sum(a * math.sin(f * x / width * 6.3 + p) for f, p, a in waves) for x in steps]
    edge = [(x, tall * (height + rough * rise)) for x, rise in zip(steps, rises, strict=True)]
    ImageDraw.Draw(image).polygon([(0, tall), *edge, (width, tall)], fill=colour)


def peaks(image: Image.Image, random: Random, colour: Colour, height: float) -> None:
    """Paint a row of pointed mountains in place."""
    width, tall = image.size
    draw = ImageDraw.Draw(image)
    for _ in range(random.randint(3, 6)):
        x, half = random.uniform(0, width), random.uniform(0.15, 0.4) * width
        top = tall * (height - random.uniform(0.2, 0.45))
        draw.polygon(
            [(x - half, tall * height), (x, top), (x + half, tall * height)],
            near(colour, random, 8),
        )


def clouds(image: Image.Image, random: Random) -> None:
    """Paint a few soft clouds in the upper half, in place."""
    mask = Image.new("L", image.size)
    draw = ImageDraw.Draw(mask)
    for _ in range(random.randint(1, 4)):
        x, y = random.uniform(0, image.width), random.uniform(0.05, 0.4) * image.height
        for _ in range(4):
            dx, dy, r = random.gauss(0, 18), random.gauss(0, 4), random.uniform(6, 16)
            draw.ellipse((x + dx - r, y + dy - r * 0.7, x + dx + r, y + dy + r * 0.7), fill=230)
    image.paste((255, 255, 255), mask=mask.filter(ImageFilter.GaussianBlur(2)))


def dots(
    image: Image.Image, random: Random, colour: Colour, count: int, below: float = 1.0
) -> None:
    """Paint small dots (stars, flowers, flakes) down to a height, in place."""
    draw = ImageDraw.Draw(image)
    for _ in range(count):
        x, y = random.uniform(0, image.width), random.uniform(0, below) * image.height
        r = random.uniform(0.5, 1.8)
        draw.ellipse((x - r, y - r, x + r, y + r), fill=colour)


def disc(image: Image.Image, random: Random, colour: Colour, height: float) -> None:
    """Paint a sun or a moon in place."""
    x, y = random.uniform(0.1, 0.9) * image.width, height * image.height
    r = random.uniform(0.05, 0.09) * image.height
    ImageDraw.Draw(image).ellipse((x - r, y - r, x + r, y + r), fill=colour)


def sky(size: Size, random: Random) -> Image.Image:
    """A blue sky, with or without clouds."""
    image = shade(size, near((70, 150, 225), random), near((205, 232, 250), random, 8))
    if random.random() < 0.7:
        clouds(image, random)
    return image


def meadow(size: Size, random: Random) -> Image.Image:
    """Green ground below the sky."""
    image = sky(size, random)
    hills(image, random, near((130, 190, 90), random), random.uniform(0.45, 0.6), 0.05)
    hills(image, random, near((90, 165, 70), random), random.uniform(0.62, 0.72), 0.03)
    return image


def mountains(size: Size, random: Random) -> Image.Image:
    """Pointed mountains behind green or grey ground."""
    image = sky(size, random)
    peaks(image, random, near((120, 130, 155), random), 0.68)
    hills(image, random, near(random.choice(((110, 160, 90), (140, 135, 120))), random), 0.66, 0.02)
    return image


def snow(size: Size, random: Random) -> Image.Image:
    """White ground, pale sky."""
    image = shade(size, near((150, 180, 215), random), (232, 240, 250))
    hills(image, random, (225, 234, 246), random.uniform(0.5, 0.6), 0.04)
    hills(image, random, (246, 249, 253), random.uniform(0.64, 0.72), 0.03)
    return image


def night(size: Size, random: Random) -> Image.Image:
    """Stars over dark ground."""
    image = shade(size, near((10, 14, 45), random, 8), near((40, 45, 95), random, 12))
    dots(image, random, (235, 235, 220), random.randint(20, 70), 0.6)
    if random.random() < 0.5:
        disc(image, random, (245, 240, 205), random.uniform(0.1, 0.3))
    hills(image, random, near((18, 24, 38), random, 8), random.uniform(0.65, 0.75), 0.04)
    return image


def sunset(size: Size, random: Random) -> Image.Image:
    """A red and yellow sky over dark ground or water."""
    image = shade(size, near((120, 60, 120), random), near((250, 175, 95), random))
    disc(image, random, (255, 225, 150), random.uniform(0.35, 0.55))
    hills(image, random, near((75, 50, 80), random), random.uniform(0.62, 0.72), 0.03)
    return image


def sea(size: Size, random: Random) -> Image.Image:
    """Water below the sky."""
    image = sky(size, random)
    hills(image, random, near((40, 110, 170), random), random.uniform(0.5, 0.62), 0.004)
    draw = ImageDraw.Draw(image)
    for _ in range(20):
        x, y = random.uniform(0, size[0]), random.uniform(0.65, 1) * size[1]
        draw.line((x, y, x + random.uniform(6, 22), y), fill=(95, 160, 205))
    return image


def desert(size: Size, random: Random) -> Image.Image:
    """Sand below a warm sky."""
    image = shade(size, near((120, 180, 225), random), (250, 225, 180))
    hills(image, random, near((225, 180, 110), random), random.uniform(0.5, 0.6), 0.05)
    hills(image, random, near((235, 195, 130), random), random.uniform(0.66, 0.74), 0.03)
    return image


def skyline(image: Image.Image, random: Random, wall: Colour, light: Colour) -> None:
    """Paint a row of houses with windows in place."""
    draw = ImageDraw.Draw(image)
    x, floor = 0.0, 0.74 * image.height
    while x < image.width:
        width, height = random.uniform(18, 42), random.uniform(0.2, 0.5) * image.height
        draw.rectangle((x, floor - height, x + width, floor), near(wall, random, 14))
        for wx in range(int(x) + 4, int(x + width) - 4, 7):
            for wy in range(int(floor - height) + 4, int(floor) - 6, 9):
                if random.random() < 0.5:
                    draw.rectangle((wx, wy, wx + 2, wy + 3), fill=light)
        x += width + random.uniform(-2, 6)


def city(size: Size, random: Random) -> Image.Image:
    """Houses by day along a street."""
    image = sky(size, random)
    skyline(image, random, near((165, 175, 190), random), (240, 240, 225))
    ImageDraw.Draw(image).rectangle((0, size[1] * 0.74, *size), near((105, 105, 112), random, 10))
    return image


def city_at_night(size: Size, random: Random) -> Image.Image:
    """Lit windows in the dark."""
    image = shade(size, near((10, 12, 40), random, 8), near((35, 35, 85), random, 10))
    skyline(image, random, (28, 30, 52), (245, 215, 130))
    ImageDraw.Draw(image).rectangle((0, size[1] * 0.74, *size), (22, 22, 34))
    return image


def road(size: Size, random: Random) -> Image.Image:
    """A street between fields."""
    image = meadow(size, random)
    draw, top = ImageDraw.Draw(image), size[1] * random.uniform(0.7, 0.78)
    draw.rectangle((0, top, *size), near((95, 95, 100), random, 10))
    for x in range(0, size[0], 28):
        draw.rectangle((x, top + 0.1 * size[1], x + 14, top + 0.12 * size[1]), (235, 235, 235))
    return image


def room(size: Size, random: Random) -> Image.Image:
    """A table top in front of a wall."""
    wall = near(random.choice(((235, 225, 205), (205, 220, 235), (225, 205, 215))), random, 14)
    image = shade(size, wall, near(wall, random, 8))
    ImageDraw.Draw(image).rectangle((0, size[1] * 0.72, *size), near((150, 105, 65), random))
    return image


def underwater(size: Size, random: Random) -> Image.Image:
    """Blue water with bubbles over sand."""
    image = shade(size, near((60, 190, 220), random), near((20, 90, 150), random))
    dots(image, random, (200, 235, 245), random.randint(8, 30))
    hills(image, random, near((220, 200, 150), random), random.uniform(0.85, 0.92), 0.02)
    return image


def forest(size: Size, random: Random) -> Image.Image:
    """Rows of dark firs."""
    image = shade(size, near((185, 215, 225), random), (225, 238, 235))
    draw = ImageDraw.Draw(image)
    for row in range(2):
        for _ in range(12):
            x, half = random.uniform(0, size[0]), random.uniform(10, 20) * (1 + 0.4 * row)
            top, foot = size[1] * random.uniform(0.15, 0.4), size[1] * (0.66 + 0.06 * row)
            green = near((60, 110, 85) if row == 0 else (35, 85, 60), random, 10)
            draw.polygon([(x - half, foot), (x, top), (x + half, foot)], fill=green)
    hills(image, random, near((95, 140, 80), random), 0.7, 0.02)
    return image


BACKDROPS: dict[str, Backdrop] = {
    "sky": Backdrop(
        ("in the sky", "under a blue sky", "in front of a blue sky", "in the air"), sky, None
    ),
    "meadow": Backdrop(("on the grass", "in a green field", "in a meadow", "in summer"), meadow),
    "mountains": Backdrop(("in the mountains", "in front of mountains"), mountains),
    "snow": Backdrop(("in the snow", "in winter", "on a snowy field"), snow),
    "night": Backdrop(("at night", "under the stars", "in the dark"), night),
    "sunset": Backdrop(("at sunset", "in the evening", "in the evening light"), sunset),
    "sea": Backdrop(("by the sea", "on the water", "at sea"), sea, 0.75),
    "desert": Backdrop(("in the desert", "on the sand"), desert),
    "city": Backdrop(("in the city", "in town", "on the street"), city, 0.88),
    "city at night": Backdrop(
        ("in the city at night", "over the town at night", "in town by night"), city_at_night, None
    ),
    "road": Backdrop(("on the road", "on a street"), road, 0.88),
    "room": Backdrop(("on a table", "in a room", "at home"), room, 0.85),
    "underwater": Backdrop(("under water", "in the sea"), underwater, None),
    "forest": Backdrop(("in the forest", "among trees", "in the woods"), forest),
}
