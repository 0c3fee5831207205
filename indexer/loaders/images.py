"""Pictures: one unit each; a TIFF of several pages is a document of pages.

Animated GIF and WebP files are indexed by their first frame.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from indexer import ocr
from indexer.loaders import locators
from indexer.loaders.options import LoadOptions
from indexer.loaders.refusals import refusing
from indexer.types import MediaInput, Modality, Unit, UnreadableFile, Word

SUFFIXES = frozenset(
    (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".tif", ".tiff", ".bmp")
)
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "TIFF", "BMP")  # Pillow opens an MPO as a JPEG

NEW_SUBFILE_TYPE = 254  # TIFF tag; bit 0 marks a thumbnail of another page
WHITE = (255, 255, 255)


def load(path: Path, options: LoadOptions, *, content_hash: str | None) -> Iterator[Unit]:
    """Yield the picture as one unit, or every page of a multi-page TIFF."""
    with open_picture(path, max_image_pixels=options.max_image_pixels) as picture:
        numbers = page_numbers(picture)
        if len(numbers) == 1:
            yield build_unit(picture, options, page=None, content_hash=content_hash)
            return
        for number in numbers:
            with refusing(f"page {number}"):
                seek(picture, number)
                yield build_unit(picture, options, page=number, content_hash=content_hash)


def build_unit(
    picture: Image.Image, options: LoadOptions, *, page: int | None, content_hash: str | None
) -> Unit:
    """Decode the current frame; pages are read by OCR unless it is off, pictures if it is `all`."""
    locator = locators.IMAGE if page is None else locators.page_locator(page)
    reads_text = options.ocr == "all" or (options.ocr == "auto" and page is not None)
    wanted = max(options.max_pixels, ocr.MAX_PIXELS) if reads_text else options.max_pixels
    decoded = decode(picture, max_pixels=wanted, max_image_pixels=options.max_image_pixels)
    words: list[Word] = []
    if reads_text:
        words = ocr.read_lines(
            lambda: fit_within(decoded, ocr.MAX_PIXELS),
            content_hash=content_hash,
            locator=locator,
            cache=options.ocr_cache,
        )
    media: MediaInput = {"image": fit_within(decoded, options.max_pixels)}
    modality = Modality.IMAGE if page is None else Modality.PAGE
    return Unit(locator, modality, media, text=ocr.text_of(words), page=page)


def open_media(path: Path, locator: str, *, max_pixels: int) -> Image.Image:
    """Re-open the picture, or one page of it, in at most `max_pixels`."""
    page = 1 if locator == locators.IMAGE else locators.parse_page(locator)
    limit = LoadOptions().max_image_pixels
    with open_picture(path, max_image_pixels=limit) as picture:
        seek(picture, page)
        return decode(picture, max_pixels=max_pixels, max_image_pixels=limit)


@contextmanager
def open_picture(path: Path, *, max_image_pixels: int) -> Iterator[Image.Image]:
    """Open a picture without decoding it, and refuse one that claims too many pixels.

    Raises:
        UnreadableFile: it is damaged, or larger than `max_image_pixels`.
    """
    with refusing("not a readable picture"):
        with without_warnings():
            picture = Image.open(path, formats=FORMATS)
        with picture:
            refuse_oversized(picture, max_image_pixels)
            yield picture


def seek(picture: Image.Image, page: int) -> None:
    """Go to a page, counted from 1; raise UnreadableFile when there is none of that number."""
    with without_warnings():
        if page > getattr(picture, "n_frames", 1):
            raise UnreadableFile(f"it has no page {page}: was the file changed? ingest it again")
        picture.seek(page - 1)


@contextmanager
def without_warnings() -> Iterator[None]:
    """Silence Pillow: damaged metadata is no damaged picture, and our limit decides on size."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def refuse_oversized(picture: Image.Image, max_image_pixels: int) -> None:
    """Raise UnreadableFile when a picture claims more than `max_image_pixels`."""
    width, height = picture.size
    if width * height > max_image_pixels:
        raise UnreadableFile(
            f"the picture is {width} x {height}, more than the {max_image_pixels} pixels allowed"
        )


