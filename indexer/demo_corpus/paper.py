"""Pages of documents: a sheet is a list of blocks that fits one page, or is refused."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from reportlab.lib.colors import HexColor, white
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas as Sheetfeed
from reportlab.platypus import (
    Frame,
    Image,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)

from indexer.demo_corpus.canvas import Canvas

INK, PALE = HexColor("#26323d"), HexColor("#eef2f5")
MARGIN = 20 * mm
Block = Any  # a reportlab flowable

BODY = ParagraphStyle(
    "body", fontName="Helvetica", fontSize=12.5, leading=18.5, textColor=INK, spaceAfter=9
)
LEAD = ParagraphStyle("lead", parent=BODY, fontSize=15.5, leading=22, spaceAfter=12)
SMALL = ParagraphStyle(
    "small", parent=BODY, fontSize=10, leading=13.5, textColor=HexColor("#62707c")
)
CELL = ParagraphStyle("cell", parent=BODY, fontSize=11.5, leading=14.5, spaceAfter=0)
SERIF = ParagraphStyle("serif", parent=BODY, fontName="Times-Roman", fontSize=13, leading=17.5)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page: its blocks; `wide` for landscape; `plate` is drawn behind them.

    `bare` leaves out the running head and foot.
    """

    blocks: Sequence[Block]
    wide: bool = False
    bare: bool = False
    plate: Callable[[Sheetfeed, float, float], None] | None = None

    @property
    def size(self) -> tuple[float, float]:
        width, height = landscape(A4) if self.wide else A4
        return float(width), float(height)


@dataclass(frozen=True, slots=True)
class Document:
    """A PDF of the corpus: its path in the folder, its title and colour, its pages."""

    path: str
    title: str
    accent: str
    make_sheets: Callable[[], list[Sheet]]

    def to_bytes(self) -> bytes:
        """Print the document.

        Raises:
            ValueError: the blocks of a sheet do not fit on its page.
        """
        buffer = io.BytesIO()
        feed = Sheetfeed(buffer, pagesize=A4, invariant=1)
        feed.setTitle(self.title)
        feed.setAuthor("Tarnmouth Shore and Craft Society")
        for number, sheet in enumerate(self.make_sheets(), start=1):
            self._print(feed, sheet, number)
        feed.save()
        return buffer.getvalue()

    def _print(self, feed: Sheetfeed, sheet: Sheet, number: int) -> None:
        width, height = sheet.size
        feed.setPageSize((width, height))
        if sheet.plate:
            sheet.plate(feed, width, height)
        if not sheet.bare:
            self._furnish(feed, width, height, number)
        left = list(sheet.blocks)
        frame = Frame(MARGIN, MARGIN, width - 2 * MARGIN, height - 2 * MARGIN - 6 * mm, 0, 0, 0, 0)
        frame.addFromList(left, feed)
        if left:
            raise ValueError(
                f"page {number} of {self.path} holds more than fits: {len(left)} of "
                f"{len(sheet.blocks)} blocks are left over; shorten it or give it a second sheet"
            )
        feed.showPage()

    def _furnish(self, feed: Sheetfeed, width: float, height: float, number: int) -> None:
        """Print the running head and the page number."""
        feed.setFillColor(HexColor(self.accent))
        feed.rect(0, height - 5 * mm, width, 5 * mm, stroke=0, fill=1)
        feed.setFillColor(HexColor("#7a8792"))
        feed.setFont("Helvetica", 8.5)
        feed.drawString(MARGIN, height - 13 * mm, self.title)
        feed.drawRightString(width - MARGIN, 10 * mm, str(number))


def heading(words: str, accent: str = "#26323d", *, size: float = 24) -> Block:
    style = ParagraphStyle(
        "heading",
        fontName="Helvetica-Bold",
        fontSize=size,
        leading=size * 1.2,
        textColor=HexColor(accent),
        spaceAfter=size * 0.5,
    )
    return Paragraph(words, style)


def prose(text: str, style: ParagraphStyle = BODY) -> list[Block]:
    """Set a text whose paragraphs are parted by empty lines."""
    return [Paragraph(" ".join(part.split()), style) for part in text.strip().split("\n\n")]


def gap(height_mm: float) -> Block:
    return Spacer(1, height_mm * mm)


def steps(items: Sequence[str], accent: str) -> Block:
    """Set numbered steps, the number in a coloured box."""
    rows = [[str(i), Paragraph(item, BODY)] for i, item in enumerate(items, start=1)]
    grid = Table(rows, colWidths=[10 * mm, 156 * mm], hAlign="LEFT")
    grid.setStyle(
        TableStyle(
            [
                ("FONT", (0, 0), (0, -1), "Helvetica-Bold", 14),
                ("TEXTCOLOR", (0, 0), (0, -1), HexColor(accent)),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
                ("LINEBELOW", (0, 0), (-1, -2), 0.3, HexColor("#d5dde3")),
            ]
        )
    )
    return grid


