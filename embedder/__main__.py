"""python -m embedder info|encode|selftest|create: see `--help` of each.

Exit codes: 0 done, 1 unexpected (a failed self-test included), 2 usage or configuration,
130 interrupted.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

EXIT_DONE, EXIT_UNEXPECTED, EXIT_USAGE, EXIT_INTERRUPTED = 0, 1, 2, 130

INFO = """examples:
  python -m embedder info btok-tiny
  python -m embedder info ./btok-2b --json
"""
ENCODE = """examples:
  python -m embedder encode btok-tiny "a red apple" "a bicycle" --image photo.jpg
  python -m embedder encode btok-tiny --image a.png --image b.png --video clip.mp4 --json
"""
SELFTEST = """examples:
  python -m embedder selftest btok-tiny
  python -m embedder selftest ./btok-2b --json
"""
CREATE = """examples:
  python -m embedder create --backbone Qwen/Qwen2-VL-2B-Instruct --out btok-2b
  python -m embedder create --random --size tiny --family qwen3_vl --out random-qwen3
"""
FAMILIES = ("btok_tiny", "qwen2_vl", "qwen2_5_vl", "qwen3_vl")


def build_parser() -> argparse.ArgumentParser:
    """Build the command line; nothing heavy is imported for `--help`."""
    parser = argparse.ArgumentParser(prog="python -m embedder", description="Embedding models.")
    parser.add_argument("-v", "--verbose", action="store_true", help="log more, show tracebacks")
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    def verb(name: str, text: str, examples: str) -> argparse.ArgumentParser:
        sub = verbs.add_parser(
            name,
            help=text,
            description=text,
            epilog=examples,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        sub.set_defaults(verb=name)
        sub.add_argument("--json", action="store_true", help="print JSON")
        return sub

    sub = verb("info", "Say what a model is made of.", INFO)
    sub.add_argument("model", help="name, folder or hub id")
    sub = verb("encode", "Encode texts, pictures and videos; compare them.", ENCODE)
    sub.add_argument("model", help="name, folder or hub id")
    sub.add_argument("text", nargs="*", help="texts")
    sub.add_argument("--image", action="append", default=[], type=Path, help="picture, repeatable")
    sub.add_argument("--video", action="append", default=[], type=Path, help="video, repeatable")
    sub.add_argument("--int8", action="store_true", help="quantise the linear layers (CPU)")
    sub.add_argument("--device", default=None, help="cpu, cuda, ... (default: the best there is)")
    sub = verb("selftest", "Check every file of a model and its golden vectors.", SELFTEST)
    sub.add_argument("model", help="name, folder or hub id")
    add_creation(verb("create", "Make a model folder on a backbone or random weights.", CREATE))
    return parser


def add_creation(sub: argparse.ArgumentParser) -> None:
    """Add the options of `create`."""
    source = sub.add_mutually_exclusive_group(required=True)
    source.add_argument("--backbone", help="Qwen2-VL, Qwen2.5-VL or Qwen3-VL: hub id or folder")
    source.add_argument("--random", action="store_true", help="random weights, for tests")
    sub.add_argument("--size", choices=("tiny", "2b"), default="tiny", help="of random weights")
    sub.add_argument("--family", choices=FAMILIES, default=None, help="of random weights")
    sub.add_argument("--out", type=Path, required=True, help="folder to write; must not exist")
    sub.add_argument("--btoks", type=int, default=4, help="K; 0 is last-token pooling (default: 4)")
    sub.add_argument("--compression", type=int, default=1, help="2 drops 75 %% of visual tokens")
    sub.add_argument("--min-pixels", type=int, default=None, help="least pixels of a picture")
    sub.add_argument("--max-pixels", type=int, default=None, help="most pixels of a picture")
    sub.add_argument("--max-frame-pixels", type=int, default=None, help="most pixels of a frame")
    sub.add_argument("--frames", type=int, default=None, help="most frames of a clip")


def run(args: argparse.Namespace) -> None:
    """Run one verb."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from embedder import commands
    from embedder.registration import register

    register()
    verbs: dict[str, Callable[[argparse.Namespace], None]] = {
        "info": commands.info,
        "encode": commands.encode,
        "selftest": commands.selftest,
        "create": commands.create,
    }
    verbs[args.verb](args)


def one_line(error: BaseException) -> str:
    """Return the first line of an error's message."""
    return str(error).strip().partition("\n")[0] or type(error).__name__


def main(argv: Sequence[str] | None = None) -> int:
    """Run a verb; errors become one sentence and an exit code."""
    args = build_parser().parse_args(argv)
    logging.basicConfig(level=logging.INFO if args.verbose else logging.ERROR)
    try:
        run(args)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED
    except Exception as error:
        if args.verbose:
            logging.exception("embedder failed")
        print(f"embedder: {one_line(error)}", file=sys.stderr)
        drifted = type(error).__name__ == "ModelDrift"  # its class would import torch
        expected = isinstance(error, (ValueError, OSError)) and not drifted
        return EXIT_USAGE if expected else EXIT_UNEXPECTED
    return EXIT_DONE


if __name__ == "__main__":
    sys.exit(main())
