"""Flowers, trees and mushrooms, each within 50 units of the origin."""

from __future__ import annotations

import random

from indexer.demo_corpus.canvas import Canvas, down, lit, right
from indexer.demo_corpus.outlines import smooth
from indexer.demo_corpus.things.food import leaf


def sunflower(c: Canvas) -> None:
    c.stroke([(0, 0), (3, 26), (0, 50)], "#4d8a3a", 4.4, curved=True)
    leaf(c.at(2, 34, turn=-24), 30, "#58a044", "#3d7a30")
    leaf(c.at(1, 40, turn=200), 30, "#4e943d", "#3d7a30")
    head = c.at(0, -14)
    for i in range(18):
        head.at(0, 0, turn=20 * i + 10).blob([(0, -4), (5, -20), (0, -35), (-5, -20)], "#e89a14")
    for i in range(18):
        head.at(0, 0, turn=20 * i).blob(
            [(0, -4), (5, -19), (0, -33), (-5, -19)], down("#ffdb3d", "#f8b81f")
        )
    head.oval(0, 0, 16.5, 16.5, lit("#8a5428", "#5d3517", "#3b200d", centre=(0.5, 0.5)))
    for i in range(70):
        ring = 1.85 * i**0.5
        seed = head.at(0, 0, turn=137.5 * i)
        seed.oval(ring, 0, 0.75, 0.75, "#2a1709" if i % 3 else "#a86f36")


def tulip(c: Canvas, *, petals: tuple[str, str] = ("#ff6b7d", "#d3224b")) -> None:
    c.stroke([(0, -4), (1, 20), (0, 50)], "#57993f", 3.6, curved=True)
    c.blob([(0, 50), (-10, 30), (-22, 2), (-12, 14), (-2, 34)], down("#6fb350", "#478a37"))
    c.blob([(0, 50), (12, 30), (20, 8), (10, 20), (2, 36)], down("#66aa4a", "#3f8032"))
    c.blob([(-17, -34), (0, -48), (17, -34), (16, -12), (0, 0), (-16, -12)], petals[1])
    for side in (-1, 1):
        c.blob(
            [
                (side * 21, -42),
                (side * 21, -14),
                (side * 8, 0),
                (0, -2),
                (side * 3, -22),
                (side * 12, -30),
            ],
            down(*petals),
        )
    c.blob([(0, -38), (10, -18), (6, -2), (0, 0), (-6, -2), (-10, -18)], down("#ff93a0", petals[1]))


def mushroom(c: Canvas) -> None:
    """A fly agaric: a red cap with white spots."""
    for x, h in ((-34, 14), (-26, 20), (28, 18), (36, 12)):
        c.blob([(x - 2, 46), (x, 46 - h), (x + 2, 46)], "#5a9a45")
    c.blob(
        [(-11, 44), (-9, 10), (-8, -6), (8, -6), (9, 10), (12, 44), (0, 48)],
        right("#fffaf0", "#e9dcc6", "#cdbb9f"),
    )
    c.blob([(-14, 12), (0, 8), (14, 12), (12, 20), (0, 16), (-12, 20)], "#fff6e6")
    c.oval(0, 0, 36, 7, "#e9d6bb")
    cap = [
        (-46, 0),
        (-40, -22),
        (-20, -40),
        (0, -44),
        (20, -40),
        (40, -22),
        (46, 0),
        (20, 4),
        (-20, 4),
    ]
    c.blob(cap, lit("#ff7458", "#dd2a22", "#a4121a"))
    for x, y, r in (
        (-24, -18, 5.5),
        (-4, -31, 5),
        (16, -22, 6.4),
        (0, -9, 5.4),
        (32, -9, 4.4),
        (-36, -4, 3.8),
        (-16, -36, 2.6),
        (18, -4, 3),
    ):
        c.oval(x, y, r, r * 0.8, "#fff8ee")


def cactus(c: Canvas) -> None:
    """A potted cactus with a pink flower."""
    for arm in ([(-8, 8), (-27, 6), (-29, -12)], [(8, 0), (26, -2), (27, -22)]):
        c.stroke(arm, "#4f9a58", 11, curved=True)
    body = [(-13, 26), (-14, -10), (-10, -32), (0, -39), (10, -32), (14, -10), (13, 26)]
    c.blob(body, right("#79c07a", "#4f9f5d", "#2f7646"))
    for x in (-7, 0, 7):
        c.stroke([(x, -30 + abs(x)), (x * 1.1, 24)], "#2f7646", 0.9)
        for y in range(-26 + abs(x), 24, 8):
            c.stroke([(x - 2, y - 1.6), (x, y), (x + 2, y - 1.6)], "#f6f1cf", 0.6)
    for i in range(6):
        c.at(2, -38, turn=60 * i).blob([(0, 0), (3, -6), (0, -10), (-3, -6)], "#f2679a")
    c.oval(2, -38, 2.6, 2.6, "#ffd95a")
    c.shape([(-20, 24), (20, 24), (15, 49), (-15, 49)], right("#d9804b", "#c2632f", "#984719"))
    c.box(-23, 19, 23, 27, right("#e5935d", "#cf7139", "#a5511f"), radius=2)


def saguaro(c: Canvas) -> None:
    """A desert cactus without a pot."""
    for arm in ([(-3, 18), (-22, 16), (-23, -8)], [(3, 6), (20, 4), (21, -22)]):
        c.stroke(arm, "#3f7f4a", 9, curved=True)
    c.box(-8, -44, 8, 50, right("#66a866", "#437f4b", "#2c5f39"), radius=8)
    for x in (-3.5, 0, 3.5):
        c.stroke([(x, -38), (x, 50)], "#2c5f39", 0.7)