def bullets(items: Sequence[str]) -> list[Block]:
    style = ParagraphStyle("bullet", parent=BODY, leftIndent=12, bulletIndent=2, spaceAfter=4)
    return [Paragraph(item, style, bulletText="\u2022") for item in items]


def table(
    rows: Sequence[Sequence[str]],
    widths_mm: Sequence[float],
    accent: str,
    *,
    numbers_from: int = 1,
    size: float = 11.5,
) -> Block:
    """Set a table with a coloured head; columns from `numbers_from` on are flush right."""
    style = ParagraphStyle("sized", parent=CELL, fontSize=size, leading=size * 1.26)
    cells = [
        [Paragraph(cell, style) if k < numbers_from else cell for k, cell in enumerate(row)]
        for row in rows[1:]
    ]
    grid = Table(
        [list(rows[0]), *cells], colWidths=[w * mm for w in widths_mm], repeatRows=1, hAlign="LEFT"
    )
    grid.setStyle(
        TableStyle(
            [
                ("FONT", (0, 0), (-1, 0), "Helvetica-Bold", size),
                ("FONT", (0, 1), (-1, -1), "Helvetica", size),
                ("TEXTCOLOR", (0, 0), (-1, 0), white),
                ("TEXTCOLOR", (0, 1), (-1, -1), INK),
                ("BACKGROUND", (0, 0), (-1, 0), HexColor(accent)),
                ("ROWBACKGROUNDS", (0, 1), (-1, -1), [white, PALE]),
                ("ALIGN", (numbers_from, 0), (-1, -1), "RIGHT"),
                ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
                ("TOPPADDING", (0, 0), (-1, -1), 5),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 7),
            ]
        )
    )
    return grid


def beside(
    left: Sequence[Block],
    right: Sequence[Block],
    widths_mm: tuple[float, float],
    *,
    gutter_mm: float = 2,
) -> Block:
    """Set two stacks of blocks next to each other; the gutter is part of the left width."""
    pair = Table([[list(left), list(right)]], colWidths=[w * mm for w in widths_mm], hAlign="LEFT")
    pair.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("TOPPADDING", (0, 0), (-1, -1), 0),
                ("RIGHTPADDING", (0, 0), (0, 0), gutter_mm * mm),
                ("RIGHTPADDING", (1, 0), (1, 0), 0),
            ]
        )
    )
    return pair


def in_columns(blocks: Sequence[Block]) -> Block:
    """Set blocks in two columns of about equal length, splitting a paragraph where they part."""
    width = 81 * mm
    heights = [block.wrap(width, 10_000)[1] + block.getSpaceAfter() for block in blocks]
    left: list[Block] = []
    room = sum(heights) / 2
    for i, (block, height) in enumerate(zip(blocks, heights, strict=True)):
        if height > room:
            halves = block.split(width, room)
            rest = [*halves[1:], *blocks[i + 1 :]] if len(halves) == 2 else blocks[i:]
            return beside(
                [*left, *halves[:1]] if len(halves) == 2 else left, rest, (89, 81), gutter_mm=8
            )
        left.append(block)
        room -= height
    return beside(left, [], (89, 81), gutter_mm=8)


def caption(words: str) -> Block:
    return Paragraph(words, SMALL)


def to_jpeg(draw: Callable[[Canvas], None], width_px: int, height_px: int) -> io.BytesIO:
    """Draw a picture for print."""
    canvas = Canvas(width_px, height_px, oversample=2)
    draw(canvas)
    buffer = io.BytesIO()
    canvas.finish().save(buffer, "JPEG", quality=84)
    buffer.seek(0)
    return buffer


def figure(draw: Callable[[Canvas], None], width_mm: float, height_mm: float) -> Block:
    """Set a drawn picture."""
    return Image(
        to_jpeg(draw, round(width_mm * 6), round(height_mm * 6)),
        width_mm * mm,
        height_mm * mm,
        hAlign="LEFT",
    )


def title_page(
    title: str, subtitle: str, accent: str, draw: Callable[[Canvas], None], *, foot: str
) -> Sheet:
    """Make a cover: a picture over the upper part, the title below it."""

    def plate(feed: Sheetfeed, width: float, height: float) -> None:
        feed.setFillColor(HexColor(accent))
        feed.rect(0, 0, width, height, stroke=0, fill=1)
        top = height * 0.56
        feed.drawImage(ImageReader(to_jpeg(draw, 1000, 800)), 0, height - top, width, top)
        feed.setFillColor(white)
        feed.setFont("Helvetica", 10)
        feed.drawString(MARGIN, 16 * mm, foot)

    words = ParagraphStyle("cover", parent=LEAD, textColor=white, fontSize=15, leading=21)
    blocks = [gap(150), heading(title, "#ffffff", size=34), Paragraph(subtitle, words)]
    return Sheet(blocks, bare=True, plate=plate)
