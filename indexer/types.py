"""The words of the indexer: what a corpus is made of, what a search returns, what can go wrong.

    Asset    a file of the corpus                      report.pdf
    Unit     the retrievable thing cut from it         page 12 of it, a picture, a clip of a video
    Point    a unit with its vectors, as it is stored
    Hit      a point that a search found

Errors, each one sentence that says what came and what to do:

    IndexerError
    ├── UsageError              what was asked for makes no sense               exit code 2
    │   └── ModelMismatch       the collection was built with another model
    ├── StoreUnavailable        the store is down, damaged or held              exit code 4
    │   └── StoreLocked         another process holds the embedded store
    └── UnreadableFile          a file that becomes a quarantine entry          exit code 3
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypedDict, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    from PIL.Image import Image

POINT_NAMESPACE = uuid.UUID("6f0c8f3e-4c1c-5d0e-9a55-6b746f6b7321")


class IndexerError(Exception):
    """Root of everything the indexer raises on purpose."""


class UsageError(IndexerError):
    """What was asked for makes no sense: unknown path, unknown modality, empty query."""


class ModelMismatch(UsageError):
    """The collection was built with another model, so its vectors live in another space."""


class StoreUnavailable(IndexerError):
    """The store cannot be reached or opened."""


class StoreLocked(StoreUnavailable):
    """Another process holds the embedded store."""


class UnreadableFile(IndexerError):
    """A file that cannot be indexed; its message is the reason shown to the user."""


class Modality(StrEnum):
    """The kind of a unit."""

    IMAGE = "image"
    PAGE = "page"
    VIDEO = "video"


class MediaInput(TypedDict, total=False):
    """What an embedder encodes; keys may be combined. Text is data, never opened as a path."""

    text: str
    image: Image
    video: list[Image]


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of the corpus: absolute path, size in bytes, modification time in nanoseconds."""

    path: Path
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in fractions of the picture's width and height, origin at the top left."""

    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class Word:
    """A word (from a text layer) or a line (from OCR) and where it stands on the page."""

    text: str
    box: Box


@dataclass(frozen=True, slots=True)
class Unit:
    """The retrievable thing: one picture, one page, one clip.

    `locator` names it inside its file and never changes for the same place: `image`, `page=12`
    (1-based), `t=12.500-17.250` (seconds). `media` is what the picture leg encodes, already within
    the pixel and frame budget. `text` is its text layer or OCR, empty when there is none.
    """

    locator: str
    modality: Modality
    media: MediaInput
    text: str = ""
    page: int | None = None
    start_seconds: float | None = None
    end_seconds: float | None = None


def point_id(collection: str, path: Path | str, locator: str) -> str:
    """Return the id of a unit: the same place in the same file always has the same id."""
    return str(uuid.uuid5(POINT_NAMESPACE, f"{collection}\0{path}\0{locator}"))


@dataclass(frozen=True, slots=True)
class Point:
    """A unit as the store keeps it.

    `vectors["image"]` is (D,), `vectors["text"]` is (chunks, D) and absent without text.
    """

    id: str
    vectors: Mapping[str, np.ndarray]
    payload: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which units may be found; every given condition must hold.

    `folder` and `paths` are absolute; `folder` matches everything below it, `paths` the units of
    any of these files (of no particular file when it is empty).
    """

    modality: Modality | None = None
    folder: Path | None = None
    paths: tuple[Path, ...] = ()
    modified_after: datetime | None = None
    modified_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class LegRank:
    """Where one leg (`image`, `text`, `words`) of the hybrid query ranked a hit, 1-based."""

    leg: str
    rank: int
    score: float


@dataclass(frozen=True, slots=True)
class Hit:
    """A unit that a search found, best first; `score` is comparable within one search only.

    `legs` says why it is there: by what is seen (`image`), by the meaning of its text (`text`), by
    its words (`words`). `matched` are the telling words of the question that its text holds.
    `chance` is the share of questions without a match in this collection whose best hit would be
    as good as this one, None when the question has no text or the collection is not calibrated;
    `above_cutoff` tells whether that is at most the share that the index states.
    """

    rank: int
    score: float
    id: str
    path: Path
    locator: str
    modality: Modality
    page: int | None = None
    start_seconds: float | None = None
    end_seconds: float | None = None
    snippet: str = ""
    legs: tuple[LegRank, ...] = ()
    matched: tuple[str, ...] = ()
    chance: float | None = None
    above_cutoff: bool | None = None


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The units before and after one in its file; it is the `position`-th (1-based) of `total`."""

    previous: Hit | None
    next: Hit | None
    position: int
    total: int


