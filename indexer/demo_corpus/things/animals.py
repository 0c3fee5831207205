"""Animals, each within 50 units of the origin."""

from __future__ import annotations

import math

from indexer.demo_corpus.canvas import Canvas, down, lit, right
from indexer.demo_corpus.outlines import oval, smooth


def eye(c: Canvas, x: float, y: float, size: float, iris: str) -> None:
    c.oval(x, y, size, size, "#ffffff")
    c.oval(x, y, size * 0.78, size * 0.78, iris)
    c.oval(x, y, size * 0.45, size * 0.45, "#15161c")
    c.oval(x - size * 0.25, y - size * 0.28, size * 0.2, size * 0.2, "#ffffff")


def cat(c: Canvas) -> None:
    """A sitting ginger cat, seen from the front."""
    fur, dark = "#e8943a", "#b9651c"
    c.stroke([(22, 40), (40, 36), (44, 18), (36, 8)], dark, 7.5, curved=True)
    c.blob([(-22, 46), (-26, 20), (-14, -4), (14, -4), (26, 20), (22, 46)], down(fur, "#d57f2a"))
    c.blob([(-10, 42), (-11, 14), (0, 4), (11, 14), (10, 42)], "#fbe6cb")
    for x in (-10, 10):
        c.box(x - 6, 14, x + 6, 46, fur, radius=6)
        c.oval(x, 45, 8, 4.5, "#fbe6cb")
    for side in (-1, 1):
        c.shape([(side * 25, -44), (side * 27, -16), (side * 5, -32)], dark)
        c.shape([(side * 22, -38), (side * 23, -20), (side * 10, -30)], "#f4b6a4")
    c.oval(0, -16, 27, 22, lit("#f6b163", fur, "#d57f2a"))
    for x in (-6, 0, 6):
        c.stroke([(x, -37), (x * 0.6, -28)], dark, 2)
    for side in (-1, 1):
        for y in (-12, -6):
            c.stroke([(side * 26, y), (side * 19, y + 1)], dark, 1.8)
        eye(c, side * 11, -17, 5.6, "#7fb23e")
        c.box(side * 11 - 1.2, -21, side * 11 + 1.2, -13, "#15161c", radius=1.2)
        c.oval(side * 5, -5.5, 6, 4.6, "#fbe6cb")
        for dy in (-2, 1, 4):
            c.stroke([(side * 8, -5 + dy * 0.4), (side * 34, -7 + dy * 2)], "#fff8ee", 0.6)
    c.shape([(-3, -10), (3, -10), (0, -6.5)], "#c95b57")


def dog(c: Canvas) -> None:
    """The face of a brown and white dog."""
    c.blob([(-26, -34), (0, -42), (26, -34), (36, -4), (24, 30), (0, 42), (-24, 30), (-36, -4)],
           lit("#c98d58", "#a86a38", "#85502a"))  # fmt: skip
    c.blob([(0, -42), (8, -20), (13, 0), (24, 20), (16, 38), (0, 44), (-16, 38), (-24, 20), (-13,
        0), (-8, -20)],
           "#fbf3e6")  # fmt: skip
    for side in (-1, 1):
        c.blob([(side * 22, -38), (side * 38, -34), (side * 48, -8), (side * 44, 18), (side * 34,
            14), (side * 30, -12)],
               down("#7d4a26", "#5d3418"))  # fmt: skip
        eye(c, side * 15, -8, 5.4, "#5a3216")
        c.stroke(
            [(side * 10, -21), (side * 16, -21.5), (side * 22, -17)], "#6b3f20", 1.6, curved=True
        )
    c.blob([(-10, 8), (0, 5), (10, 8), (7, 16), (0, 19), (-7, 16)], lit("#57504f", "#211d1f"))
    c.blob([(-7, 28), (7, 28), (8, 40), (0, 47), (-8, 40)], down("#ef7f86", "#d9606b"))
    c.stroke([(0, 18), (0, 26), (-9, 30), (-16, 26)], "#3a2a22", 1.6, curved=True)
    c.stroke([(0, 26), (9, 30), (16, 26)], "#3a2a22", 1.6, curved=True)


