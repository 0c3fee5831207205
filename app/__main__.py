"""`python -m app`: ask a collection from the shell, and check how well it answers.

Results go to stdout, progress to stderr; `indexer.shell` has the exit codes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence

from indexer.shell import SETTINGS, Parser, add_verb, run_verb

VERBS = {
    "ask": (
        "Answer a question from the indexed pages, with citations.",
        'python -m app ask "How long does the cell of the tide clock last?"\n'
        'python -m app ask "What does it cost?" --follow last.json --json > next.json',
    ),
    "check-answers": (
        "Ask the questions of docs/ask.md and write what was answered.",
        "python -m app check-answers\npython -m app check-answers --write docs/ask.md",
    ),
    "calibrate-answers": (
        "Measure, on questions without an answer, when this collection has none.",
        "python -m app calibrate-answers\npython -m app calibrate-answers --questions 400",
    ),
    "tune-answers": (
        "Fit the weights of the extractive answerer again and print them.",
        "python -m app tune-answers\npython -m app tune-answers --questions 200",
    ),
}


def build_parser() -> Parser:
    """Return the parser of all verbs."""
    parser = Parser(
        prog="python -m app",
        description="Ask pictures, documents and videos. The pages: streamlit run app/main.py.",
        epilog=SETTINGS,
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for name, (summary, examples) in VERBS.items():
        add_arguments(name, add_verb(verbs, name, summary, examples))
    return parser


def add_arguments(name: str, verb: argparse.ArgumentParser) -> None:
    """Add the arguments of a verb."""
    if name == "ask":
        verb.add_argument("question", metavar="QUESTION", help="what to ask")
        verb.add_argument(
            "--document",
            action="append",
            default=[],
            metavar="FILE",
            help="only this document; may be given several times",
        )
        verb.add_argument(
            "--answerer", metavar="NAME", help="extractive, endpoint or local (BTOK_ASK__ANSWERER)"
        )
        verb.add_argument(
            "--follow", metavar="FILE", help="the JSON of the answer that this question follows up"
        )
        verb.add_argument(
            "--markdown", metavar="DIR", help="also write the answer with pictures of its pages"
        )
    elif name == "check-answers":
        verb.add_argument("--write", metavar="FILE", help="write the report as Markdown")
    else:
        verb.add_argument(
            "--questions", type=int, default=120, metavar="N", help="generated questions (120)"
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit code; a failure is one sentence on stderr."""
    return run_verb(build_parser, load_verbs, arguments)


def load_verbs() -> Mapping[str, Callable[[argparse.Namespace], int]]:
    """Import what verbs need, and return what each does."""
    from app import verbs

    return verbs.VERBS


if __name__ == "__main__":
    sys.exit(main())
