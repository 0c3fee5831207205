"""PDF pages through PDFium: rendered one at a time, with the text layer and its word boxes.

One page that PDFium cannot open makes the whole file unreadable, and the reason names the page:
half a document in the index would look like all of it. PDFium is not thread-safe, so a process
reads one PDF at a time.
"""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from PIL import Image

from indexer import ocr
from indexer.loaders import locators
from indexer.loaders.options import LoadOptions
from indexer.loaders.refusals import refusing
from indexer.loaders.textlayer import clean_text, words_of_page
from indexer.types import Modality, Unit, UnreadableFile, Word

SUFFIXES = frozenset((".pdf",))

MAX_SCALE = 300 / 72  # a visiting card is not blown up beyond 300 dpi
TAIL_BYTES = 64 << 10
REASONS = {
    pdfium_c.FPDF_ERR_PASSWORD: "the PDF is encrypted: remove its password and ingest it again",
    pdfium_c.FPDF_ERR_SECURITY: "the PDF is protected by a security scheme that PDFium lacks",
    pdfium_c.FPDF_ERR_FORMAT: "not a readable PDF: it is damaged or truncated",
}
LOCK = threading.RLock()  # PDFium keeps global state; the app opens pages from several threads


def load(path: Path, options: LoadOptions, *, content_hash: str | None) -> Iterator[Unit]:
    """Yield one unit per page, rendered when it is asked for."""
    refuse_truncated(path)
    with open_document(path) as document:
        for number in range(1, len(document) + 1):
            with LOCK, open_page(document, number) as page:
                unit = build_unit(page, number, options, content_hash)
            yield unit


def build_unit(
    page: pdfium.PdfPage, number: int, options: LoadOptions, content_hash: str | None
) -> Unit:
    """Render a page and take its text layer, or read it by OCR when that is not usable."""
    locator = locators.page_locator(number)
    text = read_text(page)
    if options.ocr != "off" and not ocr.is_usable(text):
        lines = ocr.read_lines(
            lambda: render(page, max_pixels=ocr.MAX_PIXELS),
            content_hash=content_hash,
            locator=locator,
            cache=options.ocr_cache,
        )
        text = ocr.text_of(lines) if lines else text
    picture = render(page, max_pixels=options.max_pixels)
    return Unit(locator, Modality.PAGE, {"image": picture}, text=text, page=number)


def open_media(path: Path, locator: str, *, max_pixels: int) -> Image.Image:
    """Render the page that a locator names in at most `max_pixels`."""
    number = locators.parse_page(locator)
    with LOCK, open_document(path) as document, open_page(document, number) as page:
        return render(page, max_pixels=max_pixels)


def read_words(path: Path, locator: str, *, ocr_cache: Path | None) -> list[Word]:
    """Return the words of the text layer, or the OCR lines when the layer is not usable."""
    number = locators.parse_page(locator)
    with LOCK, open_document(path) as document, open_page(document, number) as page:
        usable = ocr.is_usable(read_text(page))
        words = words_of_page(page)
    if usable:
        return words
    return ocr.cached_lines_of(path, locator, cache=ocr_cache) or words


@contextmanager
def open_document(path: Path) -> Iterator[pdfium.PdfDocument]:
    """Open a PDF; the file is read as pages are asked for.

    Raises:
        UnreadableFile: it is encrypted, damaged or without pages.
    """
    with LOCK:
        try:
            document = pdfium.PdfDocument(path)
        except pdfium.PdfiumError as error:
            reason = REASONS.get(error.err_code, "not a readable PDF, or one without pages")
            raise UnreadableFile(reason) from error
        if document.get_formtype() != pdfium_c.FORMTYPE_NONE:
            document.init_forms()  # otherwise what was filled in is not drawn
    try:
        yield document
    finally:
        with LOCK:
            document.close()


@contextmanager
def open_page(document: pdfium.PdfDocument, number: int) -> Iterator[pdfium.PdfPage]:
    """Open page `number`, counted from 1, and close it with all it holds."""
    if number > len(document):
        raise UnreadableFile(f"it has {len(document)} pages, not {number}: ingest it again")
    with refusing(f"page {number} cannot be read"):
        page = document[number - 1]
        with closing(page):
            yield page


def render(page: pdfium.PdfPage, *, max_pixels: int) -> Image.Image:
    """Draw a page upright on white, RGB, in at most `max_pixels`."""
    width, height = page.get_size()  # points, after rotation
    if width <= 0 or height <= 0:
        raise ValueError(f"its size is {width} x {height} points")
    scale = min(MAX_SCALE, math.sqrt(max_pixels / (width * height)))
    while math.ceil(width * scale) * math.ceil(height * scale) > max_pixels:
        scale *= 0.99  # pypdfium2 rounds both sides up
    with closing(page.render(scale=scale, rev_byteorder=True)) as bitmap:
        return bitmap.to_pil().convert("RGB").copy()  # the bitmap's memory is PDFium's


def read_text(page: pdfium.PdfPage) -> str:
    """Return the visible text of a page, cleaned; empty when it has no text layer."""
    with closing(page.get_textpage()) as textpage:
        return clean_text(textpage.get_text_bounded())


def refuse_truncated(path: Path) -> None:
    """Raise UnreadableFile for a PDF whose end is missing.

    PDFium would rebuild what it can and leave the rest out without a word.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(1024)
        file.seek(max(0, size - TAIL_BYTES))
        tail = file.read()
    linearized = re.search(rb"/Linearized\b[^>]{0,200}?/L\s+(\d+)", head)
    if (linearized and int(linearized[1]) > size) or not re.search(rb"%%EOF|startxref", tail):
        raise UnreadableFile("the PDF is truncated: its end is missing")
