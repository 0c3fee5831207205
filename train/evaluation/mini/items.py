"""What a set of MMEB-mini is made of: items to encode, queries with their right answers, limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, TypeVar

import numpy as np
from PIL import Image

from train.held_out import is_held_out
from train.scenes import EVALUATION_SEED

T = TypeVar("T")
SEEDS_PER_SET = 10_000


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to encode: any of text, picture and clip; drawn when it is encoded.

    Items of one `key` have the same content and share a vector.
    """

    key: str
    text: str = ""
    image: Callable[[], Image.Image] | None = None
    video: Callable[[], list[Image.Image]] | None = None

    @property
    def has_media(self) -> bool:
        return self.image is not None or self.video is not None

    def to_input(self) -> dict[str, Any]:
        """Draw what is to be drawn and return the model's input."""
        media: dict[str, Any] = {}
        if self.image is not None:
            media["image"] = self.image()
        if self.video is not None:
            media["video"] = self.video()
        return {**media, "text": self.text} if self.text else media


@dataclass(frozen=True, slots=True)
class Query:
    """One query. `gains` maps the rows of right candidates to how right they are, above 0.

    `candidates` are the rows it ranks, all when it is None. `values` are what it shows on the axes
    of its set: held out on an axis is a query of which any value is.
    """

    item: Item
    gains: Mapping[int, float]
    candidates: tuple[int, ...] | None = None
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def is_held_out(self, axis: str) -> bool:
        """Say whether the query shows anything held out on an axis."""
        return any(is_held_out(axis, value) for value in self.values[axis])


@dataclass(frozen=True, slots=True)
class EvaluationSet:
    """Queries over one list of candidates. The axes are those of its queries."""

    queries: tuple[Query, ...]
    candidates: tuple[Item, ...]

    @property
    def axes(self) -> tuple[str, ...]:
        return tuple(self.queries[0].values)

    @property
    def is_local(self) -> bool:
        """Say whether queries rank lists of their own, not all candidates."""
        return self.queries[0].candidates is not None

    def gains(self) -> np.ndarray:
        """Return how right every candidate is, 0 for a wrong one: (queries, candidates)."""
        gains = np.zeros((len(self.queries), len(self.candidates)), np.float32)
        for row, query in enumerate(self.queries):
            gains[row, list(query.gains)] = list(query.gains.values())
        return gains

    def allowed(self) -> np.ndarray:
        """Say which candidates every query ranks: (queries, candidates) bool."""
        allowed = np.ones((len(self.queries), len(self.candidates)), bool)
        for row, query in enumerate(self.queries):
            if query.candidates is not None:
                allowed[row] = False
                allowed[row, list(query.candidates)] = True
        return allowed

    def digest(self) -> str:
        """Return a short digest of all items, answers and candidate lists, as they are planned."""
        keys = [query.item.key for query in self.queries] + [item.key for item in self.candidates]
        state = sha256("\0".join(keys).encode())
        state.update(self.gains().tobytes() + self.allowed().tobytes())
        return state.hexdigest()[:16]

    def first(self, count: int) -> EvaluationSet:
        """Return the set with so many of its queries, evenly spread."""
        return replace(self, queries=tuple(spread(self.queries, count)))


@dataclass(frozen=True, slots=True)
class Limits:
    """How large sets become: queries, candidates, candidates that are clips, control queries."""

    queries: int = 1000
    candidates: int = 1000
    clips: int = 1000
    controls: int = 100


FULL = Limits()
QUICK = Limits(queries=60, candidates=200, clips=60, controls=30)


class Unavailable(Exception):
    """A set needs something that is not installed; the message names it."""


def spread(things: Sequence[T], count: int) -> list[T]:
    """Return up to `count` things, evenly spread over all of them, in order."""
    count = min(count, len(things))
    return [things[number * len(things) // count] for number in range(count)]


def seeds_of(number: int, count: int) -> range:
    """Return `count` seeds of set `number`, far from those of training and of every other set."""
    if count > SEEDS_PER_SET:
        raise ValueError(f"{count} seeds asked for, a set has {SEEDS_PER_SET}")
    start = 2 * EVALUATION_SEED + number * SEEDS_PER_SET
    return range(start, start + count)


def text_item(text: str) -> Item:
    """Return a text as an item."""
    return Item(key=text, text=text)


def image_item(plan: object, draw: Callable[[], Image.Image], *, text: str = "") -> Item:
    """Return a picture, with a text beside it, as an item; `plan` says all that it shows."""
    return Item(key=f"{text}|{plan!r}", text=text, image=draw)


def video_item(plan: object, draw: Callable[[], list[Image.Image]], *, text: str = "") -> Item:
    """Return a clip, with a text beside it, as an item; `plan` says all that it shows."""
    return Item(key=f"{text}|{plan!r}", text=text, video=draw)