def page_numbers(picture: Image.Image) -> list[int]:
    """Return the pages of a TIFF that are not thumbnails, [1] for every other picture."""
    if picture.format != "TIFF":
        return [1]
    numbers = []
    with without_warnings():
        for frame in range(picture.n_frames):
            picture.seek(frame)
            if frame == 0 or not int(picture.tag_v2.get(NEW_SUBFILE_TYPE, 0)) & 1:
                numbers.append(frame + 1)
        picture.seek(0)
    return numbers


def decode(picture: Image.Image, *, max_pixels: int, max_image_pixels: int) -> Image.Image:
    """Decode an opened picture: upright, on white, RGB, at most `max_pixels`.

    A JPEG is decoded at a reduced scale where that is enough: a third of the time and memory.
    """
    refuse_oversized(picture, max_image_pixels)
    if picture.format in ("JPEG", "MPO"):
        picture.draft("RGB", budget_size(picture.width, picture.height, max_pixels))
    with without_warnings():
        picture.load()
        upright = ImageOps.exif_transpose(picture)
    small = fit_within(with_plain_mode(upright), max_pixels)
    return to_rgb(small)


def with_plain_mode(picture: Image.Image) -> Image.Image:
    """Bring a picture to RGB, RGBA or L: palettes expanded, deep greys scaled to 8 bits."""
    if picture.mode.startswith(("I", "F")):
        return deep_grey_to_8_bits(picture)
    if picture.has_transparency_data:
        return picture.convert("RGBA")
    return picture if picture.mode in ("RGB", "L") else picture.convert("RGB")


def deep_grey_to_8_bits(picture: Image.Image) -> Image.Image:
    """Scale 16- and 32-bit greys by their range; Pillow's own conversion clips them to white."""
    grey = np.asarray(picture, dtype=np.float32)
    grey = np.nan_to_num(grey, nan=0.0, posinf=0.0, neginf=0.0)
    low = min(0.0, float(grey.min()))
    high = float(grey.max())
    for usual in (1.0, 255.0, 65535.0):
        if high <= usual and low == 0.0:
            high = usual
            break
    scaled = (grey - low) * (255.0 / max(high - low, 1e-12))
    return Image.fromarray(scaled.round().astype(np.uint8))


def to_rgb(picture: Image.Image) -> Image.Image:
    """Return a plain RGB copy on white, without the metadata that came along."""
    if picture.mode == "RGBA":
        ground = Image.new("RGB", picture.size, WHITE)
        ground.paste(picture, mask=picture.getchannel("A"))
        return ground
    rgb = picture.convert("RGB")
    rgb.info = {}  # EXIF and colour profiles would travel to the encoder with every unit
    return rgb


def budget_size(width: int, height: int, max_pixels: int) -> tuple[int, int]:
    """Return the largest size of the same shape with at most `max_pixels`; never enlarges."""
    scale = min(1.0, math.sqrt(max_pixels / (width * height)))
    small_width = max(1, math.floor(width * scale))
    small_height = max(1, math.floor(height * scale))
    if small_width * small_height > max_pixels:  # a hairline: the short side was raised to 1
        return (min(small_width, max_pixels), 1) if small_height == 1 else (1, max_pixels)
    return small_width, small_height


def fit_within(picture: Image.Image, max_pixels: int) -> Image.Image:
    """Shrink a picture to at most `max_pixels`, shape kept.

    Hamming's window costs three fifths of a bicubic one, and as much is found (docs/decisions.md).
    """
    size = budget_size(picture.width, picture.height, max_pixels)
    if size == picture.size:
        return picture
    return picture.resize(size, Image.Resampling.HAMMING, reducing_gap=2.0)


def read_words(path: Path, locator: str, *, ocr_cache: Path | None) -> list[Word]:
    """Return the lines that OCR found at ingest; empty when it did not run."""
    return ocr.cached_lines_of(path, locator, cache=ocr_cache) or []
