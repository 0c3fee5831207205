"""Shots on land and in the air: backdrops, and what moves before them as t runs from 0 to 1."""

from __future__ import annotations

import math

from indexer.demo_corpus.canvas import Canvas, down
from indexer.demo_corpus.outlines import oval
from indexer.demo_corpus.scenery import (
    NIGHT,
    cloud,
    fir_row,
    flowers,
    meadow,
    rain,
    ridge,
    sky,
    snowfall,
    stars,
    towers,
)
from indexer.demo_corpus.shots_afloat import moonlit, wave
from indexer.demo_corpus.streets import road, train
from indexer.demo_corpus.things import animals, buildings, food, objects, plants, transport


def flower_field(c: Canvas) -> None:
    sky(c, low=50)
    meadow(c, 42)
    flowers(c, 50, 90, tones=("#e86ca0", "#ffffff", "#b27ad0", "#ffd04d"))


def butterfly_flutters(c: Canvas, t: float) -> None:
    place = c.at(
        c.width * (0.16 + 0.68 * t), 48 + wave(t, 2, size=12), 0.56, turn=wave(t, 1.5, size=16)
    )
    fold = 0.45 + 0.55 * abs(math.cos(2 * math.pi * 5 * t))
    a, b, x, d, e, y = place.matrix
    place.matrix = (a * fold, b, x, d * fold, e, y)  # the wings close across the body
    animals.butterfly(place)


def sunflower_wall(c: Canvas) -> None:
    c.box(0, 0, c.width, 100, down("#f9e6c4", "#efcf98"))
    plants.sunflower(c.at(c.width * 0.62, 58, 0.96))
    plants.sunflower(c.at(c.width * 0.16, 72, 0.6))


def bee_visits(c: Canvas, t: float) -> None:
    x = c.width * (0.98 - 0.42 * math.sin(math.pi * t))
    animals.bee(c.at(x, 34 + wave(t, 3, size=5), 0.34, turn=wave(t, 4, size=8)))


def viaduct(c: Canvas) -> None:
    sky(c, ("#f6c99a", "#fbe6c8", "#fdf6e6"))
    ridge(c, [54, 44, 56, 40, 58, 48], down("#b3a9a8", "#938a90"))
    c.box(0, 84, c.width, 100, down("#6f9ab0", "#4b7890"))
    half, pier = c.width / 12, 3.4
    stone = [(-2.0, 56.0), (c.width + 2, 56.0), (c.width + 2, 100.0)]
    for i in range(5, -1, -1):
        x = half * (2 * i + 1)
        stone += [
            (x + half - pier, 100),
            *oval(x, 78, half - pier, 14, start=0, end=-180),
            (x - half + pier, 100),
        ]
    c.shape([*stone, (-2, 100)], down("#a5806a", "#7a5a4a"))
    c.box(0, 55, c.width, 58, "#6b5044")
    c.box(0, 54.4, c.width, 55.2, "#4b4550")
    ridge(c, [99, 95, 98, 93, 97], down("#7d9c68", "#5c7d50"))


def train_crosses(c: Canvas, t: float) -> None:
    train(c, c.width * (1.0 - 1.0 * t), 54.6, 0.36)


def crossing(c: Canvas) -> None:
    sky(c, ("#8fc6e6", "#e6f2f5"), low=80)
    towers(c, 78, tone="#a9b9c9", seed="crossing film", lit_share=0.6)
    road(c, 78)
    plants.broad_tree(c.at(c.width * 0.08, 58, 0.42))


def light_changes(c: Canvas, t: float) -> None:
    on = "red" if t < 0.4 else "amber" if t < 0.55 else "green"
    go = max(0.0, t - 0.58)
    transport.car(c.at(c.width * (0.3 + 2.6 * go**1.6), 84, 0.42, flip=True))
    transport.car(
        c.at(c.width * (0.04 + 2.2 * go**1.6), 84, 0.42, flip=True), tones=("#4f8fd0", "#2a5f9c")
    )
    transport.traffic_light(c.at(c.width * 0.66, 46, 0.78), on=on)


def lane(c: Canvas) -> None:
    sky(c, ("#f3d9a0", "#fbefd0"), low=70)
    ridge(c, [60, 54, 60, 52, 58], down("#e0b45c", "#c8933c"))
    for x, season in ((0.12, "autumn"), (0.5, "autumn"), (0.88, "autumn")):
        plants.broad_tree(c.at(c.width * x, 50, 0.46), season=season)
    c.box(0, 74, c.width, 100, down("#c9a06a", "#9a7244"))


def bicycle_rides(c: Canvas, t: float) -> None:
    x = c.width * (-0.12 + 1.1 * t)
    c.soft(x, 91, 24, 2.4, "#3a2a1a80")
    transport.bicycle(c.at(x, 70, 0.56), roll=1500 * t)


def winter_house(c: Canvas) -> None:
    sky(c, ("#22345c", "#5a6f98", "#a9b9d0"))
    fir_row(c, 76, 44, 9, tone="#2f5a52", snow=True)
    ridge(c, [76, 73, 75, 72, 76], down("#f3f8fc", "#c3d5e6"))
    buildings.house(c.at(c.width * 0.5, 50, 0.68), snow=True)


def snow_falls(c: Canvas, t: float) -> None:
    snowfall(c, 150, fall=120 * t)


