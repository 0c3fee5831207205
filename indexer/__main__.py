"""`python -m indexer` (also `btok`): the verbs of the index.

Results go to stdout, progress and logs to stderr. Exit codes:

    0  done                                  3  done, some files are quarantined
    1  unexpected (run again with -v)        4  the store is unavailable or locked
    2  usage or configuration                130  interrupted; run again to go on

Nothing heavy is imported before a verb runs: `--help` answers at once.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from typing import NoReturn

from indexer.types import Modality, StoreUnavailable, UsageError

OK, UNEXPECTED, USAGE, UNAVAILABLE, INTERRUPTED = 0, 1, 2, 4, 130

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


class Parser(argparse.ArgumentParser):
    """An argument parser that refuses in one sentence."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}: see `{self.prog} --help`")


def build_parser() -> Parser:
    """Return the parser of all verbs."""
    parser = Parser(
        prog="python -m indexer",
        description="Search pictures, documents and videos by words, by a picture, by both.",
        epilog="Settings are environment variables, listed in .env.example. BTOK_HOME is the data "
        "folder.",
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for name, (summary, examples) in VERBS.items():
        verb = add_verb(verbs, name, summary, examples)
        _add_arguments(name, verb)
        verb.add_argument("-v", "--verbose", action="store_true", help="log details to stderr")
    return parser


def add_verb(
    verbs: argparse._SubParsersAction[Parser], name: str, summary: str, examples: str
) -> Parser:
    """Add a verb with its help, its runnable examples and `--json`."""
    verb = verbs.add_parser(
        name,
        help=summary,
        description=summary,
        epilog=f"examples:\n{examples}".replace("\n", "\n  "),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verb.add_argument("--json", action="store_true", help="write JSON to stdout")
    return verb


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
    is_verbose = False
    try:
        options = build_parser().parse_args(arguments)
        is_verbose = options.verbose
        level = logging.INFO if is_verbose else logging.WARNING
        logging.basicConfig(level=level, format="%(levelname)s %(name)s: %(message)s")
        from indexer import verbs

        return verbs.VERBS[options.verb](options)
    except UsageError as error:
        return _fail(error, USAGE, is_verbose=is_verbose)
    except StoreUnavailable as error:
        return _fail(error, UNAVAILABLE, is_verbose=is_verbose)
    except KeyboardInterrupt:
        print("interrupted: run the same command again to go on", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # the reader of stdout has seen enough
        sys.stderr.close()
        return OK
    except Exception as error:  # the top of the command: nobody is shown a traceback
        sentence = f"unexpected {type(error).__name__}: {error} (run again with -v for details)"
        return _fail(error, UNEXPECTED, is_verbose=is_verbose, sentence=sentence)


def _fail(error: Exception, code: int, *, is_verbose: bool, sentence: str | None = None) -> int:
    print(f"error: {sentence or error}", file=sys.stderr)
    if is_verbose:
        logging.getLogger(__name__).info("details", exc_info=error)
    return code


if __name__ == "__main__":
    sys.exit(main())
