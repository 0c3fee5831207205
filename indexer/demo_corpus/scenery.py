"""What pictures and films are set in: skies, seas, hills, streets and rooms."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

from indexer.demo_corpus.canvas import Canvas, Paint, Shade, down, lit, mix
from indexer.demo_corpus.outlines import smooth
from indexer.demo_corpus.things.plants import fir

DAY = ("#4fa7de", "#9fd4ef", "#e3f3f8")
DUSK = ("#4a3f78", "#b4577a", "#f38b5c", "#ffd08a")
NIGHT = ("#0b1430", "#1c2f5c", "#3b5486")


def sky(c: Canvas, colours: tuple[str, ...] = DAY, *, low: float = 100.0) -> None:
    c.box(0, 0, c.width, low, Shade(colours))


def sun(c: Canvas, x: float, y: float, r: float, *, colour: str = "#fff3b8") -> None:
    c.soft(x, y, r * 3.6, r * 3.6, f"{colour}a0")
    c.oval(x, y, r, r, lit("#fffdf0", colour, centre=(0.5, 0.5)))


def cloud(c: Canvas, x: float, y: float, size: float, *, paint: str = "#ffffff") -> None:
    """Draw a fair-weather cloud about 3 `size` wide with a flat foot."""
    shade = mix(paint, "#8fb2cf", 0.28)
    for dy, colour in ((0.14 * size, shade), (0.0, paint)):
        for dx, up, r in (
            (-0.9, 0.0, 0.48),
            (-0.3, -0.26, 0.66),
            (0.42, -0.14, 0.56),
            (1.0, 0.05, 0.42),
        ):
            c.oval(x + dx * size, y + up * size + dy, r * size, r * size * 0.8, colour)
    c.box(x - 1.3 * size, y, x + 1.36 * size, y + 0.5 * size, paint, radius=0.25 * size)


def stars(c: Canvas, count: int, *, low: float, seed: str = "stars") -> None:
    chance = random.Random(seed)
    for _ in range(count):
        x, y = chance.uniform(0, c.width), chance.uniform(0, low)
        r = chance.choice((0.22, 0.3, 0.42))
        c.oval(x, y, r, r, chance.choice(("#ffffff", "#fff3c8", "#cfe0ff")))


def sea(
    c: Canvas, top: float, *, colours: tuple[str, ...] = ("#3f95c4", "#1f5f94"), shift: float = 0.0
) -> None:
    """Fill from `top` down with water and short waves; `shift` moves the waves to the right."""
    c.box(0, top, c.width, 100, Shade(colours))
    chance = random.Random(f"sea {top}")
    for _ in range(46):
        depth = chance.random()
        y = top + 1.5 + (98 - top) * depth
        reach = 2 + 7 * depth
        x = (chance.uniform(0, c.width) + shift * (0.4 + depth)) % (c.width + 20) - 10
        c.stroke(
            [(x - reach, y), (x, y - 0.5 - depth * 0.7), (x + reach, y)],
            "#ffffff3c",
            0.3 + 0.6 * depth,
            curved=True,
        )


def glitter(
    c: Canvas, x: float, top: float, *, colour: str = "#ffe2a0", spread: float = 14.0
) -> None:
    """Lay the broken path of light that a low sun or moon throws on water."""
    chance = random.Random("glitter")
    for i in range(26):
        y = top + 1 + (97 - top) * i / 26
        reach = 1.5 + spread * 0.4 * chance.random() + 0.06 * (y - top)
        dx = chance.uniform(-spread, spread) * 0.3
        c.stroke([(x + dx - reach, y), (x + dx + reach, y)], f"{colour}a0", 0.7)


def ridge(c: Canvas, heights: list[float], paint: Paint, *, rough: bool = False) -> None:
    """Fill below a skyline given by heights (y) at even steps over the width."""
    step = c.width / (len(heights) - 1)
    line = [(i * step, y) for i, y in enumerate(heights)]
    top = line if rough else smooth(line, closed=False)
    c.shape([*top, (c.width, 101), (0, 101)], paint)


def meadow(c: Canvas, top: float, *, colours: tuple[str, ...] = ("#8cc863", "#4f9a45")) -> None:
    ridge(c, [top + 3, top, top + 2, top - 1, top + 2], down(*colours))
    chance = random.Random(f"meadow {top}")
    for _ in range(60):
        x, y = chance.uniform(0, c.width), chance.uniform(top + 6, 99)
        c.stroke(
            [(x, y), (x + chance.uniform(-0.8, 0.8), y - 2)],
            f"{mix(colours[-1], '#1f4a22', 0.4)}90",
            0.4,
        )


def flowers(c: Canvas, top: float, count: int, *, tones: tuple[str, ...]) -> None:
    """Sprinkle flowers from `top` to the foot, larger the nearer."""
    chance = random.Random(f"flowers {top} {count}")
    for y in sorted(chance.uniform(top, 99) for _ in range(count)):
        r = 0.5 + 1.5 * (y - top) / (100 - top)
        x = chance.uniform(0, c.width)
        c.stroke([(x, y), (x, y + 2.4 * r)], "#3f8032", 0.4 * r)
        c.oval(x, y, r, r, chance.choice(tones))
        c.oval(x, y, r * 0.35, r * 0.35, "#ffe38a")


def fir_row(c: Canvas, y: float, size: float, count: int, *, tone: str, snow: bool = False) -> None:
    """Draw a row of firs whose feet stand near `y`."""
    chance = random.Random(f"firs {y} {count}")
    for i in range(count):
        x = c.width * (i + chance.uniform(0.1, 0.9)) / count
        scale = size * chance.uniform(0.75, 1.15) / 100
        fir(c.at(x, y + chance.uniform(-1, 1.5) - 50 * scale, scale), tone=tone, snow=snow)


def snowfall(c: Canvas, count: int, *, fall: float = 0.0) -> None:
    """Scatter snowflakes; `fall` moves them down, each at its own pace."""
    chance = random.Random("snowfall")
    for _ in range(count):
        pace, r = chance.uniform(0.7, 1.5), chance.uniform(0.35, 0.95)
        x = chance.uniform(0, c.width) + 1.6 * math.sin(fall / 9 + pace * 20)
        y = (chance.uniform(0, 104) + fall * pace) % 104 - 2
        c.oval(x, y, r, r, "#ffffffe6")


def rain(c: Canvas, count: int, *, fall: float = 0.0) -> None:
    """Scatter slanting streaks of rain; `fall` moves them down."""
    chance = random.Random("rain")
    for _ in range(count):
        x, y = chance.uniform(-8, c.width + 8), (chance.uniform(0, 110) + fall) % 110 - 6
        c.shape([(x, y), (x + 0.35, y), (x - 0.95, y + 5), (x - 1.3, y + 5)], "#e6f3fcaa")


def towers(c: Canvas, foot: float, *, tone: str, seed: str, lit_share: float = 0.45) -> None:
    """Draw a row of city blocks with lit windows."""
    chance = random.Random(seed)
    x = -2.0
    while x < c.width:
        wide, high = chance.uniform(8, 15), chance.uniform(22, 58)
        c.box(x, foot - high, x + wide, foot, down(mix(tone, "#ffffff", 0.06), tone))
        if chance.random() < 0.4:
            c.stroke([(x + wide / 2, foot - high), (x + wide / 2, foot - high - 7)], tone, 0.5)
        for row in range(int(high / 3.6) - 1):
            for k in range(int(wide / 2.6)):
                if chance.random() < lit_share:
                    left, top = x + 1 + 2.6 * k, foot - high + 2 + 3.6 * row
                    c.box(
                        left,
                        top,
                        left + 1.3,
                        top + 1.9,
                        chance.choice(("#ffe08a", "#ffd26b", "#fff3c4")),
                    )
        x += wide + chance.uniform(-0.4, 1.2)


def studio(
    thing: Callable[[Canvas], None],
    *,
    ground: tuple[str, str] = ("#fdf6ea", "#efdcc0"),
    size: float = 0.82,
    floor: float | None = 44.0,
    turn: float = 0.0,
) -> Callable[[Canvas], None]:
    """Make the drawing of one thing before a plain wall, with a soft shadow under it.

    `floor` is how far below its middle the thing touches the ground, None for a flat lay.
    """

    def draw(c: Canvas) -> None:
        c.box(0, 0, c.width, 100, lit("#ffffff", ground[0], ground[1], centre=(0.45, 0.3)))
        scale = size * min(1.0, c.width / 100)
        if floor is not None:
            c.soft(c.width / 2, 52 + floor * scale, 46 * scale, 8 * scale, "#3a2a2a70")
        thing(c.at(c.width / 2, 52, scale, turn=turn))

    return draw
