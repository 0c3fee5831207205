"""Loaders: from a file to its units, one module per kind. The one that cuts is the one that
re-opens.

    images  PNG, JPEG, WebP, GIF, TIFF, BMP     locator `image`, or `page=2` of a long TIFF
    pdf     PDF                                 locator `page=12`
    video   MP4, MOV, MKV, WebM, AVI, ...       locator `t=12.500-17.250`

Whatever a decoder raises on a bad file becomes `UnreadableFile` with one line of reason.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from indexer.hashing import content_hash as hash_of
from indexer.loaders import images, pdf, video
from indexer.loaders.kinds import IMAGE, PDF, VIDEO, sniff
from indexer.loaders.options import LoadOptions
from indexer.loaders.refusals import refusing
from indexer.types import Asset, Unit, UnreadableFile, Word

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["LOADERS", "SUFFIXES", "LoadOptions", "load", "open_media", "read_words", "sniff"]


class Loader(Protocol):
    """What a loader module offers."""

    SUFFIXES: frozenset[str]

    def load(
        self, path: Path, options: LoadOptions, *, content_hash: str | None
    ) -> Iterator[Unit]: ...

    def open_media(self, path: Path, locator: str, *, max_pixels: int) -> Image: ...

    def read_words(self, path: Path, locator: str, *, ocr_cache: Path | None) -> list[Word]: ...


LOADERS: dict[str, Loader] = {IMAGE: images, PDF: pdf, VIDEO: video}
SUFFIXES: frozenset[str] = images.SUFFIXES | pdf.SUFFIXES | video.SUFFIXES


def load(asset: Asset, options: LoadOptions, *, content_hash: str | None = None) -> Iterator[Unit]:
    """Yield the units of a file one at a time, by what it is rather than what it is called.

    `content_hash` is the key of the OCR cache; without it the file is hashed when OCR may run.

    Raises:
        UnreadableFile: with one line of reason, possibly after some units.
    """
    with refusing("cannot read the file"):
        loader = loader_of(asset.path, max_file_bytes=options.max_file_bytes)
        if content_hash is None and options.ocr != "off" and loader is not video:
            content_hash = hash_of(asset.path)
        yield from loader.load(asset.path, options, content_hash=content_hash)


def open_media(path: Path, locator: str, *, max_pixels: int) -> Image:
    """Re-open the picture, the page or the middle frame of the clip, RGB, for reading.

    Raises:
        UnreadableFile: the file is gone or damaged, or no longer holds that place.
        UsageError: the locator names no place.
    """
    with refusing("cannot read the file"):
        return loader_of(path).open_media(path, locator, max_pixels=max_pixels)


def read_words(path: Path, locator: str, *, ocr_cache: Path | None = None) -> list[Word]:
    """Return the words of a page with their boxes, or the lines that OCR found at ingest.

    Never runs OCR. A clip has no words.

    Raises:
        UnreadableFile: the file is gone or damaged, or no longer holds that place.
        UsageError: the locator names no place.
    """
    with refusing("cannot read the file"):
        return loader_of(path).read_words(path, locator, ocr_cache=ocr_cache)


def loader_of(path: Path, *, max_file_bytes: int | None = None) -> Loader:
    """Return the loader of a file by its first bytes.

    Raises:
        OSError: the file cannot be opened.
        UnreadableFile: it is empty, too large, or nothing that a loader reads.
    """
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise UnreadableFile("not a regular file")
    if status.st_size == 0:
        raise UnreadableFile("the file is empty")
    if max_file_bytes is not None and status.st_size > max_file_bytes:
        raise UnreadableFile(
            f"the file has {status.st_size} bytes, more than the {max_file_bytes} allowed"
        )
    kind = sniff(path)
    if kind is None:
        raise UnreadableFile("its content is no picture, PDF or video that can be read")
    return LOADERS[kind]
