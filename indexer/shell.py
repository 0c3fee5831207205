"""What the commands share: exit codes, refusals in one sentence, verbs with examples.

Exit codes:

    0  done                                  3  done, some files are quarantined
    1  unexpected (run again with -v)        4  the store (or the answerer) is unavailable or locked
    2  usage or configuration                130  interrupted; run again to go on
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn

from indexer.types import StoreUnavailable, UsageError

OK, UNEXPECTED, USAGE, SOME_QUARANTINED, UNAVAILABLE, INTERRUPTED = 0, 1, 2, 3, 4, 130
SETTINGS = (
    "Settings are environment variables, listed in .env.example. BTOK_HOME is the data folder."
)


class Parser(argparse.ArgumentParser):
    """An argument parser that refuses in one sentence."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}: see `{self.prog} --help`")


def add_verb(
    verbs: argparse._SubParsersAction[Parser], name: str, summary: str, examples: str
) -> Parser:
    """Add a verb with its help, its runnable examples, `--json` and `--verbose`."""
    verb = verbs.add_parser(
        name,
        help=summary,
        description=summary,
        epilog=f"examples:\n{examples}".replace("\n", "\n  "),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verb.add_argument("--json", action="store_true", help="write JSON to stdout")
    verb.add_argument("-v", "--verbose", action="store_true", help="log details to stderr")
    return verb


def run_verb(
    build_parser: Callable[[], Parser],
    load_verbs: Callable[[], Mapping[str, Callable[[argparse.Namespace], int]]],
    arguments: Sequence[str] | None,
) -> int:
    """Run one verb and return its exit code; a failure is one sentence on stderr.

    `load_verbs` imports what verbs need, after the arguments were read: `--help` answers at once.
    """
    is_verbose = False
    try:
        options = build_parser().parse_args(arguments)
        is_verbose = options.verbose
        level = logging.INFO if is_verbose else logging.WARNING
        logging.basicConfig(level=level, format="%(levelname)s %(name)s: %(message)s")
        return load_verbs()[options.verb](options)
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
