"""Things of house, music and play, each within 50 units of the origin."""

from __future__ import annotations

import math

from indexer.demo_corpus.canvas import Canvas, down, lit, mix, right
from indexer.demo_corpus.outlines import box, oval, smooth, star


def guitar(c: Canvas) -> None:
    """An acoustic guitar, leaning a little."""
    g = c.at(0, 0, turn=24)
    body = [
        (0, -4),
        (13, -6),
        (17, 4),
        (13, 14),
        (19, 24),
        (18, 40),
        (0, 48),
        (-18, 40),
        (-19, 24),
        (-13, 14),
        (-17, 4),
        (-13, -6),
    ]
    g.blob([(x * 1.08, 22 + (y - 22) * 1.06) for x, y in body], "#6d3a1a")
    g.blob(body, lit("#f6c277", "#dd9440", "#b56a22"))
    g.box(-3.2, -40, 3.2, 14, right("#6b4226", "#4b2c17"))
    for y in range(-36, 4, 5):
        g.stroke([(-3.2, y), (3.2, y)], "#d9c9a0", 0.6)
    g.oval(0, 15, 7.4, 7.4, "#8a5324")
    g.oval(0, 15, 6, 6, "#2a170b")
    g.box(-9, 33, 9, 36.5, "#4b2c17", radius=1)
    g.shape([(-5, -40), (5, -40), (6, -51), (-6, -51)], "#4b2c17")
    for side in (-1, 1):
        for y in (-49, -46, -43):
            g.oval(side * 7, y, 1.5, 1.2, "#f3ead2")
    for x in (-2.4, -1.4, -0.5, 0.5, 1.4, 2.4):
        g.stroke([(x, -46), (x * 1.3, 34)], "#f7f1e2", 0.35)


def drum(c: Canvas) -> None:
    c.box(-40, -14, 40, 30, right("#d6352f", "#ef5a48", "#a3202a"))
    c.oval(0, 30, 40, 12, "#a3202a")
    c.oval(0, 26, 40, 12, right("#d6352f", "#ef5a48", "#a3202a"))
    for x in range(-36, 30, 18):
        low = 38 - abs(x + 9) * 0.14
        c.stroke([(x, -4), (x + 9, low), (x + 18, -4)], "#fff4d8", 1.4)
    for y in (-12, 29):
        c.arc(0, y, 40, 12, 0, 180, "#e9bd4a", 5)
    c.oval(0, -14, 41, 12.6, "#e9bd4a")
    c.oval(0, -15, 38, 10.6, lit("#fffdf5", "#f4ead6", "#d9cbb0"))
    for x0, x1 in ((-32, 8), (34, -6)):
        c.stroke([(x0, -46), (x1, -16)], "#b67a40", 2.6)
        c.oval(x1, -16, 3.4, 3, "#8f5827")


def piano(c: Canvas) -> None:
    """Piano keys, seen from the front."""
    c.box(-50, -34, 50, 36, right("#2c2f38", "#16181e"), radius=3)
    c.box(-50, -34, 50, -24, down("#4a2418", "#2b130c"))
    for i in range(10):
        x = -46 + 9.2 * i
        c.box(x, -22, x + 8.7, 32, down("#e8e8ea", "#ffffff", "#ffffff", "#d5d8de"), radius=1.2)
    for i in (0, 1, 3, 4, 5, 7, 8):
        x = -46 + 9.2 * (i + 1)
        c.box(x - 2.7, -22, x + 2.7, 9, down("#3a3d46", "#0d0e12"), radius=0.9)
        c.box(x - 1.7, -20, x + 1.7, 5, "#ffffff18")
    c.box(-46, -24, 46, -21.6, "#b3282d")


def football(c: Canvas) -> None:
    disc = oval(0, 0, 44, 44)
    c.shape(disc, lit("#ffffff", "#f2f4f6", "#a9b2bd"))
    with c.inside(disc):
        c.shape(_pentagon(0, 0, 15, 0), "#1f232b")
        for i in range(5):
            angle = math.radians(72 * i - 90)
            x, y = math.cos(angle), math.sin(angle)
            c.stroke([(15 * x, 15 * y), (27 * x, 27 * y)], "#1f232b", 1.4)
            side = math.radians(72 * i - 54)
            outer = c.at(41 * math.cos(side), 41 * math.sin(side))
            outer.shape(_pentagon(0, 0, 13, 72 * i + 126), "#1f232b")
            for turn in (-36, 36):
                other = math.radians(72 * i - 54 + turn)
                c.stroke([(27 * math.cos(other), 27 * math.sin(other)), (33 * math.cos(side),
                    33 * math.sin(side))],
                         "#1f232b", 1.4)  # fmt: skip
        c.soft(-15, -18, 18, 16, "#ffffff55")


