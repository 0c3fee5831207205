"""Buildings and what stands beside them, each within 50 units of the origin."""

from __future__ import annotations

import random

from indexer.demo_corpus.canvas import Canvas, down, lit, right
from indexer.demo_corpus.outlines import oval, smooth


def lighthouse(c: Canvas) -> None:
    """A lighthouse with red and white bands."""
    tower = [(-9, -22), (9, -22), (15, 50), (-15, 50)]
    c.shape(tower, right("#ffffff", "#f4f1ea", "#c9c9cc"))
    with c.inside(tower):
        for y in (-12, 16, 44):
            c.box(-20, y, 20, y + 14, right("#ee5a4c", "#d63a31", "#a3252a"))
    for y in (-2, 26):
        c.box(-2.2, y, 2.2, y + 7, "#33404f", radius=2.2)
    c.box(-13, -25, 13, -21, "#39424f", radius=1.5)
    c.box(-7, -36, 7, -25, "#fff2b0")
    for x in (-7, -2.4, 2.4, 7):
        c.stroke([(x, -36), (x, -25)], "#39424f", 1.2)
    c.blob([(-9, -36), (0, -47), (9, -36)], down("#e5574b", "#a3252a"))
    c.oval(0, -46, 1.8, 1.8, "#39424f")
    for x in range(-12, 13, 4):
        c.stroke([(x, -25), (x, -29)], "#39424f", 0.7)
    c.stroke([(-13, -29), (13, -29)], "#39424f", 0.8)


def house(c: Canvas, *, wall: str = "#f6e2c3", roof: str = "#c2523c", snow: bool = False) -> None:
    c.box(16, -40, 25, -14, "#9c5f4a")
    c.box(14.5, -42, 26.5, -38, "#f7fbff" if snow else "#7d4637")
    c.box(-34, -8, 34, 42, right(wall, wall, "#d9bf9a"))
    c.shape([(-43, -6), (-10, -38), (10, -38), (43, -6)], down(roof, "#93382b"))
    if snow:
        c.blob(
            [
                (-44, -5),
                (-11, -41),
                (11, -41),
                (44, -5),
                (30, -12),
                (14, -20),
                (0, -16),
                (-16, -21),
                (-30, -10),
            ],
            "#f7fbff",
        )
    c.box(-7, 14, 7, 42, "#3d6f8f", radius=2)
    c.oval(4, 29, 1.2, 1.2, "#f2c94c")
    glow = down("#ffe9a8", "#ffcf6b") if snow else down("#d9f1fb", "#9ccbe2")
    for x in (-27, 14):
        c.box(x - 1.5, 6.5, x + 14.5, 23.5, "#ffffff", radius=1)
        c.box(x, 8, x + 13, 22, glow)
        c.stroke([(x + 6.5, 8), (x + 6.5, 22)], "#ffffff", 1.1)
        c.stroke([(x, 15), (x + 13, 15)], "#ffffff", 1.1)
    c.oval(0, -20, 5.4, 5.4, "#ffffff")
    c.oval(0, -20, 4, 4, "#9ccbe2")


def windmill(c: Canvas, *, turn: float = 20.0) -> None:
    """A Dutch windmill; `turn` sets its sails."""
    c.shape([(-13, -16), (13, -16), (23, 50), (-23, 50)], right("#b9785a", "#a2603f", "#7a432a"))
    for y in (0, 16, 32):
        c.box(-19 - y * 0.05, y, 19 + y * 0.05, y + 1, "#7a432a")
    c.blob([(-16, -14), (-12, -28), (0, -34), (12, -28), (16, -14)], down("#5b6572", "#39414c"))
    c.box(-6, 32, 6, 50, "#4a2c1a", radius=5)
    for x, y in ((-6, 10), (7, -4)):
        c.box(x - 3, y - 4, x + 3, y + 4, "#f4e7c5", radius=1)
    for i in range(4):
        arm = c.at(0, -20, turn=turn + 90 * i)
        arm.shape([(1.5, -6), (9, -6), (9, -42), (1.5, -42)], "#fff8eaee")
        for y in range(-42, -5, 6):
            arm.stroke([(1, y), (9, y)], "#6d4a2c", 0.8)
        arm.stroke([(9, -6), (9, -42)], "#6d4a2c", 0.8)
        arm.stroke([(0, 0), (0, -44)], "#5c3d24", 2)
    c.oval(0, -20, 3, 3, "#3a2818")


