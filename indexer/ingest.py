"""From files to points: load, encode, write; safe to kill anywhere and to run again.

    load    worker processes decode and render ahead              indexer.workers
    encode  batches of one modality, then their text chunks       indexer.encoding
    write   one thread: vector cache, ledger, store, ledger       indexer.writer

The three overlap, and every queue between them is bounded: memory does not grow with the corpus
or with the pages of a file. A content that was encoded before, under any name, is neither decoded
nor encoded again.
"""

from __future__ import annotations

import logging
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import closing
from pathlib import Path

import numpy as np

from indexer.collection import Collection
from indexer.encoding import Lanes, lanes_of
from indexer.hashing import content_hash
from indexer.ledger import DONE, FileRow, path_text
from indexer.loaders import LoadOptions
from indexer.plan import Plan, make_plan, reading_of
from indexer.progress import Meter, ProgressCallback
from indexer.tally import Tally
from indexer.types import Asset, Embedder, IngestReport, Modality, Quarantined, Unit
from indexer.vector_cache import ContentKey, EncodedUnit, VectorCache
from indexer.workers import Event, Failed, Finished, Loaded, LoaderPool
from indexer.writer import Failure, Numbered, Version, Writer

log = logging.getLogger(__name__)

HELD = {Modality.IMAGE: 16, Modality.PAGE: 16, Modality.VIDEO: 4}  # decoded units per batch
HASTY = 2  # a part of that is enough while a lane has nothing to do
BAD_NAME = "its name is not valid UTF-8: rename it"
NOTHING_INSIDE = "holds no picture, page or clip to index"


def run_ingest(
    collection: Collection,
    paths: Sequence[Path | str],
    *,
    options: LoadOptions,
    processes: int,
    prune: bool,
    progress: ProgressCallback | None,
) -> IngestReport:
    """Ingest into a collection; see `Index.ingest`."""
    tally = Tally()
    with tally.timed("total"):
        with tally.timed("scan"):
            plan = make_plan(
                paths, ledger=collection.ledger(), options=options, home=collection.home
            )
        collection.agree_if_renamed()
        if plan.todo and collection.ledger().space() is None:
            collection.agree()  # before anything is created
        removed = 0
        if plan.todo or collection.ledger().is_on_disk:
            with collection.writing():
                run = _Run(collection, options, processes, tally)
                removed = run.carry_out(paths, prune=prune, progress=progress)
    return tally.report(removed=removed)


class _Run:
    """One ingest that holds the writing lock of its collection."""

    def __init__(
        self, collection: Collection, options: LoadOptions, processes: int, tally: Tally
    ) -> None:
        self._collection = collection
        self._options = options
        self._processes = processes
        self._tally = tally

    def carry_out(
        self, paths: Sequence[Path | str], *, prune: bool, progress: ProgressCallback | None
    ) -> int:
        """Plan again, now that nobody else writes, and do it; return how many files went."""
        collection = self._collection
        ledger = collection.ledger(create=True)
        with self._tally.timed("mend"):
            collection.mend()
        with self._tally.timed("scan"):
            plan = make_plan(paths, ledger=ledger, options=self._options, home=collection.home)
        self._tally.unchanged = len(plan.unchanged)
        self._tally.quarantined = list(plan.quarantined)
        if plan.todo:
            self._index(plan, progress)
        if prune and plan.vanished:
            collection.remove(plan.vanished)
        elif plan.todo:
            collection.cache().keep_only(ledger.content_hashes())
        return len(plan.vanished) if prune else 0

    def _index(self, plan: Plan, progress: ProgressCallback | None) -> None:
        collection, ledger = self._collection, self._collection.ledger()
        space = ledger.space()
        if space is None:
            space = collection.agree()
            ledger.write_space(space)
        reading = reading_of(self._options)
        writer = Writer(
            ledger=ledger,
            cache=collection.cache(),
            open_store=collection.store,
            collection=collection.name,
            fingerprint=space.fingerprint,
            reading=reading,
        )
        pipeline = Pipeline(
            embedder=collection.embedder,
            cache=collection.cache(),
            writer=writer,
            known=ledger.files(),
            fingerprint=space.fingerprint,
            reading=reading,
            load=self._load,
            tally=self._tally,
            meter=Meter(len(plan.todo), progress),
        )
        with writer:
            pipeline.run(plan.todo)
        self._tally.seconds["write"] = writer.seconds

    def _load(self, assets: Sequence[Asset]) -> Generator[Event]:
        self._collection.agree()
        options = self._options.within(self._collection.embedder.media_budget)
        with LoaderPool(options, processes=self._processes) as pool:
            pool.start()
            self._collection.encode_questions()  # while a worker starts
            yield from pool.iter_events(assets)


