"""Shots of the air: rockets, balloons, kites, the sun and fireworks."""

from __future__ import annotations

import math
import random

from indexer.demo_corpus.canvas import Canvas, down, lit
from indexer.demo_corpus.scenery import (
    cloud,
    ridge,
    sky,
    stars,
    sun,
    towers,
)
from indexer.demo_corpus.shots_afloat import wave
from indexer.demo_corpus.things import objects, transport


def launch_pad(c: Canvas) -> None:
    sky(c, ("#f0a878", "#f8d9b0", "#fdf0dc"), low=84)
    ridge(c, [80, 77, 80, 78, 80], down("#8a7a62", "#5c5042"))
    c.box(c.width * 0.5 - 26, 78, c.width * 0.5 + 26, 84, "#7d838e")
    for y in range(14, 78, 8):
        c.stroke([(c.width * 0.5 + 18, y), (c.width * 0.5 + 26, y + 8)], "#a8433a", 0.7)
        c.stroke([(c.width * 0.5 + 26, y), (c.width * 0.5 + 18, y + 8)], "#a8433a", 0.7)
    for x in (18, 26):
        c.box(c.width * 0.5 + x - 0.7, 12, c.width * 0.5 + x + 0.7, 78, "#a8433a")


def smoke(c: Canvas, x: float, y: float, amount: float) -> None:
    """Roll smoke to both sides of (x, y); `amount` runs from 0 to 1."""
    chance = random.Random("smoke")
    for _ in range(int(26 * amount)):
        r = chance.uniform(4, 10) * (0.5 + amount)
        dx = chance.uniform(-44, 44) * amount
        c.oval(x + dx, y - chance.uniform(0, 7), r, r * 0.7, lit("#ffffff", "#e8e4e0", "#c3bdb8"))


def countdown(c: Canvas, t: float) -> None:
    transport.rocket(
        c.at(c.width * 0.5, 42 - 10 * max(0.0, t - 0.6), 0.72), flame=1.6 * max(0.0, t - 0.35)
    )
    smoke(c, c.width * 0.5, 84, max(0.0, t - 0.3) * 1.3)


def high_sky(c: Canvas) -> None:
    sky(c, ("#1f5fb0", "#4f9fdc", "#a9d8f0"))


def rocket_climbs(c: Canvas, t: float) -> None:
    for i, (x, size) in enumerate(((0.12, 8), (0.84, 7), (0.3, 5), (0.7, 9))):
        cloud(c, c.width * x, (18 + 30 * i + 150 * t) % 130 - 14, size)
    x, y = c.width * 0.5 + wave(t, 6, size=0.5), 62 - 34 * t
    for i in range(7):
        r = 3 + 1.5 * i
        c.oval(x + wave(t + i * 0.3, 1, size=2), y + 42 + 8 * i, r, r, f"#ffffff{200 - 24 * i:02x}")
    transport.rocket(c.at(x, y, 0.7), flame=1.2 + 0.2 * wave(t, 14))


def deep_space(c: Canvas) -> None:
    sky(c, ("#070a22", "#12163f", "#241f55"))
    stars(c, 150, low=100)
    c.oval(c.width * 0.5, 150, 110, 74, down("#7fc4ea", "#2f7ac0", "#123a70"))
    c.oval(c.width * 0.84, 20, 8, 8, down("#dfe4ec", "#9aa5b8"))


def rocket_orbits(c: Canvas, t: float) -> None:
    angle = math.radians(210 + 120 * t)
    x, y = c.width * 0.5 + 78 * math.cos(angle), 82 + 56 * math.sin(angle)
    transport.rocket(c.at(x, y, 0.42, turn=30 + 120 * t), flame=0.8 + 0.2 * wave(t, 12))


def valley(c: Canvas) -> None:
    sky(c, ("#5aa9dc", "#a9d8ee", "#fdeed6"))
    ridge(c, [70, 54, 66, 50, 68, 58], down("#9fb8c9", "#7f9cb3"))
    ridge(c, [88, 82, 87, 80, 86], down("#8cc06b", "#4b8a45"))


