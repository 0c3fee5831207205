"""The ledger: which files are indexed, as which units, in which state. The truth of the index.

SQLite in WAL mode; the store and the vector cache can be rebuilt, this cannot. What makes an
interrupted ingest harmless is the order of four steps, and that every id is written here before
it is written to the store:

    begin      file pending; its units become `old`
    add_units  units pending                              then the store is written and flushed
    finish     file done; pending units live, old stale   one transaction
    sweep      stale points leave the store               then `forget` drops their rows
"""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from indexer.database import explained, open_database
from indexer.facets import FileCount
from indexer.types import (
    Asset,
    Document,
    Hit,
    Modality,
    Quarantined,
    StoreUnavailable,
    Unit,
)

MIGRATIONS = (
    """
    CREATE TABLE collection (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        model TEXT NOT NULL, fingerprint TEXT NOT NULL, dimension INTEGER NOT NULL
    );
    CREATE TABLE files (
        path TEXT PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
        content_hash TEXT, fingerprint TEXT NOT NULL, reading TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('pending', 'done', 'quarantined')), reason TEXT
    );
    CREATE TABLE units (
        id TEXT PRIMARY KEY, path TEXT NOT NULL, locator TEXT NOT NULL, modality TEXT NOT NULL,
        page INTEGER, start_seconds REAL, end_seconds REAL, content_hash TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('old', 'pending', 'live', 'stale'))
    );
    CREATE INDEX units_by_path ON units (path);
    CREATE INDEX units_by_state ON units (state);
    """,
)

REMEDY = "restore a backup of it, or give another BTOK_HOME and ingest there"
DONE = "done"
QUARANTINED = "quarantined"


def path_text(path: Path | str) -> str:
    """Return a path as it is recorded; bytes that are no UTF-8 are shown as escapes."""
    return str(path).encode("utf-8", "backslashreplace").decode("utf-8")


@dataclass(frozen=True, slots=True)
class Space:
    """The vector space of a collection: the model's name, its fingerprint, the dimension."""

    model: str
    fingerprint: str
    dimension: int


