"""Cut a page into passages that can be quoted: sentences of its prose, rows of its tables.

A page arrives as words with boxes in reading order (from a text layer) or as lines (from OCR).
Lines are put together from boxes, blocks from lines, sentences from blocks, so that a sentence
runs over line ends while a table row or a heading stays alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median

from indexer.types import Box, Word

PAGE_RATIO = 1.4  # height to width of a usual page; boxes are in fractions of both
CELL_GAP = 1.5  # line heights of empty space that part two cells of a table
BLOCK_GAP = 0.9  # usual line heights between two lines that part two blocks
SHORT_LINE = 0.88  # share of its block's width below which a line ends a paragraph
TALLER = 1.9  # more than letters with and without tails differ: another size of type
MAX_HEADING_WORDS = 12
MAX_PASSAGE_WORDS = 90

BULLET = re.compile(r"^(?:[•·‣▪–*-]|\(?\d{1,2}[.)]?|\(?[a-zA-Z][.)])$")
SENTENCE_END = re.compile(r"[.!?…][\"'”’)\]]*$")
SENTENCE_START = re.compile(r"^[\"'“‘(\[]*[A-Z0-9À-Þ]")
ABBREVIATIONS = frozenset(
    "mr. mrs. ms. dr. prof. st. no. nos. vol. fig. figs. eq. sec. ch. pp. p. e.g. i.e. etc. vs. cf."
    " al. approx. ca. dept. inc. ltd. co. jan. feb. mar. apr. jun. jul. aug. sep. sept. oct. nov."
    " dec.".split()
)
INITIAL = re.compile(r"^[A-Z]\.$")
DIGITS = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Passage:
    """Some words of a page, one after the other: what an answer may quote.

    `start` and `end` bound them in the page's list of words. `heading` is what stands above them;
    a row of a table has the first row of its table there as well, which is its `table_head`.
    """

    text: str
    start: int
    end: int
    heading: str = ""
    table_head: str = ""
    is_table_head: bool = False
    is_sentence: bool = True


@dataclass(slots=True)
class Line:
    """A line of a page: its word places and the box around them."""

    places: list[int] = field(default_factory=list)
    left: float = 1.0
    top: float = 1.0
    right: float = 0.0
    bottom: float = 0.0
    cells: int = 1

    @property
    def height(self) -> float:
        return self.bottom - self.top

    def add(self, place: int, box: Box) -> None:
        self.places.append(place)
        self.left, self.top = min(self.left, box.x0), min(self.top, box.y0)
        self.right, self.bottom = max(self.right, box.x1), max(self.bottom, box.y1)


def passages_of(words: Sequence[Word]) -> list[Passage]:
    """Cut the words of a page into passages, in reading order; all words are in one of them."""
    passages: list[Passage] = []
    heading, head = "", ""
    blocks = list(iter_blocks(words))
    for place, block in enumerate(blocks):
        text = join_words(words, block.places)
        if block.is_row:
            following = blocks[place + 1] if place + 1 < len(blocks) else None
            is_head = not head and is_table_head(text, following, words)
            above = f"{heading} {head}".strip()
            passages.append(Passage(text, block.start, block.end, above, head, is_head))
            head = text if is_head else head
            continue
        head = ""
        stands_alone = is_heading(text)
        for start, end in iter_sentences(words, block.start, block.end):
            said = join_words(words, range(start, end))
            passages.append(Passage(said, start, end, heading, is_sentence=not stands_alone))
        heading = text if stands_alone else heading
    return passages


def is_table_head(text: str, following: Block | None, words: Sequence[Word]) -> bool:
    """Tell whether a row names the columns of the rows below it: it has no digits, they have."""
    if following is None or not following.is_row or DIGITS.search(text):
        return False
    return DIGITS.search(join_words(words, following.places)) is not None


def join_words(words: Sequence[Word], places: Sequence[int]) -> str:
    """Join words to a text; a word that a line end split is listed twice and written once."""
    kept: list[str] = []
    for before, place in zip([None, *places], places, strict=False):
        repeated = before is not None and is_split_word(words[before], words[place])
        if not repeated:
            kept.append(words[place].text)
    return " ".join(kept)


def is_split_word(first: Word, second: Word) -> bool:
    """Tell whether two entries are the two halves of one word, each listed whole."""
    same_line = overlap(first.box, second.box) > 0.5
    return first.text == second.text and not same_line and second.box.x0 < first.box.x0


def overlap(first: Box, second: Box) -> float:
    """Return the share of the lower of two boxes that lies beside the other."""
    shared = min(first.y1, second.y1) - max(first.y0, second.y0)
    lower = min(first.y1 - first.y0, second.y1 - second.y0)
    return shared / lower if lower > 0 else 0.0


def is_heading(text: str) -> bool:
    """Tell whether a block of its own reads as a heading: short, no sentence, item or number."""
    words = text.split()
    is_item = bool(BULLET.match(words[0])) and not DIGITS.match(words[0])
    has_letters = re.search(r"[^\W\d_]", text) is not None
    short = len(words) <= MAX_HEADING_WORDS and not SENTENCE_END.search(text)
    return short and has_letters and not is_item


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that belong together, as places in the page's words."""

    start: int
    end: int
    is_row: bool

    @property
    def places(self) -> range:
        return range(self.start, self.end)


