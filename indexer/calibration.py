"""Where good matches end: what the best hit of a question without a match looks like.

A cosine says nothing by itself: its scale differs between models, between pictures, pages and
clips, and the best of ten thousand strangers is nearer than the best of ten. So questions that the
collection hardly answers (`indexer.nothing`) are asked of every unit, and for each kind of unit
and each leg the distribution of the *best* score is kept. Then

1. a score becomes evidence, -log of the share of those questions whose best score is as good; the
   tail is exponential above its upper fifth (peaks over a threshold). Evidence is comparable
   between legs and kinds;
2. a unit has the evidence of its best leg;
3. its chance is the share of those questions whose best unit of any kind has as much, counted with
   itself as one more (conformal prediction: Vovk, Gammerman, Shafer 2005). Things and matters are
   counted apart and the larger share holds, for nobody knows which of them will be asked.

So of questions like the ones asked here at most a share alpha has a hit whose share is alpha or
less. What people ask in vain comes nearer to a collection than that: the chance is `SHIFT` times
the share. docs/cutoff.md shows whether that is enough.
"""

from __future__ import annotations

import io
import itertools
import json
import math
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from indexer.nothing import Question
from indexer.stores.layout import IMAGE, TEXT, WORDS
from indexer.types import Modality
from indexer.vector_cache import EncodedUnit
from indexer.words import terms_of, vocabulary

T = TypeVar("T")
TAIL = 0.2  # the share of the best scores that the exponential tail is fitted to
SHIFT = 2.0  # people's questions come as near as the best 5 % of ours in 10 % of the cases
LEAST = 30  # questions of a group that must be left, or nothing is said
BATCH = 256  # units scored at once
# A page is read, not looked at: its picture only breaks ties and decides nothing.
LEGS: Mapping[Modality, tuple[str, ...]] = {
    Modality.IMAGE: (IMAGE, TEXT, WORDS),
    Modality.PAGE: (TEXT, WORDS),
    Modality.VIDEO: (IMAGE, TEXT, WORDS),
}
Key = tuple[Modality, str]


