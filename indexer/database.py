"""The SQLite files of a home: opened one way, their failures said in one sentence."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from indexer.types import StoreUnavailable

WAIT_S = 30.0  # for another process that writes


def open_database(
    path: Path | str, *, synchronous: Literal["FULL", "NORMAL"]
) -> sqlite3.Connection:
    """Connect in WAL mode, transactions by hand, usable from every thread.

    Raises:
        sqlite3.Error: the file is damaged, or no database.
    """
    database = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=WAIT_S)
    try:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute(f"PRAGMA synchronous = {synchronous}")
    except BaseException:
        database.close()
        raise
    return database


@contextmanager
def explained(what: str, *, remedy: str) -> Iterator[None]:
    """Turn what SQLite raises into `StoreUnavailable("{what} ... ({reason}): {remedy}")`."""
    try:
        yield
    except sqlite3.Error as error:
        raise StoreUnavailable(f"{what} cannot be used ({error}): {remedy}") from error


def is_damage(error: sqlite3.Error) -> bool:
    """Tell whether the file itself is bad, not busy, full or closed (all of them subclasses)."""
    return type(error) is sqlite3.DatabaseError
