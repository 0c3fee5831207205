"""Ask a collection: pages that may hold the answer, an answerer, a checked answer.

    from app import rag
    from indexer import Index

    found = rag.answer(Index.open(), "How long does the cell of the tide clock last?")
    print(found.text)                       # “One alkaline AA cell ... two years.” [1]
    found.citations[0].hit.page, found.citations[0].quotes[0].boxes

`stream` yields the same as it comes. Nothing here knows Streamlit, and nothing is loaded that the
chosen answerer does not need.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from app import citations
from app.answers import (
    NOT_FOUND,
    Answer,
    AnswererFailed,
    Delta,
    Event,
    Finished,
    Found,
    Message,
    Page,
    Request,
    Rewritten,
    Sent,
    Verdict,
)
from indexer.types import Hit, IndexerError, Modality, UsageError, Word

if TYPE_CHECKING:
    from indexer import Index

MAX_QUESTION = 2_000
PICTURE_PIXELS = 1_600_000
SAME_ANSWER = NOT_FOUND.rstrip(".").casefold()


class Answerer(Protocol):
    """What turns pages into an answer. Three are in `app.answerers`."""

    @property
    def name(self) -> str: ...

    @property
    def looks_at_pictures(self) -> bool:
        """Whether pictures and clips may be among the pages, not only what has text."""

    @property
    def max_pages(self) -> int:
        """How many pages it is given."""

    def rewrite(self, request: Request) -> str:
        """Return the question so that it can be searched for without the conversation."""

    def stream(self, request: Request) -> Iterator[Event]:
        """Yield `Sent`, `Waiting`, `Verdict` and `Delta` events.

        Raises:
            AnswererFailed: it cannot begin, or cannot go on; what was yielded stays.
        """


def answer(
    index: Index,
    question: str,
    *,
    history: Sequence[Answer] = (),
    scope: Sequence[Path | str] = (),
    answerer: Answerer | None = None,
) -> Answer:
    """Answer a question from the pages of an index; extractive unless told otherwise.

    `scope` narrows it to some documents, `history` holds the answers of the conversation so far.

    Raises:
        UsageError: the question is empty, or a document of the scope is not indexed.
        StoreUnavailable: the store is down, or held by another process.
    """
    finished = None
    for event in stream(index, question, history=history, scope=scope, answerer=answerer):
        finished = event
    assert isinstance(finished, Finished)  # the last event, by contract
    return finished.answer


def stream(
    index: Index,
    question: str,
    *,
    history: Sequence[Answer] = (),
    scope: Sequence[Path | str] = (),
    answerer: Answerer | None = None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Iterator[Event]:
    """Yield an answer as it comes: `Rewritten`, `Found`, what the answerer says, `Finished`.

    Raises as `answer` does. A failure of the answerer ends in a `Finished` whose answer holds what
    arrived and says in `trouble` what happened.
    """
    answering = Answering(index, question, history=history, scope=scope, answerer=answerer)
    return answering.events(is_cancelled)


class Answering:
    """One question being answered: its events, and at any moment the answer so far.

    Raises:
        UsageError: nothing is asked.
    """

    def __init__(
        self,
        index: Index,
        question: str,
        *,
        history: Sequence[Answer] = (),
        scope: Sequence[Path | str] = (),
        answerer: Answerer | None = None,
    ) -> None:
        from app.answerers.calibration import read_min_support
        from app.answerers.extractive import Extractive

        self._index = index
        self._history = tuple(history)
        self._scope = tuple(scope)
        self._answerer = answerer or Extractive(min_support=read_min_support(index.home))
        self._begun = time.monotonic()
        question = clean_question(question)
        self._draft = Draft(question, self._answerer.name, asked=question)

    @property
    def question(self) -> str:
        return self._draft.question

    def stopped(self, trouble: str = "") -> Answer:
        """Return what has arrived, for whoever stops here, or was stopped by `trouble`."""
        self._draft.trouble = trouble
        self._draft.is_stopped = not trouble
        return self._draft.finish(time.monotonic() - self._begun)

    def events(
        self, is_cancelled: Callable[[], bool] = lambda: False
    ) -> Generator[Event, None, None]:
        """Yield what happens, in order; the last event is `Finished`."""
        draft = self._draft
        try:
            unread = Request(draft.question, (), self._history)
            draft.asked = clean_question(self._answerer.rewrite(unread))
        except AnswererFailed as error:
            draft.trouble = str(error)
        yield Rewritten(draft.asked)
        if not draft.trouble:
            draft.pages = self._find_pages()
            yield Found(draft.pages)
            request = replace(to_request(self._index, draft), history=self._history)
            events = self._answerer.stream(request) if draft.pages else iter(())
            yield from draft.follow(events, is_cancelled)
        yield Finished(draft.finish(time.monotonic() - self._begun))

    def _find_pages(self) -> tuple[Page, ...]:
        return find_pages(
            self._index,
            self._draft.asked,
            scope=self._scope,
            limit=self._answerer.max_pages,
            with_pictures=self._answerer.looks_at_pictures,
        )


@dataclass(slots=True)
class Draft:
    """An answer in the making."""

    question: str
    answerer: str
    asked: str = ""
    pages: tuple[Page, ...] = ()
    text: str = ""
    prompt: tuple[Message, ...] = ()
    verdict: Verdict | None = None
    trouble: str = ""
    is_stopped: bool = False

    def follow(self, events: Iterator[Event], is_cancelled: Callable[[], bool]) -> Iterator[Event]:
        """Pass events on, keeping what they bring; stray citations are held back."""
        gate = citations.Gate([page.number for page in self.pages])
        try:
            for event in events:
                if is_cancelled():
                    self.is_stopped = True
                    break
                if isinstance(event, Delta):
                    self.text += event.text
                    shown = gate.feed(event.text)
                    if shown:
                        yield Delta(shown)
                    continue
                self.keep(event)
                yield event
        except AnswererFailed as error:
            self.trouble = str(error)
        finally:
            close = getattr(events, "close", None)
            if close is not None:
                close()  # an answerer that holds a connection lets go of it
        rest = gate.close()
        if rest:
            yield Delta(rest)

    def keep(self, event: Event) -> None:
        """Keep what an event says of the answer."""
        if isinstance(event, Sent):
            self.prompt = event.messages
        elif isinstance(event, Verdict):
            self.verdict = event

    def finish(self, seconds: float) -> Answer:
        """Check the text and return the answer."""
        is_cut = bool(self.trouble) or self.is_stopped
        text = self.text.strip() or ("" if is_cut else NOT_FOUND)
        checked = citations.check(text, self.pages)
        is_found = bool(text) and not is_refusal(text)
        if self.verdict is not None:
            is_found = is_found and self.verdict.is_found
        return Answer(
            question=self.question,
            asked=self.asked,
            text=checked.text,
            answerer=self.answerer,
            is_found=is_found,
            citations=checked.citations,
            pages=self.pages,
            prompt=self.prompt,
            dropped=checked.dropped,
            unsupported=checked.unsupported,
            uncited=checked.uncited if is_found else 0,
            support=self.verdict.support if self.verdict else None,
            trouble=self.trouble,
            is_stopped=self.is_stopped,
            seconds=seconds,
        )


def is_refusal(text: str) -> bool:
    """Tell whether a text says that the collection has no answer."""
    return text.strip().strip("\"'“”*").rstrip(".").casefold().startswith(SAME_ANSWER)


def clean_question(question: str) -> str:
    """Return a question on one line, without control characters, of at most `MAX_QUESTION`.

    Raises:
        UsageError: nothing is asked.
    """
    printable = "".join(char if char.isprintable() else " " for char in question)
    cleaned = " ".join(printable.split())[:MAX_QUESTION].rstrip()
    if not any(char.isalnum() for char in cleaned):
        raise UsageError("nothing is asked: write a question")
    return cleaned


def to_request(index: Index, draft: Draft) -> Request:
    """Return what an answerer is asked, tied to the index."""
    return Request(
        draft.asked,
        draft.pages,
        picture=lambda page: index.media(page.hit, max_pixels=PICTURE_PIXELS),
        similarities=lambda question, texts: list(index.similarities(question, texts)),
        frequencies=index.frequencies,
        collection_pages=index.status().units.get(Modality.PAGE.value, 0),
    )


def find_pages(
    index: Index,
    question: str,
    *,
    scope: Sequence[Path | str],
    limit: int,
    with_pictures: bool,
) -> tuple[Page, ...]:
    """Search for pages that may hold the answer, best first, with their words.

    Pages that cannot be read any more are left out: an answer must not stand on what nobody can
    look at.
    """
    modality = None if with_pictures else Modality.PAGE
    hits = index.search(question, paths=tuple(scope) or None, modality=modality, limit=limit)
    readable = ((hit, words_of(index, hit)) for hit in hits)
    kept = [(hit, words) for hit, words in readable if words is not None]
    return tuple(Page(n, hit, tuple(words)) for n, (hit, words) in enumerate(kept, start=1))


def words_of(index: Index, hit: Hit) -> list[Word] | None:
    """Return the words of a unit, none for a picture without text, None when it is unreadable."""
    try:
        return index.words(hit)
    except (IndexerError, OSError):
        return None
