"""The writing end of an ingest: vector cache, ledger, store, ledger, in an order that may be cut.

One thread, so that writing overlaps with encoding; at most `WAITING` batches wait for it. After a
kill at any line: vectors in the cache are used again; ids in the ledger cover every point in the
store; a file is done only when all its points are flushed; stale points are swept next time.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from indexer.ledger import Ledger
from indexer.stores.layout import IMAGE, TEXT, build_payload
from indexer.types import Asset, Point, VectorStore, point_id
from indexer.vector_cache import ContentKey, EncodedUnit, VectorCache

log = logging.getLogger(__name__)

WAITING = 2
BATCH = 64  # units, and as many finished files, per write


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a file: the asset and the key of its content."""

    asset: Asset
    key: ContentKey

    @property
    def path(self) -> str:
        return str(self.asset.path)


@dataclass(frozen=True, slots=True)
class Numbered:
    """An encoded unit, its place in the reading order of its file, and whether it is cached."""

    version: Version
    number: int
    encoded: EncodedUnit
    is_cached: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that could not be read, and why."""

    asset: Asset
    content_hash: str | None
    reason: str


@dataclass(slots=True)
class Batch:
    """What is written together."""

    units: list[Numbered] = field(default_factory=list)
    finished: list[tuple[Version, int]] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)

    def __len__(self) -> int:
        return max(len(self.units), len(self.finished) + len(self.failed))


class Writer:
    """Write in the background; leaving the `with` block waits, and raises what went wrong."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        cache: VectorCache,
        open_store: Callable[[], VectorStore],
        collection: str,
        fingerprint: str,
        reading: str,
    ) -> None:
        self.seconds = 0.0
        self._ledger = ledger
        self._cache = cache
        self._open_store = open_store
        self._collection = collection
        self._fingerprint = fingerprint
        self._reading = reading
        self._batch = Batch()
        self._begun: set[str] = set()
        self._written: Counter[str] = Counter()
        self._wanted: dict[str, tuple[Version, int]] = {}
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="writer")
        self._waiting: list[Future[None]] = []

    def __enter__(self) -> Self:
        """Open the store at once: creating it holds the interpreter, later the encoder's."""
        self._waiting.append(self._pool.submit(self._prepare))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self.flush()
                self._wait(0)
        finally:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def put(self, units: Iterable[Numbered]) -> None:
        """Write encoded units."""
        self._batch.units.extend(units)
        self._flush_when_full()

    def finish(self, version: Version, units: int) -> None:
        """Mark a file done once its `units` units are in the store."""
        self._batch.finished.append((version, units))
        self._flush_when_full()

    def fail(self, failure: Failure) -> None:
        """Quarantine a file and remove what it had in the store."""
        self._batch.failed.append(failure)
        self._flush_when_full()

    def flush(self) -> None:
        """Hand over what was collected; wait while too much is waiting already."""
        if len(self._batch):
            self._wait(WAITING - 1)
            self._waiting.append(self._pool.submit(self._write, self._batch))
            self._batch = Batch()

    def _flush_when_full(self) -> None:
        if len(self._batch) >= BATCH:
            self.flush()

    def _wait(self, allowed: int) -> None:
        while len(self._waiting) > allowed:
            self._waiting.pop(0).result()

    def _prepare(self) -> None:
        started = time.perf_counter()
        self._open_store().prepare()
        self.seconds += time.perf_counter() - started

    def _write(self, batch: Batch) -> None:
        started = time.perf_counter()
        if batch.units:
            self._write_units(batch.units)
        self._settle(batch)
        sweep(self._ledger, self._open_store)
        self.seconds += time.perf_counter() - started

    def _write_units(self, units: Sequence[Numbered]) -> None:
        fresh = [unit for unit in units if not unit.is_cached]
        self._cache.put([(unit.version.key, unit.number, unit.encoded) for unit in fresh])
        points = [self._to_point(unit) for unit in units]
        with self._ledger.transaction():
            for point, unit in zip(points, units, strict=True):
                self._begin(unit.version)
                content = unit.version.key.content_hash
                pair = (point.id, unit.encoded.unit)
                self._ledger.add_units(unit.version.asset.path, content, [pair])
        self._open_store().upsert(points)
        self._written.update(unit.version.path for unit in units)

    def _settle(self, batch: Batch) -> None:
        """Finish what is complete and quarantine what failed, in one transaction."""
        self._wanted.update({version.path: (version, n) for version, n in batch.finished})
        complete = [
            (version, units)
            for path, (version, units) in self._wanted.items()
            if self._written[path] >= units
        ]
        for version, units in complete:
            self._cache.mark_complete(version.key, size=version.asset.size, units=units)
        with self._ledger.transaction():
            for version, _ in complete:
                self._ledger.finish(version.asset.path)
                del self._wanted[version.path]
                del self._written[version.path]
            for failure in batch.failed:
                self._quarantine(failure)

    def _begin(self, version: Version) -> None:
        if version.path not in self._begun:
            self._begun.add(version.path)
            self._ledger.begin(
                version.asset,
                version.key.content_hash,
                fingerprint=self._fingerprint,
                reading=self._reading,
            )

    def _quarantine(self, failure: Failure) -> None:
        log.info("quarantined %s: %s", failure.asset.path, failure.reason)
        self._ledger.quarantine(
            failure.asset,
            failure.content_hash,
            fingerprint=self._fingerprint,
            reading=self._reading,
            reason=failure.reason,
        )

    def _to_point(self, numbered: Numbered) -> Point:
        asset, encoded = numbered.version.asset, numbered.encoded
        vectors = {IMAGE: encoded.image}
        if encoded.chunks is not None:
            vectors[TEXT] = encoded.chunks
        payload = build_payload(asset.path, asset.mtime_ns, encoded.unit)
        unit_id = point_id(self._collection, asset.path, encoded.unit.locator)
        return Point(unit_id, vectors, payload)


def sweep(ledger: Ledger, open_store: Callable[[], VectorStore]) -> None:
    """Remove stale points from the store; only then are they forgotten."""
    stale = ledger.stale_ids()
    if stale:
        open_store().delete(stale)
        ledger.forget(stale)
