"""From a question to legs, and from found points to hits with a snippet.

A text asks three legs: the picture (the question's vector against pictures, pages and clips), the
text by meaning (the same vector against text passages), the text by words (BM25). A picture asks
the picture leg only; a picture with a text asks all three, its picture leg with both at once.
Units given as examples move the two vectors, or ask alone (`indexer.feedback`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

import numpy as np

from indexer.cutoff import ALPHA
from indexer.feedback import NO_EXAMPLES, Examples, check_examples, mean_vector
from indexer.stores.layout import IMAGE, TEXT, WORDS, WORDS_FIELD, text_of
from indexer.types import (
    DocumentHits,
    Embedder,
    Filter,
    Hit,
    Leg,
    Modality,
    ScoredPoint,
    UnreadableFile,
    UsageError,
)
from indexer.words import content_words, coverage, held_words, snippet_of, terms_of

if TYPE_CHECKING:
    from PIL.Image import Image

    from indexer.calibration import Calibration

Vector = np.ndarray | None

# How much each leg's ranks count in choosing candidates (`indexer.ordering` orders them), for each
# kind of unit. A page is decided by its text, and by its words more than by their meaning
# (docs/decisions.md): btok-tiny is a weak reader of text, and none of pictures of pages.
WEIGHTS: Mapping[Modality, Mapping[str, float]] = {
    Modality.IMAGE: {IMAGE: 1.0, TEXT: 0.5, WORDS: 0.5},
    Modality.PAGE: {IMAGE: 0.1, TEXT: 0.35, WORDS: 1.0},
    Modality.VIDEO: {IMAGE: 1.0, TEXT: 0.5, WORDS: 0.5},
}
QUERY_PIXELS = 1_003_520


@dataclass(frozen=True, slots=True)
class Query:
    """A question: a text, a picture (RGB), both, or units that are liked; `text` may be empty."""

    text: str
    picture: Image | None
    like: tuple[str, ...] = ()
    unlike: tuple[str, ...] = ()

    @property
    def is_by_example(self) -> bool:
        """Whether more than a text asks: a picture, or units that were liked or not."""
        return self.picture is not None or bool(self.like or self.unlike)


def build_query(
    text: str | None,
    image: Image | Path | str | None = None,
    *,
    like: Sequence[str] = (),
    unlike: Sequence[str] = (),
    limit: int = 1,
) -> Query:
    """Check a question and open its picture.

    Raises:
        UsageError: nothing is asked for, a picture that cannot be read, or no hit wanted.
    """
    words = (text or "").strip()
    liked, unliked = check_examples(like, unlike)
    if not words and image is None and not liked:
        raise UsageError("nothing to search for: give a text, a picture, or both")
    if limit < 1:
        raise UsageError(f"limit is {limit}: ask for at least 1 hit")
    picture = open_picture(image) if image is not None else None
    return Query(words, picture, tuple(liked), tuple(unliked))


def open_picture(image: Image | Path | str) -> Image:
    """Return a picture to search with; raise `UsageError` when the file holds none."""
    if not isinstance(image, str | Path):
        return image.convert("RGB")
    from indexer import loaders

    try:
        return loaders.open_media(Path(image).expanduser(), "image", max_pixels=QUERY_PIXELS)
    except UnreadableFile as error:
        raise UsageError(f"cannot search with {str(image)!r}: {error}") from error


def encode_question(query: Query, embedder: Embedder) -> tuple[Vector, Vector]:
    """Return what the picture leg and the text leg are asked with, (D,) each or None."""
    meant = seen = None
    if query.text:
        meant = seen = embedder.encode_query([{"text": query.text}])[0]
    if query.picture is not None:
        pictured = embedder.encode_query([{"image": query.picture}])[0]
        seen = pictured if meant is None else mean_vector([meant, pictured])
    return seen, meant


def encode_legs(
    query: Query,
    embedder: Embedder,
    *,
    modality: Modality | None,
    examples: Examples = NO_EXAMPLES,
) -> list[Leg]:
    """Encode a question and return its legs, moved by what was liked and unliked."""
    seen, meant = encode_question(query, embedder)
    return build_legs(
        seen=examples.move(seen, IMAGE) if examples else seen,
        meant=examples.move(meant, TEXT) if examples else meant,
        words=content_words(query.text) if query.text else None,
        modality=modality,
    )


def build_legs(
    *,
    seen: Vector,
    meant: Vector,
    words: str | None,
    modality: Modality | None,
) -> list[Leg]:
    """Return the legs of a question for one modality, or for all of them.

    `seen` (D,) asks the picture leg, `meant` (D,) the text passages, `words` BM25. A question
    without text (`words` is None) is not split by modality: the cosines of pictures compare units
    of any kind, and a page that is liked finds pages because both legs find them.
    """
    if words is None:
        legs = [Leg(IMAGE, vector=seen)] if seen is not None else []
        return legs + ([Leg(TEXT, vector=meant)] if meant is not None else [])
    legs = []
    for kind, weights in WEIGHTS.items():
        if modality not in (None, kind):
            continue
        if seen is not None:
            legs.append(Leg(IMAGE, vector=seen, weight=weights[IMAGE], modality=kind))
        if meant is not None:
            legs.append(Leg(TEXT, vector=meant, weight=weights[TEXT], modality=kind))
        if words:
            legs.append(Leg(WORDS, words=words, weight=weights[WORDS], modality=kind))
    return legs


class Narrowing(TypedDict, total=False):
    """What a search may be narrowed to; folders and paths as a person gives them.

    `paths` are documents of which each may be found, `path` one of them.
    """

    modality: Modality | str | None
    folder: Path | str | None
    path: Path | str | None
    paths: Sequence[Path | str] | None
    modified_after: datetime | None
    modified_before: datetime | None


def build_filter(**narrowing: Unpack[Narrowing]) -> Filter:
    """Check what a search is narrowed to; raise `UsageError` for an unknown modality."""
    modality = narrowing.get("modality")
    try:
        kind = Modality(modality) if modality is not None else None
    except ValueError:
        known = ", ".join(each.value for each in Modality)
        raise UsageError(f"unknown modality {modality!r}: choose one of {known}") from None
    one = narrowing.get("path")
    files = [*(narrowing.get("paths") or ()), *([one] if one is not None else ())]
    return Filter(
        modality=kind,
        folder=_absolute(narrowing.get("folder")),
        paths=tuple(Path(file).expanduser().resolve() for file in files),
        modified_after=narrowing.get("modified_after"),
        modified_before=narrowing.get("modified_before"),
    )


def word_shares(
    points: Iterable[ScoredPoint], question: str, calibration: Calibration | None
) -> dict[str, float]:
    """Return the share of a question's telling words that each unit holds, 0..1, by id.

    Rare words count more where the collection's words have been counted.
    """
    terms = terms_of(question)
    texts = ((point.id, str(point.payload[WORDS_FIELD])) for point in points)
    if calibration is None:
        return {unit: coverage(text, terms) for unit, text in texts}
    return {unit: calibration.coverage(text, question) for unit, text in texts}


def to_hit(rank: int, point: ScoredPoint, question: str, *, chance: float | None = None) -> Hit:
    """Return the hit of a stored point, with the passage that best answers the question."""
    payload = point.payload
    return Hit(
        rank=rank,
        score=point.score,
        id=point.id,
        path=Path(str(payload["path"])),
        locator=str(payload["locator"]),
        modality=Modality(str(payload["modality"])),
        page=_whole(payload.get("page")),
        start_seconds=_seconds(payload.get("start_seconds")),
        end_seconds=_seconds(payload.get("end_seconds")),
        snippet=snippet_of(text_of(str(payload.get(WORDS_FIELD, ""))), question),
        legs=point.legs,
        matched=held_words(str(payload.get(WORDS_FIELD, "")), question),
        chance=chance,
        above_cutoff=None if chance is None else chance <= ALPHA,
    )


def group_by_document(hits: Iterable[Hit]) -> list[DocumentHits]:
    """Group hits by file, keeping their order; documents come in the order of their best hit."""
    by_path: dict[Path, list[Hit]] = {}
    for hit in hits:
        by_path.setdefault(hit.path, []).append(hit)
    return [DocumentHits(path, tuple(found)) for path, found in by_path.items()]


def _absolute(path: Path | str | None) -> Path | None:
    return None if path is None else Path(path).expanduser().resolve()


def _whole(value: object) -> int | None:
    return int(value) if isinstance(value, int | float) else None


def _seconds(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