@dataclass(frozen=True, slots=True)
class DocumentHits:
    """The hits of one file, best first; documents are ordered by their best hit."""

    path: Path
    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A file that was not indexed, and why, in one line."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class Document:
    """A file that is indexed, and how many units of which kind it was cut into."""

    path: Path
    size: int
    modality: Modality
    units: int


@dataclass(frozen=True, slots=True)
class Status:
    """What the collection holds; `pending` files are to be read (again) by the next ingest."""

    files: int
    units: Mapping[str, int]
    quarantined: tuple[Quarantined, ...]
    model: str
    store: str
    pending: int = 0


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What one ingest did, in files and units, and where its seconds went.

    `seconds` are those that the run waited for files (`load`) and for vectors (`encode`), and those
    of other stages; encoding goes on while it waits for files.
    """

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    units: int = 0
    quarantined: tuple[Quarantined, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MediaBudget:
    """What a model looks at, at most: pixels of a picture, pixels of a frame, frames of a clip."""

    max_pixels: int
    max_frame_pixels: int
    frames_per_clip: int


class Embedder(Protocol):
    """What the index needs of a model; any Sentence Transformers model with images fits."""

    @property
    def name(self) -> str: ...

    @property
    def fingerprint(self) -> str:
        """Identify the vector space: equal fingerprints mean comparable vectors."""

    @property
    def dimension(self) -> int: ...

    @property
    def media_budget(self) -> MediaBudget | None:
        """What the model looks at, so that files are not read finer; None when it does not say."""

    def encode_query(self, inputs: Sequence[MediaInput]) -> np.ndarray:
        """Return L2-normalised float32 vectors in the order given: (N, D)."""

    def encode_document(self, inputs: Sequence[MediaInput]) -> np.ndarray:
        """Return L2-normalised float32 vectors in the order given: (N, D)."""


@runtime_checkable
class SideBySide(Protocol):
    """An embedder that may encode several batches at once."""

    def side_by_side(self) -> AbstractContextManager[tuple[Executor | None, int]]:
        """Open threads that share the cores, and say how many; None where one call fills them."""


@dataclass(frozen=True, slots=True)
class Leg:
    """One leg of a hybrid query: exactly one of `vector` (D,) or `words` is given.

    `modality` narrows this leg to units of one kind; legs of one kind are fused together, and the
    kinds are then interleaved. Units scoring below `min_score` were not found by the leg.
    """

    name: str
    vector: np.ndarray | None = None
    words: str | None = None
    weight: float = 1.0
    modality: Modality | None = None
    min_score: float | None = None


@dataclass(frozen=True, slots=True)
class ScoredPoint:
    """A point that the store found: payload without vectors."""

    id: str
    score: float
    payload: Mapping[str, object]
    legs: tuple[LegRank, ...] = ()


class VectorStore(Protocol):
    """The three engines (`:memory:`, Qdrant Edge, Qdrant server) behind one contract suite."""

    def prepare(self) -> None:
        """Create the collection if it is not there, and open it: what the first write waits for."""

    def upsert(self, points: Sequence[Point]) -> None:
        """Write points and flush: when this returns they survive a crash."""

    def delete(self, ids: Iterable[str]) -> None: ...

    def ids(self) -> set[str]:
        """Return the id of every stored point."""

    def count(self, where: Filter | None = None) -> int: ...

    def vectors(self, ids: Sequence[str]) -> dict[str, Mapping[str, np.ndarray]]:
        """Return the vectors of points as they were written, shaped as in `Point`, by id.

        Ids that are not stored are left out.
        """

    def query(
        self, legs: Sequence[Leg], *, where: Filter | None = None, limit: int = 10
    ) -> list[ScoredPoint]:
        """Fuse the legs by reciprocal rank (k = 60): best first, ties broken by id."""

    def clear(self) -> None:
        """Forget every point; the collection is created anew by the next upsert."""

    def close(self) -> None: ...
