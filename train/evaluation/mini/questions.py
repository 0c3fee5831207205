"""I-QA: a picture and a question -> the answer.

Wrong answers are of the same kind as the right one, and most are true of something else in the
picture. They are laid out so that the question alone says nothing: every answer of its list is
right equally often.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from random import Random

from train.evaluation.mini.drawing import (
    COLOURS,
    CORNERS,
    LABELS,
    Drawing,
    Thing,
    name_of,
    pairings,
    pick_colours,
    pick_shapes,
    pick_things,
)
from train.evaluation.mini.items import EvaluationSet, Limits, Query, seeds_of, text_item
from train.scenes import plural
from train.shapes import Point

PLACES: dict[str, Point] = {
    **{f"in the {name} corner": at for name, at in CORNERS.items()},
    "in the centre": (0.5, 0.5),
}
NUMBERS = ("one", "two", "three", "four", "five", "six")
CELLS = tuple((0.14 + 0.24 * column, 0.17 + 0.33 * row) for row in range(3) for column in range(4))
# From a corner: which neighbour a question asks for, and how.
NEIGHBOURS = (
    ("top left", "top right", "directly to the right of"),
    ("top right", "top left", "directly to the left of"),
    ("bottom left", "bottom right", "directly to the right of"),
    ("bottom right", "bottom left", "directly to the left of"),
    ("top left", "bottom left", "directly below"),
    ("top right", "bottom right", "directly below"),
    ("bottom left", "top left", "directly above"),
    ("bottom right", "top right", "directly above"),
)
NAME_ROWS = {label: row for row, label in enumerate(LABELS)}


def colour_of(limits: Limits) -> EvaluationSet:
    """`What colour is the star?`, of all twelve colours; four things of other colours."""
    queries = []
    for number, seed in enumerate(seeds_of(10, limits.queries)):
        random, colour = Random(seed), COLOURS[number % len(COLOURS)]
        places = random.sample(list(PLACES.values()), 4)
        ground, things = pick_things(random, places, radius=0.13, first=colour)
        drawing, asked = Drawing(things, ground, seed), things[0]
        item = drawing.to_item(text=f"What colour is the {asked.shape}?")
        gains = {COLOURS.index(asked.colour): 1.0}
        queries.append(Query(item, gains, values={"pairing": pairings([asked])}))
    return EvaluationSet(tuple(queries), tuple(text_item(colour) for colour in COLOURS))


def thing_at(limits: Limits) -> EvaluationSet:
    """`What is in the centre?`, of the picture's four colours times its four shapes."""
    queries = []
    for seed in seeds_of(11, limits.queries):
        random = Random(seed)
        places = random.sample(list(PLACES), 4)
        ground, things = pick_things(random, [PLACES[place] for place in places], radius=0.13)
        item = Drawing(things, ground, seed).to_item(text=f"What is {places[0]}?")
        queries.append(name_query(item, things[0], things))
    return EvaluationSet(tuple(queries), tuple(text_item(name_of(*label)) for label in LABELS))


def name_query(item, asked: Thing, things: Sequence[Thing]) -> Query:
    """Return a query for the name of a thing, among all colours times shapes of some things."""
    colours, shapes = [thing.colour for thing in things], [thing.shape for thing in things]
    grid = tuple(NAME_ROWS[pair] for pair in product(colours, shapes))
    gains = {NAME_ROWS[asked.colour, asked.shape]: 1.0}
    return Query(item, gains, grid, {"pairing": pairings([asked])})


def count_and_relation(limits: Limits) -> EvaluationSet:
    """`How many stars are there?` and `What is directly below the red star?`, equal shares."""
    seeds = seeds_of(12, limits.queries)
    both = zip(count_queries(seeds[::2]), relation_queries(seeds[1::2]), strict=False)
    queries = tuple(query for pair in both for query in pair)
    names = (text_item(name_of(*label)) for label in LABELS)
    return EvaluationSet(queries, (*names, *(text_item(number) for number in NUMBERS)))


def count_queries(seeds: Sequence[int]) -> Iterator[Query]:
    """Yield questions for the number of shapes of one kind, beside another number of another."""
    numbers = range(len(LABELS), len(LABELS) + len(NUMBERS))
    for turn, seed in enumerate(seeds):
        random = Random(seed)
        count = turn % len(NUMBERS)
        other = random.choice([n for n in range(len(NUMBERS)) if n != count])
        ground, colours = pick_colours(random, 2)
        shapes = pick_shapes(random, 2)
        cells = random.sample(CELLS, count + other + 2)
        things = tuple(
            Thing(colours[kind], shapes[kind], cell, 0.085)
            for kind, cell in zip([0] * (count + 1) + [1] * (other + 1), cells, strict=True)
        )
        question = f"How many {plural(shapes[0])} are there?"
        item = Drawing(things, ground, seed).to_item(text=question)
        yield Query(item, {numbers[count]: 1.0}, tuple(numbers), {"pairing": pairings([things[0]])})


def relation_queries(seeds: Sequence[int]) -> Iterator[Query]:
    """Yield questions for the neighbour of a thing; answers are made of the three others."""
    for turn, seed in enumerate(seeds):
        start, end, relation = NEIGHBOURS[turn % len(NEIGHBOURS)]
        ground, things = pick_things(Random(seed), list(CORNERS.values()))
        placed = dict(zip(CORNERS, things, strict=True))
        question = f"What is {relation} the {placed[start].colour} {placed[start].shape}?"
        item = Drawing(things, ground, seed).to_item(text=question)
        yield name_query(item, placed[end], [one for one in things if one is not placed[start]])
