"""Samples as training rows, read when a batch is built, and tolerantly.

A sample that cannot be read is named and counted (`BadSamples`), and another one of its source
takes its place. Which one is a function of the row and of the generator that the run seeds by
(seed, row), so a resumed run, or one with other workers, sees the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from indexer.types import UnreadableFile
from train.bad_samples import BadSamples, TooManyBadSamples
from train.decoding import Detail, decode_side
from train.rows import shuffled_rows
from train.samples import Sample, iter_lines, missing_target, placed_in
from train.sides import Side

TRIES = 1000


class Samples(Protocol):
    """Samples by number, made when asked for. `keys[number]` is the key of one, known before."""

    keys: Sequence[str]

    def __len__(self) -> int: ...

    def __getitem__(self, number: int) -> Sample: ...

    def where(self, number: int) -> str:
        """Name a sample to a person: file and line."""


class SampleFile:
    """The samples of one split of a sample file; lines that are none are bad samples."""

    def __init__(self, path: Path, *, bad: BadSamples, split: str = "train") -> None:
        self.path = path
        self.samples: list[Sample] = []
        self.numbers: list[int] = []
        for line in iter_lines(path):
            if line.sample is None:
                bad.add(f"{path}, line {line.number}", line.problem)
            elif line.sample.split == split:
                self.samples.append(placed_in(path.parent, line.sample))
                self.numbers.append(line.number)
        self.keys: Sequence[str] = [sample.key for sample in self.samples]

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, number: int) -> Sample:
        return self.samples[number]

    def where(self, number: int) -> str:
        """Name a sample by the file and the line it stands in."""
        return f"{self.path}, line {self.numbers[number]}"


class RowKeys(Sequence[str]):
    """The keys of rows, looked up: runs have millions of rows."""

    def __init__(self, keys: Sequence[str], order: np.ndarray) -> None:
        self.keys, self.order = keys, order

    def __len__(self) -> int:
        return len(self.order)

    def __getitem__(self, row: Any) -> Any:
        return self.keys[self.order[row]]


class SampleSource:
    """A `train.rows.Source` of samples: every one once in some order, then all in another.

    `batch_size` is that of a global batch: a replacement has a key that none of as many rows around
    has, where the source has enough keys. Rows carry `num_negatives` negatives each, so that ranks
    hold equally many documents; what a sample lacks are positives of others. `ntp_side` stands in
    for what the samples say.
    """

    def __init__(
        self,
        samples: Samples,
        *,
        rows: int,
        seed: int,
        detail: Detail,
        bad: BadSamples,
        batch_size: int,
        num_negatives: int = 0,
        ntp_side: str | None = None,
    ) -> None:
        if not len(samples):
            raise ValueError("this source has no sample that can be used")
        if num_negatives and len(set(samples.keys)) == 1:
            raise ValueError(
                "negatives were asked for, but all samples of this source have one key"
            )
        self.samples, self.detail, self.bad = samples, detail, bad
        self.batch_size, self.num_negatives = batch_size, num_negatives
        self.ntp_side = ntp_side
        order = shuffled_rows(len(samples), rows=rows, seed=seed)
        self.order = np.asarray(order, dtype=np.int32)  # (rows,)
        self.keys: Sequence[str] = RowKeys(samples.keys, self.order)

    def __len__(self) -> int:
        return len(self.order)

    def load(self, row: int, rng: np.random.Generator) -> dict[str, Any]:
        """Read the sample of a row, or the first readable one of its replacements.

        Returns the decoded `query`, `positive` and `negatives`, and of the sample its
        `instruction`, `document_instruction`, `ntp_side`, `key` and `source`.
        """
        for number in self.candidates(row, rng):
            try:
                return self.read(number, rng)
            except TooManyBadSamples:  # among the negatives
                raise
            except (UnreadableFile, ValueError) as error:
                self.bad.add(self.samples.where(number), str(error))
        raise ValueError(f"no readable sample in {2 * TRIES} tries: is anything of it there?")

    def candidates(self, row: int, rng: np.random.Generator) -> Iterator[int]:
        """Yield the number of the row's sample, then those of others that may replace it."""
        yield int(self.order[row])
        around = range(max(0, row - self.batch_size), min(len(self), row + self.batch_size + 1))
        near = {self.keys[other] for other in around}
        drawn = [int(number) for number in rng.integers(len(self.samples), size=TRIES)]
        yield from (number for number in drawn if self.samples.keys[number] not in near)
        yield from drawn

    def read(self, number: int, rng: np.random.Generator) -> dict[str, Any]:
        """Read one sample; raises UnreadableFile or ValueError with the reason it is bad."""
        sample = self.samples[number]
        if self.ntp_side is not None:
            sample = replace(sample, ntp_side=self.ntp_side)
        if problem := missing_target(sample):
            raise ValueError(problem)
        return {
            "query": decode_side(sample.query, self.detail),
            "positive": decode_side(sample.positive, self.detail),
            "negatives": self.negatives(sample, rng),
            "instruction": sample.instruction,
            "document_instruction": sample.document_instruction,
            "ntp_side": sample.ntp_side,
            "key": sample.key,
            "source": sample.source,
        }

    def negatives(self, sample: Sample, rng: np.random.Generator) -> list[dict[str, Any]]:
        """Read `num_negatives` negatives: the sample's own, then positives of other keys."""
        own = sample.negatives[: self.num_negatives]
        sides = [decode_side(side, self.detail) for side in own]
        for _ in range(TRIES):
            if len(sides) == self.num_negatives:
                return sides
            other = int(rng.integers(len(self.samples)))
            if self.samples.keys[other] == sample.key:
                continue
            try:
                sides.append(decode_side(self.samples[other].positive, self.detail))
            except (UnreadableFile, ValueError) as error:
                self.bad.add(self.samples.where(other), str(error))
        raise ValueError(f"{self.num_negatives} negatives were asked for, fewer were found")


def to_messages(side: Side, instruction: str = "") -> list[dict[str, Any]]:
    """Return a side as chat messages, its instruction first, as a prompt would come."""
    content = [
        {"type": kind, kind: side[kind]} for kind in ("image", "video", "text") if kind in side
    ]
    user = {"role": "user", "content": content}
    if not instruction:
        return [user]
    return [{"role": "system", "content": [{"type": "text", "text": instruction}]}, user]
