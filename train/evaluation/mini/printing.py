"""Pages of MMEB-mini as pictures: tiles of text, pages of paragraphs, tables, charts and forms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

from train.evaluation.mini.fonts import load_font
from train.evaluation.mini.items import Item, image_item

INK, RULE, TINT, BAR = (25, 28, 34), (120, 126, 134), (236, 239, 243), (70, 110, 165)
TILE_PX = (360, 168)
PAGE_PX = (440, 600)
FACTS_PX = (400, 300)
TILE_LAYOUTS = ("plain", "tinted", "boxed")
PAGE_LAYOUTS = ("one column", "indented", "two columns")
FACT_LAYOUTS = ("plain", "shaded", "framed")
MARGIN = 24


@dataclass(frozen=True, slots=True)
class Tile:
    """A few lines of running text."""

    text: str
    font: str
    layout: str

    def to_item(self) -> Item:
        return image_item(self, lambda: print_tile(self))


@dataclass(frozen=True, slots=True)
class Page:
    """A title over paragraphs."""

    title: str
    paragraphs: tuple[str, ...]
    font: str
    layout: str

    def to_item(self) -> Item:
        return image_item(self, lambda: print_page(self))


@dataclass(frozen=True, slots=True)
class Facts:
    """A table, chart or form: a title over labels with values."""

    kind: str
    title: str
    rows: tuple[tuple[str, str], ...]
    font: str
    layout: str

    def to_item(self) -> Item:
        return image_item(self, lambda: print_facts(self))


class Sheet:
    """A white picture with a place to write at, in one font."""

    def __init__(self, size: tuple[int, int], font: str) -> None:
        self.image = Image.new("RGB", size, "white")
        self.draw = ImageDraw.Draw(self.image)
        self.font = font

    def write(
        self, text: str, at: tuple[float, float], size: int, *, bold: bool = False, anchor="la"
    ) -> None:
        """Write one line."""
        face = load_font(self.font, size, bold=bold)
        self.draw.text(at, text, font=face, fill=INK, anchor=anchor)

    def wrap(self, text: str, width: float, size: int) -> list[str]:
        """Break a text into lines of at most `width` pixels."""
        face = load_font(self.font, size)
        lines: list[str] = []
        for word in text.split():
            longer = f"{lines[-1]} {word}" if lines else word
            if lines and face.getlength(longer) <= width:
                lines[-1] = longer
            else:
                lines.append(word)
        return lines

    def write_lines(self, lines: Sequence[str], at: tuple[float, float], size: int) -> float:
        """Write lines below each other; return where the next one would stand."""
        x, y = at
        for line in lines:
            self.write(line, (x, y), size)
            y += round(size * 1.35)
        return y


def print_tile(tile: Tile) -> Image.Image:
    """Print a tile; what does not fit would be a query without an answer, so it is an error."""
    sheet = Sheet(TILE_PX, tile.font)
    width, height = TILE_PX
    if tile.layout != "plain":
        fill, line = (TINT, None) if tile.layout == "tinted" else (None, RULE)
        sheet.draw.rectangle((6, 6, width - 7, height - 7), fill=fill, outline=line, width=2)
    size = 15
    end = sheet.write_lines(sheet.wrap(tile.text, width - 32, size), (16, 14), size)
    require_fit(end, height - 8, tile)
    return sheet.image


def print_page(page: Page) -> Image.Image:
    """Print a page."""
    sheet = Sheet(PAGE_PX, page.font)
    width, height = PAGE_PX
    sheet.write(page.title, (MARGIN, MARGIN), 24, bold=True)
    left = MARGIN + (24 if page.layout == "indented" else 0)
    columns = 2 if page.layout == "two columns" else 1
    size = 15 if columns == 2 else 16
    room = (width - left - MARGIN - 18 * (columns - 1)) / columns
    lines = [
        [*sheet.wrap(paragraph, room, size), ""] for paragraph in page.paragraphs
    ]  # one list a paragraph, an empty line after it
    flat = [line for paragraph in lines for line in paragraph]
    share = -(-len(flat) // columns)
    for column in range(columns):
        at = (left + column * (room + 18), MARGIN + 48)
        end = sheet.write_lines(flat[column * share : (column + 1) * share], at, size)
        require_fit(end, height, page)
    return sheet.image


def print_facts(facts: Facts) -> Image.Image:
    """Print a table, chart or form."""
    sheet = Sheet(FACTS_PX, facts.font)
    width, height = FACTS_PX
    if facts.layout == "framed":
        sheet.draw.rectangle((4, 4, width - 5, height - 5), outline=RULE, width=3)
    sheet.write(facts.title, (width / 2, 18), 20, bold=True, anchor="ma")
    PRINTERS[facts.kind](sheet, facts)
    return sheet.image


def print_table(sheet: Sheet, facts: Facts) -> None:
    """Print labels on the left and values flush right, a rule or a tint between rows."""
    width = FACTS_PX[0]
    for number, (label, value) in enumerate(facts.rows):
        top = 62 + 40 * number
        if facts.layout == "shaded" and number % 2 == 0:
            sheet.draw.rectangle((40, top, width - 40, top + 39), fill=TINT)
        sheet.draw.line((40, top + 40, width - 40, top + 40), fill=RULE)
        sheet.write(label, (52, top + 20), 17, anchor="lm")
        sheet.write(value, (width - 52, top + 20), 17, anchor="rm")


def print_chart(sheet: Sheet, facts: Facts) -> None:
    """Print bars with their values above and their labels below."""
    width, height = FACTS_PX
    base, step = height - 42, (width - 50) / len(facts.rows)
    if facts.layout == "shaded":
        sheet.draw.rectangle((25, 60, width - 25, base), fill=TINT)
    for number, (label, value) in enumerate(facts.rows):
        middle = 25 + step * (number + 0.5)
        top = base - 150 * int(value) / 10_000
        sheet.draw.rectangle((middle - step * 0.3, top, middle + step * 0.3, base), fill=BAR)
        sheet.write(value, (middle, top - 4), 15, anchor="mb")
        sheet.write(label[:3], (middle, base + 6), 15, anchor="ma")
    sheet.draw.line((25, base, width - 25, base), fill=RULE, width=2)


def print_form(sheet: Sheet, facts: Facts) -> None:
    """Print labels and, in a field beside each, its value."""
    width = FACTS_PX[0]
    for number, (label, value) in enumerate(facts.rows):
        top = 66 + 46 * number
        fill = TINT if facts.layout == "shaded" else None
        sheet.draw.rectangle((150, top, width - 30, top + 32), outline=RULE, fill=fill)
        sheet.write(label, (30, top + 16), 16, bold=True, anchor="lm")
        sheet.write(value, (160, top + 16), 16, anchor="lm")


def require_fit(end: float, height: float, plan: object) -> None:
    """Refuse what runs off the paper."""
    if end > height:
        raise ValueError(f"text ends at {end:.0f} of {height} pixels: {plan}")


PRINTERS = {"table": print_table, "chart": print_chart, "form": print_form}