def balloon_rises(c: Canvas, t: float) -> None:
    cloud(c, c.width * (0.1 + 0.1 * t), 30, 6)
    cloud(c, c.width * (0.8 + 0.1 * t), 18, 7)
    balloon = c.at(c.width * (0.44 + 0.1 * t), 78 - 52 * t, 0.62, turn=wave(t, 1.5, size=3))
    transport.balloon(balloon)
    small = c.at(c.width * (0.84 - 0.04 * t), 62 - 20 * t, 0.26)
    transport.balloon(small, stripes=("#7c5ab8", "#ffe08a", "#e86ca0"))


def dusk_hills(c: Canvas) -> None:
    sky(c, ("#5a4a86", "#d87a7a", "#f8b878", "#fde6b0"))


def sun_comes_up(c: Canvas, t: float) -> None:
    sun(c, c.width * 0.5, 76 - 34 * t, 11, colour="#ffe89a")
    c.box(0, 0, c.width, 100, f"#ffe6b0{int(70 * t):02x}")
    ridge(c, [66, 60, 68, 58, 66, 62], down("#8a5a7a", "#6b4468"))
    ridge(c, [80, 74, 80, 72, 79], down("#5a3a5c", "#3a2644"))
    ridge(c, [92, 88, 93, 87, 91], down("#33223f", "#1f1630"))


def dune_sky(c: Canvas) -> None:
    sky(c)
    ridge(c, [88, 84, 89, 82, 86], down("#f3dca6", "#d9b878"))


def kite_flies(c: Canvas, t: float) -> None:
    cloud(c, c.width * (0.1 + 0.3 * t), 24, 7)
    cloud(c, c.width * (0.62 + 0.3 * t), 62, 5)
    x, y = c.width * (0.5 + wave(t, 1, size=0.14)), 42 + wave(t, 2, size=9)
    c.stroke([(x, y + 20), (c.width * 0.5, 78), (c.width * 0.3, 100)], "#6b5a4a", 0.5, curved=True)
    objects.kite(c.at(x, y, 0.6, turn=wave(t, 1.5, size=16)))


def night_town(c: Canvas) -> None:
    sky(c, ("#070b26", "#161a48", "#33285c"))
    towers(c, 100, tone="#10132e", seed="fete", lit_share=0.3)
    c.box(0, 0, c.width, 62, down("#070b26", "#161a48", "#161a4800"))


def fireworks(c: Canvas, t: float) -> None:
    chance = random.Random("fireworks")
    for i in range(15):
        start, x, y = i / 17, chance.uniform(0.12, 0.88) * c.width, chance.uniform(14, 46)
        age = (t - start) / 0.3
        tone = ("#ffd84a", "#ff6a8a", "#6fd0ff", "#9cf08a", "#f0a0ff")[i % 5]
        if 0 < age < 1:
            _burst(c, x, y, age, tone)


def _burst(c: Canvas, x: float, y: float, age: float, tone: str) -> None:
    """Draw one firework; `age` runs from 0, the bang, to 1, gone."""
    reach, fade = 30 * (1 - (1 - age) ** 2.4), f"{int(255 * (1 - age**2)):02x}"
    c.soft(x, y, reach * 1.3, reach * 1.3, f"{tone}{int(90 * (1 - age)):02x}")
    for k in range(22):
        angle = 2 * math.pi * k / 22
        for share in (1.0, 0.62):
            px, py = (
                x + reach * share * math.cos(angle),
                y + reach * share * math.sin(angle) + 6 * age**2,
            )
            tail = (px - 3.4 * math.cos(angle), py - 3.4 * math.sin(angle))
            c.stroke([tail, (px, py)], f"{tone}{fade}", 0.7)
            c.oval(px, py, 0.7, 0.7, f"#ffffff{fade}")