def rose(c: Canvas) -> None:
    c.stroke([(0, 0), (-2, 26), (2, 50)], "#3f7f3a", 3, curved=True)
    leaf(c.at(0, 24, turn=-28), 26, "#4d9a48", "#336f30")
    leaf(c.at(0, 32, turn=206), 26, "#458f41", "#336f30")
    c.oval(0, -18, 26, 25, "#a80f2e")
    for i, (reach, size) in enumerate(
        ((18, 13), (18, 13), (18, 13), (18, 13), (18, 13), (9, 12), (9, 12), (9, 12))
    ):
        c.at(0, -18, turn=72 * i + 36 * (i > 4)).oval(
            0, -reach * 0.8, size, size * 0.8, lit("#f0506a", "#cf1f3f", "#93102a")
        )
    for k in range(3):
        c.arc(0, -18, 9 - 3 * k, 8 - 2.6 * k, 40 + 100 * k, 280 + 100 * k, "#7a0a20", 1.2)


SEASONS = {
    "spring": ("#f7c3d3", "#ee9db8", "#fde4ec"),
    "summer": ("#5fae4d", "#3d8a3a", "#86c95f"),
    "autumn": ("#ef8e2c", "#cf5a1d", "#f8bd3e"),
}


def broad_tree(c: Canvas, *, season: str = "summer") -> None:
    """A tree with a round crown; in winter it is bare and carries snow."""
    bark = right("#8a6242", "#6b4a30", "#4d3421")
    c.shape(smooth([(-9, 50), (-5, 30), (-5, 0), (5, 0), (5, 30), (10, 50)]), bark)
    limbs = (
        [(0, 14), (-10, -4), (-24, -18)],
        [(0, 10), (10, -8), (22, -22)],
        [(0, 4), (0, -16), (-4, -36)],
    )
    for limb in limbs:
        c.stroke(limb, "#6b4a30", 3.6, curved=True)
    if season == "winter":
        for limb in limbs:
            x, y = limb[2]
            for dx, dy in ((-11, -9), (-5, -14), (2, -14), (10, -8), (6, -1), (-9, 0)):
                c.stroke([(x, y + 2), (x + dx, y + dy)], "#6b4a30", 1.7)
                c.stroke(
                    [(x + dx * 0.6, y + dy * 0.6), (x + dx * 0.6 + 6, y + dy - 1)], "#6b4a30", 1
                )
            c.stroke([(p[0], p[1] - 1.8) for p in limb], "#ffffff", 1.6, curved=True)
        return
    crown(c, season=season)


def crown(c: Canvas, *, season: str) -> None:
    """Draw the leaves of a broad tree: dark below, light above, sprinkled."""
    mid, dark, light = SEASONS[season]
    lobes = ((-22, -8, 17), (21, -8, 17), (0, -4, 19), (-14, -25, 17), (15, -25, 17), (0, -34, 15))
    for dx, dy, paint in ((0, 3, dark), (0, 0, mid)):
        for x, y, r in lobes:
            c.oval(x + dx, y + dy, r, r * 0.92, paint)
    chance = random.Random(season)
    for _ in range(110):
        x, y, r = chance.choice(lobes)
        spot = (x + chance.uniform(-0.75, 0.55) * r, y + chance.uniform(-0.75, 0.6) * r)
        c.oval(*spot, 1.7, 1.3, chance.choice((light, light, dark)))


def fir(c: Canvas, *, tone: str = "#2f6b4c", snow: bool = False) -> None:
    c.box(-3, 36, 3, 50, "#5c3f29")
    for y, reach in ((36, 26), (16, 21), (-4, 16), (-22, 11)):
        tier = [
            (0, y - 30),
            (reach, y),
            (reach * 0.4, y - 3),
            (0, y + 2),
            (-reach * 0.4, y - 3),
            (-reach, y),
        ]
        c.shape(tier, tone)
        c.shape([(0, y - 30), (reach, y), (reach * 0.4, y - 3), (0, y + 2)], "#00000022")
        if snow:
            c.shape(
                [(0, y - 30), (reach * 0.55, y - 12), (0, y - 15), (-reach * 0.55, y - 12)],
                "#f7fbff",
            )


def palm(c: Canvas) -> None:
    trunk = [(-6, 50), (-3, 20), (4, -8), (12, -26), (16, -24), (9, -4), (4, 22), (3, 50)]
    c.blob(trunk, right("#b58a58", "#8c6338"))
    for turn, length in (
        (200, 36),
        (172, 40),
        (140, 34),
        (-24, 38),
        (8, 40),
        (36, 32),
        (-70, 26),
        (-112, 28),
    ):
        frond = c.at(14, -26, turn=turn)
        side = 1 if -90 < turn < 90 else -1
        frond.blob(
            [(0, 0), (length * 0.5, -7 * side), (length, 6 * side), (length * 0.5, 1 * side)],
            "#3f9a4e",
        )
        frond.stroke(
            [(0, 0), (length * 0.5, -3 * side), (length, 5 * side)], "#2a743a", 0.9, curved=True
        )
    for x, y in ((10, -22), (17, -21), (13, -18)):
        c.oval(x, y, 3, 3, lit("#a9713f", "#6b4220"))
