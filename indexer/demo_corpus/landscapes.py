"""Pictures of hills, fields, streets and the weather."""

from __future__ import annotations

import random

from indexer.demo_corpus.canvas import Canvas, down, lit
from indexer.demo_corpus.outlines import oval, star
from indexer.demo_corpus.scenery import (
    NIGHT,
    cloud,
    fir_row,
    flowers,
    meadow,
    ridge,
    sky,
    snowfall,
    stars,
    sun,
    towers,
)
from indexer.demo_corpus.things import buildings, objects, plants, transport


def snowy_mountain(c: Canvas) -> None:
    sky(c, low=72)
    cloud(c, c.width * 0.16, 22, 7)
    mid = c.width * 0.5
    for x, top, reach, tone in (
        (mid - 34, 34, 44, "#7d93ad"),
        (mid + 36, 30, 46, "#74899f"),
        (mid, 12, 50, "#5f7690"),
    ):
        c.shape([(x - reach, 72), (x, top), (x + reach, 72)], tone)
        c.shape([(x, top), (x + reach, 72), (x + 8, 72), (x + 3, 46)], "#00000026")
        high = (72 - top) * 0.42
        run = reach * 0.42
        c.shape(
            [
                (x, top),
                (x + run, top + high),
                (x + run * 0.5, top + high * 0.78),
                (x + run * 0.15, top + high * 1.12),
                (x - run * 0.25, top + high * 0.8),
                (x - run * 0.6, top + high * 1.08),
                (x - run, top + high),
            ],
            "#ffffff",
        )
        c.shape(
            [
                (x, top),
                (x + run, top + high),
                (x + run * 0.5, top + high * 0.78),
                (x + run * 0.2, top + high),
            ],
            "#dbe6f2",
        )
    c.box(0, 72, c.width, 100, down("#6fa3c4", "#3f7299"))
    c.shape([(mid - 42, 72), (mid, 98), (mid + 42, 72)], "#ffffff2a")
    fir_row(c, 77, 20, 16, tone="#2d5c48")


def misty_firs(c: Canvas) -> None:
    sky(c, ("#dfe9e6", "#f3efe2"))
    for y, size, count, tone in (
        (50, 44, 15, "#a9c4ba"),
        (66, 56, 11, "#6f9a8a"),
        (84, 72, 9, "#3f7260"),
        (106, 92, 6, "#1f4a3b"),
    ):
        fir_row(c, y, size, count, tone=tone)
        c.box(0, y - 14, c.width, y + 16, down("#f3efe200", "#f3efe280"))


def volcano(c: Canvas) -> None:
    sky(c, ("#2c2340", "#7a3a4c", "#e07a48"))
    mid = c.width / 2
    for dx, y, r in ((-6, 14, 11), (7, 9, 12), (0, 22, 9), (16, 18, 9), (-17, 8, 9)):
        c.oval(mid + dx, y, r, r * 0.85, lit("#6b5a60", "#443a42", "#2b242c"))
    c.soft(mid, 34, 26, 22, "#ff8a2eb0")
    for end in ((-20, 30), (-12, 20), (0, 14), (11, 21), (21, 31)):
        c.stroke(
            [(mid, 42), (mid + end[0] * 0.5, end[1] + 2), (mid + end[0], end[1] + 6)],
            "#ffb52e",
            1.6,
            curved=True,
        )
    c.shape(
        [(mid - 62, 92), (mid - 11, 40), (mid + 11, 40), (mid + 62, 92)], down("#5c4650", "#2d2430")
    )
    c.blob(
        [
            (mid - 11, 40),
            (mid, 43),
            (mid + 11, 40),
            (mid + 5, 58),
            (mid + 12, 78),
            (mid + 3, 66),
            (mid - 4, 86),
            (mid - 4, 58),
        ],
        down("#ffe27a", "#ff8a1f", "#d8301a"),
    )
    ridge(c, [88, 84, 89, 85, 88, 84], down("#3b4a3a", "#1f2a22"))