def fish(c: Canvas) -> None:
    """An orange fish with white bands, swimming to the left."""
    body = [(-42, 2), (-28, -17), (0, -24), (22, -13), (32, 0), (22, 14), (0, 25), (-28, 19)]
    c.blob([(26, 0), (46, -20), (42, 0), (46, 21)], down("#ff9d3b", "#e0661a"))
    c.blob([(-14, -20), (4, -38), (22, -26), (20, -10)], "#f07d22")
    c.blob([(-4, 20), (10, 36), (16, 20)], "#f07d22")
    c.blob(body, down("#ffab45", "#f57c1f", "#d95f12"))
    with c.inside(smooth(body)):
        for x in (-17, 11):
            c.blob(
                [(x - 5, -30), (x + 5, -30), (x + 8, 0), (x + 4, 30), (x - 5, 30), (x - 1, 0)],
                "#202434",
            )
            c.blob(
                [(x - 3, -30), (x + 3, -30), (x + 6, 0), (x + 2, 30), (x - 3, 30), (x + 1, 0)],
                "#fff8ee",
            )
    c.blob([(-8, 4), (6, 0), (10, 10), (-2, 13)], "#ffbf66")
    eye(c, -29, -4, 4.4, "#3a2a20")
    c.stroke([(-41, 5), (-36, 7)], "#a3430d", 1.4)


def owl(c: Canvas) -> None:
    """A brown owl on a branch."""
    c.stroke([(-50, 40), (0, 37), (50, 41)], "#6d4a2c", 7, curved=True)
    body = [(-26, -30), (0, -38), (26, -30), (32, 4), (20, 34), (0, 40), (-20, 34), (-32, 4)]
    for side in (-1, 1):
        c.shape([(side * 27, -46), (side * 27, -24), (side * 8, -34)], "#6b4527")
    c.blob(body, down("#9a6b3f", "#7a5030"))
    c.blob([(-15, -4), (15, -4), (19, 16), (0, 36), (-19, 16)], "#e9cfa3")
    for row in range(4):
        for x in range(-12 + 3 * (row % 2), 14, 6):
            c.arc(x, 4 + 7 * row, 3, 3.4, 10, 170, "#94673c", 1.4)
    for side in (-1, 1):
        c.blob([(side * 30, -12), (side * 36, 8), (side * 24, 34), (side * 19, 8)], "#64401f")
        c.oval(side * 12.5, -20, 13.5, 13.5, "#f1dfbd")
        eye(c, side * 12, -20, 9, "#f4b321")
        for x in (7, 11):
            c.oval(side * x, 38.5, 2.2, 3.6, "#e0a32e")
    c.shape([(-3.6, -14), (3.6, -14), (0, -4)], "#e39a25")


def butterfly(c: Canvas) -> None:
    for side in (-1, 1):
        wing = c.at(0, 0, flip=side < 0)
        top = [(2, -6), (12, -32), (34, -44), (47, -34), (42, -10), (22, 2)]
        low = [(2, 2), (22, 4), (38, 14), (36, 34), (22, 42), (8, 24)]
        for outline, core in ((low, ("#ffc04d", "#f08a1d")), (top, ("#ff9a2e", "#e86412"))):
            wing.blob(outline, "#241a20")
            mid = (sum(x for x, _ in outline) / 6, sum(y for _, y in outline) / 6)
            inner = [(mid[0] + (x - mid[0]) * 0.8, mid[1] + (y - mid[1]) * 0.8) for x, y in outline]
            wing.blob(inner, right(*core))
        for x, y in ((40, -37), (45, -28), (43, -18), (36, 30), (30, 36), (38, 22)):
            wing.oval(x, y, 1.6, 1.6, "#fff6e4")
        for tip in ((36, -34), (38, -20), (28, -8), (30, 12), (26, 30)):
            wing.stroke([(3, -2), tip], "#241a20", 1)
        wing.stroke([(0, -18), (6, -32), (13, -38)], "#241a20", 1.2, curved=True)
        wing.oval(13.5, -38.5, 1.8, 1.8, "#241a20")
    c.oval(0, 2, 3.4, 22, right("#5a4a4c", "#1d1519"))
    c.oval(0, -19, 4, 4.4, "#241a20")


