"""From a question to legs, and from found points to hits with a snippet.

A text asks three legs: the picture (the question's vector against pictures, pages and clips), the
text by meaning (the same vector against text passages), the text by words (BM25). A picture asks
the picture leg only; a picture with a text asks all three, its picture leg with both at once.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from indexer.stores.layout import IMAGE, TEXT, WORDS_FIELD, text_of
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
    Word,
)

if TYPE_CHECKING:
    from PIL.Image import Image

WORDS = "words"

# How much each leg counts for each kind of unit. A page is decided by its text: btok-tiny does not
# read, so its picture of a page only breaks ties. A picture or clip is decided by what it shows;
# its words are those of its name (and of OCR where asked for).
WEIGHTS: Mapping[Modality, Mapping[str, float]] = {
    Modality.IMAGE: {IMAGE: 1.0, TEXT: 0.5, WORDS: 0.5},
    Modality.PAGE: {IMAGE: 0.1, TEXT: 1.0, WORDS: 1.0},
    Modality.VIDEO: {IMAGE: 1.0, TEXT: 0.5, WORDS: 0.5},
}
SNIPPET_WORDS = 36
QUERY_PIXELS = 1_003_520

# Without these a question's "the" finds every page. The index keeps them: dropping stop words
# there made results worse. They are dropped from a question only when other words remain.
_FUNCTION_WORDS = (
    "a an and are as at be been but by can did do does for from had has have how i if in into is it"
    " its me my not of on or our show so that the their them there these they this those to was we"
    " were what when where which who whose why will with would you your"
)
FUNCTION_WORDS = frozenset(_FUNCTION_WORDS.split())


@dataclass(frozen=True, slots=True)
class Query:
    """A question: a text, a picture (RGB), or both; `text` may be empty then."""

    text: str
    picture: Image | None


def build_query(text: str | None, image: Image | Path | str | None, *, limit: int) -> Query:
    """Check a question and open its picture.

    Raises:
        UsageError: neither text nor picture, a picture that cannot be read, or no hit wanted.
    """
    words = (text or "").strip()
    if not words and image is None:
        raise UsageError("nothing to search for: give a text, a picture, or both")
    if limit < 1:
        raise UsageError(f"limit is {limit}: ask for at least 1 hit")
    return Query(words, open_picture(image) if image is not None else None)


def open_picture(image: Image | Path | str) -> Image:
    """Return a picture to search with; raise `UsageError` when the file holds none."""
    if not isinstance(image, str | Path):
        return image.convert("RGB")
    from indexer import loaders

    try:
        return loaders.open_media(Path(image).expanduser(), "image", max_pixels=QUERY_PIXELS)
    except UnreadableFile as error:
        raise UsageError(f"cannot search with {str(image)!r}: {error}") from error


def encode_legs(query: Query, embedder: Embedder, *, modality: Modality | None) -> list[Leg]:
    """Encode a question and return its legs."""
    meant = seen = None
    if query.text:
        meant = seen = embedder.encode_query([{"text": query.text}])[0]
    if query.picture is not None:
        pictured = embedder.encode_query([{"image": query.picture}])[0]
        seen = pictured if meant is None else joint_vector([meant, pictured])
    return build_legs(seen=seen, meant=meant, words=content_words(query.text), modality=modality)


def joint_vector(vectors: Sequence[np.ndarray]) -> np.ndarray:
    """Average normalised query vectors, each (D,), and normalise: one question asked twice."""
    mean = np.mean(vectors, axis=0)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-12), dtype=np.float32)


def build_legs(
    *,
    seen: np.ndarray | None,
    meant: np.ndarray | None,
    words: str | None,
    modality: Modality | None,
) -> list[Leg]:
    """Return the legs of a question for one modality, or for all of them.

    `seen` (D,) asks the picture leg, `meant` (D,) the text passages, `words` BM25. A picture alone
    has one leg, whose cosines compare units of any kind: it is not split by modality.
    """
    if seen is not None and meant is None and not words:
        return [Leg(IMAGE, vector=seen)]
    legs: list[Leg] = []
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


def content_words(text: str) -> str:
    """Return the words of a question that say what it is about; all of them if none does."""
    words = re.findall(r"[^\W_]+", text)
    telling = [word for word in words if fold(word) not in FUNCTION_WORDS]
    return " ".join(telling or words)


def build_filter(
    *,
    modality: Modality | str | None = None,
    folder: Path | str | None = None,
    path: Path | str | None = None,
    modified_after: datetime | None = None,
    modified_before: datetime | None = None,
) -> Filter:
    """Check what a search is narrowed to; raise `UsageError` for an unknown modality."""
    try:
        kind = Modality(modality) if modality is not None else None
    except ValueError:
        known = ", ".join(each.value for each in Modality)
        raise UsageError(f"unknown modality {modality!r}: choose one of {known}") from None
    return Filter(
        modality=kind,
        folder=_absolute(folder),
        path=_absolute(path),
        modified_after=modified_after,
        modified_before=modified_before,
    )


def to_hit(rank: int, point: ScoredPoint, question: str) -> Hit:
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
    )


def group_by_document(hits: Iterable[Hit]) -> list[DocumentHits]:
    """Group hits by file, keeping their order; documents come in the order of their best hit."""
    by_path: dict[Path, list[Hit]] = {}
    for hit in hits:
        by_path.setdefault(hit.path, []).append(hit)
    return [DocumentHits(path, tuple(found)) for path, found in by_path.items()]


def snippet_of(text: str, question: str, *, words: int = SNIPPET_WORDS) -> str:
    """Return the passage of `words` words that holds most of the question's words.

    The earliest such passage; the beginning of the text when none is held.
    """
    tokens = text.split()
    terms = _terms(question)
    found = [_term_in(token, terms) for token in tokens]
    places = [place for place, term in enumerate(found) if term]
    starts = {0} | {max(0, place - words // 4) for place in places}

    def worth(start: int) -> tuple[int, int, int]:
        inside = [term for term in found[start : start + words] if term]
        return (len(set(inside)), len(inside), -start)

    start = max(starts, key=worth)
    passage = " ".join(tokens[start : start + words])
    before = "… " if start else ""
    return before + passage + (" …" if start + words < len(tokens) else "")


def matched_words(words: Sequence[Word], question: str) -> list[Word]:
    """Return the words (or OCR lines) of a page that hold a word of the question.

    Case, accents and plural endings do not matter; function words count only when alone.
    """
    terms = _terms(question)
    return [word for word in words if _term_in(word.text, terms)]


def fold(text: str) -> str:
    """Drop case and accents: `Élan` -> `elan`."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(part for part in parts if not unicodedata.combining(part))


def singular(word: str) -> str:
    """Return an English word without its plural ending, as far as its letters tell."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("sses", "xes", "zes", "ches", "shes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _terms(question: str) -> frozenset[str]:
    return frozenset(singular(word) for word in fold(content_words(question)).split())


def _term_in(text: str, terms: frozenset[str]) -> str | None:
    words = (singular(word) for word in re.findall(r"[^\W_]+", fold(text)))
    return next((word for word in words if word in terms), None)


def _absolute(path: Path | str | None) -> Path | None:
    return None if path is None else Path(path).expanduser().resolve()


def _whole(value: object) -> int | None:
    return int(value) if isinstance(value, int | float) else None


def _seconds(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
