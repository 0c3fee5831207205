"""A Qdrant server or cluster by URL; with `in_memory()` the client's own engine, for tests."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

import numpy as np
from qdrant_client import QdrantClient, models
from qdrant_client.common.client_exceptions import ResourceExhaustedResponse
from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse

from indexer.fusion import fuse
from indexer.stores import layout
from indexer.types import (
    Filter,
    Leg,
    ModelMismatch,
    Point,
    ScoredPoint,
    StoreUnavailable,
    UsageError,
)

log = logging.getLogger(__name__)
T = TypeVar("T")

MEMORY = ":memory:"
BATCH = 64
PAUSES_S = (0.2, 0.8, 3.2)  # between attempts; only for a busy or unreachable server
RESCORED = models.SearchParams(
    quantization=models.QuantizationSearchParams(rescore=True, oversampling=layout.OVERSAMPLING)
)


class ServerStore:
    """A collection on a server; nothing is created before `prepare` or the first upsert."""

    def __init__(
        self,
        client: QdrantClient,
        *,
        collection: str,
        dimension: int,
        fingerprint: str,
        place: str = MEMORY,
        pauses_s: Sequence[float] = PAUSES_S,
    ) -> None:
        self.collection = collection
        self.dimension = dimension
        self.fingerprint = fingerprint
        self.place = place
        self._client = client
        self._pauses_s = pauses_s
        self._is_checked = False

    @classmethod
    def connect(
        cls, url: str, *, api_key: str | None = None, timeout_s: float = 30.0, **space: Any
    ) -> ServerStore:
        """Prepare a connection; the server is first asked at the first call."""
        if not url.startswith(("http://", "https://")):
            raise UsageError(f"the server URL is {url!r}: start it with http:// or https://")
        client = QdrantClient(
            url=url, api_key=api_key, timeout=int(timeout_s), check_compatibility=False
        )
        return cls(client, place=url, **space)

    @classmethod
    def in_memory(cls, **space: Any) -> ServerStore:
        """Return a store that lives as long as this object."""
        return cls(QdrantClient(MEMORY), **space)

    def __str__(self) -> str:
        return f"server {self.place} collection {self.collection}"

    def prepare(self) -> None:
        if not self._exists():
            self._create()

    def upsert(self, points: Sequence[Point]) -> None:
        layout.check_points(points, dimension=self.dimension)
        if points:
            self.prepare()
        for start in range(0, len(points), BATCH):
            batch = [_to_struct(point) for point in points[start : start + BATCH]]
            self._ask(partial(self._client.upsert, self.collection, batch, wait=True))

    def delete(self, ids: Iterable[str]) -> None:
        doomed = list(ids)
        if not doomed or not self._exists():
            return
        which = models.PointIdsList(points=list(doomed))
        self._ask(lambda: self._client.delete(self.collection, which, wait=True))

    def ids(self) -> set[str]:
        found: set[str] = set()
        offset: Any = None
        while self._exists():
            records, offset = self._ask(
                partial(
                    self._client.scroll,
                    self.collection,
                    limit=10_000,
                    offset=offset,
                    with_payload=False,
                )
            )
            found.update(str(record.id) for record in records)
            if offset is None:
                break
        return found

    def count(self, where: Filter | None = None) -> int:
        if not self._exists():
            return 0
        which = _to_filter(where)
        return self._ask(lambda: self._client.count(self.collection, which, exact=True)).count

    def vectors(self, ids: Sequence[str]) -> dict[str, Mapping[str, np.ndarray]]:
        if not ids or not self._exists():
            return {}
        records = self._ask(
            lambda: self._client.retrieve(
                self.collection, list(ids), with_payload=False, with_vectors=True
            )
        )
        found: dict[str, Any] = {str(record.id): record.vector for record in records}
        return {unit: layout.to_arrays(vectors) for unit, vectors in found.items()}

    def query(
        self, legs: Sequence[Leg], *, where: Filter | None = None, limit: int = 10
    ) -> list[ScoredPoint]:
        if not legs or not self._exists():
            return []
        requests = [self._to_request(leg, where, limit) for leg in legs]
        results = self._ask(lambda: self._client.query_batch_points(self.collection, requests))
        scores = [[(str(hit.id), hit.score) for hit in found.points] for found in results]
        fused = fuse(legs, scores, limit=limit)
        wanted = [unit.id for unit in fused]
        records = self._ask(lambda: self._client.retrieve(self.collection, wanted))
        payloads = {str(record.id): dict(record.payload or {}) for record in records}
        return [  # a unit deleted since the ranking is no longer there
            ScoredPoint(unit.id, unit.score, payloads[unit.id], tuple(unit.legs))
            for unit in fused
            if unit.id in payloads
        ]

    def clear(self) -> None:
        """Drop the collection; raise ModelMismatch when it is of another model by now."""
        self._is_checked = False
        if not self._exists():
            return
        self._ask(lambda: self._client.delete_collection(self.collection))
        self._is_checked = False

    def close(self) -> None:
        self._client.close()

    def _exists(self) -> bool:
        """Return whether the collection is there; raise when another model built it."""
        if self._is_checked:
            return True
        if not self._ask(lambda: self._client.collection_exists(self.collection)):
            return False
        about = self._ask(lambda: self._client.get_collection(self.collection))
        found = str((about.config.metadata or {}).get("fingerprint", "unknown"))
        if found != self.fingerprint:
            raise ModelMismatch(
                f"collection {self.collection!r} was built with model {found[:12]}, not "
                f"{self.fingerprint[:12]}: name that model, or set BTOK_QDRANT__COLLECTION"
            )
        self._add_indexes(known=about.payload_schema)
        self._is_checked = True
        return True

    def _create(self) -> None:
        cosine = models.Distance.COSINE
        best_chunk = models.MultiVectorConfig(comparator=models.MultiVectorComparator.MAX_SIM)
        vectors = {
            layout.IMAGE: models.VectorParams(size=self.dimension, distance=cosine),
            layout.TEXT: models.VectorParams(
                size=self.dimension, distance=cosine, multivector_config=best_chunk
            ),
        }
        bits4 = models.TurboQuantQuantizationConfig(bits=models.TurboQuantBitSize.BITS4)
        self._ask(
            lambda: self._client.create_collection(
                self.collection,
                vectors_config=vectors,
                quantization_config=models.TurboQuantization(turbo=bits4),
                metadata={"fingerprint": self.fingerprint},
            )
        )
        self._add_indexes(known=())

    def _add_indexes(self, *, known: Container[str]) -> None:
        """Create the payload indexes that are missing, also after a creation that was cut off."""
        for name, kind in _indexes().items():
            is_needed = (
                self.place != MEMORY or name == layout.WORDS_FIELD
            )  # others do nothing there
            if is_needed and name not in known:
                index = partial(self._client.create_payload_index, self.collection, name, kind)
                self._ask(index)

    def _to_request(self, leg: Leg, where: Filter | None, limit: int) -> models.QueryRequest:
        query: Any
        if leg.words is not None:
            query, params = models.TextQuery(text=leg.words), None
        else:
            vector = layout.leg_vector(leg).tolist()
            query = [vector] if leg.name == layout.TEXT else vector
            params = None if self.place == MEMORY else RESCORED
        return models.QueryRequest(
            query=query,
            using=layout.WORDS_FIELD if leg.words is not None else leg.name,
            filter=_to_filter(layout.narrowed(where, leg)),
            limit=max(limit, layout.LEG_LIMIT),
            score_threshold=leg.min_score,
            params=params,
            with_payload=False,
        )

    def _ask(self, request: Callable[[], T]) -> T:
        """Call the server; wait and try again while it is busy or unreachable."""
        for pause_s in (*self._pauses_s, None):
            try:
                return request()
            except (ResponseHandlingException, ResourceExhaustedResponse) as error:
                reason: Exception = error
            except UnexpectedResponse as error:
                reason = error
                if error.status_code is not None and error.status_code < 500:
                    raise StoreUnavailable(f"{self} refused the request: {error}") from error
            if pause_s is not None:
                log.info("%s: %s; trying again in %g s", self, reason, pause_s)
                time.sleep(pause_s)
        raise StoreUnavailable(
            f"{self} cannot be reached ({reason}): is it running, and is the URL right?"
        ) from reason


def _indexes() -> dict[str, Any]:
    words = models.TextIndexParams(
        type=models.TextIndexType.TEXT,
        tokenizer=models.TokenizerType.WORD,
        lowercase=True,
        scoring=True,
    )
    return {
        layout.WORDS_FIELD: words,
        **dict.fromkeys(layout.KEYWORD_FIELDS, models.PayloadSchemaType.KEYWORD),
        **dict.fromkeys(layout.FLOAT_FIELDS, models.PayloadSchemaType.FLOAT),
    }


def _to_struct(point: Point) -> models.PointStruct:
    vectors = {name: vector.tolist() for name, vector in point.vectors.items()}
    return models.PointStruct(id=point.id, vector=vectors, payload=dict(point.payload))


def _to_filter(where: Filter | None) -> models.Filter | None:
    must: list[Any] = [_to_condition(condition) for condition in layout.conditions(where)]
    return models.Filter(must=must) if must else None


def _to_condition(condition: layout.Condition) -> models.FieldCondition:
    if isinstance(condition, layout.Equals):
        match = models.MatchValue(value=condition.value)
        return models.FieldCondition(key=condition.field, match=match)
    if isinstance(condition, layout.AnyOf):
        either = models.MatchAny(any=list(condition.values))
        return models.FieldCondition(key=condition.field, match=either)
    span = models.Range(gte=condition.at_least, lt=condition.below)
    return models.FieldCondition(key=condition.field, range=span)
