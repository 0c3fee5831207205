"""Vectors by content: what was once encoded is never encoded again.

Keyed by model fingerprint, content hash, how the file was read, and locator. A renamed file, a
second copy, a rebuilt store and an interrupted ingest find their vectors here; a content whose
units are all here is not even decoded again. Text is kept beside the vectors so that the store
can be rebuilt from this file and the ledger alone.

A unit costs 4 bytes per dimension for its picture, the same for each text chunk, and its text.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from indexer.database import is_damage, open_database
from indexer.types import Modality, StoreUnavailable, Unit

if TYPE_CHECKING:
    from indexer.ledger import UnitRow

log = logging.getLogger(__name__)

SCHEMA = """
CREATE TABLE IF NOT EXISTS units (
    fingerprint TEXT, content_hash TEXT, reading TEXT, locator TEXT, number INTEGER,
    modality TEXT, page INTEGER, start_seconds REAL, end_seconds REAL, text TEXT,
    dimension INTEGER, image BLOB, chunks BLOB,
    PRIMARY KEY (fingerprint, content_hash, reading, locator)
);
CREATE TABLE IF NOT EXISTS contents (
    fingerprint TEXT, content_hash TEXT, reading TEXT, size INTEGER, units INTEGER,
    PRIMARY KEY (fingerprint, content_hash, reading)
);
CREATE INDEX IF NOT EXISTS contents_by_size ON contents (size);
"""
COLUMNS = (
    "locator, modality, page, start_seconds, end_seconds, text, dimension, image, chunks, number"
)


@dataclass(frozen=True, slots=True)
class ContentKey:
    """One content as one model sees it."""

    fingerprint: str
    content_hash: str
    reading: str

    def values(self) -> tuple[str, str, str]:
        return (self.fingerprint, self.content_hash, self.reading)


@dataclass(frozen=True, slots=True)
class EncodedUnit:
    """A unit (its `media` may be gone) and its vectors: image (D,), chunks (n, D) or None."""

    unit: Unit
    image: np.ndarray
    chunks: np.ndarray | None


class VectorCache:
    """Open the cache; a damaged file is moved aside for an empty one: it can be filled again.

    Damage that shows only later ends that operation with `StoreUnavailable`, the next one works.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._db = self._open()
        except sqlite3.Error as error:
            if not is_damage(error):
                raise StoreUnavailable(
                    f"the vector cache {path} cannot be opened ({error}): is the disk full, or "
                    "the file not yours?"
                ) from error
            self._move_aside(error)
            self._db = self._open()

    def close(self) -> None:
        self._db.close()

    def has_size(self, size: int) -> bool:
        """Tell whether a complete content of so many bytes is known: is hashing worth it?"""
        with self._used() as db:
            row = db.execute("SELECT 1 FROM contents WHERE size = ? LIMIT 1", (size,))
            return row.fetchone() is not None

    def is_complete(self, key: ContentKey) -> bool:
        """Tell whether every unit of a content is here."""
        statement = (
            "SELECT contents.units = (SELECT count(*) FROM units WHERE"
            " (fingerprint, content_hash, reading) = (?1, ?2, ?3)) FROM contents WHERE"
            " (fingerprint, content_hash, reading) = (?1, ?2, ?3)"
        )
        with self._used() as db:
            row = db.execute(statement, key.values()).fetchone()
        return bool(row and row[0])

    def iter_units(self, key: ContentKey) -> Iterator[EncodedUnit]:
        """Yield the known units of a content in reading order, a few at a time."""
        after = -1
        while True:
            with self._used() as db:
                rows = db.execute(
                    f"SELECT {COLUMNS} FROM units WHERE (fingerprint, content_hash, reading)"
                    " = (?, ?, ?) AND number > ? ORDER BY number LIMIT 64",
                    (*key.values(), after),
                ).fetchall()
            if not rows:
                return
            yield from (_to_unit(row) for row in rows)
            after = rows[-1][-1]

    def find_unit(self, unit: UnitRow, fingerprint: str) -> EncodedUnit | None:
        """Return a unit of the ledger as a model encoded it, None when it never did."""
        key = ContentKey(fingerprint, unit.content_hash, unit.reading)
        return self.find(key, unit.locator)

    def find(self, key: ContentKey, locator: str) -> EncodedUnit | None:
        """Return one unit of a content, None when it was never encoded."""
        with self._used() as db:
            row = db.execute(
                f"SELECT {COLUMNS} FROM units WHERE"
                " (fingerprint, content_hash, reading, locator) = (?, ?, ?, ?)",
                (*key.values(), locator),
            ).fetchone()
        return _to_unit(row) if row else None

    def put(self, entries: Sequence[tuple[ContentKey, int, EncodedUnit]]) -> None:
        """Keep encoded units, each with its number in reading order, in one transaction."""
        rows = [(*key.values(), *_to_row(number, entry)) for key, number, entry in entries]
        marks = ", ".join("?" * 13)
        self._write(f"INSERT OR REPLACE INTO units VALUES ({marks})", rows)

    def mark_complete(self, key: ContentKey, *, size: int, units: int) -> None:
        """Say that a content of `size` bytes has exactly so many units."""
        self._write(
            "INSERT OR REPLACE INTO contents VALUES (?, ?, ?, ?, ?)", [(*key.values(), size, units)]
        )

    def keep_only(self, content_hashes: Iterable[str]) -> None:
        """Drop every content that no file has any more."""
        with self._used() as db:
            known = db.execute("SELECT DISTINCT content_hash FROM units").fetchall()
            gone = {row[0] for row in known} - set(content_hashes)
        for table in ("units", "contents"):
            rows = [(content,) for content in gone]
            self._write(f"DELETE FROM {table} WHERE content_hash = ?", rows)

    def _write(self, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
        with self._used() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                db.executemany(statement, rows)
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise

    def _open(self) -> sqlite3.Connection:
        db = open_database(self.path, synchronous="NORMAL")
        try:
            db.executescript(SCHEMA)
        except BaseException:
            db.close()
            raise
        return db

    @contextmanager
    def _used(self) -> Iterator[sqlite3.Connection]:
        """Lend the connection to one thread; replace the file when it proves damaged."""
        with self._lock:
            try:
                yield self._db
            except sqlite3.Error as error:
                remedy = "is the disk full?"
                if is_damage(error):
                    self._db.close()
                    self._move_aside(error)
                    self._db = self._open()
                    remedy = "it was replaced by an empty one, run the same command again"
                raise StoreUnavailable(
                    f"the vector cache {self.path} cannot be used ({error}): {remedy}"
                ) from error

    def _move_aside(self, error: sqlite3.Error) -> None:
        aside = self.path.with_name(f"{self.path.name}.damaged")
        log.warning("%s is damaged (%s): kept as %s, starting anew", self.path, error, aside.name)
        self.path.replace(aside)
        for suffix in ("-wal", "-shm"):  # they belong to the old file
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)


def _to_row(number: int, entry: EncodedUnit) -> tuple[object, ...]:
    unit = entry.unit
    return (
        unit.locator,
        number,
        unit.modality.value,
        unit.page,
        unit.start_seconds,
        unit.end_seconds,
        unit.text.encode("utf-8", "replace").decode("utf-8"),
        entry.image.shape[-1],
        entry.image.astype("<f4").tobytes(),
        None if entry.chunks is None else entry.chunks.astype("<f4").tobytes(),
    )


def _to_unit(row: tuple) -> EncodedUnit:  # type: ignore[type-arg]
    locator, modality, page, start, end, text, dimension, image, chunks, _ = row
    unit = Unit(locator, Modality(modality), {}, text, page, start, end)
    return EncodedUnit(
        unit,
        np.frombuffer(image, dtype="<f4").copy(),
        None if chunks is None else np.frombuffer(chunks, dtype="<f4").reshape(-1, dimension),
    )
