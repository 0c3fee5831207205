"""V-MRET: which segment of a long clip does a text or a picture mean?

A long clip has ten segments on one ground: five times a thing on a track, each time there and back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from random import Random

from train.evaluation.mini.drawing import Thing, pairings, pick_things
from train.evaluation.mini.filming import Film, act
from train.evaluation.mini.items import EvaluationSet, Item, Limits, Query, seeds_of, spread
from train.evaluation.mini.items import text_item as words
from train.evaluation.mini.scene_retrieval import MANY_SEEDS
from train.scenes import with_article
from train.shapes import Point

SEGMENTS = 10
# A track: where it runs; there and back, in words and as a motion.
Track = tuple[Point, tuple[tuple[str, str], tuple[str, str]]]
TRACKS: tuple[Track, ...] = (
    ((0.5, 0.2), (("moves right along the top", "moving right"),
                  ("moves left along the top", "moving left"))),
    ((0.5, 0.8), (("moves right along the bottom", "moving right"),
                  ("moves left along the bottom", "moving left"))),
    ((0.2, 0.5), (("moves down the left side", "moving down"),
                  ("moves up the left side", "moving up"))),
    ((0.8, 0.5), (("moves down the right side", "moving down"),
                  ("moves up the right side", "moving up"))),
    ((0.5, 0.5), (("grows in the centre", "growing"), ("shrinks in the centre", "shrinking"))),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment: what it shows, what is said of it, and the number of its long clip.

    `frames_of` is the same for a segment and its way back: they hold the same pictures.
    """

    film: Film
    caption: str
    clip: int
    frames_of: tuple[str, Point]

    @property
    def thing(self) -> Thing:
        return self.film.actors[0].start


def text_in_clip(limits: Limits) -> EvaluationSet:
    """A text -> the segment it describes, of the ten of one long clip."""
    segments = plan_segments(limits.clips)
    return build(segments, limits, [words(one.caption) for one in segments], same_clip)


def image_in_clip(limits: Limits) -> EvaluationSet:
    """A picture from a segment, redrawn -> the segment, of its long clip without the way back."""
    segments = plan_segments(limits.clips)
    return build(segments, limits, [picture_of(one) for one in segments], same_clip_one_way)


def text_across_clips(limits: Limits) -> EvaluationSet:
    """A text that names the ground as well -> the segment it describes, of all long clips."""
    segments = plan_segments(limits.clips)
    return build(segments, limits, [words(full_caption(one)) for one in segments], None)


def build(segments: list[Segment], limits: Limits, asked: list[Item], ranks) -> EvaluationSet:
    """Make a set in which `asked[row]` means segment `row`, of those that `ranks` says or all."""
    queries = []
    for row in spread(range(len(segments)), limits.queries):
        mine = segments[row]
        local = ranks and tuple(
            other
            for other, one in enumerate(segments)
            if one.clip == mine.clip and (other == row or ranks(mine, one))
        )
        queries.append(Query(asked[row], {row: 1.0}, local, {"pairing": pairings([mine.thing])}))
    return EvaluationSet(tuple(queries), tuple(one.film.to_item() for one in segments))


def same_clip(mine: Segment, other: Segment) -> bool:
    """Say whether a segment of the same clip is a candidate: all are."""
    return True


def same_clip_one_way(mine: Segment, other: Segment) -> bool:
    """Say whether a segment of the same clip is a candidate: not the one with the same pictures."""
    return other.frames_of != mine.frames_of


def plan_segments(number: int) -> list[Segment]:
    """Plan long clips until there are `number` segments, all of different full captions."""
    segments: list[Segment] = []
    said: set[str] = set()
    for clip, seed in enumerate(seeds_of(70, MANY_SEEDS)[::SEGMENTS]):
        planned = list(plan_clip(seed, clip))
        captions = {full_caption(one) for one in planned}
        if not captions & said:
            said |= captions
            segments += planned
        if len(segments) >= number:
            break
    return segments[:number]


def plan_clip(seed: int, clip: int) -> Iterator[Segment]:
    """Yield the segments of a long clip, in shuffled order."""
    random = Random(seed)
    ground, things = pick_things(random, ((0.5, 0.5),) * 3)
    runs = random.sample(list(product(things, TRACKS)), SEGMENTS // 2)
    both = [(thing, at, way) for thing, (at, ways) in runs for way in ways]
    for number, (thing, at, (verb, motion)) in enumerate(random.sample(both, len(both))):
        film = Film((act(thing.colour, thing.shape, motion, at=at),), ground, seed + number)
        yield Segment(film, f"{thing.words} {verb}", clip, (thing.words, at))


def full_caption(segment: Segment) -> str:
    """Return the caption with the ground."""
    return f"{segment.caption}, on {with_article(segment.film.ground)} background"


def picture_of(segment: Segment) -> Item:
    """Return a picture from the middle of a segment in other shades."""
    random = Random(segment.film.seed)
    film = Film(segment.film.actors, segment.film.ground, segment.film.seed + MANY_SEEDS)
    return film.still(random.uniform(0.35, 0.65)).to_item()
