"""`Index`: the one object a program holds. Open it, put folders in, search, look at hits.

    index = Index.open("my-index")
    index.ingest(["Documents"])
    for hit in index.search("which chart shows rainfall?"):
        print(hit.rank, hit.path, hit.page, hit.snippet)

A home holds `ledger.sqlite3` (the truth), `vectors.sqlite3`, `store/`, `thumbnails/` and `ocr/`.
Nothing is written before the first ingest, and the model is loaded when something is encoded.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, Unpack

from indexer import media, search
from indexer.collection import Collection
from indexer.doctor import Check, DoctorReport, check_model, examine
from indexer.embedding import SentenceTransformerEmbedder
from indexer.ingest import run_ingest
from indexer.ledger import UnitRow, path_text
from indexer.loaders import LoadOptions
from indexer.ocr import possible_mode
from indexer.plan import Plan, is_below, make_plan
from indexer.progress import ProgressCallback
from indexer.search import Narrowing
from indexer.types import (
    Document,
    DocumentHits,
    Embedder,
    Hit,
    IngestReport,
    Status,
    UsageError,
    Word,
)

if TYPE_CHECKING:
    from PIL.Image import Image

    from indexer.settings import Settings

WIDEN = 4  # units asked per wanted document


class Index:
    """A collection with everything that can be done to it; safe to share between threads."""

    def __init__(self, collection: Collection, *, options: LoadOptions, processes: int) -> None:
        self._collection = collection
        self._options = options
        self._processes = processes
        self._encoding = threading.Lock()

    @classmethod
    def open(
        cls,
        home: Path | str | None = None,
        *,
        settings: Settings | None = None,
        embedder: Embedder | None = None,
    ) -> Self:
        """Open the index of a home; what is not given comes from the settings.

        Raises:
            UsageError: a setting makes no sense.
        """
        from indexer.settings import read_settings

        chosen = settings or read_settings()
        place = Path(home).expanduser().absolute() if home else chosen.home
        key = chosen.qdrant.api_key
        collection = Collection(
            place,
            embedder=embedder
            or SentenceTransformerEmbedder(
                chosen.embedder.model, batch_size=chosen.embedder.batch_size
            ),
            url=chosen.qdrant.url,
            api_key=key.get_secret_value() if key else None,
            server_collection=chosen.qdrant.collection,
            timeout_s=chosen.store.timeout_s,
        )
        options = LoadOptions(
            max_pixels=chosen.loaders.max_pixels,
            max_frame_pixels=chosen.loaders.max_frame_pixels,
            frames_per_clip=chosen.loaders.frames_per_clip,
            ocr=chosen.ocr,
            ocr_cache=place / "ocr",
        )
        return cls(collection, options=options, processes=chosen.loaders.processes)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._collection.close()

    @property
    def home(self) -> Path:
        return self._collection.home

    @property
    def collection(self) -> str:
        """The name that goes into every point id."""
        return self._collection.name

    def plan(self, paths: Sequence[Path | str]) -> Plan:
        """Say what an ingest would do; changes nothing.

        Raises:
            UsageError: a path does not exist.
        """
        return make_plan(
            paths,
            ledger=self._collection.ledger(),
            options=self._possible_options(),
            home=self._collection.home,
        )

    def ingest(
        self,
        paths: Sequence[Path | str],
        *,
        prune: bool = False,
        progress: ProgressCallback | None = None,
    ) -> IngestReport:
        """Index files and folders; `prune` removes what has vanished below them.

        May be interrupted or killed anywhere: the next ingest goes on.

        Raises:
            UsageError: a path does not exist; `ModelMismatch`: another model built the collection.
            StoreUnavailable: the store is down, or `StoreLocked` held by another process.
        """
        return run_ingest(
            self._collection,
            paths,
            options=self._possible_options(),
            processes=self._processes,
            prune=prune,
            progress=progress,
        )

    def search(
        self,
        text: str | None = None,
        *,
        image: Image | Path | str | None = None,
        limit: int = 10,
        **narrowing: Unpack[Narrowing],
    ) -> list[Hit]:
        """Find units by text, by picture, or by both, best first.

        Narrow it by `modality`, `folder`, `path`, `modified_after`, `modified_before`.

        Raises:
            UsageError: nothing is asked for, or an unknown modality.
            StoreUnavailable: the store is down, or `StoreLocked` held by another process.
        """
        where = search.build_filter(**narrowing)
        query = search.build_query(text, image, limit=limit)
        if self._collection.ledger().space() is None:
            return []
        self._collection.agree()
        with self._encoding:
            legs = search.encode_legs(query, self._collection.embedder, modality=where.modality)
        kinds = len({leg.modality for leg in legs})
        found = self._collection.store().query(legs, where=where, limit=kinds * limit)
        if not found:
            self._collection.refuse_empty_store()
        if query.picture is None:
            found = search.order_modalities(found, query.text)
        best = enumerate(found[:limit], start=1)
        return [search.to_hit(rank, point, query.text) for rank, point in best]

    def search_documents(
        self,
        text: str | None = None,
        *,
        image: Image | Path | str | None = None,
        limit: int = 10,
        **narrowing: Unpack[Narrowing],
    ) -> list[DocumentHits]:
        """Find up to `limit` files; each with its hits, so that one PDF does not fill the page.

        Asks for more units while the best ones lie in too few files.
        """
        wanted = WIDEN * limit
        while True:
            hits = self.search(text, image=image, limit=wanted, **narrowing)
            documents = search.group_by_document(hits)
            if len(documents) >= limit or len(hits) < wanted:
                return documents[:limit]
            wanted *= WIDEN

    def status(self) -> Status:
        """Say what the collection holds."""
        ledger = self._collection.ledger()
        space = ledger.space()
        return Status(
            files=ledger.count_done(),
            units=ledger.units_by_modality(),
            quarantined=tuple(ledger.quarantined()),
            model=space.model if space else self._collection.embedder.name,
            store=self._collection.place,
            pending=ledger.count_pending(),
        )

    def documents(self) -> list[Document]:
        """Return every indexed file with its units, sorted by path."""
        return self._collection.ledger().documents()

    def delete(self, paths: Sequence[Path | str]) -> int:
        """Forget files and everything below folders, on disk or not; return how many files.

        Raises:
            UsageError: nothing below one of the paths is indexed.
        """
        roots = [Path(path).expanduser().resolve() for path in paths]
        known = self._collection.ledger().files()
        for root in roots:
            if not any(is_below(path, [root]) for path in known):
                raise UsageError(f"nothing is indexed at {root}: `status` and `search` show paths")
        with self._collection.writing():
            doomed = [path for path in known if is_below(path, roots)]
            self._collection.remove(doomed)
        return len(doomed)

    def reopen(self, paths: Sequence[Path | str]) -> None:
        """Make the next ingest read files again that could not be read, changed since or not.

        Raises:
            StoreLocked: another process is writing.
        """
        with self._collection.writing():
            self._collection.ledger().reopen(path_text(path) for path in paths)

    def check_model(self) -> Check:
        """Load the model, which tests itself, and compare it with the collection's."""
        with self._encoding:
            return check_model(self._collection.embedder, self._collection.ledger().space())

    def doctor(self, *, repair: bool = False) -> DoctorReport:
        """Check ledger, files, store, vectors and model; `repair` first rebuilds the store.

        A rebuild takes every vector from the vector cache; files whose vectors are not there are
        read again by the next ingest.
        """
        held = self._collection
        space = held.ledger().space()
        if repair and space is not None:
            with held.writing():
                held.rebuild()
        with self._encoding:
            return examine(
                home=held.home,
                ledger=held.ledger(),
                cache=held.cache() if space else None,
                store=held.store() if space else None,
                embedder=held.embedder,
                space=space,
                is_shared=held.is_shared,
            )

    def hit(self, unit_id: str) -> Hit | None:
        """Return an indexed unit by its id, None when there is none: the way in from outside."""
        unit = self._collection.ledger().unit(unit_id)
        if unit is None:
            return None
        return Hit(
            rank=1,
            score=0.0,
            id=unit.id,
            path=unit.path,
            locator=unit.locator,
            modality=unit.modality,
            page=unit.page,
            start_seconds=unit.start_seconds,
            end_seconds=unit.end_seconds,
        )

    def media(self, hit: Hit, *, max_pixels: int = media.READING_PIXELS) -> Image:
        """Open the picture, the page or the middle frame of the clip again.

        Raises:
            UsageError: the unit is not indexed.
            UnreadableFile: the file is gone or has changed since.
        """
        return media.open_unit(self._unit(hit), max_pixels=max_pixels)

    def words(self, hit: Hit) -> list[Word]:
        """Return the words of a page, or the lines that OCR found, with their boxes.

        `indexer.words.matched_words` picks those that a question names.
        """
        return media.read_unit_words(self._unit(hit), ocr_cache=self.home / "ocr")

    def thumbnail(self, hit: Hit) -> bytes:
        """Return a JPEG of at most 512 pixels a side."""
        return media.thumbnail_of(self._unit(hit), self.home / "thumbnails")

    def _possible_options(self) -> LoadOptions:
        """Return how files are read today: what lacks OCR is read again once it is installed."""
        return replace(self._options, ocr=possible_mode(self._options.ocr))

    def _unit(self, hit: Hit) -> UnitRow:
        """Look the unit up: only what the ledger knows is ever opened, whatever the hit says."""
        unit = self._collection.ledger().unit(hit.id)
        if unit is None:
            raise UsageError(f"unit {hit.id} is not indexed (any more): search again")
        return unit