def iter_blocks(words: Sequence[Word]) -> Iterator[Block]:
    """Yield paragraphs, headings, items and table rows in reading order."""
    lines = list(iter_lines(words))
    usual = median(line.height for line in lines) if lines else 0.0
    block: list[Line] = []
    for line in lines:
        if block and starts_block(block, line, words, usual=usual):
            yield to_block(block)
            block = []
        block.append(line)
    if block:
        yield to_block(block)


def to_block(lines: Sequence[Line]) -> Block:
    is_row = len(lines) == 1 and lines[0].cells > 1
    return Block(lines[0].places[0], lines[-1].places[-1] + 1, is_row)


def starts_block(block: Sequence[Line], line: Line, words: Sequence[Word], *, usual: float) -> bool:
    """Tell whether a line does not go on with the block above it; `usual` is a line's height."""
    last = block[-1]
    if last.cells > 1 or line.cells > 1:
        return True
    if line.top < last.top or line.top - last.bottom > BLOCK_GAP * usual:
        return True
    if max(last.height, line.height) > TALLER * min(last.height, line.height):
        return True
    first = words[line.places[0]].text
    if BULLET.match(first) and (
        not DIGITS.match(first) or SENTENCE_END.search(ending(last, words))
    ):
        return True
    left, right = min(each.left for each in block), max(each.right for each in [*block, line])
    is_short = last.right - left < SHORT_LINE * (right - left)
    return is_short and bool(SENTENCE_START.match(first))


def ending(line: Line, words: Sequence[Word]) -> str:
    return words[line.places[-1]].text


def iter_lines(words: Sequence[Word]) -> Iterator[Line]:
    """Yield the lines of a page: words beside each other, from left to right."""
    line = Line()
    for place, word in enumerate(words):
        if line.places:
            last = words[line.places[-1]].box
            if overlap(last, word.box) < 0.4 or word.box.x0 < last.x0:
                yield line
                line = Line()
            else:
                height = max(line.height, word.box.y1 - word.box.y0) * PAGE_RATIO
                is_item = len(line.places) == 1 and BULLET.match(words[line.places[0]].text)
                line.cells += word.box.x0 - last.x1 > CELL_GAP * height and not is_item
        line.add(place, word.box)
    if line.places:
        yield line


def iter_sentences(words: Sequence[Word], start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the bounds of the sentences between two places, none above `MAX_PASSAGE_WORDS`."""
    begun = start
    for place in range(start, end):
        is_last = place == end - 1
        is_long = place + 1 - begun >= MAX_PASSAGE_WORDS
        is_marker = place == begun and BULLET.match(words[place].text)
        if (
            is_last
            or is_long
            or (not is_marker and ends_sentence(words[place].text, words[place + 1].text))
        ):
            yield begun, place + 1
            begun = place + 1


def ends_sentence(text: str, following: str) -> bool:
    """Tell whether a sentence ends between two words."""
    if not SENTENCE_END.search(text) or not SENTENCE_START.match(following):
        return False
    return text.lower() not in ABBREVIATIONS and not INITIAL.match(text)


def page_text(words: Sequence[Word]) -> str:
    """Return the words of a page as text, one line per line of the page."""
    return "\n".join(join_words(words, line.places) for line in iter_lines(words))