def desert(c: Canvas) -> None:
    sky(c, ("#f0a860", "#f8cf8f", "#fdeccb"))
    sun(c, c.width * 0.74, 26, 9, colour="#fff0b8")
    ridge(c, [62, 58, 62, 54, 60, 57], down("#d98a56", "#c87444"))
    ridge(c, [72, 68, 74, 70, 66, 72], down("#eab573", "#d79850"))
    ridge(c, [88, 84, 80, 86, 88, 82], down("#f4cd8d", "#dda75c"))
    for x, y, size in ((0.3, 58, 0.62), (0.62, 66, 0.3), (0.88, 70, 0.38)):
        c.soft(c.width * x + 6, y + 50 * size, 20 * size, 2.4, "#8a4f2480")
        plants.saguaro(c.at(c.width * x, y, size))


def windmill_and_tulips(c: Canvas) -> None:
    sky(c, low=70)
    cloud(c, c.width * 0.24, 20, 8)
    cloud(c, c.width * 0.55, 12, 5)
    meadow(c, 64)
    buildings.windmill(c.at(c.width * 0.68, 40, 0.62))
    for i, tone in enumerate(("#e8483c", "#ffd04d", "#e86ca0", "#f28a2e", "#b23ac0")):
        y = 73 + 5.6 * i
        c.box(0, y, c.width, y + 4, "#4f9a45")
        for k in range(44):
            x = c.width * (k + 0.5 * (i % 2)) / 43
            c.blob(
                [
                    (x - 1.1, y - 1),
                    (x, y - 2.6),
                    (x + 1.1, y - 1),
                    (x + 0.8, y + 1.2),
                    (x - 0.8, y + 1.2),
                ],
                tone,
            )


def house_and_garden(c: Canvas) -> None:
    sky(c, low=72)
    sun(c, c.width * 0.86, 16, 6)
    cloud(c, c.width * 0.2, 18, 7)
    meadow(c, 66)
    plants.broad_tree(c.at(c.width * 0.84, 46, 0.56))
    buildings.house(c.at(c.width * 0.46, 46, 0.68))
    c.shape(
        [(c.width * 0.44, 74), (c.width * 0.49, 74), (c.width * 0.6, 101), (c.width * 0.36, 101)],
        "#e6d3ae",
    )
    for x in range(0, int(c.width) + 6, 6):
        if not c.width * 0.36 < x < c.width * 0.58:
            c.shape([(x - 1.4, 88), (x, 74), (x + 1.4, 88)], "#ffffff")
    for y in (79, 84):
        c.box(0, y, c.width * 0.37, y + 1, "#ffffff")
        c.box(c.width * 0.58, y, c.width, y + 1, "#ffffff")
    flowers(c, 90, 46, tones=("#e8483c", "#ffd04d", "#f28ab2", "#ffffff"))


def castle_on_hill(c: Canvas) -> None:
    sky(c, ("#6f9fd0", "#c3dcec", "#fbe8cf"))
    cloud(c, c.width * 0.18, 26, 7)
    ridge(c, [72, 66, 60, 64, 70, 66], down("#a9c6a0", "#86ad82"))
    mid = c.width * 0.54
    c.blob(
        [
            (mid - 66, 104),
            (mid - 40, 78),
            (mid - 20, 68),
            (mid + 20, 68),
            (mid + 42, 80),
            (mid + 66, 104),
        ],
        down("#7db35c", "#4b8a45"),
    )
    buildings.castle(c.at(mid, 42, 0.68))
    c.stroke(
        [(mid, 73), (mid + 10, 82), (mid - 8, 90), (mid + 6, 101)], "#e6d3ae", 3.4, curved=True
    )
    fir_row(c, 99, 22, 9, tone="#2f6b4c")


def tent_by_night(c: Canvas) -> None:
    sky(c, NIGHT)
    stars(c, 90, low=56)
    c.oval(c.width * 0.82, 18, 7, 7, lit("#fffdf0", "#f4e6b8", "#e0cd92"))
    ridge(c, [54, 46, 56, 44, 52, 48], "#223a5c")
    fir_row(c, 74, 40, 14, tone="#152a3f")
    ridge(c, [74, 71, 73, 70, 73], down("#2f4a3f", "#16251f"))
    c.soft(c.width * 0.66, 84, 44, 26, "#ff9a3a58")
    buildings.tent(c.at(c.width * 0.34, 66, 0.56))
    buildings.campfire(c.at(c.width * 0.7, 76, 0.3))


