"""Ships and boats for the model catalogue, each within 50 units of the origin."""

from __future__ import annotations

from indexer.demo_corpus.canvas import Canvas, down, right
from indexer.demo_corpus.outlines import smooth


def three_master(c: Canvas) -> None:
    """A full-rigged ship under sail."""
    for x, top in ((-26, -36), (0, -46), (24, -34)):
        c.stroke([(x, top), (x, 20)], "#5b4232", 1.6)
        for k in range(3):
            y = top + 6 + 15 * k
            wide = 8 + 2.4 * k
            c.shape(
                smooth(
                    [
                        (x - wide, y),
                        (x + wide, y),
                        (x + wide + 2, y + 6),
                        (x + wide, y + 12),
                        (x - wide, y + 12),
                        (x - wide + 2, y + 6),
                    ],
                    steps=6,
                ),
                right("#fffaf0", "#e6dac2"),
            )
            c.stroke([(x - wide, y), (x + wide, y)], "#5b4232", 0.9)
    c.shape([(-46, 4), (-28, 14), (-28, -6)], "#f3e8d2")
    c.stroke([(-30, 20), (-50, 8)], "#5b4232", 1.4)
    c.shape([(-38, 20), (44, 18), (40, 40), (-26, 40)], down("#4a2f22", "#2b1a12"))
    c.box(-34, 25, 41, 28, "#e6d3a0")
    for x in range(-28, 40, 8):
        c.box(x, 25.5, x + 2.6, 27.6, "#2b1a12")


def tug(c: Canvas) -> None:
    c.box(-14, -8, 20, 18, down("#fdf6e6", "#d9cdb4"), radius=2)
    c.box(-12, -24, 8, -8, down("#c9743a", "#9c5424"), radius=2)
    for x in (-9, -1):
        c.box(x, -20, x + 6, -13, "#bfe0ee", radius=1)
    c.box(11, -34, 20, -6, right("#e8483c", "#b8282a"))
    c.box(11, -34, 20, -28, "#23262e")
    for x, y, r in ((18, -40, 5), (26, -44, 6), (36, -47, 7)):
        c.oval(x, y, r, r * 0.8, "#c3cbd3")
    c.blob(
        [(-48, 10), (-30, 18), (30, 18), (46, 14), (40, 40), (-34, 40)], down("#2f5f8a", "#1b3a58")
    )
    c.stroke([(-46, 13), (-30, 19), (30, 19), (44, 16)], "#f2c94c", 2)
    for x in (-28, -12, 4, 20):
        c.oval(x, 30, 4, 4, "#1a1d23")
        c.oval(x, 30, 1.8, 1.8, "#2f5f8a")


def lightship(c: Canvas) -> None:
    for x in (-4, 4):
        c.stroke([(x * 2.4, 18), (x * 0.4, -34)], "#39424f", 1.8)
    for y in (-20, -6, 8):
        c.stroke([(-4 - (y + 20) * 0.12, y), (4 + (y + 20) * 0.12, y)], "#39424f", 1.2)
    c.box(-6, -46, 6, -34, down("#fff2b0", "#ffd84a"), radius=2)
    c.box(-8, -35, 8, -32, "#39424f")
    c.shape([(-8, -46), (0, -50), (8, -46)], "#39424f")
    c.box(-30, 8, -14, 20, "#fdf6e6", radius=1)
    c.box(14, 8, 30, 20, "#fdf6e6", radius=1)
    c.blob(
        [(-48, 14), (-30, 20), (30, 20), (48, 14), (40, 42), (-40, 42)], down("#e8483c", "#a8262a")
    )
    c.text(0, 31, "TARN", "#ffffff", 12)


def rowing_boat(c: Canvas) -> None:
    c.blob(
        [(-48, 2), (-30, 12), (0, 15), (30, 12), (48, 2), (34, 30), (0, 35), (-34, 30)],
        down("#5aa7a0", "#2f6f6a"),
    )
    c.blob([(-48, 2), (-28, 4), (0, 6), (28, 4), (48, 2), (30, 12), (0, 15), (-30, 12)], "#c99a62")
    for x in (-18, 0, 18):
        c.box(x - 3, 3, x + 3, 13, "#9c6b38", radius=1)
    for side in (-1, 1):
        c.stroke([(side * 6, 6), (side * 42, 38)], "#e0b980", 2)
        c.at(side * 42, 38, turn=side * -48).oval(0, 3, 3, 8, "#e0b980")


def trawler(c: Canvas) -> None:
    c.stroke([(-20, 16), (-20, -38)], "#5b4232", 2)
    c.stroke([(-20, -36), (22, -12)], "#5b4232", 1)
    c.stroke([(-20, -36), (-46, 12)], "#5b4232", 1)
    c.blob([(-20, -24), (-8, -6), (0, 14), (-16, 14)], "#d98a4a")
    c.box(10, -18, 32, 18, down("#ffffff", "#d9dfe6"), radius=2)
    c.box(7, -22, 35, -17, "#3f7f5a", radius=1.5)
    for x in (13, 22):
        c.box(x, -13, x + 7, -5, "#8fbdd4", radius=1)
    c.blob(
        [(-50, 6), (-30, 16), (26, 18), (48, 14), (42, 40), (-34, 40)], down("#3f8a5f", "#235a3c")
    )
    c.stroke([(-48, 9), (-30, 18), (26, 20), (46, 17)], "#ffffff", 1.8)
    c.text(-34, 27, "T 14", "#ffffff", 8)
