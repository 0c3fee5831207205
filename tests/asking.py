"""Pages made of lines of words, and an answerer that says what it is told: for tests of asking."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.answers import AnswererFailed, Delta, Event, Page, Request, Sent, Waiting
from app.followups import with_topic
from indexer.types import Box, Hit, Modality, Word

LINE, HEIGHT, LETTER_WIDTH = 0.025, 0.016, 0.009


def words_of_lines(lines: Sequence[str], *, left: float = 0.1, top: float = 0.1) -> list[Word]:
    """Place words on lines as a page of type would; two blanks or more make a table's gap.

    An empty line leaves the space of one.
    """
    words = []
    for number, line in enumerate(lines):
        y = top + number * LINE
        for start, text in split_with_places(line):
            x = left + start * LETTER_WIDTH
            box = Box(x, y, x + len(text) * LETTER_WIDTH, y + HEIGHT)
            words.append(Word(text, box))
    return words


def split_with_places(line: str) -> Iterator[tuple[int, str]]:
    place = 0
    for piece in line.split(" "):
        if piece:
            yield place, piece
        place += len(piece) + 1


def page_of(number: int, *lines: str, name: str = "report.pdf", page: int | None = None) -> Page:
    """Return a page that holds some lines."""
    place = page or number
    hit = Hit(
        1, 0.0, f"unit-{number}", Path("/corpus") / name, f"page={place}", Modality.PAGE, place
    )
    return Page(number, hit, tuple(words_of_lines(lines)))


@dataclass
class Scripted:
    """Fulfils `Answerer`: yields the pieces it was given, then fails if it was told to."""

    pieces: Sequence[str | Event] = ()
    failure: str = ""
    name: str = "scripted"
    looks_at_pictures: bool = False
    max_pages: int = 5
    asked: list[Request] = field(default_factory=list)
    was_closed: bool = False

    def rewrite(self, request: Request) -> str:
        return with_topic(request.question, request.history)

    def stream(self, request: Request) -> Iterator[Event]:
        self.asked.append(request)
        yield Sent(())
        yield Waiting(0.0)
        try:
            for piece in self.pieces:
                yield Delta(piece) if isinstance(piece, str) else piece
        finally:
            self.was_closed = True
        if self.failure:
            raise AnswererFailed(self.failure)
