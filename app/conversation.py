"""The conversation of the page "Ask": what was answered, what is being answered, what is open.

Each session has its own, kept by Streamlit; the answerers are shared. A move is a widget's
callback, the run after it draws what it left.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from html import escape
from inspect import GEN_RUNNING, getgeneratorstate
from pathlib import Path

import streamlit as st

from app import cards, exporting, rag, session, troubles
from app.answerers import choosing
from app.answers import Answer, Citation, Delta, Event, Finished, Found, Rewritten, Waiting
from app.citations import CITATION, QUOTE, UNSUPPORTED, numbers_in
from app.highlights import Highlight, to_highlight
from app.settings import AskSettings
from indexer.types import IndexerError, Modality, Status, Word

MOST_SOURCES = 12
SLOW_S = 1.0
TICK_S = 0.02
LABELS = {
    "extractive": "Quotes",
    "endpoint": "Endpoint",
    "local": "Local model",
}


@dataclass
class Talk:
    """What a session has asked. `opened` is a turn and the number of the citation shown.

    `running` are the events of the question that is being answered, and `shown` is what they have
    brought: whatever else is clicked meanwhile, the next run goes on with them.
    """

    answers: list[Answer] = field(default_factory=list)
    waiting: str = ""
    answering: rag.Answering | None = None
    running: Generator[Event, None, None] | None = None
    shown: str = ""
    opened: tuple[int, int] | None = None
    scope: list[str] = field(default_factory=list)
    answerer: str = ""
    notice: str = ""


def talk() -> Talk:
    """Return the conversation of this session."""
    kept: Talk = st.session_state.setdefault("talk", Talk())
    return kept


def ask_settings() -> AskSettings:
    """Return the settings of asking."""
    return session.app_settings().ask


@st.cache_resource(show_spinner=False)
def answerer(name: str) -> rag.Answerer:
    """Return an answerer, shared by all sessions. Raises UsageError."""
    return choosing.open_answerer(name, ask_settings(), home=session.open_index().home)


def documents() -> dict[str, Path]:
    """Return the documents with pages by what they are called; same names get their folder."""
    paths = [
        document.path
        for document in session.open_index().documents()
        if document.modality == Modality.PAGE
    ]
    names = Counter(path.name for path in paths)
    return {
        path.name if names[path.name] == 1 else f"{path.name} ({path.parent})": path
        for path in paths
    }


def ask() -> None:
    """Take the question from the box; a page that was open is closed."""
    kept = talk()
    stop()
    kept.waiting = str(st.session_state.get("question") or "")
    kept.opened = None


def ask_again(turn: int) -> None:
    """Ask a question of the conversation again, in place of everything since."""
    kept = talk()
    kept.waiting, kept.answering, kept.running = kept.answers[turn].question, None, None
    del kept.answers[turn:]


def stop() -> None:
    """Keep what has arrived as the answer."""
    kept = talk()
    if kept.answering is not None:
        settle(kept.answering, kept.answering.stopped())
    kept.waiting = ""


def settle(answering: rag.Answering, answer: Answer) -> None:
    """Let an answer join the conversation, unless it is no longer waited for."""
    kept = talk()
    if kept.answering is answering:
        kept.answers.append(answer)
        kept.answering, kept.running, kept.waiting, kept.shown = None, None, "", ""


def start_over() -> None:
    """Forget the conversation."""
    before = talk()
    st.session_state["talk"] = Talk(scope=before.scope, answerer=before.answerer)


def open_citation(turn: int, number: int) -> None:
    """Show a cited page."""
    talk().opened = (turn, number)


def close_citation() -> None:
    """Show the conversation alone again."""
    talk().opened = None


def opened_citation() -> Citation | None:
    """Return the citation that is shown."""
    kept = talk()
    if kept.opened is None or kept.opened[0] >= len(kept.answers):
        return None
    answer = kept.answers[kept.opened[0]]
    found = [each for each in answer.citations if each.number == kept.opened[1]]
    return found[0] if found else None


def show_in_widgets() -> None:
    """Make the choices show what was chosen, also after another page was looked at."""
    kept = talk()
    known = documents()
    kept.scope = [name for name in kept.scope if name in known]
    kept.answerer = kept.answerer or default_answerer()
    for key, value in (("scope", kept.scope), ("answerer", kept.answerer)):
        if st.session_state.get(key) != value:
            st.session_state[key] = value


def default_answerer() -> str:
    """Return the answerer of the settings, or the one that always works."""
    ready = choosing.available(ask_settings())
    return ask_settings().answerer if ask_settings().answerer in ready else ready[0]


def choose() -> None:
    """Keep what was chosen: the documents and who answers."""
    kept = talk()
    kept.scope = list(st.session_state.get("scope", kept.scope))
    kept.answerer = str(st.session_state.get("answerer") or kept.answerer)


def scope() -> list[Path]:
    """Return the chosen documents that are still there; none means all."""
    known = documents()
    return [known[name] for name in talk().scope if name in known]


def events() -> Iterator[Event]:
    """Answer the waiting question and yield what happens; the answer joins the conversation.

    A failure of the index becomes the trouble of the answer: the question is not lost.
    """
    kept = talk()
    try:
        if kept.answering is None or kept.running is None:
            kept.answering = rag.Answering(
                session.open_index(),
                kept.waiting,
                history=[answer for answer in kept.answers if answer.text],
                scope=scope(),
                answerer=answerer(kept.answerer),
            )
            kept.running, kept.shown = kept.answering.events(), ""
    except troubles.EXPECTED as error:
        kept.notice, kept.waiting = troubles.sentence(error), ""
        return
    answering, running = kept.answering, kept.running
    while (
        getgeneratorstate(running) == GEN_RUNNING
    ):  # the run before this one has not noticed yet that it is over
        time.sleep(TICK_S)
    try:
        for event in running:
            if isinstance(event, Delta):
                kept.shown += event.text
            elif isinstance(event, Finished):
                settle(answering, event.answer)
            yield event
    except troubles.EXPECTED as error:
        settle(answering, answering.stopped(troubles.sentence(error)))


def take_notice() -> str:
    """Return what must be said once."""
    said, talk().notice = talk().notice, ""
    return said


def draft_html(text: str) -> str:
    """Return an answer in the making as escaped HTML."""
    return f'<div class="draft" aria-live="polite">{escape(text)}▍</div>'


def step(event: Event) -> str | None:
    """Say in words what an event means for whoever waits, None when there is nothing to say."""
    if isinstance(event, Rewritten):
        return "Searching…"
    if isinstance(event, Found):
        pages = cards.counted(len(event.pages), "page", "pages")
        return f"Reading {pages}…"
    if isinstance(event, Waiting) and event.reason:
        return f"{event.reason}…"
    if isinstance(event, Waiting) and event.seconds > SLOW_S:
        return f"Waiting for {LABELS[talk().answerer].lower()}, {event.seconds:.0f} s…"
    return None


def asked_pages(status: Status) -> str:
    """Say how much can be asked: `59 pages`."""
    return cards.counted(status.units.get(Modality.PAGE.value, 0), "page", "pages")


def paragraphs(answer: Answer) -> list[list[dict[str, object]]]:
    """Cut an answer into paragraphs of parts: text, quotations, citations."""
    return [list(parts(line)) for line in answer.text.splitlines() if line.strip()]


def parts(line: str) -> Iterator[dict[str, object]]:
    """Yield the parts of a line."""
    done = 0
    for quote in QUOTE.finditer(line):
        yield from plain_parts(line[done : quote.start()])
        said = next(filter(None, quote.groups()))
        done = quote.end()
        kind = "quote"
        if line.startswith(UNSUPPORTED, done):
            kind, done = "unsupported", done + len(UNSUPPORTED)
        yield {"kind": kind, "text": said}
    yield from plain_parts(line[done:])


def plain_parts(text: str) -> Iterator[dict[str, object]]:
    """Yield text and citations."""
    done = 0
    for match in CITATION.finditer(text):
        if match.start() > done:
            yield {"kind": "text", "text": text[done : match.start()]}
        for number in numbers_in(match[0]):
            yield {"kind": "citation", "number": number}
        done = match.end()
    if done < len(text):
        yield {"kind": "text", "text": text[done:]}


def sources(answer: Answer) -> list[dict[str, object]]:
    """Return the cited pages with their thumbnails; one that cannot be read has none."""
    shown: list[dict[str, object]] = []
    for citation in answer.citations[:MOST_SOURCES]:
        try:
            thumbnail = cards.data_uri(session.open_index().thumbnail(citation.hit))
        except (IndexerError, OSError):
            thumbnail = ""
        shown.append(
            {"number": citation.number, "label": label_of(citation), "thumbnail": thumbnail}
        )
    return shown


def label_of(citation: Citation) -> str:
    """Name a cited page."""
    return f"{citation.hit.path.name}, {cards.place(citation.hit).lower()}"


def quote_boxes(citation: Citation) -> list[Highlight]:
    """Return where the quoted words stand on the page."""
    return [to_highlight(Word(quote.text, box)) for quote in citation.quotes for box in quote.boxes]


def status_line(answer: Answer) -> str:
    """Say how an answer came about: how it was searched for, among which pages, how long."""
    said = []
    if answer.asked != answer.question:
        said.append(f"Searched for: {answer.asked}")
    pages = cards.counted(len(answer.pages), "page", "pages")
    said.append(f"{pages} read, {answer.seconds:.1f} s")
    return " · ".join(said)


def read_facts(answer: Answer) -> list[tuple[str, str]]:
    """List what an answer was made from and how well it is supported."""
    listed = [("Answered by", answer.answerer)]
    if answer.support is not None:
        listed.append(("Support", f"{answer.support:.2f} of 1"))
    return [*listed, *((f"Page [{page.number}]", page.label) for page in answer.pages)]


def export(turn: int) -> bytes:
    """Return an answer as a ZIP of Markdown and page pictures."""
    return exporting.to_zip(session.open_index(), talk().answers[turn])


def export_name(answer: Answer) -> str:
    """Return a file name for an answer."""
    words = "".join(char if char.isalnum() else " " for char in answer.question).split()
    return ("-".join(words[:8]).lower()[:60] or "answer") + ".zip"
