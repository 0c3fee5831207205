"""Items to vectors: each content once, in batches, whatever kinds of input a model takes.

A clip that a model does not take is the mean of the vectors of its frames; text beside a picture or
clip, where a model takes only one of them at a time, is the sum of the vectors of both (as MMEB
does with CLIP). The report says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import numpy as np
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Router

from train.evaluation.mini.items import Item
from train.evaluation.ranking import Model, chunks, encode, unit_rows

Input = dict[str, Any]


class Encoder:
    """A model with the vectors it already made.

    Raises:
        ValueError: the model takes no pictures.
    """

    def __init__(self, model: Model) -> None:
        self.sides = {"query": model.encode_query, "document": model.encode_document}
        supports = getattr(model, "supports", lambda kinds: True)
        if not supports("image"):
            raise ValueError("the model takes no pictures: name one with image support")
        self.takes_clips = bool(supports("video"))
        media = ("video", "image") if self.takes_clips else ("image",)
        self.takes_both = all(supports((kind, "text")) for kind in media)
        # Captions and scenes come as queries and as documents.
        self.shared = encodes_sides_alike(model)
        self.vectors: dict[tuple[str, str], np.ndarray] = {}
        self.digests: dict[str, bytes] = {}

    def how(self) -> dict[str, str]:
        """Say how clips and mixed inputs are encoded."""
        return {
            "clips": "as clips" if self.takes_clips else "mean of the vectors of their frames",
            "text beside media": "as one input" if self.takes_both else "sum of both vectors",
        }

    def forget(self) -> None:
        """Drop all vectors and digests."""
        self.vectors.clear()
        self.digests.clear()

    def encode(self, items: Sequence[Item], side: str) -> np.ndarray:
        """Return unit vectors of items of the same kinds, as `query` or `document`: (N, D)."""
        side = "document" if self.shared else side
        missing = {item.key: item for item in items if (side, item.key) not in self.vectors}
        for chunk in chunks(missing.values()):
            drawn = [item.to_input() for item in chunk]
            for item, media, vector in zip(chunk, drawn, self._vectors(drawn, side), strict=True):
                self.digests.setdefault(item.key, digest(media))
                self.vectors[side, item.key] = vector
        return np.stack([self.vectors[side, item.key] for item in items])

    def digest(self, items: Sequence[Item]) -> str:
        """Return a short digest of the text and pixels of items that were encoded."""
        return sha256(b"".join(self.digests[item.key] for item in items)).hexdigest()[:16]

    def _vectors(self, drawn: Sequence[Input], side: str) -> np.ndarray:
        """Encode inputs of the same kinds, in parts where the model needs it: unit rows (N, D)."""
        kinds = set(drawn[0])
        if len(kinds) > 1 and not self.takes_both:
            texts = [{"text": media["text"]} for media in drawn]
            others = [{kind: media[kind] for kind in kinds - {"text"}} for media in drawn]
            return unit_rows(self._vectors(texts, side) + self._vectors(others, side))
        if "video" in kinds and not self.takes_clips:
            return self._frame_means(drawn, side)
        return encode(self.sides[side], drawn)

    def _frame_means(self, drawn: Sequence[Input], side: str) -> np.ndarray:
        """Encode every frame of clips, beside the clip's text, and average: unit rows (N, D)."""
        frames = [
            {"image": frame, **{kind: media[kind] for kind in media if kind != "video"}}
            for media in drawn
            for frame in media["video"]
        ]
        vectors = encode(self.sides[side], frames)  # (N * frames, D)
        return unit_rows(vectors.reshape(len(drawn), -1, vectors.shape[1]).mean(1))


def encodes_sides_alike(model: Any) -> bool:
    """Say whether a query and a document of the same content get the same vector.

    Sentence Transformers puts a prompt before each side, and a `Router` sends them different ways.
    """
    prompts = getattr(model, "prompts", None)
    if not isinstance(model, SentenceTransformer) or not prompts:
        return False
    routed = any(isinstance(module, Router) for module in model)
    return not routed and prompts.get("query") == prompts.get("document") is not None


def digest(media: Input) -> bytes:
    """Return the SHA-256 of an input's text and pixels."""
    state = sha256(media.get("text", "").encode())
    for picture in [*media.get("video", ()), *([media["image"]] if "image" in media else [])]:
        state.update(repr(picture.size).encode() + picture.tobytes())
    return state.digest()
