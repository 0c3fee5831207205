"""What is in a sample file and what is wrong with it: `python -m train check FILE`.

Every line is parsed, every picture decoded, of every video one frame, in processes that import no
model library. What this finds is what training would leave out.
"""

from __future__ import annotations

import multiprocessing
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from tqdm import tqdm

from train.decoding import media_problem
from train.samples import Line, Sample, iter_lines, missing_target, placed_in, sides_of

CHUNK = 16  # lines that a process checks in one go
SHOWN = 50  # problems printed; --json has all


@dataclass(slots=True)
class Report:
    """What was found: problems by line, the counts of what is right, keys that come again."""

    file: str
    problems: list[tuple[int, str]] = field(default_factory=list)
    lines: int = 0
    counts: dict[str, Counter[str]] = field(default_factory=dict)
    first_lines: dict[str, int] = field(default_factory=dict)
    repeated: list[tuple[int, int]] = field(default_factory=list)

    def count(self, line: Line) -> None:
        """Count a line, by its problem or by what its sample holds."""
        self.lines += 1
        if line.sample is None:
            self.problems.append((line.number, line.problem))
            return
        first = self.first_lines.setdefault(line.sample.key, line.number)
        if first != line.number:
            self.repeated.append((line.number, first))
        for name, value in kinds_of(line.sample):
            self.counts.setdefault(name, Counter())[value] += 1

    def to_json(self) -> dict[str, Any]:
        """Return everything that was found as plain data."""
        return {
            "file": self.file,
            "lines": self.lines,
            "bad": len(self.problems),
            "problems": [{"line": line, "problem": text} for line, text in self.problems],
            "counts": {name: dict(counter) for name, counter in self.counts.items()},
            "keys": len(self.first_lines),
            "repeated_keys": [{"line": line, "first": first} for line, first in self.repeated],
        }

    def to_text(self) -> str:
        """Return problems by line, then the counts, for a person."""
        name = Path(self.file).name
        lines = [f"{name}, line {number}: {text}" for number, text in self.problems[:SHOWN]]
        if len(self.problems) > SHOWN:
            lines.append(f"... and {len(self.problems) - SHOWN:,} more: --json has all")
        if self.repeated:
            number, first = self.repeated[0]
            lines.append(
                f"note: {len(self.repeated):,} lines repeat the key of an earlier one (line "
                f"{number} that of line {first}); such lines never share a batch"
            )
        lines.append(f"{name}: {self.lines:,} lines, {len(self.problems):,} of them wrong")
        for title, counter in sorted(self.counts.items()):
            values = ", ".join(f"{value} {count:,}" for value, count in counter.most_common())
            lines.append(f"  {title:<10} {values}")
        lines.append(f"  {'keys':<10} {len(self.first_lines):,} distinct")
        return "\n".join(lines)


def kinds_of(sample: Sample) -> Iterator[tuple[str, str]]:
    """Yield what a sample counts as: the kinds of its sides, its target side, its source."""
    for name, side in sides_of(sample):
        yield name.partition("[")[0], "+".join(sorted(side))
    yield "ntp_side", sample.ntp_side
    yield "source", sample.source or "(none)"
    yield "split", sample.split


def check_file(path: Path, *, limit: int | None = None, workers: int = 2) -> Report:
    """Check a sample file, or its first `limit` lines, in `workers` processes (0: in this one).

    Raises:
        OSError: the file cannot be read.
        ValueError: it holds no lines.
    """
    report = Report(str(path))
    lines = islice(iter_lines(path), limit)
    for line in tqdm(checked(lines, path.parent, workers), desc=path.name, disable=None):
        report.count(line)
    if not report.lines:
        raise ValueError(f"{path} holds no lines: one JSON object a line is expected")
    return report


def checked(lines: Iterable[Line], folder: Path, workers: int) -> Iterator[Line]:
    """Yield the lines in order, with what is wrong with their files and targets."""
    chunks = in_chunks(lines, CHUNK)
    if workers == 0:
        for chunk in chunks:
            yield from check_chunk(chunk, folder)
        return
    context = multiprocessing.get_context("spawn")  # a forked child would share open decoders
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        while some := list(islice(chunks, 4 * workers)):
            for chunk in pool.map(check_chunk, some, [folder] * len(some)):
                yield from chunk


def in_chunks(lines: Iterable[Line], size: int) -> Iterator[Sequence[Line]]:
    """Yield lists of up to `size` lines."""
    lines = iter(lines)
    while chunk := list(islice(lines, size)):
        yield chunk


def check_chunk(lines: Sequence[Line], folder: Path) -> list[Line]:
    """Check targets and files of some lines; runs in a worker process."""
    return [check_line(line, folder) for line in lines]


def check_line(line: Line, folder: Path) -> Line:
    """Return the line, without its sample where that cannot be trained on."""
    if line.sample is None:
        return line
    problem = missing_target(line.sample) or media_problem(placed_in(folder, line.sample))
    return Line(line.number, None, problem) if problem else line
