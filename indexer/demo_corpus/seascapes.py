"""Pictures of the coast."""

from __future__ import annotations

from indexer.demo_corpus.canvas import Canvas, down, lit, right
from indexer.demo_corpus.scenery import DUSK, cloud, glitter, ridge, sea, sky, sun
from indexer.demo_corpus.things.animals import whale
from indexer.demo_corpus.things.buildings import house, lighthouse, parasol
from indexer.demo_corpus.things.plants import palm
from indexer.demo_corpus.things.transport import sailing_boat


def boat_at_sunset(c: Canvas) -> None:
    sky(c, DUSK, low=62)
    sun(c, c.width * 0.3, 56, 9, colour="#ffe08a")
    sea(c, 60, colours=("#e8875c", "#7c4a78", "#2d2c5c"))
    glitter(c, c.width * 0.3, 60)
    sailing_boat(c.at(c.width * 0.58, 46, 0.72), sail="#ffe9cf")
    for x in (0.5, 0.56, 0.63):
        c.stroke([(c.width * x - 9, 78), (c.width * x + 9, 78)], "#2d2c5c66", 1.2)


def lighthouse_by_day(c: Canvas) -> None:
    sky(c, low=72)
    cloud(c, c.width * 0.22, 20, 8)
    cloud(c, c.width * 0.84, 32, 6)
    sea(c, 70)
    c.blob(
        [
            (c.width * 0.3, 104),
            (c.width * 0.36, 84),
            (c.width * 0.46, 74),
            (c.width * 0.7, 72),
            (c.width + 8, 78),
            (c.width + 8, 104),
        ],
        down("#8f7d6c", "#5f5148"),
    )
    c.blob(
        [
            (c.width * 0.38, 82),
            (c.width * 0.48, 73),
            (c.width * 0.72, 71),
            (c.width + 8, 76),
            (c.width + 4, 84),
            (c.width * 0.7, 79),
        ],
        down("#8cc05f", "#5a9347"),
    )
    lighthouse(c.at(c.width * 0.58, 38, 0.74))
    house(c.at(c.width * 0.8, 66, 0.26), wall="#ffffff")
    for x, y in ((30, 30), (38, 26), (24, 36)):
        c.stroke([(x - 2.4, y - 1), (x, y), (x + 2.4, y - 1)], "#ffffff", 0.7, curved=True)


def beach(c: Canvas) -> None:
    sky(c, low=48)
    sun(c, c.width * 0.82, 16, 7)
    cloud(c, c.width * 0.3, 18, 7)
    sea(c, 44, colours=("#2f9fcf", "#4fc3d9", "#a9e6e6"))
    c.blob(
        [
            (-8, 74),
            (c.width * 0.3, 68),
            (c.width * 0.7, 73),
            (c.width + 8, 66),
            (c.width + 8, 112),
            (-8, 112),
        ],
        "#ffffffc0",
    )
    c.blob(
        [
            (-8, 77),
            (c.width * 0.3, 71),
            (c.width * 0.7, 76),
            (c.width + 8, 69),
            (c.width + 8, 114),
            (-8, 114),
        ],
        down("#fbe6b4", "#edcb86"),
    )
    c.soft(c.width * 0.4, 90, 26, 4, "#8a5f2a80")
    parasol(c.at(c.width * 0.36, 58, 0.66))
    towel = [(c.width * 0.46, 84), (c.width * 0.66, 84), (c.width * 0.7, 93), (c.width * 0.47, 93)]
    c.shape(towel, right("#3f8fc9", "#63b0de"))
    ball = c.at(c.width * 0.82, 86)
    ball.soft(0, 6, 8, 1.6, "#8a5f2a90")
    ball.oval(0, 0, 6, 6, lit("#ffffff", "#f3f3f3", "#cfcfcf"))
    ball.blob([(-2, -6), (2, -6), (3, 0), (1, 6), (-2, 6), (-3, 0)], "#e8483c")
    ball.blob([(3, -5), (6, -1), (5.4, 3), (3, 5)], "#f2c230")


def island(c: Canvas) -> None:
    sky(c, low=66)
    cloud(c, c.width * 0.18, 24, 7)
    cloud(c, c.width * 0.86, 16, 6)
    sea(c, 60, colours=("#2aa0cf", "#1f74b4"))
    c.oval(c.width * 0.5, 76, 42, 8, "#8fe0de")
    c.blob(
        [
            (c.width * 0.5 - 34, 76),
            (c.width * 0.5 - 14, 67),
            (c.width * 0.5 + 14, 66),
            (c.width * 0.5 + 34, 76),
            (c.width * 0.5, 81),
        ],
        down("#fbe6b4", "#e3bf78"),
    )
    palm(c.at(c.width * 0.46, 42, 0.6))
    palm(c.at(c.width * 0.6, 50, 0.42, flip=True))


