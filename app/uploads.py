"""Files that people drop on the library: refused or kept below the home, under safe names.

A name is data: it loses its folders, control and direction characters, and what other systems
reserve. A content is what its first bytes say; a program that calls itself a picture is refused.
"""

from __future__ import annotations

import re
import shutil
import unicodedata
from pathlib import Path, PurePosixPath

from indexer.loaders import SUFFIXES
from indexer.loaders.kinds import HEAD_BYTES, kind_of
from indexer.plan import UPLOADS
from indexer.whole import write_whole

LONGEST_NAME = 120  # bytes of UTF-8; file systems end at 255, and a draft's name is longer
SPARE_BYTES = 500_000_000
RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)$")


class RefusedUpload(Exception):
    """A file that is not kept; its message is shown to the user."""


def safe_name(name: str) -> str:
    """Return a file name without folders, tricks and reserved words, at most `LONGEST_NAME` bytes.

    Its last suffix is kept, in lower case.
    """
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    shown = "".join(c if c.isprintable() else " " for c in last)
    tame = " ".join(re.sub(r'[<>:"|?*]', "_", shown).split()).strip(". ")
    path = PurePosixPath(tame or "file")
    suffix = path.suffix.lower()
    stem = tame[: -len(suffix)].rstrip(". ") if suffix else tame
    stem = f"_{stem}" if RESERVED.match(stem) else stem or "file"
    room = LONGEST_NAME - len(suffix.encode())
    return stem.encode()[:room].decode(errors="ignore").rstrip(". ") + suffix


def check_upload(name: str, data: bytes, *, max_megabytes: int) -> None:
    """Raise RefusedUpload unless this is a picture, a PDF or a video of an allowed size."""
    shown = safe_name(name)
    if not data:
        raise RefusedUpload(f"{shown} is empty.")
    if len(data) > max_megabytes * 1_000_000:
        raise RefusedUpload(
            f"{shown} has {len(data) / 1e6:.0f} MB and at most {max_megabytes} are allowed: put it "
            "into a folder and add the folder."
        )
    if PurePosixPath(shown).suffix not in SUFFIXES:
        raise RefusedUpload(f"{shown} is of a kind that is not indexed: {kinds()} are.")
    head = data[:HEAD_BYTES]
    if kind_of(head) is None and b"%PDF-" not in head:
        raise RefusedUpload(
            f"{shown} is no picture, PDF or video, whatever its name says: it was not kept."
        )


def save_upload(home: Path, name: str, data: bytes, *, max_megabytes: int) -> Path:
    """Keep an upload below the home and return its place; the same file again keeps its place.

    Raises:
        RefusedUpload: it is not what may be kept, or the disk is nearly full.
        OSError: it cannot be written.
    """
    check_upload(name, data, max_megabytes=max_megabytes)
    folder = home / UPLOADS
    folder.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(folder).free < len(data) + SPARE_BYTES:
        raise RefusedUpload(f"The disk is nearly full: {safe_name(name)} was not kept.")
    place = free_place(folder, safe_name(name), data)
    if not place.exists():
        write_whole(place, data)
    return place


def free_place(folder: Path, name: str, data: bytes) -> Path:
    """Return the first of `a.png`, `a (2).png`, ... that is free or already holds these bytes."""
    first = folder / name
    place, number = first, 1
    while place.exists() and not holds(place, data):
        number += 1
        place = first.with_name(f"{first.stem} ({number}){first.suffix}")
    return place


def holds(path: Path, data: bytes) -> bool:
    """Tell whether a file has exactly these bytes."""
    return path.is_file() and path.stat().st_size == len(data) and path.read_bytes() == data


def discard(home: Path, path: Path) -> None:
    """Delete a file that was dropped on the library; files of other places are left alone."""
    if (home / UPLOADS).resolve() in path.resolve().parents:
        path.unlink(missing_ok=True)


def kinds() -> str:
    """Name the kinds of files that are indexed, for people."""
    return "pictures (PNG, JPEG, WebP, GIF, TIFF, BMP), PDFs and videos"
