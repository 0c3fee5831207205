"""Fruit, cake and other food, each within 50 units of the origin."""

from __future__ import annotations

import math
import random

from indexer.demo_corpus.canvas import Canvas, down, lit, right
from indexer.demo_corpus.outlines import Points, oval, smooth


def leaf(c: Canvas, length: float, paint: str, vein: str) -> None:
    """Draw a leaf from the origin to the right."""
    c.blob(
        [(0, 0), (length * 0.4, -length * 0.24), (length, 0), (length * 0.4, length * 0.2)], paint
    )
    c.stroke([(0, 0), (length * 0.85, -0.5)], vein, length * 0.03)


def apple(c: Canvas, *, skin: tuple[str, ...] = ("#ff8a70", "#e02b2b", "#a8121f")) -> None:
    body = [
        (0, -26), (14, -33), (32, -29), (42, -10), (39, 15), (26, 37), (11, 43), (0, 39),
        (-11, 43), (-26, 37), (-39, 15), (-42, -10), (-32, -29), (-14, -33),
    ]  # fmt: skip
    c.blob(body, lit(*skin))
    with c.inside(smooth(body)):
        c.soft(0, -30, 16, 7, "#7a0d14a0")
        c.soft(10, 46, 40, 18, "#6b0a1440")
    c.stroke([(0, -26), (2, -38), (8, -47)], "#6b4226", 3.4, curved=True)
    leaf(c.at(4, -38, turn=-18), 28, "#5aa545", "#3d7c2f")
    c.at(-22, -12, turn=25).oval(0, 0, 5, 11, "#ffffff99")


def bananas(c: Canvas) -> None:
    outer = [(-40, -30), (-34, 4), (-10, 30), (24, 32), (44, 16)]
    inner = [(43, 12), (22, 17), (0, 10), (-18, -8), (-32, -33)]
    for turn, colours in (
        (24, ("#f0c12e", "#d99f1c")),
        (8, ("#fbd63f", "#e5ae22")),
        (-9, ("#ffe566", "#f2bf2c")),
    ):
        one = c.at(0, -2, turn=turn)
        one.blob([*outer, *inner], down(*colours))
        one.stroke(
            [(-35, -22), (-25, 0), (-4, 19), (22, 24), (38, 16)], "#c98d1766", 1.2, curved=True
        )
        one.oval(43, 14, 2.6, 3, "#5b4420")
    c.blob([(-31, -38), (-24, -36), (-22, -24), (-34, -14), (-44, -24), (-40, -33)], "#c9a227")
    c.blob([(-36, -44), (-28, -46), (-26, -34), (-36, -30)], "#6f5420")


def strawberry(c: Canvas) -> None:
    body = [
        (0, -28),
        (22, -32),
        (37, -20),
        (35, 2),
        (20, 28),
        (0, 46),
        (-20, 28),
        (-35, 2),
        (-37, -20),
        (-22, -32),
    ]
    c.blob(body, lit("#ff7b6b", "#e8222f", "#b00d22"))
    for row, y in enumerate(range(-18, 40, 10)):
        reach = 30 * math.sqrt(max(0.0, 1 - ((y + 20) / 62) ** 2))
        for x in range(-30 + 6 * (row % 2), 31, 12):
            if abs(x) < reach:
                c.oval(x, y, 1.5, 2.4, "#ffe08a")
    for turn in (-70, -38, -6, 26, 58, 94, -102):
        leaf(c.at(0, -31, turn=turn + 96), 25, "#4f9f3f", "#3a7a2d")
    c.stroke([(0, -32), (3, -48)], "#5c9a3c", 3.2)


