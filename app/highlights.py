"""The matched words of a page: where their boxes go and how many there are of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from indexer.types import Word
from indexer.words import matched_spans, matched_words

PADDING = 0.002


@dataclass(frozen=True, slots=True)
class Highlight:
    """A box to draw: left, top, width and height in percent of the page, and its word."""

    text: str
    left: float
    top: float
    width: float
    height: float


def highlights(words: Sequence[Word], query: str) -> list[Highlight]:
    """Return a slightly padded box for every word of the page that the query matched."""
    return [to_highlight(word) for word in matched_words(words, query)]


def to_highlight(word: Word) -> Highlight:
    """Turn a word's box, in fractions, into percent of the page with a little air around it."""
    x0, y0 = max(0.0, word.box.x0 - PADDING), max(0.0, word.box.y0 - PADDING)
    x1, y1 = min(1.0, word.box.x1 + PADDING), min(1.0, word.box.y1 + PADDING)
    return Highlight(
        word.text,
        left=round(100 * x0, 3),
        top=round(100 * y0, 3),
        width=round(100 * (x1 - x0), 3),
        height=round(100 * (y1 - y0), 3),
    )


def marked(text: str, query: str) -> list[tuple[str, bool]]:
    """Cut a snippet into runs of text, each with whether the query matched it."""
    runs: list[tuple[str, bool]] = []
    end = 0
    for start, stop in matched_spans(text, query):
        runs += [(text[end:start], False), (text[start:stop], True)]
        end = stop
    return [run for run in [*runs, (text[end:], False)] if run[0]]


def tally(boxes: Iterable[Highlight], *, most: int = 6) -> str:
    """Name the matched words and how often each stands on the page: `rainfall (3), chart`."""
    counts = Counter(box.text.strip(".,;:!?()[]\"'").lower() for box in boxes)
    named = [word if n == 1 else f"{word} ({n})" for word, n in counts.most_common(most)]
    more = len(counts) - len(named)
    return ", ".join(named) + (f" and {more} more" if more > 0 else "")
