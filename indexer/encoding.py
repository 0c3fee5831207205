"""From units to vectors: their media, and their text in passages, in the same space."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from indexer.chunks import chunk_text
from indexer.types import Embedder, Unit
from indexer.vector_cache import EncodedUnit

CHUNK_BATCH = 64


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
