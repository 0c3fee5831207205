"""What the library page knows and says, as plain data: folders, documents, storage, speed, jobs.

Everything here is without Streamlit. Text stays text: the page escapes it where it is drawn.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.cards import byte_size, counted
from app.jobs import Job
from app.settings import LibrarySettings
from app.uploads import RefusedUpload
from indexer.plan import UPLOADS, is_below
from indexer.types import Document, Modality, StoreLocked, UsageError
from indexer.whole import write_whole

KINDS = {Modality.IMAGE: "Picture", Modality.PAGE: "Document", Modality.VIDEO: "Video"}
MOST_ROWS = 2_000
LOOPBACK = ("localhost", "127.0.0.1", "::1")
BUSY = "Something else is writing to this library right now: try again when it is done."
PARTS = (
    ("Vectors and text", ("store", "vectors.sqlite3", "vectors.sqlite3-wal")),
    ("Ledger", ("ledger.sqlite3", "ledger.sqlite3-wal")),
    ("Thumbnails", ("thumbnails",)),
    ("Read text (OCR)", ("ocr",)),
    ("Files dropped here", (UPLOADS,)),
)
STAGES = {
    "scan": "looking for files",
    "load": "waiting for files",
    "encode": "waiting for vectors",
    "write": "writing",
}


@dataclass(frozen=True, slots=True)
class Table:
    """The documents that are shown, how many match, and the paths of those that are gone."""

    rows: list[Document]
    matching: int
    gone: set[Path]


def folder_to_add(
    text: str, *, home: Path, settings: LibrarySettings, answers_others: bool
) -> Path:
    """Return the folder (or file) that somebody typed.

    Raises:
        UsageError: there is none, it may not be added, or it belongs to the index.
    """
    typed = text.strip().strip("\"'")
    if not typed:
        raise UsageError("Type the path of a folder first, such as /home/you/Pictures.")
    try:
        path = Path(typed).expanduser()
        place = path.resolve()
        refuse_forbidden(place, settings=settings, answers_others=answers_others)
        exists = place.exists()
    except (OSError, RuntimeError, ValueError) as error:
        raise UsageError(f"{typed!r} cannot be opened: check the path.") from error
    if not path.is_absolute():
        raise UsageError(f"{typed!r} is not a whole path: start it with / or ~.")
    if not exists:
        raise UsageError(
            f"There is nothing at {place} on the computer that runs this app: check the path."
        )
    home = home.resolve()
    if is_below(place, [home]) and not is_below(place, [home / UPLOADS]):
        raise UsageError(f"{place} is the index's own folder: choose one with files of yours.")
    return place


def refuse_forbidden(place: Path, *, settings: LibrarySettings, answers_others: bool) -> None:
    """Raise UsageError for a place that may not be added."""
    allowed = settings.allowed_folders
    if is_below(place, allowed):
        return
    if allowed:
        named = ", ".join(str(folder) for folder in allowed)
        raise UsageError(f"Only folders below {named} may be added to this library.")
    if answers_others:
        raise UsageError(
            "This app answers other computers, so folders of this one may be added only where "
            "BTOK_LIBRARY__FOLDERS allows it: drop the files here instead."
        )


def remembered_folders(home: Path) -> list[Path]:
    """Return the folders that were added from the page, in that order."""
    try:
        listed = json.loads((home / "folders.json").read_text(encoding="utf-8"))
        return [Path(str(folder)) for folder in listed]
    except (OSError, ValueError, TypeError):
        return []


def remember_folder(home: Path, folder: Path) -> None:
    """Keep a folder, so that it can be looked through again."""
    known = remembered_folders(home)
    if folder not in known:
        write_folders(home, [*known, folder])


def forget_folder(home: Path, folder: Path) -> None:
    """Keep a folder no longer."""
    write_folders(home, [known for known in remembered_folders(home) if known != folder])


def write_folders(home: Path, folders: Sequence[Path]) -> None:
    write_whole(home / "folders.json", json.dumps([str(folder) for folder in folders]).encode())


def table_of(documents: Sequence[Document], *, wanted: str) -> Table:
    """Return the documents whose path holds every word of `wanted`, at most `MOST_ROWS`."""
    words = wanted.lower().split()
    matching = [one for one in documents if all(word in str(one.path).lower() for word in words)]
    rows = matching[:MOST_ROWS]
    return Table(rows, len(matching), {one.path for one in rows if not one.path.exists()})


def columns_of(table: Table) -> dict[str, list[Any]]:
    """Return the table by columns: name, kind, units, size in bytes, folder."""
    return {
        "Name": [one.path.name for one in table.rows],
        "Kind": [KINDS[one.modality] for one in table.rows],
        "Units": [one.units for one in table.rows],
        "Size": [one.size for one in table.rows],
        "Folder": [
            f"{one.path.parent} (gone)" if one.path in table.gone else str(one.path.parent)
            for one in table.rows
        ],
    }


def storage_of(home: Path) -> list[tuple[str, int]]:
    """Return what the parts of a home take on the disk, in bytes; absent parts are left out."""
    sizes = [(label, sum(bytes_of(home / name) for name in names)) for label, names in PARTS]
    return [(label, size) for label, size in sizes if size]


def bytes_of(place: Path) -> int:
    """Return what a file, or all files below a folder, take on the disk; 0 when there is none."""
    total = 0
    for path in (place, *place.rglob("*")) if place.is_dir() else (place,):
        with contextlib.suppress(OSError):
            total += path.stat().st_blocks * 512
    return total


def storage_facts(home: Path, *, units: int) -> list[tuple[str, str]]:
    """Say what the index takes, all together, part by part, and by unit."""
    parts = storage_of(home)
    index = sum(size for label, size in parts if label != "Files dropped here")
    said = [(label, byte_size(size)) for label, size in parts]
    if units:
        said.append(("Index by unit", byte_size(index // units)))
    return said


def speed_facts(job: Job | None) -> list[tuple[str, str]]:
    """Say how fast the last ingest of this page was and where its seconds went."""
    if job is None or not job.report.get("units"):
        return []
    seconds: Mapping[str, float] = job.report["seconds"]
    units = int(job.report["units"])
    total = max(seconds.get("total", 0.0), 0.001)
    spent = ", ".join(
        f"{label} {seconds[stage]:.1f} s" for stage, label in STAGES.items() if stage in seconds
    )
    return [
        ("Last ingest", f"{units:,} units in {duration(total)}, {units / total:.1f} a second"),
        ("Of which", spent),
    ]


def duration(seconds: float) -> str:
    """Write a span of time as people say it: `8 s`, `3 min`, `2 h 5 min`."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    hours, rest = divmod(minutes, 60)
    return f"{minutes} min" if not hours else f"{hours} h {rest} min" if rest else f"{hours} h"


