"""Clips of MMEB-mini: pictures whose things move, grow, appear or become others."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PIL import Image

from train.evaluation.mini.drawing import Drawing, Thing, draw
from train.evaluation.mini.items import Item, video_item
from train.shapes import Point

FRAMES = 8
FRAME_PX = 192
REVERSED = {
    "moving left": "moving right",
    "moving right": "moving left",
    "moving up": "moving down",
    "moving down": "moving up",
    "growing": "shrinking",
    "shrinking": "growing",
    "appearing": "disappearing",
    "disappearing": "appearing",
}
VERBS = {
    "moving left": "moves left",
    "moving right": "moves right",
    "moving up": "moves up",
    "moving down": "moves down",
    "growing": "grows",
    "shrinking": "shrinks",
}
FORWARD = {"moving right", "moving down", "growing", "appearing"}
NEAR, FAR = 0.2, 0.8


@dataclass(frozen=True, slots=True)
class Actor:
    """A thing as it is at the start and at the end; between them it glides, or jumps half-way."""

    start: Thing
    end: Thing
    jumps: bool = False

    def at(self, moment: float) -> Thing:
        """Return the thing as it is at a moment between 0 and 1."""
        if self.jumps:
            return self.end if moment > 0.5 else self.start
        x, y, radius = (
            a + (b - a) * moment
            for a, b in zip(
                (*self.start.at, self.start.radius), (*self.end.at, self.end.radius), strict=True
            )
        )
        return replace(self.start, at=(x, y), radius=radius)


@dataclass(frozen=True, slots=True)
class Film:
    """What a clip shows. The seed decides what stays the same in all frames, see `Drawing`."""

    actors: tuple[Actor, ...]
    ground: str
    seed: int

    def still(self, moment: float) -> Drawing:
        """Return the picture at a moment between 0 and 1."""
        return Drawing(tuple(actor.at(moment) for actor in self.actors), self.ground, self.seed)

    def to_item(self, *, text: str = "") -> Item:
        """Return the clip as an item, with a text beside it."""
        return video_item(self, lambda: shoot(self), text=text)


def shoot(film: Film) -> list[Image.Image]:
    """Draw the frames of a clip, first and last moment included."""
    moments = (number / (FRAMES - 1) for number in range(FRAMES))
    return [draw(film.still(moment), size=FRAME_PX) for moment in moments]


def still_actor(thing: Thing) -> Actor:
    """Return a thing that stays as it is."""
    return Actor(thing, thing)


def act(
    colour: str, shape: str, motion: str, *, at: Point = (0.5, 0.5), radius: float = 0.14
) -> Actor:
    """Return a thing in one of the motions of `REVERSED`, on the lane that `at` lies on."""
    here = Thing(colour, shape, at, radius)
    low, high = {
        "moving right": (replace(here, at=(NEAR, at[1])), replace(here, at=(FAR, at[1]))),
        "moving down": (replace(here, at=(at[0], NEAR)), replace(here, at=(at[0], FAR))),
        "growing": (replace(here, radius=0.06), replace(here, radius=0.24)),
        "appearing": (replace(here, radius=0.0), replace(here, radius=0.2)),
    }[motion if motion in FORWARD else REVERSED[motion]]
    jumps = "appearing" in motion
    return Actor(low, high, jumps) if motion in FORWARD else Actor(high, low, jumps)