def castle(c: Canvas) -> None:
    stone, dark = right("#d5cfc6", "#bdb5aa", "#978f85"), "#8a8278"
    for x, top in ((-40, -14), (20, -14)):
        c.box(x, top, x + 20, 46, stone)
        c.shape([(x - 3, top), (x + 10, top - 30), (x + 23, top)], down("#4f78a8", "#34557f"))
    c.box(-11, -28, 11, 46, stone)
    c.shape([(-14, -28), (0, -49), (14, -28)], down("#cf4a41", "#9c2d2e"))
    c.box(-30, 8, 30, 46, right("#c9c2b7", "#b0a89c"))
    for merlon in range(-30, 30, 10):
        c.box(merlon, 2, merlon + 6, 9, "#c2baaf")
    c.shape([(-10, 46), *oval(0, 28, 10, 13, start=180, end=360), (10, 46)], "#4a3220")
    for x in (-5, 0, 5):
        c.stroke([(x, 18), (x, 46)], "#2f1e12", 1)
    for x, y in ((-30, 2), (30, 2), (0, -14), (-30, 24), (30, 24), (-20, 22), (20, 22)):
        c.box(x - 2, y - 4, x + 2, y + 4, "#3c3a41", radius=2)
    chance = random.Random("castle")
    for _ in range(36):
        brick, course = chance.uniform(-36, 34), chance.uniform(14, 44)
        if abs(brick) > 12:
            c.box(brick, course, brick + 3.4, course + 1.4, f"{dark}66")
    for x, y, tone in ((-30, -44, "#f2c230"), (30, -44, "#f2c230")):
        c.stroke([(x, y), (x, y - 8)], "#4a4038", 0.9)
        c.shape([(x, y - 8), (x + 9, y - 5.5), (x, y - 3)], tone)


def tent(c: Canvas) -> None:
    c.shape([(-46, 34), (-4, -30), (10, -30), (48, 28), (18, 36)], "#c95f22")
    c.shape([(-4, -30), (10, -30), (48, 28), (18, 36)], down("#f0913d", "#d06d22"))
    c.shape([(-46, 34), (-4, -30), (18, 36)], down("#f6a651", "#e07c2c"))
    c.shape([(-22, 35), (-5, -14), (4, 36)], "#3b2417")
    c.shape([(-5, -14), (4, 36), (11, 36), (-4, -6)], "#ffd08a")
    for a, b in (((-46, 34), (-50, 40)), ((48, 28), (50, 36))):
        c.stroke([a, b], "#e8dcc8", 0.9)


def campfire(c: Canvas, *, lean: float = 0.0) -> None:
    c.soft(0, 12, 50, 46, "#ffb04a70")
    for turn in (-14, 14):
        c.at(0, 34, turn=turn).box(-34, -5, 34, 5, right("#6d4526", "#8a5a34", "#4d2f19"), radius=5)
    for reach, tones in (
        (1.0, ("#ffb52e", "#f0561c")),
        (0.68, ("#ffd95a", "#ff9a2a")),
        (0.38, ("#fff6c8", "#ffdf6a")),
    ):
        c.blob(
            [
                (-22 * reach, 20),
                (-18 * reach, 4),
                (-6 * reach + lean, -12 * reach),
                (lean * 2, 30 - 72 * reach),
                (9 * reach + lean, -8 * reach),
                (20 * reach, 6),
                (21 * reach, 21),
                (0, 30),
            ],
            down(*tones),
        )


def snowman(c: Canvas) -> None:
    for y, r in ((26, 23), (-6, 17)):
        c.oval(0, y, r, r, lit("#ffffff", "#f1f7fc", "#bfd3e6"))
    c.oval(0, -30, 13, 13, lit("#ffffff", "#f1f7fc", "#bfd3e6"))
    for side in (-1, 1):
        c.stroke([(side * 15, -8), (side * 34, -20), (side * 44, -22)], "#6b4a30", 1.8)
        c.stroke([(side * 34, -20), (side * 38, -30)], "#6b4a30", 1.4)
        c.oval(side * 4.6, -33, 1.7, 1.9, "#22252c")
    c.shape([(0, -30), (16, -26), (0, -26)], "#f0842c")
    for x in (-5, -2, 2, 5):
        c.oval(x, -22 - abs(x) * 0.3, 0.9, 0.9, "#22252c")
    for y in (-10, -3, 5):
        c.oval(0, y, 1.9, 1.9, "#22252c")
    c.blob([(-13, -20), (0, -16), (13, -20), (13, -15), (0, -11), (-13, -15)], "#d8392f")
    c.shape([(5, -14), (12, -15), (13, 4), (6, 4)], down("#d8392f", "#a8262a"))
    c.box(-16, -42, 16, -39, "#262a33", radius=1.5)
    c.box(-10, -50, 10, -40, right("#3c424e", "#20242c"), radius=1)
    c.box(-10, -44, 10, -41, "#d8392f")


def parasol(c: Canvas) -> None:
    """A beach umbrella with red and white segments."""
    c.stroke([(0, -38), (6, 50)], "#b98b5a", 2.4)
    canopy = [(-44, -8), *oval(0, -8, 44, 38, start=180, end=360)]
    edge = [(44, -8), (30, -12), (15, -7), (0, -12), (-15, -7), (-30, -12), (-44, -8)]
    dome = [*canopy, *edge]
    c.shape(dome, "#fffaf0")
    with c.inside(dome):
        for x0, x1, low in ((-46, -27, -30), (-13, 13, 0), (27, 46, 30)):
            side = [(0, -48), (x1 * 0.8, -34), (x1, -2), (low, 0), (x0, -2), (x0 * 0.8, -34)]
            c.shape(smooth(side), down("#ee5a4c", "#d63a31"))
    c.oval(0, -46, 1.8, 2.4, "#d63a31")