@dataclass(frozen=True)
class Calibration:
    """What is known of questions without a match; made by `calibrate`, kept beside the ledger.

    `best[kind, leg]` is (N,): the best score of each question, -1 where nothing was found.
    `is_thing` is (N,). `vectors` (N, D) are the questions as the model of `fingerprint` encodes
    them, also those that were left out. `common` counts the units that hold a word, where they are
    more than one of `units`. `stamp` says which state of the collection was asked.
    """

    fingerprint: str
    stamp: str
    units: int
    best: Mapping[Key, np.ndarray]
    is_thing: np.ndarray
    vectors: np.ndarray
    common: Mapping[str, int]

    @classmethod
    def of_nothing(cls, fingerprint: str, stamp: str, vectors: np.ndarray) -> Calibration:
        """Return what a collection teaches that answers too many of the questions."""
        return cls(fingerprint, stamp, 0, {}, np.zeros(0, dtype=bool), vectors, {})

    @cached_property
    def tails(self) -> dict[Key, Tail]:
        return {key: Tail.of(scores) for key, scores in self.best.items()}

    @cached_property
    def top(self) -> dict[Modality | None, np.ndarray]:
        """The evidence of the best unit of each question (N,), by kind and (None) of all kinds."""
        found: dict[Modality | None, np.ndarray] = {}
        for kind in Modality:
            legs = [self.tails[key].evidence(self.best[key]) for key in self.best if key[0] == kind]
            if legs:
                found[kind] = np.max(legs, axis=0)
        found[None] = np.max(list(found.values()), axis=0)
        return found

    def evidence(self, kind: Modality, scores: Mapping[str, float]) -> float:
        """Return the evidence of a unit from its scores by leg; 0 when no leg speaks for it."""
        found = [
            float(self.tails[kind, leg].evidence(np.array([score]))[0])
            for leg, score in scores.items()
            if (kind, leg) in self.best
        ]
        return max(found, default=0.0)

    def chance(self, evidence: float, *, modality: Modality | None = None) -> float:
        """Return the share of questions without a match that show this much, (0, 1].

        `modality` is what the search is narrowed to.
        """
        top = self.top.get(modality)
        if top is None:  # nothing of this kind was indexed then
            top = self.top[None]
        shares = []
        for group in (top[self.is_thing], top[~self.is_thing]):
            shares.append((1 + int((group >= evidence).sum())) / (1 + len(group)))
        return min(1.0, SHIFT * max(shares))

    def cutoff(self, kind: Modality, leg: str, *, alpha: float) -> float:
        """Return the score from which one leg alone makes a unit of this kind a good match."""
        tail = self.tails[kind, leg]
        needed = next(e for e in np.append(self._steps, np.inf) if self.chance(e) <= alpha)
        return tail.score(float(needed))

    @cached_property
    def _steps(self) -> np.ndarray:
        """Every evidence at which the chance falls: just above that of each question's best."""
        return np.asarray(np.nextafter(np.unique(self.top[None]), np.inf))

    def coverage(self, text: str, question: str) -> float:
        """Return the share of a question's words that a text holds, rare words counting more."""
        return coverage(vocabulary(text), terms_of(question), self.common, self.units)

    def to_bytes(self) -> bytes:
        buffer = io.BytesIO()
        about = {
            "fingerprint": self.fingerprint,
            "stamp": self.stamp,
            "units": self.units,
            "common": dict(self.common),
        }
        arrays: dict[str, Any] = {
            f"{kind.value}/{leg}": scores for (kind, leg), scores in self.best.items()
        }
        arrays["about"] = np.frombuffer(json.dumps(about).encode(), np.uint8)
        np.savez_compressed(buffer, is_thing=self.is_thing, vectors=self.vectors, **arrays)
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> Calibration:
        """Read what `to_bytes` wrote; raise `ValueError` (or `KeyError`) when it is damaged."""
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
                held = {name: arrays[name] for name in arrays.files}
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise ValueError(str(error)) from error
        about = json.loads(held.pop("about").tobytes())
        is_thing, vectors = held.pop("is_thing"), held.pop("vectors")
        best: dict[Key, np.ndarray] = {}
        for name, scores in held.items():
            kind, _, leg = name.partition("/")
            best[Modality(kind), leg] = scores
        return cls(
            about["fingerprint"], about["stamp"], about["units"], best, is_thing, vectors,
            about["common"],
        )  # fmt: skip


@dataclass(frozen=True)
class Tail:
    """The distribution of best scores: counted up to `start`, exponential above it."""

    scores: np.ndarray
    start: float
    scale: float

    @classmethod
    def of(cls, scores: np.ndarray) -> Tail:
        start = float(np.quantile(scores, 1.0 - TAIL))
        above = scores[scores > start] - start
        scale = float(above.mean()) if len(above) else 0.0
        return cls(np.sort(scores), start, max(scale, 1e-6))

    def evidence(self, scores: np.ndarray) -> np.ndarray:
        """Return -log of the share of best scores that are as good: (N,) -> (N,)."""
        below = np.searchsorted(self.scores, np.minimum(scores, self.start), side="left")
        counted = np.maximum(1.0 - below / len(self.scores), TAIL)
        return np.asarray(-np.log(counted) + np.maximum(scores - self.start, 0.0) / self.scale)

    def score(self, evidence: float) -> float:
        """Return the score that has this evidence; the start of the tail for what lies below it."""
        return self.start + max(0.0, evidence + math.log(TAIL)) * self.scale


def coverage(held: set[str], terms: Iterable[str], common: Mapping[str, int], units: int) -> float:
    """Return the share of the terms that a unit holds, each weighing its inverse frequency.

    log(1 + (N - n + 0.5) / (n + 0.5)), as in BM25; a word that no unit holds weighs as one that a
    single unit holds.
    """
    weights = weights_of(terms, common, units)
    return sum(weights[term] for term in held.intersection(weights))