def _pentagon(x: float, y: float, r: float, turn: float) -> list[tuple[float, float]]:
    corners = [math.radians(72 * i - 90 + turn) for i in range(5)]
    return [(x + r * math.cos(a), y + r * math.sin(a)) for a in corners]


def kite(c: Canvas) -> None:
    c.stroke(
        [(10, 18), (-2, 28), (6, 36), (-8, 44), (-2, 52), (-18, 60)], "#6b5a4a", 0.9, curved=True
    )
    for (x, y), paint in zip(
        ((-2, 28), (6, 37), (-8, 45)), ("#f2c230", "#3f8fc9", "#e8483c"), strict=True
    ):
        c.shape([(x - 5, y - 3), (x, y), (x - 5, y + 3)], paint)
        c.shape([(x + 5, y - 3), (x, y), (x + 5, y + 3)], paint)
    k = c.at(6, -12, turn=18)
    top, side, low = (0, -36), 25, (0, 34)
    for corners, paint in (
        ((top, (side, -8), (0, -8)), "#e8483c"), ((top, (-side, -8), (0, -8)), "#f2c230"),
        ((low, (side, -8), (0, -8)), "#3f8fc9"), ((low, (-side, -8), (0, -8)), "#58b06a"),
    ):  # fmt: skip
        k.shape(corners, paint)
    k.stroke([top, low], "#5b4636", 1)
    k.stroke([(-side, -8), (side, -8)], "#5b4636", 1)


def clock(c: Canvas, *, hour: float = 10.15, rim: str = "#c9593f") -> None:
    """A round wall clock that shows `hour`."""
    c.oval(0, 0, 46, 46, lit(mix(rim, "#ffffff", 0.45), rim, mix(rim, "#000000", 0.35)))
    c.oval(0, 0, 39, 39, lit("#ffffff", "#fdfaf3", "#e6dfd0"))
    for i in range(60):
        mark = c.at(0, 0, turn=6 * i)
        mark.box(-0.9, -36, 0.9, -30, "#2d3440") if i % 5 == 0 else mark.box(
            -0.3, -36, 0.3, -34, "#7d8694"
        )
    for i in range(12):
        angle = math.radians(30 * (i + 1) - 90)
        c.text(24 * math.cos(angle), 24 * math.sin(angle), str(i + 1), "#2d3440", 8.5)
    c.at(0, 0, turn=30 * hour).box(-1.7, -18, 1.7, 4, "#222831", radius=1.7)
    c.at(0, 0, turn=360 * hour).box(-1.1, -30, 1.1, 5, "#222831", radius=1.1)
    c.at(0, 0, turn=360 * 60 * hour).box(-0.4, -32, 0.4, 8, "#d8392f")
    c.oval(0, 0, 2.6, 2.6, "#d8392f")


def key(c: Canvas) -> None:
    """An old brass key."""
    k = c.at(0, 0, turn=-35)
    brass = down("#f6d57e", "#d9a93c", "#9c7020")
    for dx, dy in ((-38, 0), (-27, -11), (-27, 11)):
        k.arc(dx, dy, 8, 8, 0, 360, "#c8962f", 5)
        k.arc(dx, dy, 9, 9, 180, 300, "#f1cd72", 1.4)
    k.box(-24, -3, 44, 3, brass, radius=2)
    for x, h in ((28, 15), (36, 12), (41, 15)):
        k.box(x, 2, x + 4.4, h, brass)
    for x in (-12, -7, 22):
        k.box(x, -5, x + 2.6, 5, "#b5852b", radius=1)
    k.oval(-24, 0, 6, 6, lit("#f6d57e", "#d9a93c", "#9c7020"))


def lamp(c: Canvas) -> None:
    """A table lamp that is on."""
    c.soft(0, -10, 50, 48, "#fff0a880")
    c.oval(0, 44, 24, 5, "#7a4f2a")
    c.box(-22, 38, 22, 45, right("#b98048", "#e0b078", "#8a5a2c"), radius=3)
    c.blob(
        [(-4, 40), (-9, 24), (-4, 10), (-3, 2), (3, 2), (4, 10), (9, 24), (4, 40)],
        right("#3f8fa8", "#72bccf", "#2a6a80"),
    )
    c.shape([(-20, -40), (20, -40), (36, 4), (-36, 4)], right("#ffd98a", "#fff3cc", "#f6c668"))
    c.box(-37, 2, 37, 6, "#d99a3c", radius=2)
    c.box(-21, -42, 21, -39, "#d99a3c", radius=1.5)
    c.stroke([(22, 6), (22, 20)], "#8a6a3a", 0.8)
    c.oval(22, 21, 1.8, 1.8, "#8a6a3a")


