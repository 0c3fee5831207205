"""The embedded store: Qdrant Edge, the real engine inside this process.

    <folder>/store.json     schema, dimension, model fingerprint
    <folder>/shard/         the engine's files: a cache, `doctor --repair` rebuilds it
    <folder>.wanted         the lock with which another process asks for the shard
    <folder>.open           the lock of the process that has it open

The engine locks its log, but reads and mends the other files before it looks at that lock: a load
that ends in `WouldBlock` damages the shard under the process that has it open (measured: the next
flush there fails, "tracker journal is shorter than expected"). So nothing is ever loaded before
both our own lock and the engine's are known to be free.

TurboQuant 4-bit codes are searched without building an index (`optimize()` is never called: it
holds the interpreter for minutes), and the candidates are rescored with the original vectors.
"""

from __future__ import annotations

import contextlib
import json
import logging
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import qdrant_edge as engine

from indexer.fusion import fuse
from indexer.stores import layout
from indexer.stores.lease import IDLE_S, FileLock, Held, Lease, is_locked
from indexer.types import Filter, Leg, ModelMismatch, Point, ScoredPoint, StoreUnavailable

log = logging.getLogger(__name__)

SCHEMA = 1
BATCH = 64  # points per operation, some 5 MB with a page of text each
DAMAGED = "run `python -m indexer doctor --repair` to rebuild it from the vector cache"


class EdgeStore:
    """A collection in a folder; nothing is created before `prepare` or the first upsert."""

    def __init__(
        self,
        folder: Path,
        *,
        dimension: int,
        fingerprint: str,
        timeout_s: float = 10.0,
        idle_s: float = IDLE_S,
    ) -> None:
        self.folder = folder
        self.dimension = dimension
        self.fingerprint = fingerprint
        self._open_lock = FileLock(folder.with_name(folder.name + ".open"))
        self._lease: Lease[Any] = Lease(
            folder.with_name(folder.name + ".wanted"),
            open_resource=self._load,
            close_resource=self._close,
            timeout_s=timeout_s,
            idle_s=idle_s,
        )

    def __str__(self) -> str:
        return f"edge {self.folder}"

    def prepare(self) -> None:
        self._create()
        with self._shard():
            pass

    def upsert(self, points: Sequence[Point]) -> None:
        layout.check_points(points, dimension=self.dimension)
        if not points:
            return
        self._create()
        with self._shard() as shard:
            for start in range(0, len(points), BATCH):
                batch = [_to_engine(point) for point in points[start : start + BATCH]]
                shard.update(engine.UpdateOperation.upsert_points(batch))
            shard.flush()

    def delete(self, ids: Iterable[str]) -> None:
        doomed: list[Any] = list(ids)
        if not doomed or not self._exists():
            return
        with self._shard() as shard:
            shard.update(engine.UpdateOperation.delete_points(doomed))
            shard.flush()

    def ids(self) -> set[str]:
        if not self._exists():
            return set()
        found: set[str] = set()
        offset = None
        with self._shard() as shard:
            while True:
                records, offset = shard.scroll(
                    engine.ScrollRequest(offset=offset, limit=10_000, with_payload=False)
                )
                found.update(str(record.id) for record in records)
                if offset is None:
                    return found

    def count(self, where: Filter | None = None) -> int:
        if not self._exists():
            return 0
        with self._shard() as shard:
            request = engine.CountRequest(exact=True, filter=_to_filter(where))
            return int(shard.count(request))

    def vectors(self, ids: Sequence[str]) -> dict[str, Mapping[str, np.ndarray]]:
        if not ids or not self._exists():
            return {}
        with self._shard() as shard:
            records = shard.retrieve(list(ids), False, True)
        return {str(record.id): layout.to_arrays(record.vector) for record in records}

    def query(
        self, legs: Sequence[Leg], *, where: Filter | None = None, limit: int = 10
    ) -> list[ScoredPoint]:
        if not legs or not self._exists():
            return []
        requests = [_to_request(leg, where, limit) for leg in legs]
        with self._shard() as shard:
            results = shard.query_batch(engine.QueryBatchRequest(requests))
            scores = [[(str(hit.id), hit.score) for hit in found] for found in results]
            fused = fuse(legs, scores, limit=limit)
            records = shard.retrieve([unit.id for unit in fused], True, False)
            payloads = {str(record.id): dict(record.payload or {}) for record in records}
        return [
            ScoredPoint(unit.id, unit.score, payloads[unit.id], tuple(unit.legs)) for unit in fused
        ]

    def clear(self) -> None:
        if not self.folder.exists():
            return
        self._lease.release()
        with self._lease.claim(self._close_elsewhere):
            shutil.rmtree(self.folder)

    def close(self) -> None:
        self._lease.release()

    @contextlib.contextmanager
    def _shard(self) -> Iterator[Any]:
        try:
            with self._lease.use() as shard:
                yield shard
        except BaseException as error:
            if not _is_engine_failure(error):
                raise
            with contextlib.suppress(BaseException):
                self._lease.release()  # the next use opens it anew
            raise StoreUnavailable(f"the embedded store failed ({error}): {DAMAGED}") from error

    def _exists(self) -> bool:
        return (self.folder / "store.json").exists()

    def _create(self) -> None:
        """Create the shard with its indexes, all or nothing: it appears by one rename."""
        if self._exists():
            return
        draft = self.folder.with_name(self.folder.name + ".new")
        shutil.rmtree(draft, ignore_errors=True)
        (draft / "shard").mkdir(parents=True)
        shard = engine.EdgeShard.create(str(draft / "shard"), _config(self.dimension))
        _create_indexes(shard)
        shard.close()
        about = {
            "schema": SCHEMA,
            "dimension": self.dimension,
            "fingerprint": self.fingerprint,
        }
        (draft / "store.json").write_text(json.dumps(about, indent=2) + "\n")
        draft.rename(self.folder)

    def _load(self) -> Any:
        """Open the shard; raise `Held` while another process has it."""
        self._check_space()
        if not self._open_lock.acquire():
            raise Held
        try:
            if is_locked(self.folder / "shard" / "wal"):
                raise Held  # by a program that does not know our lock
            shutil.rmtree(self.folder / "shard" / "temp_segments", ignore_errors=True)
            return engine.EdgeShard.load(str(self.folder / "shard"))
        except BaseException as error:
            self._open_lock.release()
            if not _is_engine_failure(error):
                raise
            raise StoreUnavailable(
                f"the embedded store {self.folder} cannot be opened ({error}): {DAMAGED}"
            ) from error

    def _close(self, shard: Any) -> None:
        try:
            shard.close()
        finally:
            self._open_lock.release()

    def _close_elsewhere(self) -> None:
        """Succeed once no other process has the shard open; a damaged one has no holder."""
        try:
            self._close(self._load())
        except (StoreUnavailable, ModelMismatch) as error:
            log.info("clearing %s: %s", self.folder, error)

    def _check_space(self) -> None:
        try:
            about = json.loads((self.folder / "store.json").read_text())
            found, schema = str(about["fingerprint"]), int(about["schema"])
        except (OSError, ValueError, KeyError) as error:
            raise StoreUnavailable(
                f"{self.folder / 'store.json'} is damaged ({error}): {DAMAGED}"
            ) from error
        if schema != SCHEMA:
            raise StoreUnavailable(f"{self.folder} has schema {schema}, not {SCHEMA}: {DAMAGED}")
        if found != self.fingerprint:
            raise ModelMismatch(
                f"the store {self.folder} was built with model {found[:12]}, not "
                f"{self.fingerprint[:12]}: name that model, or use another BTOK_HOME"
            )


