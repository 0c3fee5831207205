"""Look at a unit again: its picture at reading size, its words, its thumbnail.

Only what the ledger knows is opened, and only while the file is the version that was indexed:
another content under the same name would be shown for an answer it is not.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from indexer import loaders
from indexer.hashing import content_hash
from indexer.ledger import UnitRow
from indexer.loaders.locators import clip_locator
from indexer.types import Modality, UnreadableFile, UsageError, Word
from indexer.whole import write_whole

if TYPE_CHECKING:
    from PIL.Image import Image

READING_PIXELS = 2_560_000  # an A4 page at about 160 dots per inch
THUMBNAIL_EDGE = 512
THUMBNAIL_QUALITY = 82


def open_unit(unit: UnitRow, *, max_pixels: int = READING_PIXELS) -> Image:
    """Render a unit: the picture, the page, or the middle frame of the clip.

    Raises:
        UnreadableFile: the file is gone, or is not the one that was indexed.
    """
    _refuse_changed(unit)
    return loaders.open_media(unit.path, unit.locator, max_pixels=max_pixels)


def original_of(unit: UnitRow) -> Path:
    """Return the file a unit was cut from.

    Raises:
        UnreadableFile: the file is gone, or is not the one that was indexed.
    """
    _refuse_changed(unit)
    return unit.path


def open_frame(unit: UnitRow, second: float, *, max_pixels: int = READING_PIXELS) -> Image:
    """Return the frame of a video at a second of the file, however its clips were cut.

    Raises:
        UsageError: the unit is no clip of a video.
        UnreadableFile: the file is gone, is not the one that was indexed, or has no such frame.
    """
    if unit.modality != Modality.VIDEO:
        raise UsageError(f"{unit.path.name} is no video: only videos have frames")
    _refuse_changed(unit)
    locator = clip_locator(second, second)
    return loaders.open_media(unit.path, locator, max_pixels=max_pixels)


def read_unit_words(unit: UnitRow, *, ocr_cache: Path) -> list[Word]:
    """Return the words of a unit with their boxes; none when it has no text."""
    _refuse_changed(unit)
    return loaders.read_words(unit.path, unit.locator, ocr_cache=ocr_cache)


def thumbnail_of(unit: UnitRow, folder: Path) -> bytes:
    """Return a JPEG whose longer edge is at most 512 pixels, made once per content."""
    kept = _thumbnail_path(unit, folder)
    try:
        return kept.read_bytes()
    except FileNotFoundError:
        pass
    picture = open_unit(unit, max_pixels=4 * THUMBNAIL_EDGE**2).convert("RGB")
    picture.thumbnail((THUMBNAIL_EDGE, THUMBNAIL_EDGE))
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=THUMBNAIL_QUALITY)
    write_whole(kept, buffer.getvalue())
    return buffer.getvalue()


def keep_thumbnails(units: Iterable[UnitRow], *, folder: Path) -> None:
    """Drop the thumbnails of all but these units."""
    kept = {_thumbnail_path(unit, folder) for unit in units}
    for path in folder.glob("??/*.jpg"):
        if path not in kept:
            path.unlink(missing_ok=True)


def _thumbnail_path(unit: UnitRow, folder: Path) -> Path:
    name = hashlib.sha256(f"{unit.content_hash}\0{unit.locator}".encode()).hexdigest()
    return folder / name[:2] / f"{name}.jpg"


def _refuse_changed(unit: UnitRow) -> None:
    try:
        status = unit.path.stat()
        same = (status.st_size, status.st_mtime_ns) == (unit.size, unit.mtime_ns)
        same = same or content_hash(unit.path) == unit.content_hash
    except OSError as error:
        raise UnreadableFile(f"{unit.path} cannot be read: {error.strerror}") from error
    if not same:
        raise UnreadableFile(f"{unit.path} has changed since it was indexed: ingest it again")