def progress_line(job: Job) -> str:
    """Say what a running job is doing and how far it is."""
    if job.phase == "starting":
        return "Starting…"
    if job.phase == "waiting":
        return "Waiting until another ingest is done…"
    if not job.files_total:
        return "Looking through the files and loading the model…"
    done = f"{job.files_done:,} of {counted(job.files_total, 'file', 'files')}"
    if job.phase == "drawing":
        return f"Drawing the demo corpus: {done}"
    said = [f"Indexing: {done}", counted(job.units, "unit", "units")]
    if job.units:
        said.append(f"{job.units_per_second:.1f} a second")
    if job.files_done == job.files_total:
        said.append("finishing…")
    elif job.eta_seconds is not None:
        said.append(f"about {duration(job.eta_seconds)} left")
    return " · ".join(said)


def outcome(job: Job) -> str:
    """Say in one sentence how a job ended."""
    if job.phase == "failed":
        return f"This did not work: {job.reason}"
    if job.phase == "stopped":
        if not job.files_total:
            return "Stopped before anything was indexed."
        done = f"{job.files_done:,} of {counted(job.files_total, 'file', 'files')}"
        if job.was_drawing:
            return f"Stopped: {done} were drawn, none is indexed yet."
        return f"Stopped: {done} are done. What is indexed stays, and the rest can go on."
    return done_sentence(job.report)


def done_sentence(report: Mapping[str, Any]) -> str:
    """Say what a finished ingest came to."""
    parts = [
        counted(report.get(key, 0), f"file {verb}", f"files {verb}")
        for key, verb in (("added", "added"), ("updated", "updated"), ("removed", "removed"))
        if report.get(key)
    ]
    said = ", ".join(parts) if parts else "Nothing new was found"
    bad = int(report.get("quarantined", 0))
    if bad:
        said += f"; {counted(bad, 'file', 'files')} could not be read, see below"
    return f"{said}."


def sentence(error: Exception) -> str:
    """Say why something could not be done to the library, and what to do."""
    if isinstance(error, StoreLocked):
        return BUSY
    said = str(error) or type(error).__name__
    return said if isinstance(error, RefusedUpload) else said[0].upper() + said[1:]


def uploaded_names(paths: Iterable[Path]) -> str:
    """Name a few files and count the others."""
    names = [path.name for path in paths]
    more = len(names) - 3
    return ", ".join(names[:3]) + (f" and {more} more" if more > 0 else "")
