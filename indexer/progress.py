"""What an ingest tells while it runs, and the bar that shows it on stderr."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tqdm import tqdm


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an ingest is; `eta_seconds` is None until one file is done."""

    files_done: int
    files_total: int
    units: int
    units_per_second: float
    eta_seconds: float | None
    path: Path | None = None


ProgressCallback = Callable[[Progress], None]


class Meter:
    """Count files and units, and tell a callback."""

    def __init__(self, files_total: int, callback: ProgressCallback | None) -> None:
        self.files_total = files_total
        self.files_done = 0
        self.units = 0
        self._callback = callback
        self._started = time.monotonic()

    def add(self, *, files: int = 0, units: int = 0, path: Path | None = None) -> None:
        self.files_done += files
        self.units += units
        if self._callback is None:
            return
        seconds = max(time.monotonic() - self._started, 1e-9)
        left = self.files_total - self.files_done
        eta = seconds / self.files_done * left if self.files_done else None
        rate = self.units / seconds
        self._callback(Progress(self.files_done, self.files_total, self.units, rate, eta, path))


class ProgressBar:
    """A `ProgressCallback` that draws on stderr: files, their rate, the time left, units."""

    def __init__(self) -> None:
        self._bar: tqdm[Any] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def __call__(self, progress: Progress) -> None:
        bar = self._bar
        if bar is None:
            total = progress.files_total
            bar = self._bar = tqdm(total=total, unit="file", desc="ingest", dynamic_ncols=True)
        units = f"{progress.units} units, {progress.units_per_second:.1f}/s"
        bar.set_postfix_str(units, refresh=False)
        bar.update(progress.files_done - bar.n)
