"""The one sample format: a query, its positive, and what one may know about the pair.

A sample file is JSON Lines, one object a line, paths relative to the file's folder. Two fields are
needed, everything else has a default:

    {"query": {"text": "red apple"}, "positive": {"image": "pictures/0001.png"}}

query, positive       a side: any of `text`, `image` (a path), `video` (a path, or frames as paths)
negatives             hard negatives, a list of sides
instruction           what the query asks for, put before it; `document_instruction` is the same for
                      the positive and the negatives
ntp_side              which side's text is a target of next-token prediction: `query`, `positive`,
                      `both`, `none`; by default the text side of a pair that has one visual side
source, split         where the sample is from; one of SPLITS
key                   equal for samples that must not meet in a batch as each other's negatives; by
                      default the content of the positive
captions              other texts that say what the query says
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import MISSING, asdict, dataclass, fields, replace
from hashlib import sha256
from pathlib import Path

from train.sides import (
    Side,
    bare_text,
    check_media,
    content_of,
    in_folder,
    is_visual,
    paths_of,
    refuse_outside,
)

SPLITS = ("train", "held_out", "kept_out_kind")
NTP_SIDES = ("query", "positive", "both", "none")


class SampleError(ValueError):
    """A line of a sample file is not a sample; the message starts with file and line."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One pair; see the module for its fields. Raises ValueError for what is not a sample."""

    query: Side
    positive: Side
    source: str = ""
    split: str = "train"
    key: str = ""
    captions: tuple[str, ...] = ()
    ntp_side: str = ""
    negatives: tuple[Side, ...] = ()
    instruction: str = ""
    document_instruction: str = ""

    def __post_init__(self) -> None:
        for name in ("source", "split", "key", "ntp_side", "instruction", "document_instruction"):
            if not isinstance(getattr(self, name), str):
                raise ValueError(f"{name} is {getattr(self, name)!r}, expected text")
        for name in ("captions", "negatives"):
            if not isinstance(getattr(self, name), tuple):
                raise ValueError(f"{name} is {getattr(self, name)!r}, expected a list")
        for name, side in sides_of(self):
            check_media(side, name)
        if self.split not in SPLITS:
            raise ValueError(f"split is {self.split!r}, allowed are {', '.join(SPLITS)}")
        if not self.ntp_side:
            object.__setattr__(self, "ntp_side", usual_ntp_side(self.query, self.positive))
        if self.ntp_side not in NTP_SIDES:
            raise ValueError(f"ntp_side is {self.ntp_side!r}, allowed are {', '.join(NTP_SIDES)}")
        if not self.key:
            object.__setattr__(self, "key", content_of(self.positive))


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a sample file, counted from 1: a sample, or what is wrong with it."""

    number: int
    sample: Sample | None
    problem: str = ""


def sides_of(sample: Sample) -> Iterator[tuple[str, Side]]:
    """Yield the sides of a sample by name: query, positive, negatives."""
    yield "query", sample.query
    yield "positive", sample.positive
    for number, negative in enumerate(sample.negatives):
        yield f"negatives[{number}]", negative


def usual_ntp_side(query: Side, positive: Side) -> str:
    """Return the side to generate: the one in words, from the one that is seen, else none."""
    if is_visual(query) and not is_visual(positive):
        return "positive"
    if is_visual(positive) and not is_visual(query):
        return "query"
    return "none"


def missing_target(sample: Sample) -> str:
    """Say which side has nothing to generate although `ntp_side` asks for it, or nothing."""
    for name in ("query", "positive"):
        side: Side = getattr(sample, name)
        if sample.ntp_side in (name, "both") and not bare_text(side):
            found = f"{name}.text is only {side['text']!r}" if "text" in side else "it has no text"
            return f"nothing to generate from {name}, which ntp_side asks for: {found}"
    return ""


def placed_in(folder: Path, sample: Sample) -> Sample:
    """Return a sample whose relative paths are those of files in `folder`."""
    return replace(
        sample,
        query=in_folder(sample.query, folder),
        positive=in_folder(sample.positive, folder),
        negatives=tuple(in_folder(side, folder) for side in sample.negatives),
    )


def hashed_share(text: str, *, salt: str) -> float:
    """Return a number in 0..1 that only depends on text and salt: splits stay as data grows."""
    digest = sha256(f"{salt}\0{text}".encode()).digest()
    return int.from_bytes(digest[:8], "little") / 2**64


def read_samples(path: Path) -> list[Sample]:
    """Read a sample file; raise `SampleError` with the line of the first thing that is wrong."""
    return list(iter_samples(path))


def iter_samples(path: Path) -> Iterator[Sample]:
    """Yield the samples of a file in order, or raise `SampleError`."""
    for line in iter_lines(path):
        if line.sample is None:
            raise SampleError(f"{path.name}, line {line.number}: {line.problem}")
        yield line.sample


def iter_lines(path: Path) -> Iterator[Line]:
    """Yield every line of a file that is not blank, with its sample or what is wrong with it."""
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                yield Line(number, parse_sample(json.loads(line)))
            except (ValueError, RecursionError) as error:
                yield Line(number, None, str(error))


def parse_sample(record: object) -> Sample:
    """Make a sample of one decoded line; unknown and missing fields are errors."""
    if not isinstance(record, dict):
        raise ValueError(f"expected an object, found {type(record).__name__}")
    allowed = {field.name for field in fields(Sample)}
    if unknown := sorted(set(record) - allowed):
        raise ValueError(f"unknown fields {unknown}, allowed are {sorted(allowed)}")
    needed = {field.name for field in fields(Sample) if field.default is MISSING}
    if missing := sorted(needed - set(record)):
        raise ValueError(f"missing fields {missing}")
    values = {key: tuple(value) if isinstance(value, list) else value
              for key, value in record.items()}  # fmt: skip
    sample = Sample(**values)
    for name, side in sides_of(sample):
        for path in paths_of(side):
            refuse_outside(path, name)
    return sample


def write_samples(path: Path, samples: Iterable[Sample]) -> None:
    """Write a sample file whole or not at all."""
    partial = path.with_name(path.name + ".part")
    with partial.open("w", encoding="utf-8") as lines:
        for sample in samples:
            record = {key: value for key, value in asdict(sample).items() if value not in ((), "")}
            lines.write(json.dumps(record, ensure_ascii=False) + "\n")
    partial.replace(path)
