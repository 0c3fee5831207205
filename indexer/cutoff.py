"""The line "good matches end here": the calibration of a home, and what it says of found points.

`calibration.npz` beside the ledger is made at the end of an ingest that changed something, and
made anew when the collection or the model changes. The questions are encoded once per model.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from indexer.calibration import Calibration, calibrate
from indexer.ledger import Ledger, Space
from indexer.nothing import Question, nothing_questions
from indexer.stores.layout import WORDS, name_words
from indexer.types import Embedder, Modality, ScoredPoint
from indexer.vector_cache import EncodedUnit, VectorCache
from indexer.whole import write_whole

log = logging.getLogger(__name__)

ALPHA = 0.1  # of the questions without a match, at most this share shows a good one


class Cutoff:
    """The calibration of one home, read again when another process has renewed it."""

    def __init__(self, home: Path) -> None:
        self.path = home / "calibration.npz"
        self._lock = threading.Lock()
        self._seen: tuple[int, int] | None = None
        self._held: Calibration | None = None
        self._encoded: tuple[str, np.ndarray] | None = None

    def load(self, fingerprint: str) -> Calibration | None:
        """Return the calibration for this model, None when there is none (yet)."""
        held = self._made(fingerprint)
        return held if held is not None and held.best else None

    def _made(self, fingerprint: str) -> Calibration | None:
        """Return what was last made for this model, also where nothing could be learned."""
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

    def encode_questions(self, embedder: Embedder) -> None:
        """Encode the questions for the next `renew` of this home's first calibration.

        An ingest does it while its workers start and there is nothing else to encode.
        """
        before = self._made(embedder.fingerprint)
        if before is None or not before.stamp.startswith(digest_of(nothing_questions())):
            self._encoded = (embedder.fingerprint, vectors_of(nothing_questions(), embedder))

    def renew(
        self,
        *,
        ledger: Ledger,
        cache: VectorCache,
        space: Space,
        embedder: Embedder,
        encoding: AbstractContextManager[object],
    ) -> Calibration | None:
        """Calibrate anew unless the collection is the one that was asked last.

        The model is loaded, and `encoding` held, only when it has not encoded the questions before.
        Another model than the collection's teaches nothing.
        """
        questions = nothing_questions()
        asked = digest_of(questions)
        stamp = f"{asked} {ledger.stamp()}"
        if not ledger.count_live():
            self.path.unlink(missing_ok=True)
            return None
        before = self._made(space.fingerprint)
        if before is not None and before.stamp == stamp:
            return self.load(space.fingerprint)
        if before is not None and before.stamp.startswith(asked):
            vectors = before.vectors
        elif self._encoded is not None and self._encoded[0] == space.fingerprint:
            vectors = self._encoded[1]
        else:
            with encoding:
                if embedder.fingerprint != space.fingerprint:
                    return None
                vectors = vectors_of(questions, embedder)
        made = calibrate(
            iter_encoded(ledger, cache, space),
            questions,
            vectors,
            fingerprint=space.fingerprint,
            stamp=stamp,
        )
        self._encoded = None
        nothing = Calibration.of_nothing(space.fingerprint, stamp, vectors)
        write_whole(self.path, (made or nothing).to_bytes())
        return made

    def _read(self) -> Calibration | None:
        try:
            return Calibration.from_bytes(self.path.read_bytes())
        except (OSError, ValueError, KeyError) as error:
            log.warning("%s cannot be used (%s): ingest again to renew it", self.path, error)
            return None


def vectors_of(questions: Sequence[Question], embedder: Embedder) -> np.ndarray:
    """Encode questions: -> (N, D)."""
    return embedder.encode_query([{"text": one.text} for one in questions])


def digest_of(questions: Sequence[Question]) -> str:
    """Tell lists of questions apart: another version of this program may ask others."""
    every = "\n".join(f"{question.text}\t{question.is_thing}" for question in questions)
    return hashlib.sha256(every.encode()).hexdigest()[:12]


def iter_encoded(
    ledger: Ledger, cache: VectorCache, space: Space
) -> Iterator[tuple[str, EncodedUnit]]:
    """Yield every unit that is indexed and cached, with the words of its file's name."""
    for unit in ledger.live_units():
        encoded = cache.find_unit(unit, space.fingerprint)
        if encoded is not None:
            yield name_words(unit.path), encoded


@dataclass(frozen=True, slots=True)
class Judged:
    """A found point, its evidence, and how often a question without a match finds as much."""

    point: ScoredPoint
    evidence: float
    chance: float

    @property
    def modality(self) -> Modality:
        return Modality(str(self.point.payload["modality"]))


def judge(
    points: Sequence[ScoredPoint],
    shares: Mapping[str, float],
    calibration: Calibration,
    *,
    modality: Modality | None,
) -> list[Judged]:
    """Judge what a text found; `modality` is what the search was narrowed to.

    `shares[id]` is the share of the question's words that a unit holds (`Calibration.coverage`).
    """
    found = []
    for point in points:
        scores = {leg.leg: leg.score for leg in point.legs}
        scores[WORDS] = shares[point.id]
        kind = Modality(str(point.payload["modality"]))
        evidence = calibration.evidence(kind, scores)
        found.append(Judged(point, evidence, calibration.chance(evidence, modality=modality)))
    return found


def good_first(found: Sequence[Judged], *, alpha: float = ALPHA) -> list[Judged]:
    """Put the good matches first, kinds mixed by evidence; the others keep the order they have.

    Within a kind the order stays: it comes from more legs than the one with the most evidence.
    Scores follow the places, the n-th best score belonging to the n-th place.
    """
    good = [one for one in found if one.chance <= alpha]
    others = [one for one in found if one.chance > alpha]
    waiting = [deque(one for one in good if one.modality == kind) for kind in Modality]
    ordered = []
    while any(waiting):
        heads = [queue for queue in waiting if queue]
        ordered.append(max(heads, key=lambda queue: queue[0].evidence).popleft())
    ordered += others
    scores = sorted((one.point.score for one in found), reverse=True)
    return [
        replace(one, point=replace(one.point, score=score))
        for one, score in zip(ordered, scores, strict=True)
    ]
