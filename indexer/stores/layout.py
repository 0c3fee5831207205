"""How a unit lies in a store: its vectors, its payload, its indexes, its filters.

Both engines read this module, so that they cannot differ. A unit is one point with two named
vectors, `image` (D,) and, where there is text, the multivector `text` (chunks, D); its payload:

    path, folders   the file, and every folder above it (keyword)
    modality        image, page, video (keyword)
    modified        seconds since 1970 (float)
    locator, page, start_seconds, end_seconds
    text            the cleaned file name on the first line, then the text (indexed for BM25)
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from indexer.types import Filter, IndexerError, Leg, Point

if TYPE_CHECKING:
    from indexer.types import Unit

IMAGE = "image"
TEXT = "text"
WORDS = "words"  # the leg of BM25; the other legs have the names of their vectors
WORDS_FIELD = "text"
KEYWORD_FIELDS = ("modality", "path", "folders")
FLOAT_FIELDS = ("modified",)
LEG_LIMIT = 200  # units asked of one leg
OVERSAMPLING = 2.0  # TurboQuant candidates per wanted hit, rescored with the original vectors
MAX_TEXT = 200_000  # characters of one unit; a request above 32 MB is refused by the engine


@dataclass(frozen=True, slots=True)
class Equals:
    """A payload field holds this value (or, for a list, contains it)."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class AnyOf:
    """A payload field holds one of these values."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Between:
    """A payload field lies in [at_least, below)."""

    field: str
    at_least: float | None = None
    below: float | None = None


Condition = Equals | AnyOf | Between


def conditions(where: Filter | None) -> list[Condition]:
    """Say a filter in payload fields; all conditions must hold."""
    if where is None:
        return []
    found: list[Condition] = []
    if where.modality is not None:
        found.append(Equals("modality", where.modality.value))
    if where.paths:
        found.append(AnyOf("path", tuple(str(path) for path in where.paths)))
    if where.folder is not None:
        found.append(Equals("folders", str(where.folder)))
    if where.modified_after is not None or where.modified_before is not None:
        after, before = where.modified_after, where.modified_before
        found.append(
            Between(
                "modified",
                at_least=after.timestamp() if after else None,
                below=before.timestamp() if before else None,
            )
        )
    return found


def narrowed(where: Filter | None, leg: Leg) -> Filter | None:
    """Add the leg's own modality to the filter of the query."""
    if leg.modality is None:
        return where
    return replace(where or Filter(), modality=leg.modality)


def leg_vector(leg: Leg) -> np.ndarray:
    """Return the leg's query vector (D,); raise `IndexerError` when it has none."""
    if leg.vector is None:
        raise IndexerError(f"leg {leg.name!r} has neither a vector nor words")
    return np.asarray(leg.vector, dtype=np.float32)


def to_arrays(vectors: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Return the named vectors of a stored point as float32: image (D,), text (chunks, D)."""
    return {name: np.asarray(vector, dtype=np.float32) for name, vector in vectors.items()}


def name_words(path: Path) -> str:
    """Return the words of a file's name: `annualReport_2024-v2.pdf` -> `annual Report 2024 v2`."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", path.stem)
    return " ".join(re.findall(r"[^\W_]+", spaced))


def build_payload(path: Path, mtime_ns: int, unit: Unit) -> dict[str, object]:
    """Return the payload of a unit; the name's words make a file findable by its name."""
    return {
        "path": str(path),
        "folders": [str(folder) for folder in path.parents],
        "modality": unit.modality.value,
        "modified": mtime_ns / 1e9,
        "locator": unit.locator,
        "page": unit.page,
        "start_seconds": unit.start_seconds,
        "end_seconds": unit.end_seconds,
        WORDS_FIELD: _storable(f"{name_words(path)}\n{unit.text[:MAX_TEXT]}"),
    }


def _storable(text: str) -> str:
    """Replace what UTF-8 cannot say (lone surrogates of a broken text layer)."""
    return text.encode("utf-8", "replace").decode("utf-8")


def text_of(payload_text: str) -> str:
    """Return the text of a unit, without the name's words that stand on its first line."""
    return payload_text.partition("\n")[2]


def check_points(points: Sequence[Point], *, dimension: int) -> None:
    """Refuse a point whose vectors do not fit the collection.

    The engine logs an operation before it validates it and replays it after a crash, so that a
    refused batch would come back as phantom points: nothing wrong may reach it.
    """
    for point in points:
        if IMAGE not in point.vectors:
            raise IndexerError(f"point {point.id} has no vector named {IMAGE!r}")
        for name, vector in point.vectors.items():
            _check_vector(point.id, name, np.asarray(vector), dimension)


def _check_vector(point: str, name: str, vector: np.ndarray, dimension: int) -> None:
    if name not in (IMAGE, TEXT):
        raise IndexerError(f"point {point} has a vector named {name!r}: allowed {IMAGE}, {TEXT}")
    ndim = 1 if name == IMAGE else 2
    if vector.ndim != ndim or vector.shape[-1] != dimension or 0 in vector.shape:
        wanted = f"({dimension},)" if name == IMAGE else f"(chunks, {dimension})"
        raise IndexerError(f"point {point}: {name} vector is {vector.shape}, wanted {wanted}")
    if not math.isfinite(float(np.abs(vector).sum())):
        raise IndexerError(f"point {point}: {name} vector holds a number that is not finite")
