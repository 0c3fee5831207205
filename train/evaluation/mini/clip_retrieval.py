"""V-RET: caption -> clip, clip -> caption, clip -> a picture of the same event.

As scenes do, clips come in families of four that show the same things on the same ground.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from train.evaluation.mini.drawing import Drawing, Thing, clear_of, pairings, pick_things
from train.evaluation.mini.filming import REVERSED, VERBS, Film, act, still_actor
from train.evaluation.mini.items import EvaluationSet, Item, Limits, Query, seeds_of, spread
from train.evaluation.mini.items import text_item as words
from train.evaluation.mini.scene_retrieval import FAMILY, MANY_SEEDS
from train.scenes import with_article
from train.shapes import Point

# Where two things are while one of them is in motion.
LANES: dict[str, tuple[Point, Point]] = {
    "moving right": ((0.5, 0.3), (0.5, 0.7)),
    "moving down": ((0.3, 0.5), (0.7, 0.5)),
    "growing": ((0.28, 0.5), (0.72, 0.5)),
}
# Ways around a thing in the centre: the motion, the lane.
ROUTES: tuple[tuple[str, Point], ...] = (
    ("moving right", (0.5, 0.2)),
    ("moving right", (0.5, 0.8)),
    ("moving down", (0.2, 0.5)),
    ("moving down", (0.8, 0.5)),
)


def caption_to_clip(limits: Limits) -> EvaluationSet:
    """A caption -> its clip, of all."""
    films = plan_films(limits.clips)
    return paired([words(said) for said in films], [film.to_item() for film in films.values()],
                  films.values(), limits)  # fmt: skip


def clip_to_caption(limits: Limits) -> EvaluationSet:
    """A clip -> its caption, of all."""
    films = plan_films(limits.clips)
    return paired([film.to_item() for film in films.values()], [words(said) for said in films],
                  films.values(), limits)  # fmt: skip


def clip_to_image(limits: Limits) -> EvaluationSet:
    """A clip of a thing passing another -> a picture of it half-way, on another ground."""
    films = distinct(seeds_of(62, MANY_SEEDS), plan_routes, limits.clips)
    stills = [half_way(film) for film in films.values()]
    return paired([film.to_item() for film in films.values()],
                  [still.to_item() for still in stills], films.values(), limits)  # fmt: skip


def paired(asked: list[Item], answers: list[Item], films, limits: Limits) -> EvaluationSet:
    """Make a set in which `asked[row]` has the one right answer `answers[row]`, of all rows."""
    values = [{"pairing": pairings(film.still(0.5).things)} for film in films]
    rows = spread(range(len(asked)), limits.queries)
    queries = (Query(asked[row], {row: 1.0}, values=values[row]) for row in rows)
    return EvaluationSet(tuple(queries), tuple(answers))


def plan_films(number: int) -> dict[str, Film]:
    """Plan families until there are `number` clips; return them by caption."""
    return distinct(seeds_of(60, MANY_SEEDS), plan_family, number)


def distinct(
    seeds: range, plan: Callable[[int], Iterator[tuple[str, Film]]], number: int
) -> dict[str, Film]:
    """Collect families of which no caption came before, until there are `number` clips."""
    films: dict[str, Film] = {}
    for seed in seeds[::FAMILY]:
        family = dict(plan(seed))
        if not films.keys() & family.keys():
            films |= family
        if len(films) >= number:
            break
    return dict(list(films.items())[:number])


def plan_family(seed: int) -> Iterator[tuple[str, Film]]:
    """Yield caption and clip four times: either of two things moves, to and fro; one is still."""
    random = Random(seed)
    motion = random.choice(list(LANES))
    ground, pair = pick_things(random, LANES[motion])
    for number, kind in enumerate((motion, REVERSED[motion]) * 2):
        mover, other = pair if number < 2 else pair[::-1]
        moving = act(mover.colour, mover.shape, kind, at=mover.at)
        actors = [moving, still_actor(other)] if number < 2 else [still_actor(other), moving]
        said = f"{mover.words} {VERBS[kind]} and {other.words} stays still"
        film = Film(tuple(actors), ground, seed + number)
        yield f"{said}, on {with_article(ground)} background", film


def plan_routes(seed: int) -> Iterator[tuple[str, Film]]:
    """Yield four clips of a thing that passes another one: above, below, on the left, the right."""
    random = Random(seed)
    ground, (mover, other) = pick_things(random, ((0.5, 0.5), (0.5, 0.5)), radius=0.12)
    for number, (motion, lane) in enumerate(ROUTES):
        kind = random.choice((motion, REVERSED[motion]))
        moving = act(mover.colour, mover.shape, kind, at=lane, radius=mover.radius)
        film = Film((moving, still_actor(other)), ground, seed + number)
        yield f"{mover.words} past {other.words} {lane} {ground}", film


def half_way(film: Film) -> Drawing:
    """Return a clip's picture from its middle, in other shades and on another ground."""
    random = Random(film.seed)
    things: tuple[Thing, ...] = film.still(random.uniform(0.4, 0.6)).things
    fitting = set.intersection(*(set(clear_of(thing.colour)) for thing in things))
    others = sorted(fitting - {film.ground}) or [film.ground]
    return Drawing(things, random.choice(others), film.seed + MANY_SEEDS)
