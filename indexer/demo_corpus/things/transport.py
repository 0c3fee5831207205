"""Things that move people, each within 50 units of the origin."""

from __future__ import annotations

from indexer.demo_corpus.canvas import Canvas, down, lit, right
from indexer.demo_corpus.outlines import oval, smooth


def wheel(c: Canvas, x: float, y: float, r: float) -> None:
    c.oval(x, y, r, r, "#23262e")
    c.oval(x, y, r * 0.58, r * 0.58, lit("#f1f4f7", "#b8c0ca", "#8b94a0"))
    c.oval(x, y, r * 0.2, r * 0.2, "#5a626e")


def bicycle(c: Canvas, *, paint: str = "#d8392f", roll: float = 0.0) -> None:
    for x in (-28, 28):
        rim = c.at(x, 18, turn=roll)
        for i in range(12):
            rim.at(0, 0, turn=30 * i).stroke([(0, 0), (0, -18)], "#a3acb7", 0.6)
        rim.arc(0, 0, 19.5, 19.5, 0, 360, "#2a2d35", 2.8)
        rim.oval(0, 0, 2.2, 2.2, "#4a505a")
    frame = (
        [(-28, 18), (-14, -12), (18, -12), (-2, 18), (-28, 18)],
        [(-2, 18), (-16, -18)],
        [(15, -22), (18, -12), (28, 18)],
    )
    for tube in frame:
        c.stroke(tube, paint, 2.9)
    c.blob([(-27, -21), (-16, -22), (-8, -19), (-16, -17), (-25, -17)], "#3b2a20")
    c.stroke([(15, -22), (21, -29), (30, -28), (31, -23)], "#555c66", 2.2, curved=True)
    c.arc(-2, 18, 5.4, 5.4, 0, 360, "#555c66", 1.6)
    c.stroke([(-2, 18), (5, 26)], "#555c66", 1.8)
    c.stroke([(2, 27), (9, 27)], "#23262e", 2)


def car(c: Canvas, *, tones: tuple[str, str] = ("#ef5148", "#c22a2b")) -> None:
    """A small car from the side, driving to the left."""
    c.blob([(-24, -2), (-15, -22), (6, -26), (22, -20), (34, -2), (20, 4), (-18, 4)], tones[1])
    c.shape(smooth([(-19, -3), (-12, -18), (1, -21), (1, -3)]), down("#d8f0fa", "#9fcfe4"))
    c.shape(smooth([(5, -3), (5, -21), (18, -17), (27, -3)]), down("#d8f0fa", "#9fcfe4"))
    c.blob(
        [(-47, 14), (-46, 3), (-28, -4), (30, -4), (45, 2), (47, 14), (40, 20), (-42, 20)],
        down(*tones),
    )
    c.box(-46, 12, 46, 15, "#ffffff30")
    c.oval(-44, 6, 3, 3.6, "#fff1b0")
    c.oval(45, 6, 2, 3.4, "#ffb03a")
    c.stroke([(3, -2), (3, 17)], "#00000030", 0.8)
    c.box(7, 2, 13, 3.8, "#ffffff90", radius=0.9)
    for x in (-26, 27):
        wheel(c, x, 19, 11)


def bus(c: Canvas, *, tones: tuple[str, str] = ("#ffce3d", "#eaa41c")) -> None:
    c.box(-48, -28, 48, 24, down(*tones), radius=7)
    c.box(-48, 6, 48, 10, "#2b3040")
    for x in (-42, -25, -8, 9):
        c.box(x, -20, x + 14, -2, down("#dff3fb", "#9ccbe2"), radius=2)
    c.box(27, -20, 42, 18, down("#dff3fb", "#86b6d0"), radius=2)
    c.stroke([(34.5, -20), (34.5, 18)], "#2b3040", 1.1)
    c.oval(-46.5, 15, 2, 3, "#fff6cf")
    c.box(-49, 20, 49, 25, "#3a3f4c", radius=2)
    for x in (-28, 18):
        wheel(c, x, 24, 10)


