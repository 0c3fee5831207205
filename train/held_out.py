"""What counts as held out: one predicate for every axis along which a model may be tested on news.

An axis says how its values are split and whether the training of btok-tiny leaves the held-out side
out. The split is by hash, or by name where there are only a few values, so it stays as data grows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from train.samples import hashed_share


@dataclass(frozen=True, slots=True)
class Axis:
    """One way to be new: its rule in words, the rule, and what training did about it."""

    rule: str
    holds_out: Callable[[str], bool]
    excluded: bool
    training: str


def by_hash(salt: str, share: float) -> Callable[[str], bool]:
    """Return the rule that holds out a share of all values by their hash."""
    return lambda value: hashed_share(value, salt=salt) < share


AXES = {
    "concept": Axis(
        "8.3 % of the emoji, by hash of the name",
        by_hash("emoji", 0.083),
        excluded=True,
        training="left out: neither these emoji nor pictures with their names are in training",
    ),
    "pairing": Axis(
        "10 % of the pairs of colour and shape, by hash",
        by_hash("pairing", 0.1),
        excluded=False,
        training="not left out: drawn scenes and clips of training show all pairs",
    ),
    "font": Axis(
        "two of five font families, Courier and Aileron",
        lambda family: family in ("Courier", "Aileron"),
        excluded=False,
        training="no pages in training: both sides are new",
    ),
    "layout": Axis(
        "one layout of each kind of page",
        lambda layout: layout in ("boxed", "two columns", "framed"),
        excluded=False,
        training="no pages in training: both sides are new",
    ),
    "text": Axis(
        "10 % of the queries about pages, by hash",
        by_hash("text", 0.1),
        excluded=False,
        training="no pages in training: both sides are new",
    ),
}


def is_held_out(axis: str, value: str) -> bool:
    """Say whether a value is on the held-out side of an axis; `AXES` has the names."""
    return AXES[axis].holds_out(value)


def pairing(colour: str, shape: str) -> str:
    """Return the value of the axis `pairing`."""
    return f"{colour} {shape}"
