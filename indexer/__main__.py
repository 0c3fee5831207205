"""`python -m indexer` (also `btok`): the verbs of the index.

Results go to stdout, progress and logs to stderr; `indexer.shell` has the exit codes.

Nothing heavy is imported before a verb runs: `--help` answers at once.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence

from indexer.shell import SETTINGS, Parser, add_verb, run_verb
from indexer.types import Modality

VERBS = {
    "ingest": (
        "Index files and folders, going on where the last run stopped.",
        "python -m indexer ingest ./corpus\n"
        "python -m indexer ingest ~/Documents ~/Pictures --prune --json",
    ),
    "plan": (
        "Say what an ingest would do, without opening a file.",
        "python -m indexer plan ./corpus\npython -m indexer plan ~/Documents --json",
    ),
    "search": (
        "Find pictures, pages and clips by text, by picture, or by both.",
        'python -m indexer search "which chart shows rainfall?" --modality page\n'
        'python -m indexer search "the same in red" --image photo.jpg --json',
    ),
    "status": (
        "Say what is indexed, and which files are not and why.",
        "python -m indexer status\npython -m indexer status --json",
    ),
    "delete": (
        "Forget files or folders; nothing on disk but the index changes.",
        "python -m indexer delete ./corpus/old.pdf\npython -m indexer delete ~/Pictures --json",
    ),
    "doctor": (
        "Check ledger, store, vectors and model.",
        "python -m indexer doctor\npython -m indexer doctor --repair",
    ),
    "demo-corpus": (
        "Draw a corpus of pictures, documents and videos to try things with.",
        "python -m indexer demo-corpus ./demo\n"
        "python -m indexer demo-corpus ./demo && python -m indexer ingest ./demo",
    ),
}


def build_parser() -> Parser:
    """Return the parser of all verbs."""
    parser = Parser(
        prog="python -m indexer",
        description="Search pictures, documents and videos by words, by a picture, by both.",
        epilog=SETTINGS,
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for name, (summary, examples) in VERBS.items():
        _add_arguments(name, add_verb(verbs, name, summary, examples))
    return parser


def _add_arguments(name: str, verb: argparse.ArgumentParser) -> None:
    if name in ("ingest", "plan", "delete"):
        verb.add_argument("paths", nargs="+", metavar="PATH", help="a file or a folder")
    if name == "ingest":
        verb.add_argument("--dry-run", action="store_true", help="say what would be done")
        verb.add_argument("--prune", action="store_true", help="remove files that have vanished")
    if name == "search":
        _add_search_arguments(verb)
    if name == "doctor":
        verb.add_argument("--repair", action="store_true", help="rebuild the store first")
    if name == "demo-corpus":
        verb.add_argument("folder", metavar="DIR", help="where to draw it; made if need be")


def _add_search_arguments(verb: argparse.ArgumentParser) -> None:
    kinds = ", ".join(kind.value for kind in Modality)
    verb.add_argument("text", nargs="?", metavar="TEXT", help="what to look for")
    verb.add_argument("--image", metavar="FILE", help="a picture to look for")
    verb.add_argument(
        "--like", metavar="UNIT", action="append", default=[],
        help="more like this: photo.jpg, report.pdf#page=3, film.mp4#t=12.5 (may be repeated)",
    )  # fmt: skip
    verb.add_argument(
        "--unlike", metavar="UNIT", action="append", default=[], help="less like this (the same)"
    )
    verb.add_argument("--modality", metavar="KIND", help=f"only units of one kind: {kinds}")
    verb.add_argument("--folder", metavar="DIR", help="only files below this folder")
    verb.add_argument(
        "--document", metavar="FILE", action="append", default=[],
        help="only this file (may be repeated)",
    )  # fmt: skip
    verb.add_argument("--after", metavar="DATE", help="only files modified since, 2026-01-31")
    verb.add_argument("--before", metavar="DATE", help="only files modified before this date")
    verb.add_argument("--limit", type=int, default=10, metavar="N", help="how many hits (10)")
    verb.add_argument(
        "--moments", choices=("vtt", "csv"),
        help="write the clips that were found as moments: WebVTT chapters, or a table",
    )  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit code; a failure is one sentence on stderr."""
    return run_verb(build_parser, load_verbs, arguments)


def load_verbs() -> Mapping[str, Callable[[argparse.Namespace], int]]:
    """Import what verbs need, and return what each does."""
    from indexer import verbs

    return verbs.VERBS


if __name__ == "__main__":
    sys.exit(main())
