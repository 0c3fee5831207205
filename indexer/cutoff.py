"""The line "good matches end here": the calibration of a home, and what it says of found points.

`calibration.npz` beside the ledger is made at the end of an ingest that changed something, and
made anew when the collection or the model changes. The questions are encoded once per model.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from indexer.calibration import Calibration, calibrate
from indexer.ledger import Ledger, Space
from indexer.nothing import Question, nothing_questions
from indexer.stores.layout import WORDS, WORDS_FIELD, name_words
from indexer.types import Embedder, Modality, ScoredPoint
from indexer.vector_cache import ContentKey, EncodedUnit, VectorCache
from indexer.whole import write_whole

log = logging.getLogger(__name__)

ALPHA = 0.1  # of the questions without a match, at most this share shows a good one
ENCODED = 16


class Cutoff:
    """The calibration of one home, read again when another process has renewed it."""

    def __init__(self, home: Path) -> None:
        self.path = home / "calibration.npz"
        self._lock = threading.Lock()
        self._seen: tuple[int, int] | None = None
        self._held: Calibration | None = None

    def load(self, fingerprint: str) -> Calibration | None:
        """Return the calibration for this model, None when there is none (yet)."""
        try:
            status = self.path.stat()
        except OSError:
            return None
        with self._lock:
            if self._seen != (status.st_mtime_ns, status.st_size):
                self._seen = (status.st_mtime_ns, status.st_size)
                self._held = self._read()
            held = self._held
        return held if held is not None and held.fingerprint == fingerprint else None

    def renew(
        self, *, ledger: Ledger, cache: VectorCache, space: Space, embedder: Embedder
    ) -> Calibration | None:
        """Calibrate anew unless the collection is the one that was asked last.

        The model is loaded only when it has not encoded the questions before.
        """
        stamp = ledger.stamp()
        before = self.load(space.fingerprint)
        if before is not None and before.stamp == stamp:
            return before
        questions = nothing_questions()
        vectors = before.vectors if before is not None else None
        if vectors is None or len(vectors) != len(questions):
            vectors = encode_questions(questions, embedder)
        made = calibrate(
            iter_encoded(ledger, cache, space),
            questions,
            vectors,
            fingerprint=space.fingerprint,
            stamp=stamp,
        )
        if made is None:
            self.path.unlink(missing_ok=True)
        else:
            write_whole(self.path, made.to_bytes())
        return made

    def _read(self) -> Calibration | None:
        try:
            return Calibration.from_bytes(self.path.read_bytes())
        except (OSError, ValueError, KeyError) as error:
            log.warning("%s cannot be used (%s): ingest again to renew it", self.path, error)
            return None


def encode_questions(questions: Sequence[Question], embedder: Embedder) -> np.ndarray:
    """Encode questions as a search would: (N, D)."""
    texts = [question.text for question in questions]
    batches = [texts[start : start + ENCODED] for start in range(0, len(texts), ENCODED)]
    return np.concatenate(
        [embedder.encode_query([{"text": text} for text in batch]) for batch in batches]
    )


def iter_encoded(
    ledger: Ledger, cache: VectorCache, space: Space
) -> Iterator[tuple[str, EncodedUnit]]:
    """Yield every unit that is indexed and cached, with the words of its file's name."""
    for unit in ledger.live_units():
        key = ContentKey(space.fingerprint, unit.content_hash, unit.reading)
        encoded = cache.find(key, unit.locator)
        if encoded is not None:
            yield name_words(unit.path), encoded


def chance_of(
    point: ScoredPoint, question: str, calibration: Calibration, *, modality: Modality | None
) -> float:
    """Return how often a question without a match finds something as good as this point."""
    scores = {leg.leg: leg.score for leg in point.legs}
    text = str(point.payload.get(WORDS_FIELD, ""))
    scores[WORDS] = calibration.coverage(text, question)
    kind = Modality(str(point.payload["modality"]))
    return calibration.chance(calibration.evidence(kind, scores), modality=modality)


def good_first(
    points: Sequence[ScoredPoint], chances: Sequence[float], *, alpha: float = ALPHA
) -> list[tuple[ScoredPoint, float]]:
    """Put the good matches before the others, each part in the order it has.

    Scores follow the places: the n-th best score belongs to the n-th place.
    """
    judged = sorted(zip(points, chances, strict=True), key=lambda pair: pair[1] > alpha)
    scores = sorted((point.score for point in points), reverse=True)
    return [
        (replace(point, score=score), chance)
        for (point, chance), score in zip(judged, scores, strict=True)
    ]
