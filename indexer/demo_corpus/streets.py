"""Pictures of roads, rails and the air, each with something that moves people."""

from __future__ import annotations

from collections.abc import Callable

from indexer.demo_corpus.canvas import Canvas, down, mix
from indexer.demo_corpus.scenery import cloud, meadow, ridge, sky, stars, sun, towers
from indexer.demo_corpus.things import plants, transport


def road(c: Canvas, top: float) -> None:
    c.box(0, top, c.width, 100, down("#6b7280", "#4b515c"))
    c.box(0, top - 2.4, c.width, top, "#cfc9bd")
    for x in range(-4, int(c.width) + 12, 22):
        c.box(x, top + 12, x + 11, top + 13.6, "#f6f0d8")


def country_road(vehicle: Callable[[Canvas], None], *, size: float) -> Callable[[Canvas], None]:
    """Make the drawing of a vehicle on a road between fields."""

    def draw(c: Canvas) -> None:
        sky(c, low=70)
        cloud(c, c.width * 0.2, 18, 7)
        cloud(c, c.width * 0.78, 24, 6)
        ridge(c, [56, 50, 56, 48, 54], down("#a9d08a", "#86b86e"))
        meadow(c, 62)
        for x in (0.08, 0.93):
            plants.broad_tree(c.at(c.width * x, 52, 0.42))
        road(c, 78)
        c.soft(c.width * 0.5, 88, 48 * size, 3, "#20242ca0")
        vehicle(c.at(c.width * 0.5, 87 - 32 * size, size))

    return draw


def town_street(vehicle: Callable[[Canvas], None], *, size: float) -> Callable[[Canvas], None]:
    """Make the drawing of a vehicle before a row of pale blocks."""

    def draw(c: Canvas) -> None:
        sky(c, ("#8fc6e6", "#e6f2f5"), low=80)
        towers(c, 78, tone="#a9b9c9", seed="street", lit_share=0.7)
        c.box(0, 60, c.width, 80, down("#ffffff00", "#e6f2f580"))
        road(c, 78)
        c.soft(c.width * 0.5, 89, 48 * size, 3, "#20242ca0")
        vehicle(c.at(c.width * 0.5, 88 - 34 * size, size))

    return draw


def rails(c: Canvas, y: float) -> None:
    ridge(c, [y + 3, y + 2, y + 3], "#9a8f84")
    for x in range(-2, int(c.width) + 4, 5):
        c.box(x, y + 2.2, x + 2.6, y + 5, "#5c4735")
    c.box(0, y, c.width, y + 1.4, "#6b7280")


def steam(c: Canvas, x: float, y: float, *, puffs: int = 6, drift: float = 0.0) -> None:
    """Draw puffs of steam that trail to the right."""
    for i in range(puffs):
        r = 2.6 + 1.25 * i
        c.oval(
            x + 6.5 * i + drift,
            y - 3.2 * i,
            r,
            r * 0.86,
            mix("#ffffff", "#c3ccd6", i / puffs * 0.6),
        )


def train(c: Canvas, x: float, foot: float, scale: float) -> None:
    """Draw a locomotive at `x` with two carriages behind it, wheels on `foot`."""
    y = foot - 35 * scale
    transport.locomotive(c.at(x, y, scale))
    for i in (1, 2):
        transport.carriage(c.at(x + (98 * i + 4) * scale, y, scale))
    steam(c, x - 20 * scale, y - 46 * scale, puffs=7)


def train_in_the_hills(c: Canvas) -> None:
    sky(c, low=74)
    cloud(c, c.width * 0.8, 16, 6)
    ridge(c, [52, 38, 50, 42, 54, 44], down("#8fb3a4", "#6f9a8a"))
    meadow(c, 62)
    rails(c, 80)
    train(c, c.width * 0.3, 80, 0.46)


def aeroplane_above_clouds(c: Canvas) -> None:
    sky(c, ("#2f86cc", "#7cc0ea", "#d9eef8"))
    for x, y, size in ((0.1, 84, 10), (0.4, 92, 12), (0.72, 86, 11), (1.0, 90, 12), (0.84, 22, 5)):
        cloud(c, c.width * x, y, size)
    transport.aeroplane(c.at(c.width * 0.5, 46, 0.88))


def rocket_in_space(c: Canvas) -> None:
    sky(c, ("#0a0d2b", "#1a1f52", "#3a2f73"))
    stars(c, 130, low=100)
    c.oval(c.width * 0.16, 78, 17, 17, down("#f0a35e", "#b5603f"))
    c.at(c.width * 0.16, 78, turn=-18).arc(0, 0, 26, 6, 0, 360, "#e9cfa3", 1.4)
    c.oval(c.width * 0.86, 20, 7, 7, down("#dfe4ec", "#9aa5b8"))
    transport.rocket(c.at(c.width * 0.52, 46, 0.86, turn=22))


def traffic_light_at_red(c: Canvas) -> None:
    sky(c, ("#8fc6e6", "#e6f2f5"))
    sun(c, c.width * 0.8, 18, 6)
    towers(c, 100, tone="#b9c6d3", seed="crossing", lit_share=0.6)
    c.box(0, 0, c.width, 100, "#ffffff50")
    transport.traffic_light(c.at(c.width * 0.5, 52, 0.92), on="red")
