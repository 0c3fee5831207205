"""From inputs to vectors, from vectors to ranks, from per-query values to a mean with its interval.

Ties count against the model, so vectors that are all equal find nothing. Intervals are 95 %
bootstrap percentiles over queries; they say nothing about other training seeds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

import numpy as np

CHUNK = 64
RESAMPLES = 10_000
RESAMPLES_AT_ONCE = 1_000


class Model(Protocol):
    """What is measured: any Sentence Transformers model over text, images and clips."""

    def encode_query(self, inputs: list[Any], **kwargs: Any) -> np.ndarray: ...

    def encode_document(self, inputs: list[Any], **kwargs: Any) -> np.ndarray: ...


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured mean with its 95 % interval, and what guessing would reach."""

    value: float
    low: float
    high: float
    chance: float


def encode(encoder: Any, inputs: Iterable[Any]) -> np.ndarray:
    """Encode in chunks, so that not all pictures are open at once: (N, D) float32, unit rows."""
    parts = [
        np.asarray(encoder(chunk, show_progress_bar=False), np.float32) for chunk in chunks(inputs)
    ]
    return unit_rows(np.concatenate(parts))


def chunks(inputs: Iterable[Any]) -> Iterator[list[Any]]:
    """Yield lists of `CHUNK` inputs, the last one shorter."""
    remaining = iter(inputs)
    while chunk := list(islice(remaining, CHUNK)):
        yield chunk


def unit_rows(vectors: np.ndarray) -> np.ndarray:
    """Return rows of length 1; a row of zeros stays: (N, D) -> (N, D)."""
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True).clip(1e-12)


def best_ranks(scores: np.ndarray, relevant: np.ndarray) -> np.ndarray:
    """Return the 1-based rank of each query's best relevant document; ties count against it.

    `scores` and `relevant` are (queries, documents); every query has a relevant document.
    """
    best = np.where(relevant, scores, -np.inf).max(1, keepdims=True)  # (N, 1)
    return 1 + ((scores >= best) & ~relevant).sum(1)


def chance_of_hit(relevant: np.ndarray, documents: int, k: int) -> np.ndarray:
    """Return the chance that a random order has one of `relevant` documents among the first k."""
    miss = np.ones(len(relevant))
    for drawn in range(min(k, documents)):
        miss *= np.clip((documents - relevant - drawn) / (documents - drawn), 0, 1)
    return 1 - miss


def figure(values: np.ndarray, chance: np.ndarray | float, *, seed: int = 0) -> Figure:
    """Return the mean of per-query values with its bootstrap interval."""
    values = np.asarray(values, dtype=np.float64)
    means = bootstrap_means(values, np.random.default_rng(seed))
    return interval(float(values.mean()), means, float(np.mean(chance)))


def interval(value: float, means: np.ndarray, chance: float) -> Figure:
    """Return a value with the 95 % interval of its resampled means."""
    low, high = np.percentile(means, (2.5, 97.5))
    return Figure(value, float(low), float(high), chance)


def bootstrap_means(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the means of `RESAMPLES` resamples of per-query values: (N,) -> (R,).

    Drawn as how often each distinct value comes: the same distribution as drawing rows one by one,
    and a hit rate has only two distinct values.
    """
    distinct, counts = np.unique(values, return_counts=True)
    share = counts / len(values)
    draws = (
        rng.multinomial(len(values), share, size=RESAMPLES_AT_ONCE) @ distinct
        for _ in range(RESAMPLES // RESAMPLES_AT_ONCE)
    )
    return np.concatenate(list(draws)) / len(values)
