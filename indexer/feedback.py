"""More like this, less like that: Rocchio's rule on the vectors that are already stored.

    asked + 1.0 * mean(liked) - 0.5 * mean(unliked)        each of unit length, then normalised

(Rocchio, "Relevance feedback in information retrieval", 1971). The example counts as much as the
words, or more: between a text and the pictures it names cosines are small, between two pictures
large, so that a lesser weight would hardly show and a greater one would drown the words.
Nothing is encoded: a frame of a video, a page or a picture that was found asks by its own vector.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from indexer.ledger import Ledger
from indexer.types import UsageError, VectorStore

LIKED = 1.0
UNLIKED = 0.5


@dataclass(frozen=True, slots=True)
class Examples:
    """Units that were liked or not, by their stored vectors (shaped as in `Point`)."""

    liked: tuple[Mapping[str, np.ndarray], ...] = ()
    unliked: tuple[Mapping[str, np.ndarray], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.liked or self.unliked)

    def move(self, asked: np.ndarray | None, name: str) -> np.ndarray | None:
        """Move a question's vector (D,) towards what was liked; None when nothing asks.

        A unit's text is the mean of its passages.
        """
        liked = [mean_vector(unit[name]) for unit in self.liked if name in unit]
        unliked = [mean_vector(unit[name]) for unit in self.unliked if name in unit]
        if asked is None and not liked:
            return None
        parts = [] if asked is None else [mean_vector(asked)]
        parts += [LIKED * mean_vector(liked)] if liked else []
        parts += [-UNLIKED * mean_vector(unliked)] if unliked else []
        return mean_vector(np.sum(parts, axis=0))


NO_EXAMPLES = Examples()


def check_examples(like: Sequence[str], unlike: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return each id once; raise `UsageError` for one that is liked and unliked."""
    both = set(like) & set(unlike)
    if both:
        raise UsageError(f"unit {min(both)} is liked and unliked: choose one of the two")
    return list(dict.fromkeys(like)), list(dict.fromkeys(unlike))


def load_examples(
    like: Sequence[str], unlike: Sequence[str], *, ledger: Ledger, store: VectorStore
) -> Examples:
    """Take the vectors of units from the store; raise `UsageError` for one that is not there."""
    wanted = [*like, *unlike]
    known = [unit for unit in wanted if ledger.unit(unit) is not None]  # stores refuse other words
    stored = store.vectors(known) if known else {}
    for unit in wanted:
        if unit not in stored:
            raise UsageError(f"unit {unit!r} is not indexed (any more): search again")
    return Examples(tuple(stored[unit] for unit in like), tuple(stored[unit] for unit in unlike))


def mean_vector(vectors: Sequence[np.ndarray] | np.ndarray) -> np.ndarray:
    """Average vectors (n, D) or take the one (D,), and give it unit length."""
    mean = np.mean(np.atleast_2d(np.asarray(vectors)), axis=0)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-12), dtype=np.float32)
