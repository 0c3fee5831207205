"""The old tree on the green in its four seasons."""

from __future__ import annotations

import random
from collections.abc import Callable

from indexer.demo_corpus.canvas import Canvas, down, mix
from indexer.demo_corpus.scenery import (
    flowers,
    ridge,
    sky,
    snowfall,
)
from indexer.demo_corpus.things import plants

SEASONS = {
    "spring": (("#9ccdf0", "#eaf5f8"), ("#a5d678", "#6cb058")),
    "summer": (("#4fa7de", "#cfeaf5"), ("#8cc863", "#4f9a45")),
    "autumn": (("#c9b8a0", "#f5e6cc"), ("#d9b45c", "#a87a34")),
    "winter": (("#a9c0d6", "#e6eff6"), ("#ffffff", "#cfdfec")),
}


def tree_in(season: str) -> Callable[[Canvas], None]:
    """Make the drawing of the old tree on the green in `season`."""
    air, ground = SEASONS[season]

    def draw(c: Canvas) -> None:
        sky(c, air)
        ridge(
            c, [70, 66, 70, 67, 71], down(mix(ground[0], air[0], 0.3), mix(ground[1], air[0], 0.3))
        )
        ridge(c, [82, 80, 82, 81, 83], down(*ground))
        c.soft(c.width / 2, 87, 32, 5, "#20302060")
        plants.broad_tree(c.at(c.width / 2, 47, 0.82), season=season)
        _litter(c, season)

    return draw


def _litter(c: Canvas, season: str) -> None:
    """Scatter what lies on the ground: petals, leaves or falling snow."""
    if season == "winter":
        snowfall(c, 80)
    elif season == "summer":
        flowers(c, 88, 34, tones=("#ffffff", "#ffd04d", "#f28ab2"))
    else:
        tones = plants.SEASONS[season]
        chance = random.Random(season)
        for _ in range(60):
            x, y = chance.gauss(c.width / 2, 26), chance.uniform(84, 98)
            c.oval(x, y, 1.3, 0.7, chance.choice(tones))