def winter_field(c: Canvas) -> None:
    sky(c, ("#6fb3e6", "#cfe8f6"))
    ridge(c, [72, 68, 71, 67, 73], down("#ffffff", "#cfe0ee"))


def snowman_greets(c: Canvas, t: float) -> None:
    c.soft(c.width * 0.4, 92, 26, 4, "#5a7ea080")
    buildings.snowman(c.at(c.width * 0.4, 54, 0.8, turn=wave(t, 2, size=4)))
    plants.fir(c.at(c.width * 0.78, 52, 0.8), snow=True)


def night_forest(c: Canvas) -> None:
    sky(c, NIGHT)
    stars(c, 70, low=50)
    moonlit(c, c.width * 0.14, 18, 6)
    fir_row(c, 82, 54, 10, tone="#122338")
    ridge(c, [80, 77, 80, 78, 80], down("#2a3a30", "#141f1a"))
    buildings.tent(c.at(c.width * 0.28, 68, 0.48))


def fire_flickers(c: Canvas, t: float) -> None:
    c.soft(c.width * 0.66, 76, 44, 34, f"#ff9a3a{80 + int(wave(t, 9, size=20)):02x}")
    buildings.campfire(c.at(c.width * 0.66, 68, 0.6), lean=wave(t, 7, size=4))
    for i in range(8):
        rise = (2 * t + i / 8) % 1
        c.oval(c.width * 0.66 + 9 * math.sin(i * 5 + 6 * rise), 62 - 50 * rise, 0.6, 0.6, "#ffc86a")


def lawn(c: Canvas) -> None:
    sky(c, low=60)
    cloud(c, c.width * 0.8, 18, 6)
    meadow(c, 54)
    for x in (0.62, 0.96):
        c.box(c.width * x - 0.9, 30, c.width * x + 0.9, 74, "#ffffff")
    c.box(c.width * 0.62 - 0.9, 30, c.width * 0.96 + 0.9, 32, "#ffffff")
    for i in range(1, 12):
        c.stroke(
            [(c.width * (0.62 + 0.34 * i / 12), 31), (c.width * (0.62 + 0.34 * i / 12), 73)],
            "#ffffff70",
            0.3,
        )
        c.stroke([(c.width * 0.62, 31 + 3.5 * i), (c.width * 0.96, 31 + 3.5 * i)], "#ffffff70", 0.3)


def ball_bounces(c: Canvas, t: float) -> None:
    height = 54 * abs(math.cos(math.pi * 3.5 * t)) * (1 - 0.55 * t)
    x = c.width * (0.06 + 0.72 * t)
    c.soft(x, 92, 13, 2.4, "#1f3a1f90")
    objects.football(c.at(x, 79 - height, 0.27, turn=620 * t))


def parlour(c: Canvas) -> None:
    c.box(0, 0, c.width, 100, down("#5c2f4a", "#8a4460"))
    for i in range(9):
        x = c.width * i / 8
        c.shape(
            [(x - 7, 6), (x + 7, 6), (x, 18)], ("#f2c14e", "#5bb5c9", "#e4637c", "#7cba6b")[i % 4]
        )
    c.box(0, 82, c.width, 100, down("#b9805a", "#8a5a3c"))


def candles_flicker(c: Canvas, t: float) -> None:
    c.soft(c.width * 0.5, 24, 46, 34, f"#ffd98a{90 + int(wave(t, 8, size=26)):02x}")
    food.cake(c.at(c.width * 0.5, 52, 0.78))


def workshop_wall(c: Canvas) -> None:
    c.box(0, 0, c.width, 100, down("#e9ddc8", "#d6c3a3"))
    for x in range(0, int(c.width) + 20, 20):
        c.stroke([(x, 0), (x, 84)], "#c3ad88", 0.4)
    c.box(0, 84, c.width, 100, down("#8a5f3c", "#6b4629"))
    objects.books(c.at(c.width * 0.82, 68, 0.34))


def clock_runs(c: Canvas, t: float) -> None:
    c.soft(c.width * 0.42 + 2, 46, 42, 42, "#5c4a3060")
    objects.clock(c.at(c.width * 0.42, 44, 0.82), hour=9.6 + 1.5 * t, rim="#3f7f8f")


def mill_field(c: Canvas) -> None:
    sky(c, low=72)
    cloud(c, c.width * 0.22, 22, 8)
    meadow(c, 66)
    flowers(c, 78, 60, tones=("#e8483c", "#ffd04d", "#ffffff"))


def mill_turns(c: Canvas, t: float) -> None:
    cloud(c, c.width * (0.5 + 0.08 * t), 14, 5)
    buildings.windmill(c.at(c.width * 0.6, 46, 0.7), turn=10 + 250 * t)


def wet_street(c: Canvas) -> None:
    c.box(0, 0, c.width, 100, down("#5f6f82", "#8593a3"))
    towers(c, 84, tone="#4a586b", seed="wet", lit_share=0.25)
    c.box(0, 0, c.width, 84, "#7b8a9b60")
    c.box(0, 82, c.width, 100, down("#55616f", "#3a444f"))


def umbrella_in_rain(c: Canvas, t: float) -> None:
    rain(c, 110, fall=330 * t)
    objects.umbrella(c.at(c.width * (0.3 + 0.4 * t), 52 + wave(t, 4, size=1), 0.72, turn=6))
