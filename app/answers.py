"""What an answer is made of: the pages it stands on, its citations, the events it arrives in.

    question -> Rewritten -> Found -> Delta, Delta, ... -> Finished(Answer)

An `Answer` is the same object in code, in `python -m app ask --json` and on the page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from indexer.types import Box, Hit, Modality, Word

if TYPE_CHECKING:
    from PIL.Image import Image

NOT_FOUND = "Not found in this collection."


@dataclass(frozen=True, slots=True)
class Page:
    """A page (or picture) that an answer may stand on; `number` is the n of its `[n]`."""

    number: int
    hit: Hit
    words: tuple[Word, ...] = ()

    @property
    def label(self) -> str:
        """Name the page as people do: `report.pdf, page 12`."""
        where = f", page {self.hit.page}" if self.hit.page is not None else ""
        return f"{self.hit.path.name}{where}"


@dataclass(frozen=True, slots=True)
class Quote:
    """Words that the answer quotes. `boxes` are where they stand, one per line of the page."""

    text: str
    is_supported: bool
    boxes: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True)
class Citation:
    """A page that the answer cites, with everything that it quotes from it."""

    number: int
    hit: Hit
    quotes: tuple[Quote, ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """One message that was sent to a model: its text; pictures are named where they stood."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer and everything that it stands on.

    `asked` is the question as it was searched for, rewritten when it follows up on another.
    `dropped` counts citations that pointed to no page, `unsupported` quotes that are not on the
    page they cite (marked in `text`), `uncited` sentences without a citation. `support` is set by
    answerers that measure it. `trouble` says in one sentence why an answer is not whole.
    """

    question: str
    asked: str
    text: str
    answerer: str
    is_found: bool
    citations: tuple[Citation, ...] = ()
    pages: tuple[Page, ...] = ()
    prompt: tuple[Message, ...] = ()
    dropped: int = 0
    unsupported: int = 0
    uncited: int = 0
    support: float | None = None
    trouble: str = ""
    is_stopped: bool = False
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Request:
    """What an answerer is asked: the question, the pages, what was said before.

    `picture` renders a page at reading size when it is called. `similarities` gives the cosine of
    the question with texts, `frequencies` how many pages hold a word by its spellings, and
    `collection_pages` how many pages there are.
    """

    question: str
    pages: tuple[Page, ...]
    history: tuple[Answer, ...] = ()
    picture: Callable[[Page], Image] = field(default=lambda page: _no_picture(page))
    similarities: Callable[[str, Sequence[str]], Sequence[float]] = field(
        default=lambda question, texts: [0.0] * len(texts)
    )
    frequencies: Callable[[Sequence[Sequence[str]]], Sequence[int]] = field(
        default=lambda terms: [0] * len(terms)
    )
    collection_pages: int = 0


@dataclass(frozen=True, slots=True)
class Rewritten:
    """The question as it will be searched for."""

    asked: str


@dataclass(frozen=True, slots=True)
class Found:
    """The pages that the answer may stand on."""

    pages: tuple[Page, ...]


@dataclass(frozen=True, slots=True)
class Sent:
    """What is sent to a model."""

    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Delta:
    """The next piece of the answer's text."""

    text: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nothing has arrived for so many seconds; also a chance to stop."""

    seconds: float
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How well the pages support the answer, 0 to 1, and whether that is enough."""

    support: float
    is_found: bool


@dataclass(frozen=True, slots=True)
class Finished:
    """The whole answer, checked; always the last event."""

    answer: Answer


Event = Rewritten | Found | Sent | Delta | Waiting | Verdict | Finished


class AnswererFailed(Exception):
    """An answerer could not go on; its message tells a person what happened and what to do."""


def to_fields(answer: Answer) -> dict[str, object]:
    """Return an answer as JSON fields; boxes are fractions of the page, top left first."""
    return {
        "question": answer.question,
        "asked": answer.asked,
        "text": answer.text,
        "found": answer.is_found,
        "answerer": answer.answerer,
        "support": answer.support,
        "citations": [
            {
                **place_fields(citation.number, citation.hit),
                "quotes": [
                    {
                        "text": quote.text,
                        "supported": quote.is_supported,
                        "boxes": [[box.x0, box.y0, box.x1, box.y1] for box in quote.boxes],
                    }
                    for quote in citation.quotes
                ],
            }
            for citation in answer.citations
        ],
        "dropped": answer.dropped,
        "unsupported": answer.unsupported,
        "uncited": answer.uncited,
        "pages": [place_fields(page.number, page.hit) for page in answer.pages],
        "prompt": [{"role": sent.role, "text": sent.text} for sent in answer.prompt],
        "trouble": answer.trouble,
        "stopped": answer.is_stopped,
        "seconds": round(answer.seconds, 3),
    }


def place_fields(number: int, hit: Hit) -> dict[str, object]:
    """Return where a page is, as JSON fields."""
    return {
        "number": number,
        "unit": hit.id,
        "path": str(hit.path),
        "modality": hit.modality.value,
        "page": hit.page,
    }


def from_fields(fields: Mapping[str, object]) -> Answer:
    """Read back what a follow-up question needs of an answer's JSON fields.

    Raises:
        ValueError: they are no answer.
    """
    try:
        citations = tuple(
            Citation(
                int(each["number"]),
                Hit(
                    rank=1,
                    score=0.0,
                    id=str(each["unit"]),
                    path=Path(each["path"]),
                    locator="",
                    modality=Modality(each["modality"]),
                    page=each["page"],
                ),
                tuple(Quote(str(one["text"]), bool(one["supported"])) for one in each["quotes"]),
            )
            for each in fields["citations"]  # type: ignore[attr-defined]
        )
        return Answer(
            question=str(fields["question"]),
            asked=str(fields["asked"]),
            text=str(fields["text"]),
            answerer=str(fields["answerer"]),
            is_found=bool(fields["found"]),
            citations=citations,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"this is no answer: {type(error).__name__} at {error}") from error


def _no_picture(page: Page) -> Image:
    raise AnswererFailed(f"{page.label} has no picture here")
