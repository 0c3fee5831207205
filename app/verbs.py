"""What each verb of `python -m app` does: call, print, return the exit code."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from app import rag
from app.answerers.calibration import write_min_support
from app.answerers.choosing import open_answerer
from app.answers import Answer, Delta, Finished, from_fields, to_fields
from app.exporting import export_markdown, notes
from app.settings import read_app_settings
from indexer import Index
from indexer.shell import OK, UNAVAILABLE
from indexer.types import UsageError


def ask(options: argparse.Namespace) -> int:
    """Answer a question; as JSON one object, else the text as it comes and its pages."""
    settings = read_app_settings().ask
    history = [read_answer(Path(options.follow))] if options.follow else []
    with Index.open() as index:
        name = options.answerer or settings.answerer
        answerer = open_answerer(name, settings, home=index.home)
        answer: Answer | None = None
        is_shown = False
        for event in rag.stream(
            index, options.question, history=history, scope=options.document, answerer=answerer
        ):
            if isinstance(event, Delta) and not options.json:
                print(event.text, end="", flush=True)
                is_shown = True
            elif isinstance(event, Finished):
                answer = event.answer
        assert answer is not None  # a stream ends with it, by contract
        if options.json:
            print(json.dumps(to_fields(answer), ensure_ascii=False))
        else:
            print("" if is_shown else answer.text)
            print("\n".join(source_lines(answer)))
        if options.markdown:
            written = export_markdown(index, answer, Path(options.markdown))
            print(f"written to {written}", file=sys.stderr)
    for note in notes(answer):
        print(note, file=sys.stderr)
    return UNAVAILABLE if answer.trouble and not answer.text else OK


def source_lines(answer: Answer) -> list[str]:
    """Return where the cited pages are, and under each what it was said to say and does not."""
    lines = []
    for citation in answer.citations:
        where = f", page {citation.hit.page}" if citation.hit.page is not None else ""
        lines.append(f"[{citation.number}] {citation.hit.path}{where}")
        unsupported = (quote.text for quote in citation.quotes if not quote.is_supported)
        lines += [f"    not on this page: “{text}”" for text in unsupported]
    return lines


def read_answer(file: Path) -> Answer:
    """Read the answer that a question follows up; raise `UsageError` when it is none."""
    try:
        fields = json.loads(file.read_text("utf-8"))
        return from_fields(fields)
    except (OSError, ValueError, TypeError) as error:
        raise UsageError(
            f"--follow {str(file)!r} cannot be used ({error}): give what `ask --json` wrote"
        ) from error


def check_answers(options: argparse.Namespace) -> int:
    """Ask the questions that nothing was tuned on, and report."""
    from app.checking.check import check, to_fields_of, to_report

    with tempfile.TemporaryDirectory() as folder:
        checked = check(Path(folder), say=lambda line: print(line, file=sys.stderr))
    report = to_report(checked)
    if options.write:
        Path(options.write).write_text(report, "utf-8")
    print(json.dumps(to_fields_of(checked)) if options.json else checked.summary())
    return OK


def calibrate_answers(options: argparse.Namespace) -> int:
    """Measure the support of questions without an answer, and keep it for this collection."""
    from app.checking.tune import measured_support

    with Index.open() as index:
        if not index.status().units.get("page"):
            raise UsageError("there is no page to ask about: run `python -m indexer ingest PATH`")
        support = measured_support(index, number=options.questions)
        file = write_min_support(index.home, support, questions=options.questions)
    fields = {"min_support": round(support, 4), "questions": options.questions, "file": str(file)}
    line = f"an answer needs a support of {support:.3f} here (kept in {file})"
    print(json.dumps(fields) if options.json else line)
    return OK


def tune_answers(options: argparse.Namespace) -> int:
    """Fit the weights on tuning.toml and print them."""
    from app.checking.tune import tune

    with tempfile.TemporaryDirectory() as folder:
        tuned = tune(
            Path(folder),
            number=options.questions,
            say=lambda line: print(line, file=sys.stderr),
        )
    print(json.dumps(tuned, indent=None if options.json else 2))
    return OK


VERBS: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "ask": ask,
    "check-answers": check_answers,
    "calibrate-answers": calibrate_answers,
    "tune-answers": tune_answers,
}