def books(c: Canvas) -> None:
    """A stack of books."""
    for y, x0, x1, cover, band in (
        (28, -44, 42, "#3f6fa8", "#f2c94c"), (10, -38, 44, "#c9463d", "#fff0d0"),
        (-8, -42, 36, "#4f9a5f", "#fbe3a6"), (-26, -34, 34, "#e0a030", "#7a3d1c"),
    ):  # fmt: skip
        c.box(x0, y, x1, y + 17, cover, radius=4)
        c.box(x0 + 8, y + 3, x1 + 1, y + 14, down("#fffaf0", "#e6dcc6"))
        for k in range(3):
            c.stroke([(x0 + 10, y + 5.5 + 3 * k), (x1, y + 5.5 + 3 * k)], "#cfc2a6", 0.5)
        c.box(x0, y, x1, y + 3, cover, radius=1.5)
        c.box(x0, y + 14, x1, y + 17, cover, radius=1.5)
        c.box(x0 + 2, y, x0 + 5, y + 17, band)
    c.shape([(14, -26), (20, -26), (20, -8), (17, -12), (14, -8)], "#d8392f")


def umbrella(c: Canvas) -> None:
    """An open purple rain umbrella."""
    c.stroke([(0, -40), (0, 34), (4, 44), (12, 44), (14, 36)], "#5b3a24", 2.6, curved=True)
    dome = [*oval(0, 2, 46, 40, start=180, end=360)]
    lip = [(x, 2 - 6 * abs(math.sin(math.pi * (x + 46) / 23))) for x in range(46, -47, -2)]
    c.shape([*dome, *lip], down("#9a6fd0", "#6d3fae"))
    with c.inside([*dome, *lip]):
        c.blob([(0, -42), (14, -20), (23, 4), (0, 4), (-23, 4), (-14, -20)], "#b58fe2")
        c.blob([(0, -42), (-30, -16), (-46, 6), (-24, 4), (-16, -20)], "#5b3398")
    c.stroke([(0, -38), (0, -44)], "#5b3a24", 1.8)


def sun_hat(c: Canvas) -> None:
    c.oval(0, 16, 48, 17, lit("#fbe6ae", "#efcd7e", "#c99e48", centre=(0.45, 0.3)))
    c.oval(0, 11, 29, 9, "#b98a3a")
    crown = [(-27, 12), (-25, -14), (-13, -28), (13, -28), (25, -14), (27, 12), (0, 19)]
    c.blob(crown, right("#fbe3a6", "#f0cf82", "#cfa450"))
    with c.inside(smooth(crown)):
        c.blob([(-34, 0), (0, 7), (34, 0), (34, 14), (0, 21), (-34, 14)], "#cf3f3a")
        for y in range(-26, 6, 5):
            c.stroke([(-30, y), (0, y + 4), (30, y)], "#c99e4866", 0.7, curved=True)
    for turn in (-22, 30):
        c.at(25, 9, turn=turn).blob([(0, 0), (10, -5), (19, 0), (10, 5)], "#b52c30")


def boot(c: Canvas) -> None:
    """A brown hiking boot, toe to the left."""
    c.blob([(-8, -38), (26, -38), (28, -4), (30, 26), (0, 30), (-38, 30), (-47, 18), (-38, 6), (-16,
        0), (-7, -12)],
           down("#b87a45", "#9a5f30", "#7d4822"))  # fmt: skip
    c.blob([(-46, 20), (-38, 8), (-26, 10), (-24, 28), (-42, 30)], "#6d3d1c")
    c.box(-11, -44, 29, -34, "#d9b384", radius=4)
    c.box(-48, 28, 33, 36, "#3a312b", radius=3)
    for x in range(-46, 30, 9):
        c.box(x, 35, x + 6, 40, "#2a231f", radius=1)
    for i in range(5):
        left, y = -14 + i * 2.6, 2 - 8.4 * i
        c.stroke([(left, y), (left + 13, y - 3)], "#f6e7c9", 1.8)
        c.oval(left, y, 1.4, 1.4, "#e1b64a")
    c.blob([(16, -6), (28, -4), (30, 24), (14, 26)], "#8a5128")


