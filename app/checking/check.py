"""Ask every question of questions.toml and report what was answered, right and wrong."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from app import rag
from app.answers import Answer
from app.checking.collections import Collection, collections
from app.checking.questions import Question
from app.checking.tune import place_of

COMMAND = "python -m app check-answers --write docs/ask.md"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its answer and the pages it cites."""

    question: Question
    answer: Answer
    cited: tuple[tuple[str, int], ...]

    @property
    def is_right(self) -> bool:
        """Whether a page that answers is cited, or nothing where nothing does."""
        if not self.question.accepted:
            return not self.answer.is_found
        return self.answer.is_found and any(place in self.question.accepted for place in self.cited)

    @property
    def is_first_right(self) -> bool:
        """Whether the first cited page is one that answers."""
        return self.is_right and bool(self.cited) and self.cited[0] in self.question.accepted

    @property
    def is_useful(self) -> bool:
        """Whether the words that answer are quoted."""
        return self.is_right and any(said in self.answer.text for said in self.question.says)


@dataclass(slots=True)
class Checked:
    """All that was asked, by what it was about."""

    demo: list[Asked] = field(default_factory=list)
    packages: list[Asked] = field(default_factory=list)
    unanswerable: list[Asked] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    def summary(self) -> str:
        """Say how many were right."""
        lines = [
            f"demo corpus: right page cited for {right(self.demo)} of {len(self.demo)}, first "
            f"citation right for {sum(each.is_first_right for each in self.demo)}, the answering "
            f"words quoted for {sum(each.is_useful for each in self.demo)}",
            f"package manuals: right page cited for {right(self.packages)} of "
            f"{len(self.packages)}, first citation right for "
            f"{sum(each.is_first_right for each in self.packages)}, the answering words quoted for "
            f"{sum(each.is_useful for each in self.packages)}",
            f"without an answer: refused {right(self.unanswerable)} of {len(self.unanswerable)}",
        ]
        return "\n".join([*lines, *(f"skipped: {reason}" for reason in self.skipped)])


def right(asked: list[Asked]) -> int:
    return sum(each.is_right for each in asked)


def check(folder: Path, *, say: Callable[[str], None]) -> Checked:
    """Ask everything, in collections made in a folder."""
    checked = Checked()
    for collection in collections(folder, package_file="questions.toml", say=say):
        checked.skipped += collection.skipped
        with collection.open() as index:
            rag.answer(index, "ready")  # loads the model
            for question in collection.questions:
                asked = to_asked(question, rag.answer(index, question.text), collection)
                list_for(checked, question).append(asked)
                say(f"{'ok ' if asked.is_right else 'BAD'} {question.text}")
    return checked


def list_for(checked: Checked, question: Question) -> list[Asked]:
    if not question.accepted:
        return checked.unanswerable
    return checked.packages if question.package else checked.demo


def to_asked(question: Question, answer: Answer, of: Collection) -> Asked:
    cited = tuple(
        place_of(citation.hit.path, citation.hit.page, of.corpus) for citation in answer.citations
    )
    return Asked(question, answer, cited)


def to_fields_of(checked: Checked) -> dict[str, object]:
    """Return the counts as JSON fields."""
    return {
        name: {"right": right(asked), "of": len(asked)}
        for name, asked in (
            ("demo", checked.demo),
            ("packages", checked.packages),
            ("unanswerable", checked.unanswerable),
        )
    } | {"skipped": checked.skipped}


def to_report(checked: Checked) -> str:
    """Return docs/ask.md."""
    return "\n".join(report_lines(checked)) + "\n"


def report_lines(checked: Checked) -> Iterator[str]:
    yield from INTRODUCTION.format(command=COMMAND).splitlines()
    yield "\n## What was answered\n"
    yield from (f"* {line}" for line in checked.summary().splitlines())
    for title, asked in (
        ("The demo corpus", checked.demo),
        ("Manuals of Debian packages, which nobody here wrote", checked.packages),
        ("Questions that the demo corpus does not answer", checked.unanswerable),
    ):
        yield f"\n### {title}\n"
        for number, each in enumerate(asked, start=1):
            yield from asked_lines(number, each)


def asked_lines(number: int, each: Asked) -> Iterator[str]:
    verdict = "right" if each.is_right else "**wrong**"
    if each.is_right and each.question.accepted and not each.is_useful:
        verdict = "right page, but the answering words are not quoted"
    yield f"{number}. {each.question.text} ({verdict}; support {each.answer.support:.3f})\n"
    for line in each.answer.text.splitlines():
        if line:
            yield f"   > {html.escape(line, quote=False)}\n"
    pages = [
        f"[{citation.number}] {path}, page {page}"
        for citation, (path, page) in zip(each.answer.citations, each.cited, strict=True)
    ]
    if pages:
        yield f"   {'; '.join(pages)}\n"
    if each.question.accepted and not each.is_right:
        wanted = "; ".join(f"{path}, page {page}" for path, page in sorted(each.question.accepted))
        yield f"   wanted: {wanted}\n"


INTRODUCTION = """\
# Asking

Written by `{command}`; do not edit.

A question goes to the same search as on the search page, restricted to pages. Their text is cut
into sentences and table rows, each is scored, and the best are quoted with page and place:

* the share of the question's telling words in the passage, in what stands around it, and on its
  page; a word weighs by how rare it is among the pages (the idf of BM25);
* the cosine of question and passage by the collection's own model, among the best by words;
* whether the passage holds a number, a name or a time where one is asked for.

The weights (`app/answerers/scoring.py`) come from a softmax over the passages of each question and
the choice that none answers, fitted by `python -m app tune-answers` on app/checking/tuning.toml: 30
questions about the demo corpus, 8 about the manual of nettle-dev, 12 without an answer, and
generated ones. No question below is among them; they were written before the answerer.

**Not found in this collection.** An answer needs a support that at most 5 % of generated questions
without an answer reach. They are generated by rule (`app/answerers/foreign.py`): half ask about
things of everyday life that the collection does not name, half tie such a thing to a word of the
collection.
`python -m app calibrate-answers` measures the support for a collection of yours."""
