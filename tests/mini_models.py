"""Models for MMEB-mini that look vectors up by content: one knows all, one guesses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from train.evaluation.mini.encoding import digest
from train.evaluation.mini.items import EvaluationSet


class Oracle:
    """Knows the answers of one set by the bytes of its items; of anything else it knows nothing."""

    def __init__(self, one: EvaluationSet) -> None:
        count = len(one.candidates)
        self.unknown = np.ones(count)
        own = np.eye(count)
        self.documents = {
            digest(item.to_input()): own[row] for row, item in enumerate(one.candidates)
        }
        gains = one.gains()
        self.queries: dict[bytes, np.ndarray] = {}
        for row, query in enumerate(one.queries):
            known = self.queries.setdefault(digest(query.item.to_input()), np.zeros(count))
            known += gains[row]

    def encode_query(self, inputs: Sequence[dict[str, Any]], **kwargs: Any) -> np.ndarray:
        return np.stack([self.queries.get(digest(media), self.unknown) for media in inputs])

    def encode_document(self, inputs: Sequence[dict[str, Any]], **kwargs: Any) -> np.ndarray:
        return np.stack([self.documents.get(digest(media), self.unknown) for media in inputs])


class Guesser:
    """Gives every content a direction of its own that means nothing; counts what it encodes."""

    def __init__(self, kinds: Sequence[Any] = ("text", "image", "video", "message")) -> None:
        self.kinds = kinds
        self.seen: list[tuple[str, bytes]] = []

    def supports(self, kind: Any) -> bool:
        return kind in self.kinds or (isinstance(kind, tuple) and "message" in self.kinds)

    def encode_query(self, inputs: Sequence[dict[str, Any]], **kwargs: Any) -> np.ndarray:
        return self._encode(inputs, "query")

    def encode_document(self, inputs: Sequence[dict[str, Any]], **kwargs: Any) -> np.ndarray:
        return self._encode(inputs, "document")

    def _encode(self, inputs: Sequence[dict[str, Any]], side: str) -> np.ndarray:
        digests = [digest(media) for media in inputs]
        self.seen += [(side, one) for one in digests]
        return np.stack([direction(side.encode() + one) for one in digests])


def direction(content: bytes, *, width: int = 64) -> np.ndarray:
    """Return a random vector that only depends on some bytes: (D,)."""
    return np.random.default_rng(list(content)).standard_normal(width)
