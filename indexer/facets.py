"""Facets: what a search can be narrowed to, and how many units each choice would leave.

Counted from the ledger, of the units of finished files. Each facet obeys every filter but its own,
so that a person who chose pages still sees how many pictures there are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from indexer.types import Filter, Modality

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class FileCount:
    """How many units of one kind a file has; `modified` in seconds since 1970."""

    path: str
    modality: Modality
    modified: float
    units: int


@dataclass(frozen=True, slots=True)
class FacetCount:
    """A folder (with everything below it) or a document, and its units."""

    path: Path
    units: int


@dataclass(frozen=True, slots=True)
class MonthCount:
    """A month in which files were last modified (local time), and their units."""

    year: int
    month: int
    units: int


@dataclass(frozen=True, slots=True)
class Facets:
    """The counts of each facet; `units` is what all filters together leave.

    Kinds that have no units are there with 0. Folders come in the order of their paths, without
    those above all documents; documents by units, most first; months in time order.
    """

    units: int
    kinds: Mapping[Modality, int]
    folders: tuple[FacetCount, ...]
    documents: tuple[FacetCount, ...]
    months: tuple[MonthCount, ...]


def build_facets(files: Sequence[FileCount], where: Filter) -> Facets:
    """Count what a filter leaves, and what each facet without its own filter leaves."""
    of_kind = _left(files, replace(where, modality=None))
    of_folder = _left(files, replace(where, folder=None))
    of_document = _left(files, replace(where, paths=()))
    of_month = _left(files, replace(where, modified_after=None, modified_before=None))
    kinds = _count(of_kind, lambda file: file.modality)
    documents = _count(of_document, lambda file: file.path)
    return Facets(
        units=sum(file.units for file in _left(files, where)),
        kinds={kind: kinds[kind] for kind in Modality},
        folders=_folders(of_folder, roof=_roof(file.path for file in files)),
        documents=tuple(
            FacetCount(Path(path), units)
            for path, units in sorted(documents.items(), key=lambda pair: (-pair[1], pair[0]))
        ),
        months=tuple(
            MonthCount(year, month, units)
            for (year, month), units in sorted(_count(of_month, _month).items())
        ),
    )


def _left(files: Sequence[FileCount], where: Filter) -> list[FileCount]:
    below = f"{where.folder}".rstrip("/") + "/" if where.folder else ""
    chosen = {str(path) for path in where.paths}
    after = where.modified_after.timestamp() if where.modified_after else float("-inf")
    before = where.modified_before.timestamp() if where.modified_before else float("inf")
    return [
        file
        for file in files
        if where.modality in (None, file.modality)
        and file.path.startswith(below)
        and (not chosen or file.path in chosen)
        and after <= file.modified < before
    ]


def _count(files: Iterable[FileCount], key: Callable[[FileCount], Key]) -> Counter[Key]:
    counts: Counter[Key] = Counter()
    for file in files:
        counts[key(file)] += file.units
    return counts


def _month(file: FileCount) -> tuple[int, int]:
    moment = datetime.fromtimestamp(file.modified, UTC).astimezone()
    return (moment.year, moment.month)


def _roof(paths: Iterable[str]) -> int:
    """Return the length of the path of the deepest folder above all files."""
    every = [path.rpartition("/")[0].split("/") for path in set(paths)]
    if not every:
        return 0
    shared = 0
    for parts in zip(*every, strict=False):
        if len(set(parts)) > 1:
            break
        shared += 1
    return len("/".join(every[0][:shared]))


def _folders(files: Iterable[FileCount], *, roof: int) -> tuple[FacetCount, ...]:
    counts: Counter[str] = Counter()
    for file in files:
        folder = file.path.rpartition("/")[0]
        while len(folder) > roof:
            counts[folder] += file.units
            folder = folder.rpartition("/")[0]
    return tuple(FacetCount(Path(folder), units) for folder, units in sorted(counts.items()))