def glasses(c: Canvas) -> None:
    for side in (-1, 1):
        lens = [
            (side * x, y) for x, y in ((6, -10), (26, -14), (42, -8), (40, 10), (26, 17), (10, 11))
        ]
        c.blob(lens, down("#d9eef8aa", "#a9cfe4aa"))
        c.stroke([*smooth(lens), lens[0]], "#2b2430", 3.6)
        c.stroke([(side * 42, -9), (side * 49, -14)], "#2b2430", 3.4)
        c.stroke([(side * 18, -5), (side * 28, -8)], "#ffffffcc", 1.8)
    c.arc(0, -4, 7.5, 6, 200, 340, "#2b2430", 3.2)


def teapot(c: Canvas) -> None:
    tone = lit("#9fd3d6", "#4fa3aa", "#27707a")
    c.arc(-34, 2, 13, 17, 80, 280, "#3a8a92", 5.4)
    c.blob(
        [(26, 14), (38, -2), (40, -16), (49, -20), (46, -10), (44, 8), (30, 26)],
        down("#6fb9be", "#2f7c85"),
    )
    c.blob([(-26, -18), (0, -22), (26, -18), (35, 6), (26, 30), (0, 34), (-26, 30), (-35, 6)], tone)
    c.blob([(-18, -20), (0, -33), (18, -20), (0, -17)], down("#7cc2c6", "#3a8a92"))
    c.oval(0, -34, 4.4, 4.4, lit("#ffe1a0", "#e0a63a"))
    c.box(-18, 31, 18, 36, "#27707a", radius=2.4)
    for i in range(6):
        c.at(0, 7, turn=60 * i).oval(0, -7, 3.4, 5, "#fff4de")
    c.oval(0, 7, 3.4, 3.4, "#f2b632")


def gift(c: Canvas) -> None:
    c.box(-36, -8, 36, 44, right("#4f9fd0", "#2f7bb0"), radius=2)
    c.box(-40, -18, 40, -2, right("#63b0de", "#3a88bd"), radius=2)
    c.box(-6, -18, 6, 44, right("#ffd85a", "#eeb62c"))
    for side in (-1, 1):
        c.blob([(0, -19), (side * 12, -38), (side * 28, -36), (side * 22, -22)], "#f2bf35")
        c.blob([(side * 2, -20), (side * 13, -32), (side * 22, -31), (side * 17, -23)], "#c98f17")
    c.oval(0, -21, 5.4, 5, "#ffd85a")


def anchor(c: Canvas) -> None:
    steel = "#33506b"
    c.arc(0, -38, 7, 7, 0, 360, steel, 4)
    c.stroke([(0, -31), (0, 42)], steel, 6.4)
    c.stroke([(-20, -19), (20, -19)], steel, 5.4)
    c.arc(0, 4, 36, 38, 12, 168, steel, 6.4)
    for side in (-1, 1):
        c.shape([(side * 44, 16), (side * 24, 14), (side * 38, -4)], steel)


def trophy(c: Canvas) -> None:
    gold = right("#ffe48a", "#f2bf35", "#b5821a")
    for side in (-1, 1):
        c.arc(side * 26, -22, 14, 14, 0, 360, "#d9a52c", 4)
    c.blob([(-27, -42), (27, -42), (24, -14), (8, 6), (-8, 6), (-24, -14)], gold)
    c.box(-28, -45, 28, -40, "#ffe9a0", radius=2)
    c.shape([(-4, 4), (4, 4), (7, 22), (-7, 22)], gold)
    c.box(-16, 20, 16, 27, gold, radius=2)
    c.box(-24, 27, 24, 46, right("#6d4526", "#8f6038", "#4b2d16"), radius=2)
    c.shape(star(0, -22, 10, 4.4), "#fff8dc")


def camera(c: Canvas) -> None:
    c.box(-18, -34, 12, -18, "#3c424e", radius=4)
    c.box(-46, -24, 46, 32, down("#4a515e", "#2a2e37"), radius=7)
    c.shape(box(-46, -8, 46, 20), "#7d4a30")
    for r, paint in ((24, "#c9d0d9"), (21, "#20242c"), (16, "#3a4252")):
        c.oval(0, 5, r, r, paint)
    c.oval(0, 5, 13, 13, lit("#8fc4e8", "#2f5f94", "#101c33"))
    c.oval(-5, 0, 3.4, 2.6, "#ffffffb0")
    c.oval(34, -16, 4, 4, "#e8483c")
    c.box(-40, -19, -26, -12, "#e9eef4", radius=1.5)