def _is_engine_failure(error: BaseException) -> bool:
    """The engine raises bare `Exception`, and `PanicException` (no `Exception`) on damage."""
    return type(error) is Exception or type(error).__name__ == "PanicException"


def _config(dimension: int) -> Any:
    cosine = engine.Distance.Cosine
    best_chunk = engine.MultiVectorConfig(engine.MultiVectorComparator.MaxSim)
    return engine.EdgeConfig(
        vectors={
            layout.IMAGE: engine.EdgeVectorParams(size=dimension, distance=cosine),
            layout.TEXT: engine.EdgeVectorParams(
                size=dimension, distance=cosine, multivector_config=best_chunk
            ),
        },
        quantization_config=engine.TurboQuantQuantizationConfig(
            bits=engine.TurboQuantBitSize.Bits4
        ),
    )


def _create_indexes(shard: Any) -> None:
    words = engine.TextIndexParams(
        tokenizer=engine.TokenizerType.Word, lowercase=True, scoring=True
    )
    schema: dict[str, Any] = {layout.WORDS_FIELD: words}
    schema |= dict.fromkeys(layout.KEYWORD_FIELDS, engine.PayloadSchemaType.Keyword)
    schema |= dict.fromkeys(layout.FLOAT_FIELDS, engine.PayloadSchemaType.Float)
    for name, kind in schema.items():
        shard.update(engine.UpdateOperation.create_field_index(name, kind))


def _to_engine(point: Point) -> Any:
    vectors = {name: vector.tolist() for name, vector in point.vectors.items()}
    return engine.Point(point.id, vectors, dict(point.payload))


def _to_filter(where: Filter | None) -> Any:
    must = [_to_condition(condition) for condition in layout.conditions(where)]
    return engine.Filter(must=must) if must else None


def _to_condition(condition: layout.Condition) -> Any:
    if isinstance(condition, layout.Equals):
        return engine.FieldCondition(condition.field, match=engine.MatchValue(condition.value))
    if isinstance(condition, layout.AnyOf):
        values = list(condition.values)
        return engine.FieldCondition(condition.field, match=engine.MatchAny(values))
    span = engine.RangeFloat(gte=condition.at_least, lt=condition.below)
    return engine.FieldCondition(condition.field, range=span)


def _to_request(leg: Leg, where: Filter | None, limit: int) -> Any:
    wanted = layout.narrowed(where, leg)
    query = (
        engine.TextQuery(layout.WORDS_FIELD, leg.words)
        if leg.words is not None
        else engine.Query.Nearest(layout.leg_vector(leg).tolist(), using=leg.name)
    )
    rescored = engine.QuantizationSearchParams(rescore=True, oversampling=layout.OVERSAMPLING)
    return engine.QueryRequest(
        limit=max(limit, layout.LEG_LIMIT),
        query=query,
        filter=_to_filter(wanted),
        score_threshold=leg.min_score,
        params=None if leg.words is not None else engine.SearchParams(quantization=rescored),
        with_payload=False,
    )