def bee(c: Canvas) -> None:
    """A striped bee in flight, seen from the side."""
    for turn, length in ((-38, 36), (-64, 32)):
        c.at(0, -12, turn=turn).blob(
            [(0, 0), (10, -11), (length, -6), (length, 6), (10, 8)], down("#f4fbffee", "#a9d3ebee")
        )
    c.shape([(34, 6), (48, 11), (34, 14)], "#2b2320")
    body = oval(8, 8, 32, 20)
    c.shape(body, down("#ffd84a", "#f2ae1c"))
    with c.inside(body):
        for x in (2, 17, 32):
            c.blob(
                [(x - 4, -14), (x + 4, -14), (x + 7, 8), (x + 4, 30), (x - 4, 30), (x - 1, 8)],
                "#2b2320",
            )
    c.oval(-26, 4, 16, 15.5, lit("#5c4b40", "#2b2320"))
    c.oval(-14, 4, 9, 14, "#e5a724")
    c.oval(-32, 1, 4, 5.4, "#ffffff")
    c.oval(-33, 2, 2.3, 3.4, "#15161c")
    for x in (-30, -21):
        c.stroke([(x, -9), (x - 4, -20), (x - 10, -23)], "#2b2320", 1.6, curved=True)
    for x in (-6, 8, 20):
        c.stroke([(x, 26), (x - 3, 34), (x + 1, 38)], "#2b2320", 1.8, curved=True)


def penguin(c: Canvas) -> None:
    for side in (-1, 1):
        c.blob([(side * 20, -10), (side * 34, 6), (side * 38, 26), (side * 28, 22)], "#1d2531")
        c.oval(side * 11, 45, 10, 4, down("#ffb938", "#e88d17"))
    c.blob([(-15, -42), (15, -42), (20, -22), (27, 8), (24, 36), (0, 45), (-24, 36), (-27, 8), (-20,
        -22)],
           right("#39465a", "#222b39", "#161c27"))  # fmt: skip
    c.blob([(0, -14), (14, -12), (20, 14), (16, 36), (0, 42), (-16, 36), (-20, 14), (-14, -12)],
           down("#fffdf6", "#e6ebf1"))  # fmt: skip
    c.oval(0, -8, 12, 7, "#ffd463")
    for side in (-1, 1):
        c.blob([(side * 2, -24), (side * 9, -36), (side * 15, -27), (side * 11, -14)], "#ffffff")
        eye(c, side * 8, -28, 3.4, "#2b2b33")
    c.shape([(-5.5, -22), (5.5, -22), (0, -13)], down("#ffb938", "#e07f12"))


def snail(c: Canvas) -> None:
    c.blob([(-44, 34), (-46, 10), (-38, -2), (-30, 8), (-26, 22), (20, 22), (46, 38), (20, 42),
        (-36, 42)],
           down("#e3c08d", "#c3965d"))  # fmt: skip
    for x, y in ((-48, -20), (-34, -24)):
        c.stroke([(-38, 2), (x, y)], "#cfa66f", 3)
        c.oval(x, y, 3.4, 3.4, "#3a2a20")
    c.oval(6, 2, 33, 32, lit("#e5955a", "#b5612d", "#84401b"))
    coil = [(1 - i / 46, math.radians(20 * i)) for i in range(44)]
    turns = [(6 + 29 * r * math.cos(a), 3 + 28 * r * math.sin(a)) for r, a in coil]
    c.stroke(turns, "#6d3214", 2.8, curved=True)
    c.at(-8, -14, turn=40).oval(0, 0, 3, 8, "#ffffff55")
    c.arc(-40, 20, 5, 4, 20, 140, "#8a5c30", 1.4)


