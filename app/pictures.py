"""Pictures that people search with: read safely, kept for a while, found by their id."""

from __future__ import annotations

import hashlib
import io
import re
from pathlib import Path

from PIL import Image

from indexer.loaders.images import decode
from indexer.loaders.refusals import DECODER_ERRORS
from indexer.types import UnreadableFile
from indexer.whole import write_whole

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "TIFF", "BMP")
SUFFIXES = ("png", "jpg", "jpeg", "webp", "gif", "tif", "tiff", "bmp")
MAX_MEGAPIXELS = 50
QUERY_SIDE = 1024
MAX_SIDE = 8192  # a WebP has at most 16,383 pixels a side
KEPT_PICTURES = 200
MAX_MEGABYTES = 20
PICTURE_ID = re.compile(r"[0-9a-f]{32}")
UNREADABLE: tuple[type[Exception], ...] = (*DECODER_ERRORS, UnreadableFile)


class UnusablePicture(Exception):
    """An upload that cannot be searched with; its message is shown to the user."""


def read_picture(data: bytes) -> Image.Image:
    """Decode an upload as an ingest does: upright RGB, at most `QUERY_SIDE` squared pixels.

    Raises UnusablePicture for what is no picture, is damaged, or is larger than
    `MAX_MEGAPIXELS` or `MAX_MEGABYTES`; both are checked before anything is decoded.
    """
    if len(data) > MAX_MEGABYTES * 1_000_000:
        raise UnusablePicture(too_heavy(len(data)))
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
            megapixels = picture.width * picture.height / 1e6
            if megapixels > MAX_MEGAPIXELS:
                raise UnusablePicture(
                    f"This picture has {megapixels:.0f} megapixels and at most {MAX_MEGAPIXELS} "
                    "are allowed: make it smaller and try again."
                )
            return decode(
                picture, max_pixels=QUERY_SIDE**2, max_image_pixels=MAX_MEGAPIXELS * 1_000_000
            )
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UnusablePicture(
            f"This picture is far larger than {MAX_MEGAPIXELS} megapixels: "
            "make it smaller and try again."
        ) from error
    except UNREADABLE as error:
        raise UnusablePicture(
            "This file is not a picture that can be read: "
            "choose a PNG, JPEG, WebP, GIF, TIFF or BMP."
        ) from error


def too_heavy(number: int) -> str:
    """Say that a file of so many bytes is too large to search with."""
    return (
        f"This file has {number / 1e6:.0f} MB and at most {MAX_MEGABYTES} MB are allowed: "
        "make it smaller and try again."
    )


class PictureShelf:
    """The last `KEPT_PICTURES` uploads in a folder, so that a link with a picture in it reopens.

    The id is the hash of the bytes: it cannot be guessed, and the same picture keeps its link. What
    is kept is the picture as it is searched with, small and without what else its file told.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, data: bytes) -> str:
        """Keep an upload and return its id. Raises UnusablePicture, OSError."""
        picture = read_picture(data)
        picture_id = hashlib.sha256(data).hexdigest()[:32]
        picture.thumbnail((MAX_SIDE, MAX_SIDE))
        buffer = io.BytesIO()
        picture.save(buffer, "WEBP", quality=92)
        write_whole(self._place(picture_id), buffer.getvalue())
        for path in self._oldest_first()[:-KEPT_PICTURES]:
            path.unlink(missing_ok=True)
        return picture_id

    def encoded(self, picture_id: str) -> bytes | None:
        """Return the picture as a WebP file, None when it is not here."""
        if not PICTURE_ID.fullmatch(picture_id):
            return None
        try:
            return self._place(picture_id).read_bytes()
        except OSError:
            return None

    def _place(self, picture_id: str) -> Path:
        return self._folder / f"{picture_id}.webp"

    def _oldest_first(self) -> list[Path]:
        return sorted(self._folder.glob("*.webp"), key=_written)


def _written(path: Path) -> float:
    """Return when a file was written, 0 when another session has just dropped it."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