class Pipeline:
    """Carry planned files through load, encode and write.

    `known` are the ledger's rows before this run. `load` starts the workers and is called only
    when there is a file whose content is not cached.
    """

    def __init__(
        self,
        *,
        embedder: Embedder,
        cache: VectorCache,
        writer: Writer,
        known: Mapping[str, FileRow],
        fingerprint: str,
        reading: str,
        load: Callable[[Sequence[Asset]], Generator[Event]],
        tally: Tally,
        meter: Meter,
    ) -> None:
        self._embedder = embedder
        self._cache = cache
        self._writer = writer
        self._known = known
        self._fingerprint = fingerprint
        self._reading = reading
        self._load = load
        self._tally = tally
        self._meter = meter
        self._held: dict[Modality, list[Numbered]] = defaultdict(list)
        self._encoding: deque[tuple[list[Numbered], Future[list[EncodedUnit]]]] = deque()
        self._failed: set[str] = set()
        self._lanes = Lanes(embedder, None, 0)
        self._numbers: Counter[str] = Counter()

    def run(self, assets: Sequence[Asset]) -> None:
        """Index the assets; the writer must be closed afterwards."""
        named = [asset for asset in assets if self._has_sound_name(asset)]
        to_load = [asset for asset in named if not self._copy_from_cache(asset)]
        if not to_load:
            return
        with lanes_of(self._embedder) as self._lanes:
            with closing(self._load(to_load)) as events:
                while True:
                    with self._tally.timed("load"):
                        event = next(events, None)
                    if event is None:
                        break
                    self._take(event)
            for modality in list(self._held):
                self._encode_held(modality)
            self._collect(0)

    def _has_sound_name(self, asset: Asset) -> bool:
        """Quarantine a file whose name neither the ledger nor the store can hold."""
        if path_text(asset.path) == str(asset.path):
            return True
        self._fail(Failure(asset, None, BAD_NAME))
        return False

    def _copy_from_cache(self, asset: Asset) -> bool:
        """Index a content that is completely cached; return whether it was."""
        row = self._known.get(str(asset.path))
        if row is None and not self._cache.has_size(asset.size):
            return False
        try:
            with self._tally.timed("scan"):
                key = self._key(content_hash(asset.path))
        except OSError:
            return False  # the loader says why
        if not self._cache.is_complete(key):
            return False
        version = Version(asset, key)
        units = 0
        for number, encoded in enumerate(self._cache.iter_units(key)):
            self._writer.put([Numbered(version, number, encoded, is_cached=True)])
            units = number + 1
        self._finish(version, units)
        self._count(units)
        return True

    def _take(self, event: Event) -> None:
        match event:
            case Loaded(asset, digest, unit):
                version = Version(asset, self._key(digest))
                self._hold(version, unit)
            case Finished(asset, digest, 0):
                self._fail(Failure(asset, digest, NOTHING_INSIDE))
            case Finished(asset, digest, units):
                self._numbers.pop(str(asset.path), None)
                self._finish(Version(asset, self._key(digest)), units)
            case Failed(asset, digest, reason):
                self._fail(Failure(asset, digest, reason))
        self._collect(self._lanes.most)

    def _hold(self, version: Version, unit: Unit) -> None:
        number = self._next_number(version.asset)
        held = self._held[unit.modality]
        held.append(Numbered(version, number, EncodedUnit(unit, np.empty(0), None)))
        enough = HELD[unit.modality]
        if len(held) >= (enough // HASTY if self._is_idle() else enough):
            self._encode_held(unit.modality)

    def _is_idle(self) -> bool:
        """Tell whether a lane waits for units."""
        under_way = sum(not future.done() for _, future in self._encoding)
        return under_way < self._lanes.count

    def _finish(self, version: Version, units: int) -> None:
        row = self._known.get(version.path)
        if row is None or row.state != DONE:
            self._tally.added += 1
        elif row.content_hash == version.key.content_hash and row.reading == self._reading:
            self._tally.unchanged += 1  # only its time changed
        else:
            self._tally.updated += 1
        self._writer.finish(version, units)
        self._meter.add(files=1, path=version.asset.path)

    def _fail(self, failure: Failure) -> None:
        path = str(failure.asset.path)
        for held in self._held.values():
            held[:] = [numbered for numbered in held if numbered.version.path != path]
        self._failed.add(path)  # what of it is being encoded is not written
        self._numbers.pop(path, None)
        shown = Path(path_text(path))
        self._tally.quarantined.append(Quarantined(shown, failure.reason))
        self._writer.fail(failure)
        self._meter.add(files=1, path=failure.asset.path)

    def _encode_held(self, modality: Modality) -> None:
        held = self._held.pop(modality, [])
        with self._tally.timed("encode"):
            done = [self._find(numbered) or numbered for numbered in held]
            fresh = [numbered.encoded.unit for numbered in done if not numbered.is_cached]
            self._encoding.append((done, self._lanes.submit(fresh)))
        self._collect(self._lanes.most)

    def _collect(self, allowed: int) -> None:
        """Write what is encoded, oldest first; wait until at most so many are under way."""
        while self._encoding and (len(self._encoding) > allowed or self._encoding[0][1].done()):
            held, future = self._encoding.popleft()
            with self._tally.timed("encode"):
                encoded = iter(future.result())
            done = [
                n if n.is_cached else Numbered(n.version, n.number, next(encoded)) for n in held
            ]
            wanted = [n for n in done if n.version.path not in self._failed]
            self._writer.put(wanted)
            self._count(len(wanted))

    def _count(self, units: int) -> None:
        self._tally.units += units
        self._meter.add(units=units)

    def _find(self, numbered: Numbered) -> Numbered | None:
        """Return the unit with the vectors of an earlier, interrupted run."""
        unit = numbered.encoded.unit
        cached = self._cache.find(numbered.version.key, unit.locator)
        if cached is None or cached.unit.text != unit.text:
            return None
        return Numbered(numbered.version, numbered.number, cached, is_cached=True)

    def _next_number(self, asset: Asset) -> int:
        self._numbers[str(asset.path)] += 1
        return self._numbers[str(asset.path)] - 1

    def _key(self, digest: str) -> ContentKey:
        return ContentKey(self._fingerprint, digest, self._reading)
