"""The face of the tide clock and its hanging plate, drawn for the manual."""

from __future__ import annotations

import math

from indexer.demo_corpus.canvas import Canvas, down, lit


def dial(c: Canvas) -> None:
    """Draw the face: high water at the top, low water at the foot, hours to go around it."""
    c.oval(0, 0, 48, 48, lit("#e9d5a0", "#b98f3c", "#7a5a1c"))
    c.oval(0, 0, 42, 42, lit("#ffffff", "#fbf7ec", "#e6dfcc"))
    c.blob(
        [(-38, 6), (-20, 10), (0, 5), (20, 10), (38, 6), (30, 29), (0, 41), (-30, 29)], "#cfe3ee"
    )
    c.text(0, -27, "HIGH", "#33506b", 6.5)
    c.text(0, 28, "LOW", "#33506b", 6.5)
    c.text(-21, -3, "rising", "#62707c", 4.6)
    c.text(21, -3, "falling", "#62707c", 4.6)
    for i in range(12):
        c.at(0, 0, turn=30 * i).box(-0.6, -40, 0.6, -36, "#33506b")
        if i % 6:
            angle = math.radians(30 * i - 90)
            left = str(6 - i if i < 6 else 12 - i)
            c.text(33 * math.cos(angle), 33 * math.sin(angle), left, "#33506b", 5.2)
    c.at(0, 0, turn=52).box(-1, -34, 1, 8, "#c9403a", radius=1)
    c.oval(0, 0, 2.8, 2.8, "#c9403a")


def dial_on_wall(c: Canvas) -> None:
    c.box(0, 0, c.width, 100, down("#dfe9ee", "#b9cdd8"))
    c.soft(c.width / 2 + 3, 56, 48, 46, "#22344580")
    dial(c.at(c.width / 2, 50, 0.84))


def dial_plain(c: Canvas) -> None:
    c.box(0, 0, c.width, 100, "#f3f5f7")
    dial(c.at(c.width / 2, 50, 0.94))


def hanging_plate(c: Canvas) -> None:
    c.box(0, 0, c.width, 100, "#f3f5f7")
    middle = c.width / 2
    c.box(middle - 58, 30, middle + 58, 70, down("#d9b968", "#b08c3a"), radius=6)
    for x, name in ((-44, "C"), (44, "C")):
        c.oval(middle + x, 50, 5, 5, "#f3f5f7")
        c.text(middle + x, 20, name, "#33506b", 9)
    for x in (-22, 14):
        c.box(middle + x - 4, 44, middle + x + 14, 50, "#f3f5f7", radius=3)
    c.text(middle - 17, 20, "A", "#33506b", 9)
    c.stroke([(middle + 30, 60), (middle + 36, 64), (middle + 42, 58)], "#33506b", 1.6, curved=True)
    c.text(middle + 34, 82, "B", "#33506b", 9)
