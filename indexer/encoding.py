"""From units to vectors: their media, and their text in passages, in the same space."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import replace

import numpy as np

from indexer.chunks import chunk_text
from indexer.types import Embedder, SideBySide, Unit
from indexer.vector_cache import EncodedUnit

CHUNK_BATCH = 64


class Lanes:
    """Encodes batches of units in the threads of an embedder, or at once where it has none."""

    def __init__(self, embedder: Embedder, executor: Executor | None, count: int) -> None:
        self._embedder = embedder
        self._executor = executor
        self.count = count if executor else 0
        self.most = count + 1 if executor else 0  # batches under way: one waits for its turn

    def submit(self, units: Sequence[Unit]) -> Future[list[EncodedUnit]]:
        """Encode units of one modality, see `encode_units`."""
        if self._executor is not None:
            return self._executor.submit(encode_units, self._embedder, units)
        done: Future[list[EncodedUnit]] = Future()
        done.set_result(encode_units(self._embedder, units))
        return done


@contextmanager
def lanes_of(embedder: Embedder) -> Iterator[Lanes]:
    """Open the lanes of an embedder: those that it offers by `side_by_side`, else none."""
    if not isinstance(embedder, SideBySide):
        yield Lanes(embedder, None, 0)
        return
    with embedder.side_by_side() as (executor, count):
        yield Lanes(embedder, executor, count)


def encode_units(embedder: Embedder, units: Sequence[Unit]) -> list[EncodedUnit]:
    """Encode units of one modality; the result holds no pixels any more."""
    if not units:
        return []
    images = embedder.encode_document([unit.media for unit in units])  # (N, D)
    passages = [chunk_text(unit.text) for unit in units]
    flat = [passage for of_unit in passages for passage in of_unit]
    batches = [flat[start : start + CHUNK_BATCH] for start in range(0, len(flat), CHUNK_BATCH)]
    encoded = [embedder.encode_document([{"text": one} for one in batch]) for batch in batches]
    vectors = np.concatenate(encoded) if encoded else np.empty((0, images.shape[1]))  # (chunks, D)
    ends = np.cumsum([len(of_unit) for of_unit in passages])
    result = []
    for unit, image, own, end in zip(units, images, passages, ends, strict=True):
        light = replace(unit, media={})  # the pixels are not needed any more
        result.append(EncodedUnit(light, image, vectors[end - len(own) : end] if own else None))
    return result