def cherries(c: Canvas) -> None:
    c.stroke([(-20, 14), (-14, -14), (8, -42)], "#5d8a35", 2.6, curved=True)
    c.stroke([(22, 20), (20, -10), (8, -42)], "#5d8a35", 2.6, curved=True)
    leaf(c.at(8, -41, turn=12), 36, "#58a548", "#3b7d31")
    for x, y in ((-20, 24), (23, 29)):
        c.oval(x, y, 19, 18.5, lit("#ff6f70", "#cf1230", "#7f0620"))
        c.at(x - 7, y - 7, turn=35).oval(0, 0, 2.6, 5, "#ffffffb0")
        c.soft(x, y - 16, 7, 3, "#50041690")


def orange(c: Canvas) -> None:
    c.oval(-11, -4, 33, 32, lit("#ffc46b", "#f78b1f", "#cf6208"))
    leaf(c.at(-12, -34, turn=-25), 24, "#4f9a42", "#35752d")
    c.oval(20, 18, 26, 26, "#f28a1c")
    c.oval(20, 18, 23.5, 23.5, "#ffe9c4")
    for i in range(9):
        wedge = c.at(20, 18, turn=40 * i)
        wedge.blob([(0, -2.5), (6.2, -18), (0, -21.5), (-6.2, -18)], down("#ffa733", "#ff8b1a"))


def pizza(c: Canvas) -> None:
    c.oval(0, 0, 47, 47, lit("#e9b266", "#d58f3e", "#a8642a", centre=(0.45, 0.42)))
    c.oval(0, 0, 41, 41, "#c63b22")
    rim = [(39 - 1.2 * (k % 3), math.radians(18 * k)) for k in range(20)]
    c.blob(
        [(r * math.cos(a), r * math.sin(a)) for r, a in rim],
        lit("#ffe08c", "#f9c64e", "#f0ad3a", centre=(0.5, 0.5)),
    )
    for x, y in ((-20, -16), (4, -25), (24, -10), (-4, 0), (-25, 10), (17, 18), (-6, 26), (29, 9)):
        c.oval(x, y + 0.8, 8, 8, "#8f1f16")
        c.oval(x, y, 7.6, 7.6, lit("#e8563c", "#cf3526", "#b02319"))
    chance = random.Random("pizza")
    for _ in range(16):
        spot = c.at(chance.uniform(-27, 27), chance.uniform(-27, 27), turn=chance.uniform(0, 360))
        spot.blob([(-4, 0), (0, -2), (4, 0), (0, 1.6)], "#3f7f35")
    for i in range(8):
        c.at(0, 0, turn=45 * i + 12).stroke([(0, 0), (0, -46)], "#9d5a26aa", 0.9)


def cake(c: Canvas) -> None:
    c.oval(0, 40, 48, 8, down("#ffffff", "#cdd6e2"))
    for y, reach, sponge, cream in (
        (12, 38, "#f6b7c4", "#fff4ef"),
        (-14, 26, "#f9cdd5", "#fff7f2"),
    ):
        c.box(-reach, y, reach, y + 27, right("#e999ab", sponge, "#e08ba0"), radius=3)
        c.box(-reach, y + 11, reach, y + 15, "#d9728c")
        drips: Points = [
            (-reach - 1, y + 3),
            (-reach - 1, y - 4),
            (reach + 1, y - 4),
            (reach + 1, y + 3),
        ]
        steps = 8
        for i in range(steps + 1):
            x = reach - 2 * reach * i / steps
            drips.append((x, y + (11 if i % 2 else 4)))
        c.blob(drips, cream)
    for i, x in enumerate((-17, -8.5, 0, 8.5, 17)):
        c.box(
            x - 1.6, -34, x + 1.6, -17, ("#5bb5c9", "#f2c14e", "#e4637c", "#7cba6b", "#8f7cc9")[i]
        )
        c.soft(x, -39, 7, 9, "#ffe9a0b0")
        c.blob([(x, -45), (x + 2.3, -38), (x, -34.5), (x - 2.3, -38)], down("#ffdf5a", "#ff8a1f"))
    for x in range(-33, 34, 11):
        c.oval(x, 36, 2.6, 2.6, "#fff6f0")


