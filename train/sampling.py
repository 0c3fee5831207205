"""Which rows make a batch: blocks of one source, no positive twice, the same for the same seed."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from sentence_transformers.base.sampler import MultiDatasetDefaultBatchSampler
from torch.utils.data import ConcatDataset

BLOCKS_SORTED_TOGETHER = 50
PATIENCE = 8  # blocks of rows that a deck passes over before it asks whether any key is left


@dataclass(frozen=True, slots=True)
class Interleaving:
    """How batches are filled: per source and row what must not come twice, weights, block size.

    `lengths`, where a source has them, put rows of like length into one block, so that a batch of
    texts is not padded to its longest. `world` processes share a global batch; `num_batches` counts
    per-process batches of the run. The order of the rows depends on the global batch, not on how
    many processes share it.
    """

    keys: Sequence[Sequence[Hashable]]
    lengths: Sequence[Sequence[int] | None]
    weights: Sequence[float]
    block: int
    num_batches: int
    world: int = 1


class InterleavedSampler(MultiDatasetDefaultBatchSampler):
    """Fill global batches with blocks of rows from one source each, drawn by weight.

    A source with fewer distinct keys than a block has rows (a classification of two classes) gives
    what it has, and the block is filled up from the next one drawn. Consecutive batches go to ranks
    0..world-1, so `world` of them are one global batch. The order is a function of the seed alone
    and the whole run is one epoch, so resuming needs no state.
    """

    def __init__(self, dataset: ConcatDataset, *, interleaving: Interleaving, **kwargs) -> None:
        super().__init__(dataset, **kwargs)
        self.interleaving = interleaving
        self.total = self.batch_samplers[0].batch_size * interleaving.world  # a global batch
        if self.total % interleaving.block:
            raise ValueError(
                f"block {interleaving.block} must divide the global batch {self.total}"
            )

    def __len__(self) -> int:
        world = self.interleaving.world
        return self.interleaving.num_batches // world * world

    def __iter__(self) -> Iterator[list[int]]:
        per_rank = self.batch_samplers[0].batch_size
        for rows in self.iter_global_batches():
            for start in range(0, self.total, per_rank):
                yield rows[start : start + per_rank]

    def iter_global_batches(self) -> Iterator[list[int]]:
        """Yield the rows of one global batch after the other, block by block."""
        how = self.interleaving
        rng = np.random.default_rng((self.seed or 0, self.epoch))
        sizes = [len(dataset) for dataset in self.dataset.datasets]
        decks = [
            Deck(keys, size, rng, first=first, lengths=lengths, block=how.block)
            for keys, size, first, lengths in zip(
                how.keys, sizes, np.cumsum([0, *sizes[:-1]]).tolist(), how.lengths, strict=True
            )
        ]
        for _ in range(len(self) // how.world):
            rows: list[int] = []
            taken: set[Hashable] = set()
            weights = np.asarray(how.weights, dtype=float)
            while len(rows) < self.total:
                if not weights.any():
                    raise ValueError(
                        f"a global batch of {self.total} rows needs as many distinct positives, "
                        "the sources have fewer: lower `block` and the batch, or add data"
                    )
                source = int(rng.choice(len(sizes), p=weights / weights.sum()))
                missing = how.block - len(rows) % how.block
                dealt = decks[source].deal(missing, taken)
                rows += dealt
                if len(dealt) < missing:
                    weights[source] = 0  # it has nothing more for this batch
            yield rows


class Deck:
    """The rows of one source, dealt without repeating a key within a global batch."""

    def __init__(
        self,
        keys: Sequence[Hashable],
        size: int,
        rng: np.random.Generator,
        *,
        first: int,
        lengths: Sequence[int] | None,
        block: int,
    ) -> None:
        self.keys, self.size, self.rng, self.first = keys, size, rng, first
        self.lengths = None if lengths is None else np.asarray(lengths)
        self.block = block
        self.put_back: deque[int] = deque()  # passed over; they come first in a later batch
        self.coming: Iterator[int] = iter(())
        self.distinct: set[Hashable] = set()  # all keys, once they were asked for

    def lay_out(self) -> Iterator[int]:
        """Return all rows in their own order, which the source has shuffled.

        With lengths, rows of some blocks are sorted together, and these blocks shuffled.
        """
        if self.lengths is None:
            return iter(range(self.size))  # runs have millions of rows: no list of them
        window = self.block * BLOCKS_SORTED_TOGETHER
        parts = np.split(np.arange(self.size), range(window, self.size, window))
        return iter(np.concatenate([self.alike(part) for part in parts]).tolist())

    def alike(self, rows: np.ndarray) -> np.ndarray:
        """Put rows of like length into one block, and the blocks in random order."""
        rows = rows[np.argsort(self.lengths[rows], kind="stable")]
        blocks = np.split(rows, range(self.block, len(rows), self.block))
        return np.concatenate([blocks[at] for at in self.rng.permutation(len(blocks))])

    def next_row(self) -> int:
        """Return the next row: one that was put back, else of the layout, else of a new one."""
        if self.put_back:
            return self.put_back.popleft()
        row = next(self.coming, None)
        if row is None:
            self.coming = self.lay_out()
            row = next(self.coming)
        return row

    def deal(self, count: int, taken: set[Hashable]) -> list[int]:
        """Deal up to `count` rows whose keys are not in `taken`, and add them to it.

        There are fewer only when no other key is left. Rows are numbered over all sources.
        """
        picked: list[int] = []
        passed: list[int] = []
        while len(picked) < count:
            if len(passed) and len(passed) % (PATIENCE * count) == 0 and not self.has_more(taken):
                break
            row = self.next_row()
            if self.keys[row] in taken:
                passed.append(row)
                continue
            taken.add(self.keys[row])
            picked.append(self.first + row)
        self.put_back.extendleft(reversed(passed))
        return picked

    def has_more(self, taken: set[Hashable]) -> bool:
        """Say whether the source has a key that is not taken."""
        if not self.distinct:
            self.distinct = {self.keys[row] for row in range(self.size)}
        return not self.distinct <= taken
