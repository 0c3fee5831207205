"""I-GD: a picture and a phrase -> the cut-out of what the phrase names.

Candidates are all cut-outs of the picture and cut-outs from other pictures, on other grounds, of
which the phrase is true as well: neither the phrase nor the picture alone leads to the right one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import NamedTuple

from train.evaluation.mini.drawing import (
    CORNERS,
    Drawing,
    Thing,
    pairings,
    pick_colours,
    pick_shapes,
    pick_things,
)
from train.evaluation.mini.items import EvaluationSet, Limits, Query, seeds_of, spread

OTHERS = 16
ROW = ((0.2, 0.5), (0.5, 0.5), (0.8, 0.5))
COLUMN = ((0.5, 0.2), (0.5, 0.5), (0.5, 0.8))


class Crop(NamedTuple):
    """One thing of one picture."""

    drawing: Drawing
    number: int

    @property
    def thing(self) -> Thing:
        return self.drawing.things[self.number]


def by_name(limits: Limits) -> EvaluationSet:
    """`the star`: four things of different shapes."""
    crops = crops_of(seeds_of(30, limits.candidates // len(CORNERS)), plan_corners)
    return grounded(crops, crops, limits, lambda crop: f"the {crop.thing.shape}",
                    lambda crop: crop.thing.shape)  # fmt: skip


def by_colour(limits: Limits) -> EvaluationSet:
    """`the red thing`: four things of different colours."""
    crops = crops_of(seeds_of(31, limits.candidates // len(CORNERS)), plan_corners)
    return grounded(crops, crops, limits, lambda crop: f"the {crop.thing.colour} thing",
                    lambda crop: crop.thing.colour)  # fmt: skip


def by_relation(limits: Limits) -> EvaluationSet:
    """`the star to the left of the circle`: two stars of different colours around the circle."""
    crops = crops_of(seeds_of(32, limits.candidates // len(ROW)), plan_line)
    outer = [crop for crop in crops if crop.number != 1]
    return grounded(crops, outer, limits, relation_of, lambda crop: crop.thing.shape)


def crops_of(seeds: Sequence[int], plan: Callable[[int], Drawing]) -> list[Crop]:
    """Return every thing of every picture planned from some seeds."""
    drawings = [plan(seed) for seed in seeds]
    return [Crop(drawing, number) for drawing in drawings for number in range(len(drawing.things))]


def plan_corners(seed: int) -> Drawing:
    """Plan four different things in the corners."""
    ground, things = pick_things(Random(seed), list(CORNERS.values()))
    return Drawing(things, ground, seed)


def plan_line(seed: int) -> Drawing:
    """Plan a thing between two things of another shape, in a row or a column."""
    random = Random(seed)
    ground, colours = pick_colours(random, 3)
    outer, inner = pick_shapes(random, 2)
    places = ROW if seed % 2 else COLUMN
    return Drawing(
        tuple(map(Thing, colours, (outer, inner, outer), places, (0.1,) * 3)), ground, seed
    )


def relation_of(crop: Crop) -> str:
    """Say on which side of the middle thing an outer one is."""
    ends = {0.2: ("to the left of", "above"), 0.8: ("to the right of", "below")}
    lies_in_column = crop.thing.at[0] == 0.5
    words = ends[crop.thing.at[lies_in_column]][lies_in_column]
    return f"the {crop.thing.shape} {words} the {crop.drawing.things[1].shape}"


def grounded(
    crops: Sequence[Crop],
    asked: Sequence[Crop],
    limits: Limits,
    phrase: Callable[[Crop], str],
    kind: Callable[[Crop], str],
) -> EvaluationSet:
    """Make a set that asks for crops by a phrase, which is true of all crops of the same kind."""
    rows = {crop: row for row, crop in enumerate(crops)}
    queries = []
    for crop in spread(asked, limits.queries):
        own = [rows[one] for one in crops if one.drawing == crop.drawing]
        alike = [
            rows[one]
            for one in crops
            if kind(one) == kind(crop) and one.drawing.ground != crop.drawing.ground
        ]
        others = Random(crop.drawing.seed).sample(alike, min(OTHERS, len(alike)))
        item = crop.drawing.to_item(text=phrase(crop))
        values = {"pairing": pairings([crop.thing])}
        queries.append(Query(item, {rows[crop]: 1.0}, (*own, *others), values))
    return EvaluationSet(tuple(queries), tuple(crop.drawing.to_crop(crop.number) for crop in crops))
