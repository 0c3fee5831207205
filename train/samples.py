"""The one sample format: a query, its positive, and what one may know about the pair.

A sample file is JSON Lines, one object a line, paths relative to the file's folder:

    {"query": {"text": "red apple"}, "positive": {"image": "pictures/clipart/0001.png"},
     "source": "clipart", "split": "train", "key": "...", "captions": ["red apple", ...],
     "ntp_side": "query"}

`key` is equal for samples that must not meet in a batch as each other's negatives. `ntp_side` says
which side's text is a target of next-token prediction: `query`, `positive`, `both`, `none`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from hashlib import sha256
from pathlib import Path

SPLITS = ("train", "held_out", "kept_out_kind")
NTP_SIDES = ("query", "positive", "both", "none")
MEDIA_KEYS = {"text": str, "image": str, "video": (str, list)}


class SampleError(ValueError):
    """A line of a sample file is not a sample; the message starts with file and line."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One pair. `query` and `positive` hold `text`, `image` (path), `video` (path or frames)."""

    query: Mapping[str, object]
    positive: Mapping[str, object]
    source: str
    split: str
    key: str
    captions: tuple[str, ...] = ()
    ntp_side: str = "query"
    negatives: tuple[Mapping[str, object], ...] = ()

    def __post_init__(self) -> None:
        for name in ("query", "positive"):
            check_media(getattr(self, name), name)
        for negative in self.negatives:
            check_media(negative, "negatives")
        if self.split not in SPLITS:
            raise ValueError(f"split is {self.split!r}, allowed are {', '.join(SPLITS)}")
        if self.ntp_side not in NTP_SIDES:
            raise ValueError(f"ntp_side is {self.ntp_side!r}, allowed are {', '.join(NTP_SIDES)}")


def check_media(media: object, name: str) -> None:
    """Refuse what is not a mapping of `text`, `image`, `video` to strings (or frame paths)."""
    if not isinstance(media, Mapping) or not media:
        raise ValueError(f"{name} is {media!r}, expected an object with {', '.join(MEDIA_KEYS)}")
    for key, value in media.items():
        if key not in MEDIA_KEYS:
            raise ValueError(f"{name} has {key!r}, allowed are {', '.join(MEDIA_KEYS)}")
        if not isinstance(value, MEDIA_KEYS[key]) or not value:
            raise ValueError(f"{name}.{key} is {value!r}, expected text that is not empty")


def hashed_share(text: str, *, salt: str) -> float:
    """Return a number in 0..1 that only depends on text and salt: splits stay as data grows."""
    digest = sha256(f"{salt}\0{text}".encode()).digest()
    return int.from_bytes(digest[:8], "little") / 2**64


def read_samples(path: Path) -> list[Sample]:
    """Read a sample file; raise `SampleError` with the line of the first thing that is wrong."""
    return list(iter_samples(path))


def iter_samples(path: Path) -> Iterator[Sample]:
    """Yield the samples of a file in order."""
    allowed = {field.name for field in fields(Sample)}
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                yield parse_sample(json.loads(line), allowed)
            except (ValueError, TypeError) as error:
                raise SampleError(f"{path.name}, line {number}: {error}") from error


def parse_sample(record: object, allowed: set[str]) -> Sample:
    """Make a sample of one decoded line; unknown and missing fields are errors."""
    if not isinstance(record, dict):
        raise ValueError(f"expected an object, found {type(record).__name__}")
    if unknown := sorted(set(record) - allowed):
        raise ValueError(f"unknown fields {unknown}, allowed are {sorted(allowed)}")
    values = {key: tuple(value) if isinstance(value, list) else value
              for key, value in record.items()}  # fmt: skip
    return Sample(**values)


def write_samples(path: Path, samples: Iterable[Sample]) -> None:
    """Write a sample file whole or not at all."""
    partial = path.with_name(path.name + ".part")
    with partial.open("w", encoding="utf-8") as lines:
        for sample in samples:
            record = {key: value for key, value in asdict(sample).items() if value != ()}
            lines.write(json.dumps(record, ensure_ascii=False) + "\n")
    partial.replace(path)
