"""V-CLS: which motion, which thing, which thing in which motion does a clip show?"""

from __future__ import annotations

from itertools import product
from random import Random

from train.evaluation.mini.classes import shuffled_label
from train.evaluation.mini.drawing import LABELS, clear_of, name_of
from train.evaluation.mini.filming import REVERSED, Film, act
from train.evaluation.mini.items import EvaluationSet, Limits, Query, seeds_of, text_item
from train.held_out import pairing

MOTIONS = tuple(REVERSED)
ACTIONS = tuple(product(LABELS, MOTIONS))
ACTION_ROWS = {action: row for row, action in enumerate(ACTIONS)}


def film_of(label: tuple[str, str], motion: str, seed: int) -> Film:
    """Return a clip of one thing in one motion, in the middle or a little off it."""
    random = Random(seed)
    at = (random.uniform(0.35, 0.65), random.uniform(0.35, 0.65))
    return Film((act(*label, motion, at=at),), random.choice(clear_of(label[0])), seed)


def motions(limits: Limits) -> EvaluationSet:
    """A clip -> its motion, of eight that are four pairs of opposites."""
    queries = []
    for number, seed in enumerate(seeds_of(40, limits.queries)):
        label, row = Random(seed).choice(LABELS), number % len(MOTIONS)
        item = film_of(label, MOTIONS[row], seed).to_item()
        queries.append(Query(item, {row: 1.0}, values={"pairing": (pairing(*label),)}))
    return EvaluationSet(tuple(queries), tuple(text_item(motion) for motion in MOTIONS))


def things(limits: Limits) -> EvaluationSet:
    """A clip -> the colour and shape of what it shows, of all 168."""
    queries = []
    for number, seed in enumerate(seeds_of(41, limits.queries)):
        row = shuffled_label(number)
        item = film_of(LABELS[row], Random(seed).choice(MOTIONS), seed).to_item()
        queries.append(Query(item, {row: 1.0}, values={"pairing": (pairing(*LABELS[row]),)}))
    return EvaluationSet(tuple(queries), tuple(text_item(name_of(*label)) for label in LABELS))


def things_in_motion(limits: Limits) -> EvaluationSet:
    """A clip -> thing and motion, of two colours times two shapes times two pairs of opposites."""
    queries = []
    for number, seed in enumerate(seeds_of(42, limits.queries)):
        random = Random(seed)
        label, motion = LABELS[shuffled_label(number)], random.choice(MOTIONS)
        grid = grid_around(label, motion, random)
        gains = {ACTION_ROWS[label, motion]: 1.0}
        values = {"pairing": (pairing(*label),)}
        queries.append(Query(film_of(label, motion, seed).to_item(), gains, grid, values))
    names = (text_item(f"{name_of(*label)} {motion}") for label, motion in ACTIONS)
    return EvaluationSet(tuple(queries), tuple(names))


def grid_around(label: tuple[str, str], motion: str, random: Random) -> tuple[int, ...]:
    """Return the rows of an action and of fifteen that differ in colour, shape or motion."""
    colour, shape = label
    other = random.choice([one for one in LABELS if one[0] != colour and one[1] != shape])
    far = random.choice([one for one in MOTIONS if one not in (motion, REVERSED[motion])])
    kinds = (motion, REVERSED[motion], far, REVERSED[far])
    grid = product(product((colour, other[0]), (shape, other[1])), kinds)
    return tuple(ACTION_ROWS[action] for action in grid)
