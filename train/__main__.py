"""python -m train check|prepare|fit|evaluate|compare|export: see `--help` of each."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

EXIT_DONE, EXIT_UNEXPECTED, EXIT_USAGE, EXIT_BAD_DATA, EXIT_INTERRUPTED = 0, 1, 2, 3, 130
EXPECTED = (ValueError, OSError, ImportError)

CHECK = """examples:
  python -m train check data/mine/pairs.jsonl
  python -m train check data/mine/pairs.jsonl --limit 1000 --json

exit code 3: some lines are wrong
"""
PREPARE = """examples:
  python -m train prepare --out data/btok-tiny
  python -m train prepare --out data/btok-tiny --threads 2
"""
FIT = """examples:
  python -m train fit train/recipes/btok-tiny.toml --data data/btok-tiny --out runs/btok-tiny
  python -m train fit train/recipes/finetune.toml --data data/mine --out runs/mine
  python -m train fit train/recipes/smoke.toml
"""
EVALUATE = """examples:
  python -m train evaluate btok-tiny --data data/btok-tiny
  python -m train evaluate runs/btok-tiny/alignment/model --data data/btok-tiny --json
  python -m train evaluate btok-tiny --benchmark mini --quick --out mini.json
"""
COMPARE = """examples:
  python -m train compare old.json new.json
  python -m train compare old.json new.json --json
"""
EXPORT = """examples:
  python -m train export runs/btok-tiny embedder/models/btok-tiny --data data/btok-tiny
  python -m train export runs/finetune my-model