def locomotive(c: Canvas) -> None:
    """A steam locomotive, driving to the left."""
    c.box(-30, -14, 18, 14, down("#3f7d5b", "#5da67c", "#2b5c41"), radius=6)
    for x in (-18, -4, 10):
        c.box(x, -14, x + 1.6, 14, "#e1b64a")
    c.shape(
        [(-27, -14), (-24, -33), (-28, -38), (-14, -38), (-18, -33), (-16, -14)],
        down("#33363f", "#1d1f26"),
    )
    c.blob([(-6, -13), (-6, -22), (0, -25), (6, -22), (6, -13)], "#e1b64a")
    c.box(17, -32, 46, 18, down("#d2402f", "#a82a20"), radius=2)
    c.box(13, -37, 49, -31, "#2b2e37", radius=2)
    c.box(23, -26, 40, -10, down("#dff3fb", "#8fbdd4"), radius=2)
    c.shape([(-30, 12), (46, 12), (46, 22), (-34, 22), (-46, 34)], "#2b2e37")
    c.oval(-32, 0, 4.6, 7, lit("#fff3b8", "#f3cb4e", "#b58a1c"))
    for x, r in ((-22, 9), (-2, 9), (24, 13)):
        c.oval(x, 35 - r, r, r, "#b52c22")
        c.oval(x, 35 - r, r * 0.72, r * 0.72, "#2b2e37")
        for i in range(8):
            c.at(x, 35 - r, turn=45 * i).stroke([(0, 0), (0, -r * 0.8)], "#b52c22", 1.2)
    c.stroke([(-22, 28), (24, 24)], "#c7cdd6", 2.2)


def carriage(c: Canvas) -> None:
    c.box(-46, -24, 46, 20, down("#b5392c", "#8c241c"), radius=4)
    c.box(-48, -29, 48, -23, "#3a3d47", radius=3)
    c.box(-46, 2, 46, 5, "#f0d9a0")
    for x in range(-40, 36, 16):
        c.box(x, -17, x + 11, -3, down("#fff4cf", "#f4d58a"), radius=1.5)
    for x in (-28, 28):
        wheel(c, x, 26, 9)


def aeroplane(c: Canvas) -> None:
    """An airliner from the side, climbing to the right."""
    p = c.at(0, 0, turn=-12)
    p.shape([(-44, -4), (-50, -30), (-41, -30), (-26, -6)], down("#3f83c4", "#2a62a0"))
    p.shape([(-4, 2), (14, 2), (0, -20), (-8, -20)], "#a9b6c6")
    p.blob(
        [(-48, -4), (-30, -9), (24, -10), (41, -6), (49, 2), (40, 8), (10, 10), (-30, 6)],
        down("#ffffff", "#f0f4f8", "#bcc8d6"),
    )
    p.shape([(-46, 0), (48, 0), (49, 3), (-40, 3)], "#3f83c4")
    for x in range(-30, 30, 5):
        p.box(x, -5.5, x + 2.4, -2, "#4a6a8c", radius=1)
    p.shape(smooth([(36, -6), (41, -5.5), (45, -2), (37, -2)]), "#35506e")
    p.shape([(-2, 4), (16, 4), (-8, 32), (-16, 32)], down("#dfe6ee", "#a5b2c2"))
    p.box(-2, 15, 13, 22, right("#8794a6", "#dbe2ea"), radius=3.4)
    p.shape([(-44, 0), (-34, 0), (-46, 12), (-51, 12)], "#a9b6c6")


