"""Text from pixels: rapidocr on pages without a usable text layer, cached by content hash.

A page costs seconds, a hundred times an embedding, so every result is kept as a small JSON file
`<cache>/<hash[:2]>/<hash>/<locator>.json`; the same file is what highlights are drawn from.
rapidocr (extra `[ocr]`) carries its models and needs no network. Without it, reading goes on
without OCR after one warning.
"""

from __future__ import annotations

import importlib.util
import json
import logging
import shutil
import unicodedata
import warnings
from collections import Counter
from collections.abc import Callable, Container, Sequence
from functools import cache as once
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from indexer.hashing import content_hash as hash_of
from indexer.types import Box, Word
from indexer.whole import write_whole

if TYPE_CHECKING:
    from indexer.loaders.options import OcrMode

logger = logging.getLogger(__name__)

MAX_PIXELS = 1_400_000  # about 120 dpi on a letter page; at 100 dpi 98-99 % of words were found
MIN_LETTERS = 12  # a layer with less is a page number or a stamp on a scan
MAX_BAD_SHARE = 0.3
MIN_CONTRAST = 40  # of 255; below it, a page is blank

MISSING = "rapidocr is not installed, scans stay without text: pip install 'btok-search[ocr]'"


def is_installed() -> bool:
    """Tell whether rapidocr and its runtime can be imported, without importing them."""
    return all(importlib.util.find_spec(name) for name in ("rapidocr", "onnxruntime"))


def possible_mode(mode: OcrMode) -> OcrMode:
    """Return the mode that can be carried out: `off`, with a warning, without rapidocr."""
    if mode == "off" or is_installed():
        return mode
    logger.warning(MISSING)
    return "off"


def is_usable(text: str) -> bool:
    """Tell whether a text layer can be searched.

    Too few letters and digits, or mostly replacement and private-use characters (a font without a
    Unicode map), and the page is better read from its pixels.
    """
    counts = Counter(text)  # a page has thousands of characters, but some seventy distinct ones
    letters = sum(times for char, times in counts.items() if char.isalnum())
    bad = sum(times for char, times in counts.items() if is_bad_glyph(char))
    return letters >= MIN_LETTERS and bad <= MAX_BAD_SHARE * (letters + bad)


def is_bad_glyph(char: str) -> bool:
    """Tell whether a character carries no meaning: U+FFFD, private use, unassigned, control."""
    return char == "\ufffd" or (
        unicodedata.category(char) in ("Co", "Cn", "Cc", "Cs") and char not in "\n\r\t"
    )


def text_of(words: Sequence[Word]) -> str:
    """Join OCR lines into a text, one line each."""
    return "\n".join(word.text for word in words)


def read_lines(
    picture: Callable[[], Image.Image],
    *,
    content_hash: str | None,
    locator: str,
    cache: Path | None,
) -> list[Word]:
    """Return the lines of text on a picture, from the cache or by recognition.

    `picture` is called only when the cache has no answer. Without rapidocr the answer is empty and
    not cached.
    """
    if content_hash is not None and cache is not None:
        known = cached_lines(content_hash, locator, cache=cache)
        if known is not None:
            return known
    engine = open_engine()
    if engine is None:
        return []
    lines = recognise(engine, picture())
    if content_hash is not None and cache is not None:
        write_lines(lines, entry_path(content_hash, locator, cache=cache))
    return lines


def recognise(engine: Callable[..., Any], picture: Image.Image) -> list[Word]:
    """Run detection and recognition on a picture; boxes in fractions of its size."""
    if is_blank(picture):
        return []
    found = engine(np.asarray(picture)[:, :, ::-1])  # (H, W, 3) blue first, as OpenCV has it
    if found.boxes is None or found.txts is None:
        return []
    width, height = picture.size
    return [
        Word(text.strip(), box_of(corners / (width, height)))
        for corners, text in zip(found.boxes, found.txts, strict=True)  # corners (4, 2) pixels
        if text.strip()
    ]


def box_of(corners: np.ndarray) -> Box:
    """Return the upright box around four corners (4, 2) in fractions."""
    x0, y0 = np.clip(corners.min(axis=0), 0.0, 1.0)
    x1, y1 = np.clip(corners.max(axis=0), 0.0, 1.0)
    return Box(*(round(float(value), 5) for value in (x0, y0, x1, y1)))


def is_blank(picture: Image.Image) -> bool:
    """Tell whether a picture has too little contrast to hold text; saves seconds per page."""
    low, high = picture.convert("L").getextrema()
    return bool(high - low < MIN_CONTRAST)


@once
def open_engine() -> Callable[..., Any] | None:
    """Load rapidocr on one thread; None, and one warning in the log, when it is not installed."""
    if not is_installed():
        logger.warning(MISSING)
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import cv2
        from rapidocr import RapidOCR

        cv2.setNumThreads(1)
        logging.getLogger("RapidOCR").setLevel(logging.ERROR)
        engine: Callable[..., Any] = RapidOCR(
            params={
                "Global.log_level": "critical",
                "EngineConfig.onnxruntime.intra_op_num_threads": 1,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            }
        )
    return engine


def entry_path(content_hash: str, locator: str, *, cache: Path) -> Path:
    """Return where the lines of one unit are kept."""
    return cache / content_hash[:2] / content_hash / f"{locator}.json"


def cached_lines(content_hash: str, locator: str, *, cache: Path | None) -> list[Word] | None:
    """Return the cached lines of a unit, None when there is no sound entry."""
    if cache is None:
        return None
    try:
        entry = json.loads(entry_path(content_hash, locator, cache=cache).read_text("utf-8"))
        return [Word(text, Box(*box)) for text, box in entry]
    except (OSError, ValueError, TypeError):
        return None


def cached_lines_of(path: Path, locator: str, *, cache: Path | None) -> list[Word] | None:
    """Return the cached lines of a unit of a file; hashes the file only if there is a cache."""
    return None if cache is None else cached_lines(hash_of(path), locator, cache=cache)


def keep_only(content_hashes: Container[str], *, cache: Path) -> None:
    """Drop the entries of every content that no file has any more."""
    for folder in cache.glob("??/*"):
        if folder.name not in content_hashes:
            shutil.rmtree(folder, ignore_errors=True)


def write_lines(lines: Sequence[Word], path: Path) -> None:
    """Write an entry in one step, so that no reader ever sees half of it."""
    entry = [(line.text, (line.box.x0, line.box.y0, line.box.x1, line.box.y1)) for line in lines]
    write_whole(path, json.dumps(entry, ensure_ascii=False).encode())
