"""Which rows make a batch: blocks of one source, no positive twice, the same for the same seed."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from sentence_transformers.base.sampler import MultiDatasetDefaultBatchSampler
from torch.utils.data import ConcatDataset

BLOCKS_SORTED_TOGETHER = 50


@dataclass(frozen=True, slots=True)
class Interleaving:
    """How batches are filled: per source and row what must not come twice, weights, block size.

    `lengths`, where a source has them, put rows of like length into one block, so that a batch of
    texts is not padded to its longest. `world` processes share a global batch; `num_batches` counts
    per-process batches of the run.
    """

    keys: Sequence[Sequence[Hashable]]
    lengths: Sequence[Sequence[int] | None]
    weights: Sequence[float]
    block: int
    num_batches: int
    world: int = 1


class InterleavedSampler(MultiDatasetDefaultBatchSampler):
    """Fill global batches with blocks of rows from one source each, drawn by weight.

    Consecutive batches go to ranks 0..world-1, so `world` of them are one global batch. The order
    is a function of the seed alone and the whole run is one epoch, so resuming needs no state.
    """

    def __init__(self, dataset: ConcatDataset, *, interleaving: Interleaving, **kwargs) -> None:
        super().__init__(dataset, **kwargs)
        self.interleaving = interleaving
        total = self.batch_samplers[0].batch_size * interleaving.world
        if total % interleaving.block:
            raise ValueError(f"block {interleaving.block} must divide the global batch {total}")

    def __len__(self) -> int:
        world = self.interleaving.world
        return self.interleaving.num_batches // world * world

    def __iter__(self) -> Iterator[list[int]]:
        how = self.interleaving
        rng = np.random.default_rng((self.seed or 0, self.epoch))
        sizes = [len(dataset) for dataset in self.dataset.datasets]
        starts = np.cumsum([0, *sizes[:-1]])
        per_rank = self.batch_samplers[0].batch_size
        decks = [
            Deck(keys, size, rng, lengths=lengths, block=how.block)
            for keys, size, lengths in zip(how.keys, sizes, how.lengths, strict=True)
        ]
        shares = np.asarray(how.weights, dtype=float) / np.sum(how.weights)
        for _ in range(len(self) // how.world):
            rows: list[int] = []
            taken: set[Hashable] = set()
            while len(rows) < per_rank * how.world:
                source = int(rng.choice(len(sizes), p=shares))
                rows += [int(starts[source] + row) for row in decks[source].deal(how.block, taken)]
            for rank in range(how.world):
                yield rows[rank * per_rank : (rank + 1) * per_rank]


class Deck:
    """The rows of one source, dealt without repeating a key within a global batch."""

    def __init__(
        self,
        keys: Sequence[Hashable],
        size: int,
        rng: np.random.Generator,
        *,
        lengths: Sequence[int] | None,
        block: int,
    ) -> None:
        self.keys, self.size, self.rng = keys, size, rng
        self.lengths = None if lengths is None else np.asarray(lengths)
        self.block = block
        self.rows: list[int] = []

    def lay_out(self) -> None:
        """Lay all rows out in their own order, which the source has shuffled.

        With lengths, rows of some blocks are sorted together, and these blocks shuffled.
        """
        rows = np.arange(self.size)
        if self.lengths is not None:
            window = self.block * BLOCKS_SORTED_TOGETHER
            parts = np.split(rows, range(window, len(rows), window))
            rows = np.concatenate([self.alike(part) for part in parts])
        self.rows = rows[::-1].tolist()  # dealt from the end

    def alike(self, rows: np.ndarray) -> np.ndarray:
        """Put rows of like length into one block, and the blocks in random order."""
        rows = rows[np.argsort(self.lengths[rows], kind="stable")]
        blocks = np.split(rows, range(self.block, len(rows), self.block))
        return np.concatenate([blocks[at] for at in self.rng.permutation(len(blocks))])

    def deal(self, count: int, taken: set[Hashable]) -> list[int]:
        """Deal `count` rows whose keys are not in `taken`, and add them to it."""
        picked: list[int] = []
        skipped: list[int] = []
        rounds = 0
        while len(picked) < count:
            if not self.rows:
                rounds += 1
                if rounds > 2:
                    raise ValueError(
                        f"a block of {count} rows needs as many distinct positives, this source of "
                        f"{self.size} rows has fewer: lower `block` or leave the source out"
                    )
                self.lay_out()
            row = self.rows.pop()
            fresh = self.keys[row] not in taken
            (picked if fresh else skipped).append(row)
            taken.add(self.keys[row])
        self.rows += skipped[::-1]  # they come first in a later batch
        return picked
