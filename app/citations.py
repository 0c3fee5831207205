"""The citations of an answer, checked: does `[n]` name a page, are the quoted words on it?

Nothing that a model writes is believed. A citation of a page that was not sent is dropped and
counted; quoted words are looked for on the page that they cite and get their boxes there, or a
mark that says they are not on it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from app.answerers.passages import is_split_word, overlap
from app.answers import Citation, Page, Quote
from indexer.types import Box, Word
from indexer.words import fold

NUMBERS = r"\d{1,4}(?:\s*[,;–-]\s*\d{1,4})*"
CITATION = re.compile(rf" ?\[\s*({NUMBERS})\s*\]")
SIDE_BY_SIDE = re.compile(rf"( ?)((?:\[\s*{NUMBERS}\s*\])+)")
MAY_BE_CITATION = re.compile(r" ?(?:\[[\d\s,;–-]{0,30}\]){0,9}(?:\[[\d\s,;–-]{0,30})?$")
OPEN = re.compile(r"\[[\d\s,;–-]*$")
NUMBER_OR_RANGE = re.compile(r"(\d+)(?:\s*[–-]\s*(\d+))?")
QUOTE = re.compile(r"“([^“”\n]+)”|\"([^\"\n]+)\"|«([^«»\n]+)»|„([^„“”\n]+)[“”]")
ELLIPSIS = re.compile(r"\[?\s*(?:…|\.\.\.)\s*\]?")
SENTENCE = re.compile(r"[^.!?\n]+(?:[.!?]+(?!\s)[^.!?\n]+)*[.!?]*[\"'”’)]*(?:\s?\[\d+\])*")
UNSUPPORTED = " (not on the cited page)"
MOST_IN_RANGE = 20


@dataclass(frozen=True, slots=True)
class Checked:
    """A text after the check, and what the check found."""

    text: str
    citations: tuple[Citation, ...]
    dropped: int
    unsupported: int
    uncited: int


def check(text: str, pages: Sequence[Page]) -> Checked:
    """Check every citation and every quote of a text against the pages that were sent."""
    by_number = {page.number: page for page in pages}
    text, dropped = drop_strays(text, by_number)
    quotes: dict[int, list[Quote]] = {}
    pieces: list[str] = []
    done = unsupported = 0
    for quote in QUOTE.finditer(text):
        said = next(filter(None, quote.groups()))
        cited = cited_by(text, quote) or list(by_number)
        found = locate_in(said, [by_number[number] for number in cited])
        pieces.append(text[done : quote.end()])
        done = quote.end()
        if found is None:
            unsupported += 1
            pieces.append(UNSUPPORTED)
            if cited:
                quotes.setdefault(cited[0], []).append(Quote(said, False))
        else:
            quotes.setdefault(found[0], []).append(Quote(said, True, found[1]))
    checked = "".join(pieces) + text[done:]
    cited_numbers = list(dict.fromkeys(numbers_in(checked)))
    citations = tuple(
        Citation(number, by_number[number].hit, tuple(quotes.get(number, ())))
        for number in cited_numbers
    )
    return Checked(checked, citations, dropped, unsupported, count_uncited(checked))


def drop_strays(text: str, known: Container[int], *, before: str = "") -> tuple[str, int]:
    """Write every citation as `[n]` and drop those of no page; return how many were dropped.

    One inside an open bracket leaves an ellipsis: `[7[9]]` must not close to `[7]`. `before` is
    what stands before the text.
    """
    dropped = 0

    def rewritten(match: re.Match[str]) -> str:
        nonlocal dropped
        numbers = numbers_in(match[2])
        dropped += sum(number not in known for number in numbers)
        kept = "".join(f"[{number}]" for number in numbers if number in known)
        if kept:
            return match[1] + kept
        return "…" if OPEN.search(before + text[: match.start()]) else ""

    return SIDE_BY_SIDE.sub(rewritten, text), dropped


def expand(listed: str) -> Iterator[int]:
    """Yield the numbers of `1, 3-5`; a range of more than `MOST_IN_RANGE` gives its ends."""
    for first, last in NUMBER_OR_RANGE.findall(listed):
        low, high = int(first), int(last or first)
        yield from range(low, high + 1) if low <= high < low + MOST_IN_RANGE else (low, high)


def numbers_in(text: str) -> list[int]:
    """Return the numbers that a text cites, in order."""
    return [number for match in CITATION.finditer(text) for number in expand(match[1])]


def cited_by(text: str, quote: re.Match[str]) -> list[int]:
    """Return the pages that a quote cites: the citations after it, else those before it.

    Looked for up to the next quote or the end of the line; before it, in the same sentence.
    """
    line_end = text.find("\n", quote.end())
    line_end = len(text) if line_end < 0 else line_end
    following = QUOTE.search(text, quote.end(), line_end)
    after = first_group(text[quote.end() : following.start() if following else line_end])
    if after:
        return after
    if following and (after := first_group(text[following.end() : line_end])):
        return after  # a list of quotes with one citation at its end
    start = max(text.rfind("\n", 0, quote.start()), text.rfind(". ", 0, quote.start())) + 1
    return numbers_in(text[start : quote.start()])


def first_group(text: str) -> list[int]:
    """Return the numbers of the first citations that stand side by side: `[1][2]`."""
    first = CITATION.search(text)
    if first is None:
        return []
    numbers, end = list(expand(first[1])), first.end()
    while following := CITATION.match(text, end):
        numbers += expand(following[1])
        end = following.end()
    return numbers


def locate_in(quote: str, pages: Sequence[Page]) -> tuple[int, tuple[Box, ...]] | None:
    """Return the first page that holds a quote, and its boxes there; None when none does."""
    for page in pages:
        boxes = locate(quote, page.words)
        if boxes is not None:
            return page.number, boxes
    return None


def locate(quote: str, words: Sequence[Word]) -> tuple[Box, ...] | None:
    """Return the boxes of a quote on a page, one per line; None when its words are not there.

    Only letters and digits count, so that hyphens at line ends, ligatures and typographic quotes
    do not matter; the parts around an ellipsis must all be there, in order.
    """
    letters = Letters(words)
    boxes: list[Box] = []
    start = 0
    parts = [part for part in ELLIPSIS.split(quote) if alphanumerics(part)]
    for part in parts:
        place = letters.find(alphanumerics(part), start)
        if place is None:
            return None
        boxes += lines_around([words[at] for at in range(place[0], place[1])])
        start = place[2]
    return tuple(boxes) if parts else None


class Letters:
    """The letters and digits of a page as one string, each with the word it is of."""

    def __init__(self, words: Sequence[Word]) -> None:
        spelled = [alphanumerics(word.text) for word in words]
        for place in range(1, len(words)):
            if is_split_word(words[place - 1], words[place]):
                spelled[place] = ""  # the second half of a word that is already there whole
        self._text = "".join(spelled)
        self._starts = [0, *accumulate(map(len, spelled))]
        self._words = words

    def find(self, wanted: str, start: int) -> tuple[int, int, int] | None:
        """Return first word, word after the last, and where to go on; None when not there.

        A match begins and ends with a word; an OCR line may be matched in its middle.
        """
        at = self._text.find(wanted, start)
        while at >= 0:
            first, last = self._word_at(at), self._word_at(at + len(wanted) - 1)
            whole = self._is_boundary(first, at) and self._is_boundary(last, at + len(wanted))
            if whole:
                return first, self._with_second_half(last) + 1, at + len(wanted)
            at = self._text.find(wanted, at + 1)
        return None

    def _word_at(self, letter: int) -> int:
        return bisect_right(self._starts, letter) - 1

    def _is_boundary(self, word: int, letter: int) -> bool:
        """Tell whether a word begins or ends at a letter of the page."""
        if letter in (self._starts[word], self._starts[word + 1]):
            return True
        inside = accumulate(len(alphanumerics(p)) for p in self._words[word].text.split())
        return letter - self._starts[word] in set(inside)

    def _with_second_half(self, word: int) -> int:
        following = word + 1
        if following < len(self._words) and is_split_word(
            self._words[word], self._words[following]
        ):
            return following
        return word


def alphanumerics(text: str) -> str:
    """Return the folded letters and digits of a text."""
    return "".join(char for char in fold(text) if char.isalnum())


def lines_around(words: Sequence[Word]) -> list[Box]:
    """Return one box per line around words that follow each other."""
    boxes: list[Box] = []
    for word in words:
        box = word.box
        if boxes and overlap(boxes[-1], box) > 0.4 and box.x0 >= boxes[-1].x0:
            last = boxes[-1]
            boxes[-1] = Box(
                last.x0, min(last.y0, box.y0), max(last.x1, box.x1), max(last.y1, box.y1)
            )
        else:
            boxes.append(box)
    return boxes


def count_uncited(text: str) -> int:
    """Count the sentences that make a claim without citing a page."""
    lines = [line for line in text.splitlines() if alphanumerics(line)]
    return sum(
        not CITATION.search(sentence)
        for line in lines
        for sentence in SENTENCE.findall(line)
        if len(sentence.split()) > 2 and not sentence.rstrip().endswith(":")
    )


class Gate:
    """Holds back what may become a citation, so that a stray `[9]` is never shown.

    Feed it the pieces of a stream; it gives back what may be shown.
    """

    def __init__(self, numbers: Sequence[int]) -> None:
        self._known = frozenset(numbers)
        self._held = self._before = ""

    def feed(self, piece: str) -> str:
        """Take the next piece and return the text that is sure to stay."""
        self._held += piece
        tail = MAY_BE_CITATION.search(self._held)
        cut = tail.start() if tail else len(self._held)
        ready, self._held = self._held[:cut], self._held[cut:]
        return self._without_strays(ready)

    def close(self) -> str:
        """Return what is left at the end."""
        ready, self._held = self._held, ""
        return self._without_strays(ready)

    def _without_strays(self, text: str) -> str:
        shown, _ = drop_strays(text, self._known, before=self._before)
        opened = OPEN.search(self._before + text)
        self._before = opened[0] if opened else ""
        return shown
