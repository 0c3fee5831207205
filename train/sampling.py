"""Which rows make a batch: blocks of one source, no positive twice, the same for the same seed."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence

import numpy as np
from sentence_transformers.base.sampler import MultiDatasetDefaultBatchSampler


class InterleavedSampler(MultiDatasetDefaultBatchSampler):
    """Fill global batches with blocks of rows from one source each, drawn by weight.

    Consecutive batches go to ranks 0..world-1, so `world` of them are one global batch. The order is
    a function of the seed alone and the whole run is one epoch, so resuming needs no state.
    Subclass with `interleaved()` to set the attributes.
    """

    keys: Sequence[Sequence[Hashable]]  # per source and row, what must not come twice
    weights: Sequence[float]
    block: int
    world: int
    num_batches: int

    def __len__(self) -> int:
        return self.num_batches // self.world * self.world

    def __iter__(self) -> Iterator[list[int]]:
        rng = np.random.default_rng((self.seed or 0, self.epoch))
        sizes = [len(dataset) for dataset in self.dataset.datasets]
        starts = np.cumsum([0, *sizes[:-1]])
        per_rank = self.batch_samplers[0].batch_size
        decks = [Deck(source, size, rng) for source, size in zip(self.keys, sizes, strict=True)]
        shares = np.asarray(self.weights, dtype=float) / np.sum(self.weights)
        for _ in range(len(self) // self.world):
            rows: list[int] = []
            taken: set[Hashable] = set()
            while len(rows) < per_rank * self.world:
                source = int(rng.choice(len(sizes), p=shares))
                rows += [int(starts[source] + row) for row in decks[source].deal(self.block, taken)]
            for rank in range(self.world):
                yield rows[rank * per_rank : (rank + 1) * per_rank]


class Deck:
    """The rows of one source, shuffled; dealt without repeating a key within a global batch."""

    def __init__(self, keys: Sequence[Hashable], size: int, rng: np.random.Generator) -> None:
        self.keys, self.size, self.rng = keys, size, rng
        self.rows: list[int] = []

    def deal(self, count: int, taken: set[Hashable]) -> list[int]:
        """Deal `count` rows whose keys are not in `taken`, and add them to it."""
        picked: list[int] = []
        skipped: list[int] = []
        shuffles = 0
        while len(picked) < count:
            if not self.rows:
                shuffles += 1
                if shuffles > 2:
                    raise ValueError(
                        f"a block of {count} rows needs as many distinct positives, this source of "
                        f"{self.size} rows has fewer: lower `block` or leave the source out"
                    )
                self.rows = self.rng.permutation(self.size).tolist()
            row = self.rows.pop()
            fresh = self.keys[row] not in taken
            (picked if fresh else skipped).append(row)
            taken.add(self.keys[row])
        self.rows += skipped[::-1]  # they come first in a later batch
        return picked


def interleaved(
    *,
    keys: Sequence[Sequence[Hashable]],
    weights: Sequence[float],
    block: int,
    batch_size: int,
    num_batches: int,
    world: int = 1,
) -> type[InterleavedSampler]:
    """Return the sampler class for a run; Sentence Transformers' trainer builds it."""
    if (batch_size * world) % block:
        raise ValueError(f"block {block} must divide the global batch {batch_size * world}")
    settings = {
        "keys": keys,
        "weights": weights,
        "block": block,
        "world": world,
        "num_batches": num_batches,
    }
    return type("RunSampler", (InterleavedSampler,), settings)
