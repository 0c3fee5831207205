"""A collection: one home, one model, one store. What every operation of the index stands on."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from indexer import media, ocr
from indexer.calibration import Calibration
from indexer.cutoff import Cutoff
from indexer.doctor import is_cached, restore
from indexer.ledger import Ledger, Space
from indexer.stores import open_store
from indexer.stores.lease import FileLock
from indexer.types import Embedder, ModelMismatch, StoreLocked, StoreUnavailable, VectorStore
from indexer.vector_cache import VectorCache
from indexer.writer import sweep

log = logging.getLogger(__name__)

NAME = "units"


class Collection:
    """The ledger, the vector cache and the store of a home, opened when first needed."""

    name = NAME  # in point ids: the same file has the same id in the embedded store and a server

    def __init__(
        self,
        home: Path,
        *,
        embedder: Embedder,
        url: str | None = None,
        api_key: str | None = None,
        server_collection: str = "btok",
        timeout_s: float = 10.0,
    ) -> None:
        self.home = home
        self.embedder = embedder
        self._url = url
        self._api_key = api_key
        self._server_collection = server_collection
        self._timeout_s = timeout_s
        self._opening = threading.RLock()
        self._ledger: Ledger | None = None
        self._cache: VectorCache | None = None
        self._store: VectorStore | None = None
        self._agreed: Space | None = None
        self._cutoff = Cutoff(home)

    @property
    def is_shared(self) -> bool:
        """Whether the store may hold points of other homes: a server does."""
        return self._url is not None

    @property
    def place(self) -> str:
        """Where the vectors are, in words."""
        if self._url:
            return f"server {self._url} collection {self._server_collection}"
        return f"edge {self.home / 'store'}"

    def close(self) -> None:
        with self._opening:
            for part in (self._store, self._cache, self._ledger):
                if part is not None:
                    part.close()
            self._ledger = self._cache = self._store = None

    def ledger(self, *, create: bool = False) -> Ledger:
        """Return the ledger; an empty one in memory while there is none on disk."""
        path = self.home / "ledger.sqlite3"
        with self._opening:
            empty = self._ledger is not None and not self._ledger.is_on_disk
            if self._ledger is not None and empty and (create or path.exists()):
                self._ledger.close()
                self._ledger = None
            if self._ledger is None:
                self._ledger = Ledger(path, create=create)
            return self._ledger

    def cache(self) -> VectorCache:
        with self._opening:
            if self._cache is None:
                self._cache = VectorCache(self.home / "vectors.sqlite3")
            return self._cache

    def store(self) -> VectorStore:
        """Return the store; call only when the space of the collection is known."""
        with self._opening:
            if self._store is None:
                space = self.ledger().space() or self.agree()
                self._store = open_store(
                    self.home,
                    dimension=space.dimension,
                    fingerprint=space.fingerprint,
                    url=self._url,
                    api_key=self._api_key,
                    collection=self._server_collection,
                    timeout_s=self._timeout_s,
                )
            return self._store

    def calibration(self) -> Calibration | None:
        """Return what is known of questions without a match, None before an ingest has ended."""
        space = self.ledger().space()
        return self._cutoff.load(space.fingerprint) if space is not None else None

    def encode_questions(self) -> None:
        """Do the part of `calibrate` that needs no units yet."""
        self._cutoff.encode_questions(self.embedder)

    def calibrate(self, encoding: AbstractContextManager[object]) -> Calibration | None:
        """Learn the cut-off anew if the collection has changed; None when it teaches nothing.

        `encoding` is held while the model encodes.
        """
        space = self.ledger().space()
        if space is None:
            return None
        return self._cutoff.renew(
            ledger=self.ledger(),
            cache=self.cache(),
            space=space,
            embedder=self.embedder,
            encoding=encoding,
        )

    def agree(self) -> Space:
        """Load the model and make sure that the collection lives in its space.

        Raises:
            ModelMismatch: another model built the collection.
        """
        with self._opening:
            if self._agreed is None:
                model = self.embedder
                found = Space(model.name, model.fingerprint, model.dimension)
                self._refuse_other(found)
                self._agreed = found
            return self._agreed

    def agree_if_renamed(self) -> None:
        """Check the model without loading it when it has the name it had."""
        known = self.ledger().space()
        if known is not None and known.model != self.embedder.name:
            self.agree()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Keep other writers out; raise `StoreLocked` when there is one."""
        lock = FileLock(self.home / "ingest.lock")
        if not lock.acquire():
            raise StoreLocked(
                f"another ingest, delete or repair is running in {self.home}: wait until it is done"
            )
        try:
            yield
        finally:
            lock.release()

    def remove(self, paths: Sequence[str]) -> None:
        """Forget files, their points, and the vectors, texts and thumbnails of no other file."""
        ledger = self.ledger()
        ledger.remove(paths)
        sweep(ledger, self.store)
        kept = ledger.content_hashes()
        self.cache().keep_only(kept)
        ocr.keep_only(kept, cache=self.home / "ocr")
        media.keep_thumbnails(ledger.live_units(), folder=self.home / "thumbnails")

    def mend(self) -> None:
        """Finish what an interruption left, and put back points that the store has lost."""
        ledger = self.ledger()
        if ledger.space() is None:
            return
        sweep(ledger, self.store)
        lost = ledger.count_live() - self.store().count()
        if lost > 0:
            log.warning("the store has lost %d points: taking them from the vector cache", lost)
            self._restore(self.store().ids())

    def refuse_empty_store(self) -> None:
        """Raise StoreUnavailable when the store holds nothing of what the ledger says is in it."""
        live = self.ledger().count_live()
        if live and self.store().count() == 0:
            raise StoreUnavailable(
                f"{self.place} is empty, but {live} units are indexed: run "
                "`python -m indexer doctor --repair`, or the ingest again"
            )

    def rebuild(self) -> None:
        """Make the store anew from ledger and vector cache.

        What would be lost is kept: points of other homes on a server, and the points of a sound
        store of which the vector cache lacks most. There every known point is written again.
        """
        if not self.is_shared and not self._outlives_cache():
            self.store().clear()
        sweep(self.ledger(), self.store)
        self._restore(set())

    def _outlives_cache(self) -> bool:
        """Tell whether the store can be read and holds twice the units of the vector cache."""
        space = self.ledger().space()
        try:
            stored = self.store().ids()
        except StoreLocked:
            raise
        except (ModelMismatch, StoreUnavailable):
            return False
        units = [unit for unit in self.ledger().live_units() if unit.id in stored]
        cached = sum(is_cached(unit, self.cache(), space) for unit in units)
        return 2 * cached < len(units)

    def _restore(self, stored: set[str]) -> None:
        ledger = self.ledger()
        space = ledger.space()
        if space is None:
            return
        lost = [unit for unit in ledger.live_units() if unit.id not in stored]
        unknown = restore(
            lost, cache=self.cache(), store=self.store(), fingerprint=space.fingerprint
        )
        if unknown:
            log.warning("%d files must be read again: run the ingest again", len(unknown))
            ledger.reopen(unknown)

    def _refuse_other(self, found: Space) -> None:
        known = self.ledger().space()
        if known is None or known.fingerprint == found.fingerprint:
            return
        same = known.model == found.model
        what = f"another version of {found.model}" if same else f"{known.model}, not {found.model}"
        remedy = "put that version back" if same else f"set BTOK_EMBEDDER__MODEL={known.model}"
        raise ModelMismatch(
            f"the collection in {self.home} was built with {what}: {remedy}, or give another "
            "BTOK_HOME and ingest there"
        )
