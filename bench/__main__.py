"""python -m bench [NAME...] [--write FILE]: measure all but `soak` and `gpu`, or only the named."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import torch

from bench import batches, browsing, encoding, gpu, indexing, training
from bench.report import HEADER, Line, to_markdown

BENCHMARKS: dict[str, Callable[[], Iterable[Line]]] = {
    "help": indexing.command_line_help,
    "search": indexing.search_at_ten_thousand_units,
    "overlap": indexing.ingest_against_encoding,
    "memory": indexing.memory_of_a_long_document,
    "unchanged": indexing.unchanged_folder,
    "schedule": encoding.mixed_corpus,
    "btoks": encoding.btoks_against_last_token,
    "batches": batches.ways_to_make_batches,
    "gic": training.gic_against_none,
    "loop": training.fit_against_a_bare_loop,
    "load": encoding.loading_and_asking,
    "app": browsing.app_in_a_browser,
    "soak": browsing.soak,
    "gpu": gpu.on_a_gpu,
}
BY_NAME = ("soak", "gpu")  # the one takes long, the other needs what most machines lack


def main(argv: Sequence[str] | None = None) -> int:
    """Run benchmarks; the exit code says whether every promise was kept."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*BENCHMARKS, []], metavar="NAME")
    parser.add_argument("--write", type=Path, help="also write the table to this file")
    args = parser.parse_args(argv)
    lines: list[Line] = []
    print(HEADER, flush=True)
    for name in args.names or [name for name in BENCHMARKS if name not in BY_NAME]:
        for line in BENCHMARKS[name]():
            print(line.row(), flush=True)
            lines.append(line)
    if args.write is not None:
        args.write.write_text(to_markdown(lines, threads=torch.get_num_threads()))
    return 0 if all(line.kept for line in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