"""


def build_parser() -> argparse.ArgumentParser:
    """Build the command line; nothing heavy is imported for `--help`."""
    parser = argparse.ArgumentParser(prog="python -m train", description=__doc__)
    parser.add_argument("-v", "--verbose", action="store_true", help="log more, show tracebacks")
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    def verb(name: str, run: Callable[[argparse.Namespace], int | None], text: str, examples: str):
        sub = verbs.add_parser(
            name,
            help=text,
            description=text,
            epilog=examples,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        sub.set_defaults(run=run)
        sub.add_argument("--threads", type=int, default=None, help="CPU threads (default: all)")
        sub.add_argument("--json", action="store_true", help="print the result as JSON")
        return sub

    sub = verb("check", check, "Find what is wrong with a file of samples.", CHECK)
    sub.add_argument("file", type=Path, help="JSON Lines, see docs/training_data.md")
    sub.add_argument("--limit", type=int, default=None, help="look at the first lines only")
    sub.add_argument("--workers", type=int, default=2, help="processes that decode (default: 2)")
    sub = verb("prepare", prepare, "Build the training set from installed packages.", PREPARE)
    sub.add_argument("--out", type=Path, required=True, help="folder to write")
    sub = verb("fit", fit, "Run a recipe; goes on where it stopped.", FIT)
    sub.add_argument("recipe", type=Path)
    sub.add_argument("--data", type=Path, help="folder that `prepare` wrote, or that the recipe's "
                     "paths are relative to (default: the recipe's own)")  # fmt: skip
    sub.add_argument("--out", type=Path, help="folder of the run (default: runs/NAME)")
    sub = verb("evaluate", evaluate, "Measure a model on what training never showed.", EVALUATE)
    sub.add_argument("model", help="name or folder of a model")
    sub.add_argument("--benchmark", choices=("recall", "mini"), default="recall",
                     help="recall on a prepared folder (default), or MMEB-mini")  # fmt: skip
    sub.add_argument("--data", type=Path, help="folder that `prepare` wrote, for recall")
    sub.add_argument("--quick", action="store_true", help="a small MMEB-mini, about two minutes")
    sub.add_argument("--out", type=Path, default=None, help="also write the report here (JSON)")
    sub = verb("compare", compare, "Compare two reports of MMEB-mini query by query.", COMPARE)
    sub.add_argument("first", type=Path, help="a report that `evaluate --benchmark mini` wrote")
    sub.add_argument("second", type=Path, help="another one")
    sub = verb("export", export, "Write a finished run as a model folder.", EXPORT)
    sub.add_argument("run_folder", type=Path, metavar="RUN")
    sub.add_argument("out", type=Path)
    sub.add_argument("--data", type=Path, help="folder that `prepare` wrote, to measure recall on")
    return parser


def check(args: argparse.Namespace) -> int:
    """Run `train check`; returns the exit code."""
    if (args.limit is not None and args.limit < 1) or args.workers < 0:
        raise ValueError("--limit counts lines, from 1; --workers counts processes, from 0")
    from train.checking import check_file

    report = check_file(args.file, limit=args.limit, workers=args.workers)
    print(json.dumps(report.to_json(), ensure_ascii=False) if args.json else report.to_text())
    return EXIT_BAD_DATA if report.problems else EXIT_DONE


def prepare(args: argparse.Namespace) -> None:
    """Run `train prepare`."""
    use_threads(args.threads)
    from train.prepare import prepare as run

    manifest = run(args.out)
    sources = manifest["sources"].items()
    summary = ", ".join(f"{source['items']:,} {name}" for name, source in sources)
    print(json.dumps(manifest) if args.json else f"{args.out}: {summary}")


def fit(args: argparse.Namespace) -> None:
    """Run `train fit`."""
    from train.recipe import load_recipe

    recipe = load_recipe(args.recipe)
    use_threads(args.threads)
    from train.fit import fit as run

    out = args.out or Path("runs") / recipe.name
    run(recipe, data=args.data or args.recipe.parent, out=out)
    done = {"run": str(out), "stages": [stage.name for stage in recipe.stages]}
    print(json.dumps(done) if args.json else f"{out}: {len(recipe.stages)} stages done")


def evaluate(args: argparse.Namespace) -> None:
    """Run `train evaluate`."""
    report, table = BENCHMARKS[args.benchmark](args)
    if args.out is not None:
        args.out.write_text(json.dumps(report, indent=1) + "\n")
    print(json.dumps(report) if args.json else table)


def recall(args: argparse.Namespace) -> tuple[dict[str, Any], str]:
    """Measure recall on a prepared folder; return report and table."""
    if args.data is None:
        raise ValueError("recall is measured on a prepared folder: name it with --data")
    if args.quick:
        raise ValueError("--quick belongs to --benchmark mini")
    use_threads(args.threads)
    import embedder
    from train.evaluation.recall import evaluate as run
    from train.evaluation.recall import to_table

    report = run(embedder.load(args.model), args.data)
    return report, to_table(report)


def mini(args: argparse.Namespace) -> tuple[dict[str, Any], str]:
    """Measure on MMEB-mini; return report and table."""
    if args.data is not None:
        raise ValueError("MMEB-mini draws what it needs: leave --data out")
    use_threads(args.threads)
    import embedder
    from train.evaluation.mini.report import to_table
    from train.evaluation.mini.running import run

    model = embedder.load(args.model)
    found = run(model, quick=args.quick)
    report = {"model": args.model, "fingerprint": model.fingerprint, **found}
    return report, to_table(report)


BENCHMARKS = {"recall": recall, "mini": mini}


def compare(args: argparse.Namespace) -> None:
    """Run `train compare`."""
    from train.evaluation.mini.comparison import compare as run
    from train.evaluation.mini.comparison import to_table

    first, second = (json.loads(path.read_text()) for path in (args.first, args.second))
    report = run(first, second)
    print(json.dumps(report) if args.json else to_table(report))


def export(args: argparse.Namespace) -> None:
    """Run `train export`."""
    use_threads(args.threads)
    from train.export import export as run

    report = run(args.run_folder, args.out, data=args.data)
    if args.data is None:
        print(json.dumps(report) if args.json else f"{args.out}: {report['fingerprint']}")
        return
    show(report, as_json=args.json)


def show(report: dict[str, Any], *, as_json: bool) -> None:
    """Print a recall report."""
    from train.evaluation.recall import to_table

    print(json.dumps(report) if as_json else to_table(report))


def use_threads(count: int | None) -> None:
    """Limit torch to `count` threads; more than the cores of one task only slow it down."""
    if count is not None:
        import torch

        torch.set_num_threads(count)


def sentence(error: BaseException) -> str:
    """Return one line that says what happened, and what to install where that is it."""
    if isinstance(error, ImportError):
        return f"{error}: training needs `pip install 'btok-search[train]'`"
    return str(error).strip().partition("\n")[0] or type(error).__name__


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; errors become one sentence and an exit code."""
    args = build_parser().parse_args(argv)
    logging.basicConfig(level=logging.INFO if args.verbose else logging.WARNING)
    try:
        return args.run(args) or EXIT_DONE
    except KeyboardInterrupt:
        print("interrupted: run the same command again to go on", file=sys.stderr)
        return EXIT_INTERRUPTED
    except Exception as error:
        if args.verbose:
            logging.exception("train failed")
        print(f"train: {sentence(error)}", file=sys.stderr)
        return EXIT_USAGE if isinstance(error, EXPECTED) else EXIT_UNEXPECTED


if __name__ == "__main__":
    sys.exit(main())