def rocket(c: Canvas, *, flame: float = 1.0) -> None:
    """A rocket that points up; `flame` scales its fire, 0 is none."""
    if flame:
        c.blob(
            [(-9, 26), (9, 26), (7, 34), (0, 28 + 22 * flame), (-7, 34)],
            down("#ffd84a", "#ff8a1f", "#f0411c"),
        )
        c.blob([(-4.5, 26), (4.5, 26), (3, 32), (0, 28 + 11 * flame), (-3, 32)], "#fff6c0")
    for side in (-1, 1):
        c.blob(
            [(side * 12, 4), (side * 26, 18), (side * 28, 32), (side * 13, 24)],
            down("#e8483c", "#b8282a"),
        )
    c.blob(
        [
            (0, -49),
            (11, -32),
            (15, -8),
            (13, 18),
            (9, 27),
            (-9, 27),
            (-13, 18),
            (-15, -8),
            (-11, -32),
        ],
        right("#ffffff", "#f0f3f7", "#b9c4d1"),
    )
    hull = smooth(
        [
            (0, -49),
            (11, -32),
            (15, -8),
            (13, 18),
            (9, 27),
            (-9, 27),
            (-13, 18),
            (-15, -8),
            (-11, -32),
        ]
    )
    with c.inside(hull):
        c.box(-20, -50, 20, -30, right("#ff6a5a", "#e8483c", "#b8282a"))
        c.box(-20, 14, 20, 19, "#e8483c")
    c.oval(0, -12, 8, 8, "#7f8b9b")
    c.oval(0, -12, 6, 6, lit("#d7f1ff", "#6fb6de", "#35749f"))
    c.box(-1.6, 16, 1.6, 34, "#b8282a", radius=1.6)


def sailing_boat(c: Canvas, *, sail: str = "#fffaf0", hull: str = "#8a3b2a") -> None:
    c.stroke([(0, -48), (0, 26)], "#5b4232", 2)
    c.shape(smooth([(3, -45), (14, -18), (36, 16), (20, 19), (3, 19)]), right(sail, "#e3d8c6"))
    c.shape(
        smooth([(-3, -38), (-12, -10), (-30, 16), (-14, 19), (-3, 19)]), right("#f26b50", "#d8472f")
    )
    c.stroke([(3, -4), (22, -6)], "#d9cdb9", 0.8)
    c.shape([(-42, 22), (44, 22), (32, 40), (-28, 40)], down(hull, "#5f2419"))
    c.box(-42, 22, 44, 25.5, "#f7efe2", radius=1)
    c.shape([(0, -49), (0, -43), (11, -46)], "#f2c230")


def balloon(c: Canvas, *, stripes: tuple[str, ...] = ("#e8483c", "#ffd04d", "#3f8fc9")) -> None:
    """A hot-air balloon with a basket."""
    envelope = smooth(
        [
            (0, -48),
            (24, -40),
            (34, -18),
            (28, 4),
            (10, 24),
            (-10, 24),
            (-28, 4),
            (-34, -18),
            (-24, -40),
        ]
    )
    for x in (-8, 8):
        c.stroke([(x, 22), (x * 0.7, 37)], "#5c4735", 0.9)
    c.shape(envelope, stripes[0])
    with c.inside(envelope):
        for i, reach in enumerate((1.0, 0.72, 0.42, 0.14)):
            c.shape(oval(0, -14, 36 * reach, 42), stripes[i % len(stripes)])
        c.soft(-14, -30, 22, 24, "#ffffff66")
        c.soft(26, 2, 26, 40, "#20103040")
    c.box(-6.5, 36, 6.5, 46, down("#b07a45", "#7d5029"), radius=1.6)
    c.box(-7.5, 35, 7.5, 37.6, "#6b4322", radius=1)


def traffic_light(c: Canvas, *, on: str = "red") -> None:
    """A traffic light; `on` is red, amber or green."""
    c.box(-3, 30, 3, 50, "#5a616c")
    c.box(-17, -46, 17, 34, right("#3d434e", "#23272f"), radius=7)
    colours = {
        "red": ("#ff5a4a", "#d81f1f"),
        "amber": ("#ffd65a", "#f5a516"),
        "green": ("#6fe58a", "#1fa84a"),
    }
    for (name, (bright, deep)), y in zip(colours.items(), (-30, -6, 18), strict=True):
        if name == on:
            c.soft(0, y, 24, 24, f"{bright}80")
            c.oval(0, y, 10, 10, lit("#ffffff", bright, deep))
        else:
            c.oval(0, y, 10, 10, "#15181d")
            c.oval(0, y, 9, 9, f"{deep}44")
