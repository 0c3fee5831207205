"""I-RET: caption -> scene, scene -> caption, scene -> the same scene in another style.

Scenes come in families of four that share things, colours, places and ground: as planned, with the
colours of two things swapped, with their places swapped, with both swapped. So whoever sees only
what there is, not what belongs to what, finds one of four. All are queries and candidates alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from random import Random

from train.evaluation.mini.drawing import (
    CORNERS,
    Drawing,
    Thing,
    clear_of,
    pick_things,
)
from train.evaluation.mini.items import EvaluationSet, Limits, Query, seeds_of, spread, text_item
from train.scenes import with_article
from train.shapes import Point

PLACES: dict[str, Point] = {**CORNERS, "centre": (0.5, 0.5)}
WORDS = {place: f"in the {place}" if place == "centre" else f"at the {place}" for place in PLACES}
FAMILY = 4
MANY_SEEDS = 10_000


def caption_to_scene(limits: Limits) -> EvaluationSet:
    """A caption that names things, places and ground -> its picture, of all."""
    scenes = plan_scenes(limits.candidates)
    return paired(scenes, limits, ask=lambda row: text_item(caption_of(scenes[row])),
                  answer=lambda row: scenes[row].to_item())  # fmt: skip


def scene_to_caption(limits: Limits) -> EvaluationSet:
    """A picture -> its caption, of all."""
    scenes = plan_scenes(limits.candidates)
    return paired(scenes, limits, ask=lambda row: scenes[row].to_item(),
                  answer=lambda row: text_item(caption_of(scenes[row])))  # fmt: skip


def scene_to_restyled(limits: Limits) -> EvaluationSet:
    """A picture -> the same things in the same places: other shades, sizes, tilts, other ground."""
    scenes = plan_scenes(limits.candidates)
    styled = [restyled(scene) for scene in scenes]
    return paired(scenes, limits, ask=lambda row: scenes[row].to_item(),
                  answer=lambda row: styled[row].to_item())  # fmt: skip


def paired(scenes: list[Drawing], limits: Limits, *, ask, answer) -> EvaluationSet:
    """Make a set whose query `ask(row)` has the one right answer `answer(row)`, of all rows."""
    queries = (
        Query(ask(row), {row: 1.0}, values={"pairing": scenes[row].pairings})
        for row in spread(range(len(scenes)), limits.queries)
    )
    return EvaluationSet(tuple(queries), tuple(answer(row) for row in range(len(scenes))))


def plan_scenes(number: int) -> list[Drawing]:
    """Plan families until there are `number` scenes, all of different captions."""
    scenes: list[Drawing] = []
    captions: set[str] = set()
    for seed in seeds_of(20, MANY_SEEDS)[::FAMILY]:
        family = list(plan_family(seed))
        said = {caption_of(scene) for scene in family}
        if not said & captions:
            captions |= said
            scenes += family
        if len(scenes) >= number:
            break
    return scenes[:number]


def plan_family(seed: int) -> Iterator[Drawing]:
    """Yield the four scenes of a family: two things that swap, in half of them one that stays."""
    random = Random(seed)
    places = random.sample(list(PLACES.values()), random.choice((2, 3)))
    ground, (first, second, *rest) = pick_things(random, places)
    seeds = count(seed)
    for one, other in (
        (first, second),
        (replace(first, colour=second.colour), replace(second, colour=first.colour)),
    ):
        yield Drawing((one, other, *rest), ground, next(seeds))
        moved = replace(one, at=other.at), replace(other, at=one.at)
        yield Drawing((*moved, *rest), ground, next(seeds))


def caption_of(scene: Drawing) -> str:
    """Name every thing, its place and the ground."""
    names = {at: place for place, at in PLACES.items()}
    said = [f"{thing.words} {WORDS[names[thing.at]]}" for thing in scene.things]
    listed = f"{', '.join(said[:-1])} and {said[-1]}"
    return f"{listed}, on {with_article(scene.ground)} background"


def restyled(scene: Drawing) -> Drawing:
    """Return the scene on another ground, its things of other shades, sizes and tilts."""
    random = Random(scene.seed)
    fitting = set.intersection(*(set(clear_of(thing.colour)) for thing in scene.things))
    others = sorted(fitting - {scene.ground}) or [scene.ground]
    things = tuple(resized(thing, random) for thing in scene.things)
    return Drawing(things, random.choice(others), scene.seed + MANY_SEEDS)


def resized(thing: Thing, random: Random) -> Thing:
    """Return a thing of another size."""
    return replace(thing, radius=random.choice((0.11, 0.17)))
