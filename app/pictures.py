"""Pictures that people search with: read safely, kept in memory for a while, found by their id."""

from __future__ import annotations

import hashlib
import io
from collections import OrderedDict
from threading import Lock

from PIL import Image

from indexer.loaders.images import decode
from indexer.loaders.refusals import DECODER_ERRORS
from indexer.types import UnreadableFile

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "TIFF", "BMP")
SUFFIXES = ("png", "jpg", "jpeg", "webp", "gif", "tif", "tiff", "bmp")
MAX_MEGAPIXELS = 50
QUERY_SIDE = 1024
KEPT_PICTURES = 64
UNREADABLE: tuple[type[Exception], ...] = (*DECODER_ERRORS, UnreadableFile)


class UnusablePicture(Exception):
    """An upload that cannot be searched with; its message is shown to the user."""


def read_picture(data: bytes) -> Image.Image:
    """Decode an upload as an ingest does: upright RGB, at most `QUERY_SIDE` squared pixels.

    Raises UnusablePicture for what is no picture, is damaged, or is larger than
    `MAX_MEGAPIXELS`; the size is checked before anything is decoded.
    """
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


class PictureShelf:
    """The last `KEPT_PICTURES` uploads, so that a link with a picture in it reopens.

    The id is the hash of the bytes: it cannot be guessed, and the same picture keeps its link.
    """

    def __init__(self) -> None:
        self._pictures: OrderedDict[str, Image.Image] = OrderedDict()
        self._lock = Lock()

    def put(self, data: bytes) -> str:
        """Keep an upload and return its id. Raises UnusablePicture."""
        picture = read_picture(data)
        picture_id = hashlib.sha256(data).hexdigest()[:32]
        with self._lock:
            self._pictures[picture_id] = picture
            self._pictures.move_to_end(picture_id)
            while len(self._pictures) > KEPT_PICTURES:
                self._pictures.popitem(last=False)
        return picture_id

    def find(self, picture_id: str) -> Image.Image | None:
        """Return the picture, or None when it was dropped since or never uploaded."""
        with self._lock:
            return self._pictures.get(picture_id)