@dataclass(frozen=True, slots=True)
class FileRow:
    """What the ledger knows of a file; `reading` digests the load options it was read with."""

    path: str
    size: int
    mtime_ns: int
    content_hash: str | None
    reading: str
    state: str
    reason: str | None

    def is_version(self, asset: Asset) -> bool:
        """Tell whether the file still has the size and modification time it had."""
        return self.size == asset.size and self.mtime_ns == asset.mtime_ns


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit and the version of the file it was cut from."""

    id: str
    path: Path
    locator: str
    modality: Modality
    page: int | None
    start_seconds: float | None
    end_seconds: float | None
    content_hash: str
    size: int
    mtime_ns: int
    reading: str

    def is_at(self, fragment: str) -> bool:
        """Tell whether the unit is `page=3`, or its clip shows `t=12.5` (seconds)."""
        name, _, value = fragment.partition("=")
        try:
            number = float(value)
        except ValueError:
            return False
        if name == "t" and self.start_seconds is not None and self.end_seconds is not None:
            return self.start_seconds <= number < self.end_seconds
        return name == "page" and self.page == number

    def to_hit(self) -> Hit:
        """Return the unit as a hit that no question found."""
        return Hit(
            rank=1,
            score=0.0,
            id=self.id,
            path=self.path,
            locator=self.locator,
            modality=self.modality,
            page=self.page,
            start_seconds=self.start_seconds,
            end_seconds=self.end_seconds,
        )


class Ledger:
    """Open (and migrate) the ledger; an absent file is an empty ledger until it is written."""

    def __init__(self, path: Path, *, create: bool = True) -> None:
        self.path = path
        self._lock = threading.RLock()
        if create:
            path.parent.mkdir(parents=True, exist_ok=True)
        self.is_on_disk = create or path.exists()
        place = path if self.is_on_disk else ":memory:"
        with self._explained(), ExitStack() as undo:
            self._db = open_database(place, synchronous="FULL")
            undo.callback(self._db.close)
            self._migrate()
            undo.pop_all()

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Commit everything of the block or nothing; nests into the outer transaction."""
        with self._lock:
            if self._db.in_transaction:
                yield self._db
                return
            with self._explained():
                self._db.execute("BEGIN IMMEDIATE")
                try:
                    yield self._db
                    self._db.execute("COMMIT")
                except BaseException:
                    if self._db.in_transaction:
                        self._db.execute("ROLLBACK")
                    raise

    def space(self) -> Space | None:
        """Return the space of the collection, None before the first unit."""
        row = self._one("SELECT model, fingerprint, dimension FROM collection")
        return Space(*row) if row else None

    def write_space(self, space: Space) -> None:
        with self.transaction() as db:
            db.execute(
                "INSERT OR REPLACE INTO collection VALUES (1, ?, ?, ?)",
                (space.model, space.fingerprint, space.dimension),
            )

    def files(self) -> dict[str, FileRow]:
        """Return every known file by path."""
        rows = self._all(
            "SELECT path, size, mtime_ns, content_hash, reading, state, reason FROM files"
        )
        return {row[0]: FileRow(*row) for row in rows}

    def begin(self, asset: Asset, content_hash: str, *, fingerprint: str, reading: str) -> None:
        """Start a new version of a file: what it has in the store is from now on `old`."""
        with self.transaction() as db:
            self._write_file(db, asset, content_hash, fingerprint, reading, "pending", None)
            db.execute("UPDATE units SET state = 'old' WHERE path = ?", (path_text(asset.path),))

    def add_units(self, path: Path, content_hash: str, units: Iterable[tuple[str, Unit]]) -> None:
        """Record (id, unit) pairs that are about to be written to the store."""
        with self.transaction() as db:
            db.executemany(
                "INSERT OR REPLACE INTO units VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'pending')",
                [
                    (
                        unit_id,
                        path_text(path),
                        unit.locator,
                        unit.modality.value,
                        unit.page,
                        unit.start_seconds,
                        unit.end_seconds,
                        content_hash,
                    )
                    for unit_id, unit in units
                ],
            )

    def finish(self, path: Path) -> None:
        """Mark a file done: every unit of this version is in the store."""
        with self.transaction() as db:
            for before, after in (("old", "stale"), ("pending", "live")):
                db.execute(
                    "UPDATE units SET state = ? WHERE path = ? AND state = ?",
                    (after, path_text(path), before),
                )
            db.execute(
                "UPDATE files SET state = 'done', reason = NULL WHERE path = ?", (path_text(path),)
            )

    def quarantine(
        self, asset: Asset, content_hash: str | None, *, fingerprint: str, reading: str, reason: str
    ) -> None:
        """Record why a file is not indexed; what it had in the store becomes stale."""
        with self.transaction() as db:
            self._write_file(db, asset, content_hash, fingerprint, reading, QUARANTINED, reason)
            db.execute("UPDATE units SET state = 'stale' WHERE path = ?", (path_text(asset.path),))

    def reopen(self, paths: Iterable[str]) -> None:
        """Make the next ingest read these files again."""
        with self.transaction() as db:
            rows = [(path,) for path in paths]
            db.executemany("UPDATE files SET state = 'pending' WHERE path = ?", rows)

    def remove(self, paths: Sequence[str]) -> None:
        """Forget files; what they had in the store becomes stale."""
        with self.transaction() as db:
            rows = [(path,) for path in paths]
            db.executemany("UPDATE units SET state = 'stale' WHERE path = ?", rows)
            db.executemany("DELETE FROM files WHERE path = ?", rows)

    def stale_ids(self) -> list[str]:
        """Return the ids of points that must leave the store."""
        return [row[0] for row in self._all("SELECT id FROM units WHERE state = 'stale'")]

    def forget(self, ids: Iterable[str]) -> None:
        """Drop stale units that have left the store."""
        with self.transaction() as db:
            rows = [(unit,) for unit in ids]
            db.executemany("DELETE FROM units WHERE id = ? AND state = 'stale'", rows)

    def known_ids(self) -> set[str]:
        """Return every id that may be in the store."""
        return {row[0] for row in self._all("SELECT id FROM units")}

    def unit(self, unit_id: str) -> UnitRow | None:
        """Return the unit of this id, also of a file that is being indexed right now."""
        return next(self._units("id = ? AND units.state IN ('live', 'pending')", unit_id), None)

    def live_units(self) -> Iterator[UnitRow]:
        """Yield the units of finished files."""
        return self._units("units.state = 'live' AND files.state = 'done' ORDER BY path, id")

    def _units(self, which: str, *values: object) -> Iterator[UnitRow]:
        rows = self._all(
            "SELECT id, path, locator, modality, page, start_seconds, end_seconds,"
            " units.content_hash, size, mtime_ns, reading"
            f" FROM units JOIN files USING (path) WHERE {which}",
            *values,
        )
        for row in rows:
            yield UnitRow(row[0], Path(row[1]), row[2], Modality(row[3]), *row[4:])

    def count_done(self) -> int:
        return int(self._all("SELECT count(*) FROM files WHERE state = 'done'")[0][0])

    def count_pending(self) -> int:
        """Return how many files must be read (again)."""
        return int(self._all("SELECT count(*) FROM files WHERE state = 'pending'")[0][0])

    def count_live(self) -> int:
        return int(self._all("SELECT count(*) FROM units WHERE state = 'live'")[0][0])

    def units_by_modality(self) -> dict[str, int]:
        """Return how many units of finished files there are of each modality."""
        rows = self._all(
            "SELECT modality, count(*) FROM units JOIN files USING (path)"
            " WHERE units.state = 'live' AND files.state = 'done' GROUP BY modality"
        )
        return {kind.value: 0 for kind in Modality} | dict(rows)

    def documents(self) -> list[Document]:
        """Return every finished file with its units, sorted by path."""
        rows = self._all(
            "SELECT path, size, modality, count(*) FROM files JOIN units USING (path)"
            " WHERE files.state = 'done' AND units.state = 'live' GROUP BY path ORDER BY path"
        )
        return [Document(Path(row[0]), row[1], Modality(row[2]), row[3]) for row in rows]

    def stamp(self) -> str:
        """Return a text that changes when units come, go or are indexed anew."""
        digest = hashlib.sha256()
        for row in self._all("SELECT id, content_hash FROM units WHERE state = 'live' ORDER BY id"):
            digest.update(f"{row[0]} {row[1]}\n".encode())
        return digest.hexdigest()[:16]

    def file_counts(self) -> list[FileCount]:
        """Return how many units of each kind every finished file has."""
        rows = self._all(
            "SELECT path, modality, mtime_ns / 1e9, count(*) FROM units JOIN files USING (path)"
            " WHERE units.state = 'live' AND files.state = 'done' GROUP BY path, modality"
        )
        return [FileCount(row[0], Modality(row[1]), row[2], row[3]) for row in rows]

    def units_of(self, path: Path) -> list[UnitRow]:
        """Return the units of a finished file in reading order."""
        which = (
            "path = ? AND units.state = 'live' AND files.state = 'done'"
            " ORDER BY page, start_seconds, locator"
        )
        return list(self._units(which, path_text(path)))

    def quarantined(self) -> list[Quarantined]:
        rows = self._all(
            "SELECT path, reason FROM files WHERE state = ? ORDER BY path", QUARANTINED
        )
        return [Quarantined(Path(path), reason) for path, reason in rows]

    def content_hashes(self) -> set[str]:
        """Return the versions that some file has."""
        return {row[0] for row in self._all("SELECT DISTINCT content_hash FROM files") if row[0]}

    def is_intact(self) -> bool:
        try:
            return self._one("PRAGMA quick_check") == ("ok",)
        except StoreUnavailable:
            return False

    def _write_file(self, db: sqlite3.Connection, asset: Asset, *values: str | None) -> None:
        db.execute(
            "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (path_text(asset.path), asset.size, asset.mtime_ns, *values),
        )

    def _migrate(self) -> None:
        version = int(self._db.execute("PRAGMA user_version").fetchone()[0])
        if version > len(MIGRATIONS):
            raise StoreUnavailable(
                f"the ledger {self.path} has version {version}, this program knows "
                f"{len(MIGRATIONS)}: use the newer program that wrote it"
            )
        for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
            self._db.executescript(f"BEGIN; {script} PRAGMA user_version = {number}; COMMIT;")

    def _explained(self) -> AbstractContextManager[None]:
        return explained(f"the ledger {self.path}", remedy=REMEDY)

    def _all(self, statement: str, *values: object) -> list[tuple]:  # type: ignore[type-arg]
        with self._lock, self._explained():
            return self._db.execute(statement, values).fetchall()

    def _one(self, statement: str) -> tuple | None:  # type: ignore[type-arg]
        with self._lock, self._explained():
            row: tuple | None = self._db.execute(statement).fetchone()  # type: ignore[type-arg]
            return row