def weights_of(terms: Iterable[str], common: Mapping[str, int], units: int) -> dict[str, float]:
    """Return the weights of a question's terms, 1 in sum: see `coverage`."""
    counts = {term: common.get(term, 1) for term in terms}
    weights = {n: math.log(1.0 + (units - n + 0.5) / (n + 0.5)) for n in set(counts.values())}
    total = sum(weights[count] for count in counts.values())
    return {term: weights[count] / total for term, count in counts.items()}


def best_coverage(
    found: Iterable[frozenset[str]],
    questions: Sequence[Iterable[str]],
    common: Mapping[str, int],
    units: int,
) -> np.ndarray:
    """Return the largest `coverage` of each question's terms by any of the words found: (N,)."""
    weights = [weights_of(terms, common, units) for terms in questions]
    places = {term: place for place, term in enumerate(dict.fromkeys(itertools.chain(*weights)))}
    table = np.zeros((len(places), len(questions)))
    for number, own in enumerate(weights):
        table[[places[term] for term in own], number] = list(own.values())
    best = np.zeros(len(questions))
    for some in _batched(found):
        holds = np.zeros((len(some), len(places)))
        for row, held in enumerate(some):
            holds[row, [places[term] for term in held if term in places]] = 1.0
        best = np.maximum(best, (holds @ table).max(0))
    return best


def calibrate(
    units: Iterable[tuple[str, EncodedUnit]],
    questions: Sequence[Question],
    vectors: np.ndarray,
    *,
    fingerprint: str,
    stamp: str,
) -> Calibration | None:
    """Ask every unit, given with its file's name, every question; vectors are (N, D).

    Questions whose words all stand in one unit are left out: that unit may well answer them. None
    when too few are left, or nothing is indexed.
    """
    terms = [terms_of(question.text) for question in questions]
    asked: frozenset[str] = frozenset().union(*terms)
    best: dict[Key, np.ndarray] = {}
    held_by_kind: dict[Modality, set[frozenset[str]]] = {}
    common: Counter[str] = Counter()
    count = 0
    for batch in _batched(units):
        count += len(batch)
        _score(best, [unit for _, unit in batch], vectors)
        for name, unit in batch:
            words = vocabulary(f"{name}\n{unit.unit.text}")
            common.update(words)
            held_by_kind.setdefault(unit.unit.modality, set()).add(asked.intersection(words))
    if not count:
        return None
    for kind, found in held_by_kind.items():
        best[kind, WORDS] = best_coverage(found, terms, common, count)
    literal = np.max([scores for (_, leg), scores in best.items() if leg == WORDS], axis=0)
    kept = literal < 1.0 - 1e-9
    is_thing = np.array([question.is_thing for question in questions])[kept]
    if min(is_thing.sum(), (~is_thing).sum()) < LEAST:
        return None
    return Calibration(
        fingerprint=fingerprint,
        stamp=stamp,
        units=count,
        best={key: scores[kept].astype(np.float32) for key, scores in best.items()},
        is_thing=is_thing,
        vectors=vectors,
        common={word: number for word, number in common.items() if number > 1},
    )


def _score(best: dict[Key, np.ndarray], units: Sequence[EncodedUnit], vectors: np.ndarray) -> None:
    """Keep the best cosine of each question over these units, by kind and leg."""
    for kind, legs in LEGS.items():
        own = [unit for unit in units if unit.unit.modality == kind]
        stacks: dict[str, list[Any]] = {
            IMAGE: [unit.image[None] for unit in own],
            TEXT: [unit.chunks for unit in own],
        }
        for leg in legs:
            some = [stack for stack in stacks.get(leg, []) if stack is not None]
            if some:
                scores = (vectors @ np.concatenate(some).T).max(axis=1)
                before = best.get((kind, leg))
                best[kind, leg] = scores if before is None else np.maximum(before, scores)


def _batched(items: Iterable[T]) -> Iterator[list[T]]:
    batch = []
    for item in items:
        batch.append(item)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
