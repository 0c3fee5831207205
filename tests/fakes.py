"""A model that can be computed by hand: colours for pictures, hashed words for text.

Dimensions 0-2 hold the mean colour of a picture (or of the middle frame of a clip), and the
colours that a text names; the others count its words by hash. Everything is normalised.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

import numpy as np
from PIL.Image import Image

from indexer.types import MediaBudget, MediaInput

COLOURS = {"red": 0, "green": 1, "blue": 2}


class FakeEmbedder:
    """Fulfils `Embedder`; counts what it encodes, so that a test can say what was not."""

    def __init__(self, *, name: str = "fake", fingerprint: str = "fake-1", dimension: int = 32):
        self.name = name
        self.fingerprint = fingerprint
        self.dimension = dimension
        self.media_budget: MediaBudget | None = None
        self.encoded = 0

    def encode_query(self, inputs: Sequence[MediaInput]) -> np.ndarray:
        return np.stack([self._vector(one) for one in inputs])

    def encode_document(self, inputs: Sequence[MediaInput]) -> np.ndarray:
        self.encoded += len(inputs)
        return np.stack([self._vector(one) for one in inputs])

    def _vector(self, media: MediaInput) -> np.ndarray:
        vector = np.full(self.dimension, 1e-3, dtype=np.float32)
        if "image" in media:
            vector[:3] += mean_colour(media["image"])
        if "video" in media:
            vector[:3] += mean_colour(media["video"][len(media["video"]) // 2])
        for word in re.findall(r"\w+", media.get("text", "").lower()):
            vector[self._place(word)] += 1.0
        return vector / np.linalg.norm(vector)

    def _place(self, word: str) -> int:
        if word in COLOURS:
            return COLOURS[word]
        return 3 + hashlib.sha256(word.encode()).digest()[0] % (self.dimension - 3)


def mean_colour(picture: Image) -> np.ndarray:
    """Return the mean red, green and blue of a picture, each 0 to 1: (3,)."""
    return np.asarray(picture.convert("RGB"), dtype=np.float32).mean(axis=(0, 1)) / 255.0