def balloons_aloft(c: Canvas) -> None:
    sky(c, ("#5aa9dc", "#a9d8ee", "#fdeed6"))
    cloud(c, c.width * 0.16, 62, 8)
    cloud(c, c.width * 0.82, 22, 7)
    ridge(c, [84, 78, 83, 76, 82], down("#9cc47f", "#6ea562"))
    ridge(c, [94, 90, 93, 88, 92], down("#6ea562", "#4b8a45"))
    transport.balloon(c.at(c.width * 0.42, 38, 0.64))
    transport.balloon(c.at(c.width * 0.76, 54, 0.38), stripes=("#7c5ab8", "#ffe08a", "#e86ca0"))
    transport.balloon(c.at(c.width * 0.14, 30, 0.28), stripes=("#3fa28a", "#fff3d0", "#f28a2e"))


def rainbow(c: Canvas) -> None:
    sky(c, ("#6f9cc0", "#b3d1e0", "#e6f0ee"))
    for i, tone in enumerate(
        ("#e8483c", "#f58b2e", "#ffd84a", "#58b06a", "#3f8fd0", "#5a5ac0", "#8f5ac0")
    ):
        r = 62 - 2.4 * i
        ring = [
            *oval(c.width / 2, 80, r, r, start=180, end=360),
            *oval(c.width / 2, 80, r - 2.5, r - 2.5, start=180, end=360)[::-1],
        ]
        c.shape(ring, f"{tone}d8")
    cloud(c, c.width * 0.08, 50, 9, paint="#f3f6f8")
    cloud(c, c.width * 0.9, 44, 9, paint="#f3f6f8")
    meadow(c, 76)
    plants.broad_tree(c.at(c.width * 0.2, 62, 0.4))


def moon_and_stars(c: Canvas) -> None:
    sky(c, ("#0b1033", "#1d2a63", "#42558f"))
    stars(c, 140, low=80)
    c.soft(c.width * 0.6, 34, 40, 40, "#fff3c060")
    x, y = c.width * 0.6, 34
    crescent = [
        *oval(x, y, 21, 21, start=19.5, end=271.5),
        *oval(x + 9.6, y - 6.6, 17, 17, start=237.9, end=53.1),
    ]
    c.shape(crescent, lit("#fffbe6", "#f7e7b0", "#e3cb86"))
    for x, y, r in ((0.2, 24, 5), (0.34, 54, 3.4), (0.84, 62, 4), (0.12, 60, 2.6), (0.86, 16, 3)):
        c.shape(star(c.width * x, y, r, r * 0.42), "#fff0b0")
    ridge(c, [88, 82, 90, 80, 87], "#0e1738")


def city_by_night(c: Canvas) -> None:
    sky(c, ("#0c1233", "#2b2a60", "#7a4a7c"))
    stars(c, 60, low=40)
    c.oval(c.width * 0.16, 16, 6, 6, lit("#fffdf0", "#f4e6b8", "#e0cd92"))
    towers(c, 82, tone="#2a2f5c", seed="far towers", lit_share=0.2)
    towers(c, 84, tone="#161a38", seed="near towers")
    c.box(0, 84, c.width, 100, down("#1b2048", "#0b0f26"))
    chance = random.Random("lights on water")
    for _ in range(46):
        x, y = chance.uniform(0, c.width), chance.uniform(85, 94)
        c.box(x, y, x + 0.9, y + chance.uniform(2, 6), "#ffd26b5c")


def snowman_in_field(c: Canvas) -> None:
    sky(c, ("#8fb9dc", "#d6e7f3"))
    ridge(c, [64, 58, 63, 56, 62], "#e3eef7")
    fir_row(c, 68, 34, 11, tone="#3b6f5c", snow=True)
    ridge(c, [76, 72, 75, 73, 77], down("#ffffff", "#d3e3f0"))
    c.soft(c.width * 0.5, 90, 22, 4, "#5a7ea080")
    buildings.snowman(c.at(c.width * 0.5, 54, 0.74))
    snowfall(c, 90)


def kite_on_the_dunes(c: Canvas) -> None:
    sky(c)
    cloud(c, c.width * 0.2, 30, 7)
    cloud(c, c.width * 0.86, 54, 6)
    ridge(c, [86, 82, 88, 80, 84], down("#f3dca6", "#d9b878"))
    objects.kite(c.at(c.width * 0.56, 40, 0.74))
