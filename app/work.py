"""What runs in the process beside the app: index, retry, or draw and index the demo corpus.

It ends cleanly when it is asked to (`app.jobs.cancel`), when it is interrupted, and when the app
that started it is gone; what it has done by then stays, and the same job started again goes on.
"""

from __future__ import annotations

import dataclasses
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app import jobs
from app.jobs import Job
from indexer import Index
from indexer.plan import UPLOADS
from indexer.progress import Progress
from indexer.types import IndexerError, IngestReport, StoreLocked

DEMO = "demo corpus"
LOOK_S = 0.2  # how often it is looked whether to stop, and at most how often progress is written
PATIENCE_S = 20.0  # then the process ends itself; as after a kill, the next run goes on
WAIT_S = 3600.0  # for another program that writes to the same home
RETRY_S = 1.0
POLITENESS = 2  # of `nice`: searches come first


class Reporter:
    """Writes down how far the job is, not more often than people can see."""

    def __init__(self, home: Path, job: Job) -> None:
        self.home = home
        self.job = job
        self._written = 0.0

    def change(self, **fields: object) -> None:
        """Write at once what has changed."""
        self.job = dataclasses.replace(self.job, **fields)  # type: ignore[arg-type]
        self._written = time.monotonic()
        jobs.write(self.home, self.job)

    def show_drawn(self, done: int, total: int) -> None:
        """Tell how many files of the demo corpus are drawn."""
        if done == total or self._is_due():
            self.change(phase="drawing", was_drawing=True, files_done=done, files_total=total)

    def show_indexed(self, progress: Progress) -> None:
        """Tell how far the ingest is."""
        if progress.files_done < progress.files_total and not self._is_due():
            return
        self.change(
            phase="indexing",
            files_done=progress.files_done,
            files_total=progress.files_total,
            units=progress.units,
            units_per_second=progress.units_per_second,
            eta_seconds=progress.eta_seconds,
            path=str(progress.path) if progress.path else self.job.path,
        )

    def _is_due(self) -> bool:
        return time.monotonic() - self._written >= LOOK_S


def main(place: str) -> None:
    """Do the job that is written down in this home, and write down how it ended."""
    os.nice(POLITENESS)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    home = Path(place)
    job = jobs.read(home)
    if job is None or job.is_over:
        return
    reporter = Reporter(home, job)
    try:
        with interrupted_when_unwanted(home):
            report = carry_out(reporter)
        reporter.change(phase="done", eta_seconds=None, report=counts_of(report))
    except KeyboardInterrupt:
        reporter.change(phase="stopped", eta_seconds=None)
    except (IndexerError, OSError) as error:
        reporter.change(phase="failed", eta_seconds=None, reason=str(error))
    except Exception as error:
        reason = f"unexpected {type(error).__name__}: {error} (details in {home / 'job.log'})"
        reporter.change(phase="failed", eta_seconds=None, reason=reason)
        raise


@contextmanager
def interrupted_when_unwanted(home: Path) -> Iterator[None]:
    """Interrupt the block when the job is cancelled or the app is gone."""
    parent, over = os.getppid(), threading.Event()

    def watch() -> None:
        while not over.wait(LOOK_S):
            if jobs.is_cancelled(home) or os.getppid() != parent:
                os.kill(os.getpid(), signal.SIGINT)
                if not over.wait(PATIENCE_S):
                    os._exit(1)
                return

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()


def carry_out(reporter: Reporter) -> IngestReport:
    """Do the job; see `Index.ingest` for what it raises."""
    paths = [Path(path) for path in reporter.job.paths]
    if reporter.job.task == "demo":
        paths = [draw_demo(reporter)]
    end = time.monotonic() + WAIT_S
    with Index.open(reporter.home) as index:
        while True:
            try:
                return index_paths(index, paths, reporter)
            except StoreLocked:
                if time.monotonic() > end:
                    raise
                reporter.change(phase="waiting")
                time.sleep(RETRY_S)


def index_paths(index: Index, paths: list[Path], reporter: Reporter) -> IngestReport:
    """Ingest the paths, quarantined ones first made ready when they are to be tried again."""
    removed = 0
    if reporter.job.task == "retry":
        removed = forget_gone(index, paths)
        paths = [path for path in paths if path.exists()]
        index.reopen(paths)
    reporter.change(phase="indexing", was_drawing=False, files_done=0, files_total=0)
    if not paths:
        return IngestReport(removed=removed)
    report = index.ingest(paths, prune=reporter.job.prune, progress=reporter.show_indexed)
    return dataclasses.replace(report, removed=report.removed + removed)


def forget_gone(index: Index, paths: list[Path]) -> int:
    """Forget files that could not be read and are no longer there; return how many."""
    bad = {entry.path for entry in index.status().quarantined}
    gone = [path for path in paths if path in bad and not path.exists()]
    return index.delete(gone) if gone else 0


def draw_demo(reporter: Reporter) -> Path:
    """Draw the demo corpus where uploads are kept, and return its folder."""
    from indexer.demo_corpus import draw

    folder = reporter.home / UPLOADS / DEMO
    draw(folder, progress=reporter.show_drawn)
    return folder


def counts_of(report: IngestReport) -> dict[str, object]:
    """Return what a report says, as JSON holds it."""
    counts = dataclasses.asdict(report)
    counts["quarantined"] = len(report.quarantined)
    return counts
