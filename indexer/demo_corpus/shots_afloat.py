"""Shots of the sea and the ice: backdrops, and what moves before them as t runs from 0 to 1."""

from __future__ import annotations

import math

from indexer.demo_corpus.canvas import Canvas, down, lit
from indexer.demo_corpus.scenery import (
    DUSK,
    NIGHT,
    cloud,
    glitter,
    ridge,
    sea,
    sky,
    snowfall,
    stars,
    sun,
)
from indexer.demo_corpus.seascapes import fish_tank
from indexer.demo_corpus.things.animals import fish, penguin, whale
from indexer.demo_corpus.things.buildings import lighthouse
from indexer.demo_corpus.things.transport import sailing_boat


def wave(t: float, times: float, *, size: float = 1.0) -> float:
    """Swing to and fro `times` times between -size and size."""
    return size * math.sin(2 * math.pi * times * t)


def sunset_sea(c: Canvas) -> None:
    sky(c, DUSK, low=62)
    sun(c, c.width * 0.72, 54, 9, colour="#ffe08a")
    sea(c, 60, colours=("#e8875c", "#7c4a78", "#2d2c5c"))
    glitter(c, c.width * 0.72, 60)


def boat_passes(c: Canvas, t: float) -> None:
    x = -30 + (c.width + 60) * t * 0.8
    boat = c.at(x, 50 + wave(t, 3, size=1.0), 0.62, turn=wave(t, 2.5, size=3))
    sailing_boat(boat, sail="#ffe9cf")
    c.stroke([(x - 34, 77), (x + 24, 77)], "#2d2c5c66", 1.4)


def night_coast(c: Canvas) -> None:
    sky(c, NIGHT, low=74)
    stars(c, 80, low=60)
    sea(c, 70, colours=("#1f3a66", "#0b1630"))
    c.blob(
        [
            (c.width * 0.5, 104),
            (c.width * 0.56, 82),
            (c.width * 0.68, 76),
            (c.width + 8, 80),
            (c.width + 8, 104),
        ],
        down("#2b3444", "#141a26"),
    )


def beam_turns(c: Canvas, t: float) -> None:
    x, y = c.width * 0.72, 21.5
    for turn in (150 + 360 * t, 330 + 360 * t):
        reach = 120 * math.cos(math.radians(turn))
        spread = 8 + 12 * abs(math.sin(math.radians(turn)))
        if abs(reach) > 8:
            c.shape([(x, y), (x + reach, y - spread), (x + reach, y + spread)], "#fff2b058")
    lighthouse(c.at(x, 44, 0.72))
    c.soft(x, y, 12, 12, "#fff6c8d0")


def open_sea(c: Canvas) -> None:
    sky(c, ("#8fcbe6", "#dff1f6"), low=48)
    cloud(c, c.width * 0.2, 18, 6)
    cloud(c, c.width * 0.85, 26, 5)
    sea(c, 46, colours=("#3f95c4", "#1f5f94", "#15406e"))


def whale_rises(c: Canvas, t: float) -> None:
    rise = math.sin(math.pi * (0.12 + 0.76 * t))
    whale(c.at(c.width * (0.66 - 0.3 * t), 84 - 36 * rise, 0.7, turn=12 - 18 * t))
    top = 66 + wave(t, 3, size=0.6)
    c.blob(
        [
            (-8, top + 2),
            (c.width * 0.3, top - 1),
            (c.width * 0.65, top + 2),
            (c.width + 8, top - 1),
            (c.width + 8, 108),
            (-8, 108),
        ],
        down("#2a77aa", "#15406e"),
    )


def under_water(c: Canvas) -> None:
    fish_tank(c)


def fish_swim(c: Canvas, t: float) -> None:
    for start, y, size, pace, phase in (
        (1.08, 44, 0.52, 0.95, 0.0),
        (1.34, 68, 0.3, 1.1, 0.3),
        (1.22, 22, 0.26, 0.8, 0.6),
    ):
        fish(
            c.at(
                c.width * (start - pace * t),
                y + wave(t + phase, 2, size=2.4),
                size,
                turn=wave(t + phase, 5, size=3),
            )
        )
    for i in range(9):
        rise = (t * 1.3 + i / 9) % 1
        c.arc(
            c.width * 0.2 + 4 * math.sin(9 * rise + i),
            96 - 96 * rise,
            1.3,
            1.3,
            0,
            360,
            "#ffffffb0",
            0.4,
        )


def ice(c: Canvas) -> None:
    sky(c, ("#bcdcf0", "#eef7fb"), low=60)
    ridge(c, [52, 40, 46, 34, 50, 44, 54], down("#e6f2fa", "#b3d0e6"), rough=True)
    sea(c, 56, colours=("#4f9fc4", "#2f7aa8"))
    ridge(c, [76, 72, 74, 71, 75], down("#ffffff", "#cfe2f0"))


def penguin_waddles(c: Canvas, t: float) -> None:
    for x, size, phase in ((0.2, 0.56, 0.0), (0.05, 0.4, 0.4)):
        place = c.width * (x + 0.55 * t)
        c.soft(place, 62 + 50 * size, 24 * size, 3, "#3a5a7a80")
        penguin(c.at(place, 62, size, turn=wave(t + phase, 6, size=7)))
    snowfall(c, 40, fall=70 * t)


def moonlit(c: Canvas, x: float, y: float, r: float) -> None:
    c.soft(x, y, r * 3, r * 3, "#fff3c050")
    c.oval(x, y, r, r, lit("#fffdf0", "#f4e6b8", "#e0cd92"))
