"""The counts of a running ingest, and where its seconds went."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from indexer.types import IngestReport, Quarantined


@dataclass(slots=True)
class Tally:
    """What has happened so far; `report` freezes it."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    units: int = 0
    quarantined: list[Quarantined] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[stage] += time.perf_counter() - started

    def report(self, *, removed: int) -> IngestReport:
        return IngestReport(
            added=self.added,
            updated=self.updated,
            unchanged=self.unchanged,
            removed=removed,
            units=self.units,
            quarantined=tuple(sorted(self.quarantined, key=lambda entry: str(entry.path))),
            seconds={stage: round(seconds, 3) for stage, seconds in self.seconds.items()},
        )