def coffee(c: Canvas) -> None:
    c.oval(0, 36, 46, 9, down("#e4e9ef", "#bfc9d6"))
    c.oval(0, 34, 30, 5, "#cfd7e1")
    c.arc(30, 6, 14, 13, -90, 90, "#dfe6ee", 6)
    body = [(-33, -18), (-30, 12), (-18, 34), (18, 34), (30, 12), (33, -18)]
    c.shape(
        [(-33, -18), *smooth(body[1:5], closed=False), (33, -18)],
        right("#ffffff", "#f2f5f8", "#cdd7e3"),
    )
    c.oval(0, -18, 33, 9, "#f7f9fb")
    c.oval(0, -17, 29, 7, lit("#8a5a34", "#5a3419", "#3c200e"))
    c.oval(-3, -17.5, 14, 2.8, "#b98a5a88")
    for x in (-12, 2, 15):
        c.stroke(
            [(x, -26), (x - 4, -33), (x + 3, -40), (x - 1, -48)], "#ffffffa0", 2.4, curved=True
        )


def icecream(c: Canvas) -> None:
    cone = [(-19, -2), (19, -2), (0, 48)]
    c.shape(cone, right("#e9b566", "#d89a44"))
    with c.inside(cone):
        for k in range(-60, 61, 8):
            c.stroke([(k, -2), (k + 25, 48)], "#b4762c", 1)
            c.stroke([(k, -2), (k - 25, 48)], "#b4762c", 1)
    for x, y, tones in (
        (-11, -11, ("#ffd5df", "#f497b0", "#db6f8d")),
        (11, -11, ("#fff6da", "#f9e0a2", "#e0bd70")),
        (0, -28, ("#b98563", "#7d4a2d", "#5a311b")),
    ):
        c.oval(x, y, 16, 15, lit(*tones))
    c.blob([(-22, -4), (-15, 4), (-6, 0), (2, 6), (10, 0), (18, 4), (23, -4), (0, -9)], "#f6bccb")
    c.oval(4, -44, 4.5, 4.5, lit("#ff7a7a", "#c8102e"))


def bread(c: Canvas) -> None:
    loaf = [
        (-45, 14),
        (-40, -8),
        (-18, -22),
        (14, -24),
        (38, -12),
        (46, 10),
        (38, 24),
        (0, 28),
        (-38, 25),
    ]
    c.blob(loaf, down("#e2a75b", "#c17a33", "#8e4f1f"))
    for x in (-24, -6, 12, 29):
        cut = c.at(x, -5, turn=24)
        cut.blob([(-4, -13), (3, 0), (4, 13), (-2, 1)], "#f6dcae")
    c.stroke([(-36, -4), (-20, -15), (10, -19)], "#fff0cf55", 3, curved=True)
    chance = random.Random("bread")
    for _ in range(26):
        c.oval(chance.uniform(-34, 36), chance.uniform(-12, 18), 0.7, 1.1, "#fff2d0")


def soup(c: Canvas) -> None:
    """A bowl of orange pumpkin soup with a spoon."""
    c.stroke([(24, -14), (48, -38)], "#b9c3cf", 3.4)
    bowl = [(-44, -8), *oval(0, -8, 44, 44, start=180, end=0)[::-1], (44, -8)]
    c.shape([p for p in bowl if p[1] >= -8.01], right("#3f7fa6", "#5ea0c4", "#2f6488"))
    c.box(-18, 32, 18, 38, "#2f6488", radius=3)
    c.oval(0, -8, 44, 12, "#e9f1f6")
    c.oval(0, -7, 40, 9.6, lit("#ffb245", "#f08a1e", "#d56f12"))
    c.stroke([(-18, -7), (-8, -11), (4, -5), (14, -9)], "#fff1d4", 2.4, curved=True)
    for x in (-24, -2, 20):
        c.at(x, -5, turn=x * 3).blob([(-3, 0), (0, -1.5), (3, 0), (0, 1.5)], "#4d8f3c")
