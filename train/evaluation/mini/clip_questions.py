"""V-QA: a clip and a question -> the answer. Wrong answers are laid out as in `questions`."""

from __future__ import annotations

from random import Random

from train.evaluation.mini.drawing import (
    CORNERS,
    LABELS,
    SHAPES,
    Thing,
    clear_of,
    name_of,
    pairings,
    pick_things,
)
from train.evaluation.mini.filming import FAR, NEAR, Actor, Film, still_actor
from train.evaluation.mini.items import EvaluationSet, Limits, Query, seeds_of, text_item
from train.evaluation.mini.questions import NAME_ROWS, name_query
from train.shapes import Point

WAYS: dict[str, Point] = {
    "to the top left corner": (NEAR, NEAR),
    "to the top": (0.5, NEAR),
    "to the top right corner": (FAR, NEAR),
    "to the left": (NEAR, 0.5),
    "to the right": (FAR, 0.5),
    "to the bottom left corner": (NEAR, FAR),
    "to the bottom": (0.5, FAR),
    "to the bottom right corner": (FAR, FAR),
}
STEP = 0.09
NAMES = tuple(text_item(name_of(*label)) for label in LABELS)


def which_moves(limits: Limits) -> EvaluationSet:
    """`Which thing moves?`, of the clip's four colours times its four shapes; three stand still."""
    queries = []
    for seed in seeds_of(50, limits.queries):
        random = Random(seed)
        ground, things = pick_things(random, list(CORNERS.values()), radius=0.13)
        asked = random.choice(things)
        actors = tuple(paced(one, random) if one is asked else still_actor(one) for one in things)
        item = Film(actors, ground, seed).to_item(text="Which thing moves?")
        queries.append(name_query(item, asked, things))
    return EvaluationSet(tuple(queries), NAMES)


def paced(thing: Thing, random: Random) -> Actor:
    """Return a thing that goes a step in one of four directions."""
    (x, y), sign = thing.at, random.choice((-1, 1))
    dx, dy = random.choice(((STEP * sign, 0.0), (0.0, STEP * sign)))
    ends = [Thing(thing.colour, thing.shape, (x + k * dx, y + k * dy), thing.radius)
            for k in (-1, 1)]  # fmt: skip
    return Actor(*ends)


def where_to(limits: Limits) -> EvaluationSet:
    """`Where does the red star go?`, of eight places; another thing goes somewhere else."""
    queries = []
    for number, seed in enumerate(seeds_of(51, limits.queries)):
        random = Random(seed)
        row = number % len(WAYS)
        others = [at for at in WAYS.values() if at != list(WAYS.values())[row]]
        places = [list(WAYS.values())[row], *random.sample(others, 3)]
        ground, (asked, other) = pick_things(random, places[1:3], radius=0.11)
        actors = (Actor(asked, moved(asked, places[0])), Actor(other, moved(other, places[3])))
        question = f"Where does the {asked.colour} {asked.shape} go?"
        item = Film(actors, ground, seed).to_item(text=question)
        queries.append(Query(item, {row: 1.0}, values={"pairing": pairings([asked])}))
    return EvaluationSet(tuple(queries), tuple(text_item(way) for way in WAYS))


def moved(thing: Thing, at: Point) -> Thing:
    """Return the thing in another place."""
    return Thing(thing.colour, thing.shape, at, thing.radius)


def what_becomes(limits: Limits) -> EvaluationSet:
    """`What does the red star turn into?`, of four other colours and four other shapes."""
    queries = []
    for number, seed in enumerate(seeds_of(52, limits.queries)):
        random = Random(seed)
        ground, (asked, other) = pick_things(random, ((0.28, 0.5), (0.72, 0.5)), radius=0.17)
        options = changes(asked, other, ground, random)
        chosen = options[number % len(options)]
        turned = random.choice(changes(other, asked, ground, random))
        actors = (Actor(asked, chosen, jumps=True), Actor(other, turned, jumps=True))
        question = f"What does the {asked.colour} {asked.shape} turn into?"
        item = Film(actors, ground, seed).to_item(text=question)
        rows = [NAME_ROWS[one.colour, one.shape] for one in options]
        values = {"pairing": pairings([chosen])}
        queries.append(Query(item, {rows[number % len(rows)]: 1.0}, tuple(rows), values))
    return EvaluationSet(tuple(queries), NAMES)


def changes(thing: Thing, other: Thing, ground: str, random: Random) -> list[Thing]:
    """Return four recoloured and four reshaped versions of a thing, one of each like `other`."""
    colours = [one for one in clear_of(ground) if one not in (thing.colour, other.colour)]
    shapes = [one for one in SHAPES if one not in (thing.shape, other.shape)]
    return [
        *(Thing(colour, thing.shape, thing.at, thing.radius)
          for colour in (other.colour, *random.sample(colours, 3))),
        *(Thing(thing.colour, shape, thing.at, thing.radius)
          for shape in (other.shape, *random.sample(shapes, 3))),
    ]  # fmt: skip