def harbour(c: Canvas) -> None:
    """Coloured houses along the quay and two boats."""
    sky(c, low=60)
    cloud(c, c.width * 0.7, 14, 7)
    ridge(c, [40, 34, 38, 30, 36, 42], down("#8fb98a", "#6c9c74"))
    tones = ("#e2725b", "#f2c14e", "#f4efe6", "#6fa8c9", "#d98a9c", "#9cbf7a", "#f0a35e")
    wide = c.width / len(tones)
    for i, tone in enumerate(tones):
        x, top = i * wide, 36 - 5 * (i % 3)
        c.box(x + 0.3, top, x + wide - 0.3, 62, right(tone, tone, "#00000022"))
        c.box(x + 0.3, top, x + wide - 0.3, 62, tone)
        c.shape([(x - 0.4, top), (x + wide / 2, top - 9), (x + wide + 0.4, top)], "#8a4436")
        for row in range(2):
            for k in (0.22, 0.6):
                left, high = x + wide * k, top + 4 + 9 * row
                c.box(left, high, left + wide * 0.2, high + 5, "#ffffff")
                c.box(left + 0.5, high + 0.5, left + wide * 0.2 - 0.5, high + 4.5, "#5c86a3")
    c.box(0, 60, c.width, 66, down("#b9ada0", "#8f8478"))
    sea(c, 66, colours=("#3f8fb4", "#256a90"))
    sailing_boat(c.at(c.width * 0.3, 66, 0.46), hull="#2f6fa8")
    sailing_boat(c.at(c.width * 0.72, 70, 0.52), hull="#3f8a57")


def red_bridge(c: Canvas) -> None:
    """A red suspension bridge over a strait."""
    sky(c, ("#7fb8dc", "#cfe6ef", "#fbe9d2"), low=70)
    ridge(c, [52, 46, 50, 54, 55, 53, 44, 50], down("#8fa9a0", "#6f8f88"))
    sea(c, 66, colours=("#5a9fbe", "#2f6d94"))
    left, centre, far = c.width * 0.25, c.width * 0.5, c.width * 0.75
    for x0, x1, x2 in (
        (-c.width * 0.05, None, left),
        (left, centre, far),
        (far, None, c.width * 1.05),
    ):
        line = (
            [(x0, 18 if x1 else 56), (x1, 55), (x2, 18)]
            if x1
            else [(x0, 56 if x0 < left else 18), (x2, 18 if x0 < left else 56)]
        )
        c.stroke(line, "#c8402f", 1, curved=True)
    for i in range(1, 26):
        t = i / 26
        x = left + (far - left) * t
        top = 18 + 37 * (1 - (2 * t - 1) ** 2)
        c.stroke([(x, top), (x, 60)], "#c8402f", 0.35)
    c.box(-1, 58, c.width + 1, 62, down("#e0553f", "#a8301f"))
    for x in (left, far):
        for dx in (-2.6, 1.2):
            c.box(x + dx, 14, x + dx + 1.8, 84, right("#e0553f", "#b5361f"))
        for y in (18, 30, 42, 52):
            c.box(x - 2.6, y, x + 3, y + 2, "#c8402f")
        c.box(x - 5, 80, x + 5, 86, "#9a8f84", radius=1)


def whale_at_sea(c: Canvas) -> None:
    sky(c, ("#8fcbe6", "#d9eff5"), low=50)
    cloud(c, c.width * 0.75, 18, 6)
    sea(c, 46, colours=("#3f95c4", "#1f5f94", "#15406e"))
    whale(c.at(c.width * 0.48, 49, 0.8))
    c.blob(
        [
            (-6, 70),
            (c.width * 0.3, 66),
            (c.width * 0.6, 70),
            (c.width + 6, 66),
            (c.width + 6, 104),
            (-6, 104),
        ],
        down("#2a77aacc", "#15406e"),
    )


def fish_tank(c: Canvas) -> None:
    """Backdrop under water: light from above, weed and sand."""
    c.box(0, 0, c.width, 100, down("#7fd6e8", "#2f9cc4", "#14598a"))
    for x in (0.1, 0.35, 0.6, 0.85):
        c.shape(
            [
                (c.width * x, 0),
                (c.width * x + 9, 0),
                (c.width * x - 6, 100),
                (c.width * x - 26, 100),
            ],
            "#ffffff18",
        )
    c.blob(
        [(-8, 92), (c.width * 0.4, 86), (c.width + 8, 91), (c.width + 8, 110), (-8, 110)],
        down("#f3dfae", "#cda86a"),
    )
    for x, h, tone in (
        (8, 34, "#2f8a5c"),
        (14, 26, "#47a56a"),
        (c.width - 10, 40, "#2f8a5c"),
        (c.width - 18, 24, "#58b06a"),
    ):
        c.blob(
            [
                (x - 2, 94),
                (x - 5, 94 - h * 0.5),
                (x + 1, 94 - h),
                (x + 2, 94 - h * 0.5),
                (x + 3, 94),
            ],
            tone,
        )
    coral = c.at(c.width * 0.72, 84)
    for turn in (-40, -14, 12, 38):
        coral.at(0, 8, turn=turn).stroke([(0, 0), (1, -8), (-1, -16)], "#ef6f7c", 3, curved=True)