def ladybird(c: Canvas) -> None:
    """A red ladybird with black spots, seen from above."""
    for side in (-1, 1):
        for y, reach in ((-14, 44), (6, 46), (24, 42)):
            c.stroke(
                [(side * 20, y), (side * (reach - 8), y + 2), (side * reach, y + 10)],
                "#1c1a1f",
                2.6,
                curved=True,
            )
        c.stroke([(side * 6, -36), (side * 14, -48)], "#1c1a1f", 1.8)
    c.oval(0, -28, 17, 13, "#1c1a1f")
    for side in (-1, 1):
        c.oval(side * 9, -30, 4, 4, "#fff7ea")
    c.oval(0, 8, 35, 36, lit("#ff8672", "#e0231f", "#9d0d14"))
    c.stroke([(0, -27), (0, 44)], "#1c1a1f", 1.8)
    for side in (-1, 1):
        for x, y, r in ((12, -10, 6), (22, 10, 6.4), (10, 27, 5.4)):
            c.oval(side * x, y, r, r, "#1c1a1f")
    c.at(-16, -12, turn=40).oval(0, 0, 3, 7, "#ffffff66")


def whale(c: Canvas) -> None:
    """A blue whale that blows, swimming to the left."""
    for x, turn in ((-16, -30), (-12, 0), (-8, 30)):
        c.at(-12, -22, turn=turn).stroke(
            [(0, 0), (0, -14), (x * 0.3, -22)], "#bfe3f4", 2.6, curved=True
        )
    c.blob([(26, 6), (38, -8), (34, -28), (44, -22), (50, -30), (48, -8), (38, 12)], "#2f6591")
    body = [
        (-48, 8),
        (-40, -14),
        (-14, -22),
        (14, -14),
        (34, 0),
        (40, 10),
        (24, 24),
        (-10, 32),
        (-38, 26),
    ]
    c.blob(body, down("#4f8dbb", "#2f6591"))
    with c.inside(smooth(body)):
        c.blob([(-50, 12), (-20, 16), (16, 20), (30, 30), (0, 44), (-46, 40)], "#dfeaf2")
        for y in (20, 24, 28):
            c.stroke([(-44, y - 2), (-14, y + 2), (10, y + 4)], "#b5cad9", 0.9, curved=True)
    c.blob([(-14, 22), (2, 24), (6, 40), (-6, 38)], "#2b5c85")
    eye(c, -32, 4, 2.8, "#1d2b3a")


def heron(c: Canvas) -> None:
    """A grey heron that stands in shallow water, looking to the left."""
    for x in (2, 9):
        c.stroke([(x, 20), (x + 1, 34), (x - 1, 49)], "#6d6a55", 1.6)
    c.blob([(-12, 6), (4, -8), (26, 2), (44, 22), (22, 22), (2, 24)], down("#93a5b5", "#66788a"))
    c.blob([(14, 4), (36, 16), (46, 26), (26, 20)], "#3f4d5c")
    c.stroke([(-8, 10), (-18, -2), (-8, -18), (-12, -34)], "#cdd8e0", 7, curved=True)
    c.blob([(-20, -38), (-10, -43), (-2, -38), (-8, -31), (-18, -32)], "#e8eef2")
    c.shape([(-18, -38), (-46, -32), (-18, -32)], right("#d9982a", "#f0b844"))
    c.stroke([(-16, -41), (-4, -40), (10, -32)], "#2b3440", 2.2, curved=True)
    c.oval(-13.5, -37, 1.5, 1.5, "#2b2b22")
