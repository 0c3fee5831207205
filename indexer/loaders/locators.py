"""Locators: the name of a unit inside its file, `image`, `page=12` or `t=12.500-17.250`."""

from __future__ import annotations

import re

from indexer.types import UsageError

IMAGE = "image"
PAGE = re.compile(r"page=([1-9][0-9]{0,8})")
CLIP = re.compile(r"t=([0-9]{1,9}\.[0-9]{3})-([0-9]{1,9}\.[0-9]{3})")


def page_locator(number: int) -> str:
    """Name page `number`, counted from 1."""
    return f"page={number}"


def clip_locator(start_seconds: float, end_seconds: float) -> str:
    """Name the clip between two times, to the millisecond."""
    return f"t={start_seconds:.3f}-{end_seconds:.3f}"


def parse_page(locator: str) -> int:
    """Return the page number, counted from 1; raise UsageError for anything else."""
    if match := PAGE.fullmatch(locator):
        return int(match[1])
    raise UsageError(f"{locator!r} names no page: write page=12")


def parse_clip(locator: str) -> tuple[float, float]:
    """Return start and end in seconds; raise UsageError for anything else."""
    match = CLIP.fullmatch(locator)
    if match and float(match[1]) <= float(match[2]):
        return float(match[1]), float(match[2])
    raise UsageError(f"{locator!r} names no clip: write t=12.500-17.250")
