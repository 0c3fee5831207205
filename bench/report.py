"""What a benchmark found, and how it is printed."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """One measured promise: `value` must be at most (or, with `at_least`, at least) `limit`."""

    name: str
    value: float
    unit: str
    limit: float
    detail: str = ""
    at_least: bool = False

    @property
    def kept(self) -> bool:
        """Say whether the promise holds in this run."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def row(self) -> str:
        """Return the line as a row of a Markdown table."""
        sign = "at least" if self.at_least else "at most"
        verdict = "yes" if self.kept else "**no**"
        value, limit = f"{self.value:.3g} {self.unit}", f"{sign} {self.limit:g} {self.unit}"
        return f"| {self.name} | {value.strip()} | {limit.strip()} | {verdict} | {self.detail} |"


HEADER = "| what | measured | promised | kept | how |\n|---|---|---|---|---|"


def to_markdown(lines: Sequence[Line], *, threads: int) -> str:
    """Return the document that `make bench` writes."""
    rows = "\n".join(line.row() for line in lines)
    return f"""# Benchmarks

Written by `make bench`: one run on {platform.machine()}, {platform.system()}, Python
{platform.python_version()}, {threads} torch threads. Machines differ and are noisy: ratios carry
over, milliseconds do not.

{HEADER}
{rows}
"""
