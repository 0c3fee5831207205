"""The text layer of a PDF page: clean text for search, word boxes for highlights."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from indexer.types import Box, Word

HYPHENS = "\x02\ufffe"  # how PDFium marks a hyphen that ends a line
FRACTIONS = 1 << 24  # the page mapped onto a grid this fine gives fractions of its size

SPLIT_WORD = re.compile(f"(?<=[^\\W\\d_])[{HYPHENS}]\\s*(?=[^\\W\\d_A-Z])")
LINE_HYPHEN = re.compile(f"[{HYPHENS}]")
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff\u00ad]")
SPACES = re.compile(r"[^\S\n]+")
EMPTY_LINES = re.compile(r"\s*\n\s*")


def clean_text(raw: str) -> str:
    """Join words that a line end split, drop control characters, squeeze spaces and empty lines.

    A hyphen before a digit or a capital stays ("AB-1200"): it belongs to the word.
    """
    text = SPLIT_WORD.sub("", raw)
    text = LINE_HYPHEN.sub("-", text)
    text = CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return EMPTY_LINES.sub("\n", SPACES.sub(" ", text)).strip()


@dataclass(frozen=True, slots=True)
class Char:
    """A character of the page and its box in points (left, bottom, right, top)."""

    text: str
    rectangle: tuple[float, float, float, float]


def words_of_page(page: pdfium.PdfPage) -> list[Word]:
    """Return the words of a page in reading order, boxes in fractions of the page as it is shown.

    A word split by a line end is given once per line, each time whole, so that both halves are
    found and boxed.
    """
    words: list[Word] = []
    with closing(page.get_textpage()) as textpage:
        for parts in iter_words(textpage):
            text = join_parts(parts)
            boxes = [box_on_page(page, part) for part in parts]
            words.extend(Word(text, box) for box in boxes if box is not None)
    return words


def iter_words(textpage: pdfium.PdfTextPage) -> Iterator[list[list[Char]]]:
    """Yield each word as its parts, one per line that it stands on."""
    parts: list[list[Char]] = [[]]
    for char in iter_chars(textpage):
        if char.text in HYPHENS:
            parts.append([])
        elif not char.text.isspace():
            parts[-1].append(char)
        else:
            yield from whole(parts)
            parts = [[]]
    yield from whole(parts)


def whole(parts: list[list[Char]]) -> Iterator[list[list[Char]]]:
    """Yield the parts of a word that hold characters, nothing when none does."""
    if filled := [part for part in parts if part]:
        yield filled


def iter_chars(textpage: pdfium.PdfTextPage) -> Iterator[Char]:
    """Yield the characters of a page in reading order; controls count as white space."""
    left, bottom, right, top = (ctypes.c_double() for _ in range(4))
    for index in range(textpage.count_chars()):
        text = to_text(pdfium_c.FPDFText_GetUnicode(textpage, index))
        if pdfium_c.FPDFText_GetCharBox(textpage, index, left, right, bottom, top):
            yield Char(text, (left.value, bottom.value, right.value, top.value))
        else:
            yield Char(" ", (0.0, 0.0, 0.0, 0.0))


def to_text(code: int) -> str:
    """Return the character of a code point: controls as a space, half a pair as U+FFFD."""
    if code >= 0x110000 or 0xD800 <= code < 0xE000:
        return "\ufffd"
    char = chr(code)
    return " " if CONTROLS.match(char) and char not in HYPHENS else char


def join_parts(parts: list[list[Char]]) -> str:
    """Join the parts of a word as `clean_text` does."""
    raw = HYPHENS[0].join("".join(char.text for char in part) for part in parts)
    return clean_text(raw)


def box_on_page(page: pdfium.PdfPage, part: list[Char]) -> Box | None:
    """Return the box around some characters in fractions of the page, rotation and crop applied.

    None when they lie outside of what is shown.
    """
    left = min(char.rectangle[0] for char in part)
    bottom = min(char.rectangle[1] for char in part)
    right = max(char.rectangle[2] for char in part)
    top = max(char.rectangle[3] for char in part)
    corners = [to_fraction(page, x, y) for x, y in ((left, bottom), (right, top))]
    (x0, x1), (y0, y1) = (sorted(side) for side in zip(*corners, strict=True))
    if x1 <= 0.0 or y1 <= 0.0 or x0 >= 1.0 or y0 >= 1.0:
        return None
    return Box(max(x0, 0.0), max(y0, 0.0), min(x1, 1.0), min(y1, 1.0))


def to_fraction(page: pdfium.PdfPage, x: float, y: float) -> tuple[float, float]:
    """Map a point of the page (points, origin at the bottom left) to fractions of its picture."""
    across, down = ctypes.c_int(), ctypes.c_int()
    pdfium_c.FPDF_PageToDevice(page, 0, 0, FRACTIONS, FRACTIONS, 0, x, y, across, down)
    return across.value / FRACTIONS, down.value / FRACTIONS
