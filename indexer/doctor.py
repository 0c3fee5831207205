"""Is the index whole? Compare ledger, store and vector cache, and rebuild the store from them."""

from __future__ import annotations

import importlib.metadata
import itertools
import random
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from indexer.ledger import Ledger, Space, UnitRow
from indexer.stores.layout import IMAGE, TEXT, build_payload
from indexer.types import Embedder, Filter, IndexerError, Leg, Point, VectorStore
from indexer.vector_cache import VectorCache

SAMPLED = 20
SAME = 0.999  # cosine of a vector with its stored self, after quantization and rescoring
LISTED = 3
PACKAGES = (
    "btok-search",
    "torch",
    "transformers",
    "sentence-transformers",
    "qdrant-edge-py",
    "qdrant-client",
)
OTHER_HOME = "another home shares the collection? set BTOK_QDRANT__COLLECTION for one of them"
REPAIR = "run `python -m indexer doctor --repair`"


@dataclass(frozen=True, slots=True)
class Check:
    """One question to the index and its answer."""

    name: str
    is_ok: bool
    detail: str


@dataclass(frozen=True, slots=True)
class DoctorReport:
    """Every check, in the order they were made."""

    checks: tuple[Check, ...]

    @property
    def is_ok(self) -> bool:
        return all(check.is_ok for check in self.checks)


def examine(
    *,
    home: Path,
    ledger: Ledger,
    cache: VectorCache | None,
    store: VectorStore | None,
    embedder: Embedder,
    space: Space | None,
    is_shared: bool = False,
) -> DoctorReport:
    """Ask everything; `store` and `cache` are None when nothing was ever indexed.

    A shared store may hold points of other homes.
    """
    checks = [_check_ledger(ledger), _check_files(ledger)]
    if store is not None and cache is not None and space is not None:
        stray = OTHER_HOME if is_shared else REPAIR
        checks.append(_check_ids(ledger, store, stray_remedy=stray))
        checks.append(_check_vectors(ledger, cache, store, space))
    checks += [check_model(embedder, space), _check_disk(home), _list_versions()]
    return DoctorReport(tuple(checks))


def restore(
    units: Iterable[UnitRow], *, cache: VectorCache, store: VectorStore, fingerprint: str
) -> list[str]:
    """Write units from the vector cache to the store; return the paths that must be read again."""
    missing: set[str] = set()

    def points() -> Iterator[Point]:
        for unit in units:
            point = _from_cache(unit, cache, fingerprint)
            if point is None:
                missing.add(str(unit.path))
            else:
                yield point

    stream = points()
    while batch := list(itertools.islice(stream, 256)):
        store.upsert(batch)
    return sorted(missing)


def is_cached(unit: UnitRow, cache: VectorCache, space: Space | None) -> bool:
    """Tell whether the vectors of a unit can be taken from the vector cache."""
    return space is not None and cache.find_unit(unit, space.fingerprint) is not None


def _from_cache(unit: UnitRow, cache: VectorCache, fingerprint: str) -> Point | None:
    found = cache.find_unit(unit, fingerprint)
    if found is None:
        return None
    vectors = {IMAGE: found.image}
    if found.chunks is not None:
        vectors[TEXT] = found.chunks
    return Point(unit.id, vectors, build_payload(unit.path, unit.mtime_ns, found.unit))


def _check_ledger(ledger: Ledger) -> Check:
    ok = ledger.is_intact()
    return Check("ledger", ok, "intact" if ok else f"{ledger.path} is damaged: restore a backup")


def _check_files(ledger: Ledger) -> Check:
    """Count files that an ingest left half-way, or whose vectors are lost."""
    count = ledger.count_pending()
    if count:
        return Check("files", False, f"{count} files must be read again: run the ingest again")
    return Check("files", True, f"{ledger.count_done()} files are indexed")


def _check_ids(ledger: Ledger, store: VectorStore, *, stray_remedy: str) -> Check:
    stored, known = store.ids(), ledger.known_ids()
    live = {unit.id for unit in ledger.live_units()}
    orphans, lost = stored - known, live - stored
    detail = f"{len(live)} units in the ledger, {len(stored)} points in the store"
    for what, ids, remedy in (
        ("points without a unit", orphans, stray_remedy),
        ("units without a point", lost, REPAIR),
    ):
        if ids:
            some = ", ".join(sorted(ids)[:LISTED])
            detail += f"; {len(ids)} {what} ({some}): {remedy}"
    return Check("points", not orphans and not lost, detail)


def _check_vectors(ledger: Ledger, cache: VectorCache, store: VectorStore, space: Space) -> Check:
    """Ask the store for units by their own vectors: each must find itself with cosine 1."""
    units = list(ledger.live_units())
    sample = random.sample(units, min(SAMPLED, len(units)))
    wrong = [unit for unit in sample if not _finds_itself(unit, cache, store, space)]
    if not wrong:
        return Check("vectors", True, f"{len(sample)} random units found themselves")
    some = ", ".join(f"{unit.path} {unit.locator}" for unit in wrong[:LISTED])
    return Check("vectors", False, f"{len(wrong)} of {len(sample)} did not ({some}): {REPAIR}")


def _finds_itself(unit: UnitRow, cache: VectorCache, store: VectorStore, space: Space) -> bool:
    point = _from_cache(unit, cache, space.fingerprint)
    if point is None:
        return False
    vector = np.asarray(point.vectors[IMAGE])
    found = store.query([Leg(IMAGE, vector=vector)], where=Filter(paths=(unit.path,)), limit=1000)
    mine = next((hit for hit in found if hit.id == unit.id), None)
    return mine is not None and mine.legs[0].score > SAME


def check_model(embedder: Embedder, space: Space | None) -> Check:
    """Load the model, which tests itself, and compare it with the collection's."""
    try:
        fingerprint = embedder.fingerprint
        vector = embedder.encode_query([{"text": "a test"}])[0]
    except IndexerError as error:
        return Check("model", False, str(error))
    if abs(float(np.linalg.norm(vector)) - 1.0) > 1e-3:
        return Check("model", False, f"{embedder.name} returns vectors that are not normalised")
    if space is not None and fingerprint != space.fingerprint:
        named = f"set BTOK_EMBEDDER__MODEL={space.model}, or give another BTOK_HOME"
        remedy = "put the version back that built it" if space.model == embedder.name else named
        return Check(
            "model", False, f"{embedder.name} is not the model of this collection: {remedy}"
        )
    tested = "self-test passed" if getattr(embedder, "is_sealed", False) else "has no self-test"
    detail = f"{embedder.name} {fingerprint[:12]}, {vector.size} dimensions, {tested}"
    return Check("model", True, detail)


def _check_disk(home: Path) -> Check:
    files = [path for path in home.rglob("*") if path.is_file()] if home.exists() else []
    used = sum(path.stat().st_blocks * 512 for path in files)
    existing = next(place for place in (home, *home.parents) if place.exists())
    free = shutil.disk_usage(existing).free
    detail = f"{home} takes {used / 1e6:.1f} MB, {free / 1e9:.1f} GB are free"
    return Check("disk", free > 1e9, detail)


def _list_versions() -> Check:
    found = []
    for package in PACKAGES:
        try:
            found.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            found.append(f"{package} not installed")
    return Check("versions", True, ", ".join(found))
