"""Work on the library in a process beside the app: one at a time, watched through two files.

    <home>/job.lock      locked by the process while it lives: the operating system lets go of it
    <home>/job.json      what it does, how far it is, how it ended
    <home>/job.cancel    put there to stop it

Nothing is kept in the app: any session, also one that comes later, sees the same job, and a page
that is reloaded disturbs nothing. The process is `app.work`.
"""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from indexer.stores.lease import FileLock, is_locked
from indexer.types import UsageError
from indexer.whole import write_whole

Task = Literal["ingest", "retry", "demo"]
Phase = Literal["starting", "waiting", "drawing", "indexing", "done", "stopped", "failed"]
ENDED: tuple[Phase, ...] = ("done", "stopped", "failed")
BOOT = "import sys; sys.path[:] = sys.argv[2:]; from app.work import main; main(sys.argv[1])"
LOCK_TRIES = 5  # `is_locked` of another session holds the lock for microseconds


@dataclass(frozen=True, slots=True)
class Job:
    """What is being done, how far it is, how it ended; times are seconds since the epoch.

    `report` holds the counts and seconds of a finished ingest, `reason` why it failed. Once
    somebody has put its outcome aside it `is_dismissed`.
    """

    task: Task
    paths: tuple[str, ...]
    prune: bool = False
    phase: Phase = "starting"
    files_done: int = 0
    files_total: int = 0
    units: int = 0
    units_per_second: float = 0.0
    eta_seconds: float | None = None
    path: str | None = None
    reason: str = ""
    report: Mapping[str, Any] = field(default_factory=dict)
    was_drawing: bool = False
    is_dismissed: bool = False

    @property
    def is_over(self) -> bool:
        return self.phase in ENDED

    @property
    def share(self) -> float:
        """How much of the files is done: 0 to 1."""
        return self.files_done / self.files_total if self.files_total else 0.0


class JobRunning(UsageError):
    """Something is already being done to this library."""


def start(home: Path, task: Task, paths: Sequence[Path | str] = (), *, prune: bool = False) -> None:
    """Start a process that does this.

    Raises:
        JobRunning: another one is at work.
        OSError: the home cannot be written.
    """
    lock = FileLock(home / "job.lock")
    if not any(acquired(lock) for _ in range(LOCK_TRIES)):
        raise JobRunning("something is already being added: wait until it is done, or cancel it")
    try:
        (home / "job.cancel").unlink(missing_ok=True)
        named = tuple(str(path) for path in paths)
        write(home, Job(task, named, prune))
        with (home / "job.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-c", BOOT, str(home), *sys.path],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=[lock.fileno()],
                env={**os.environ, "BTOK_HOME": str(home)},
            )
    finally:
        lock.release()  # the process holds it as well
    threading.Thread(target=process.wait, daemon=True).start()  # leaves no zombie


def acquired(lock: FileLock) -> bool:
    """Try to lock; wait a little after a failure."""
    if lock.acquire():
        return True
    time.sleep(0.02)
    return False


def cancel(home: Path) -> None:
    """Ask the running job to stop: what is done stays, the same job started again goes on."""
    if is_running(home):
        (home / "job.cancel").touch()


def dismiss(home: Path) -> None:
    """Put the outcome of the last job aside, for every session; a running job is left alone."""
    lock = FileLock(home / "job.lock")
    if not acquired(lock):
        return
    try:
        job = read(home, running=False)
        if job is not None:
            write(home, dataclasses.replace(job, is_dismissed=True))
    finally:
        lock.release()


def is_cancelled(home: Path) -> bool:
    """Tell whether the job was asked to stop."""
    return (home / "job.cancel").exists()


def is_running(home: Path) -> bool:
    """Tell whether a job is at work, whichever session started it."""
    return is_locked(home / "job.lock")


def read(home: Path, *, running: bool | None = None) -> Job | None:
    """Return the running job or the last one, None when there was none.

    One whose process is gone without a word counts as stopped; `running` says what the caller
    knows of that.
    """
    if running is None:  # asked before its last word is read, or that would be missed
        running = is_running(home)
    try:
        fields = json.loads((home / "job.json").read_text(encoding="utf-8"))
        job = Job(**{**fields, "paths": tuple(fields["paths"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None
    if running or job.is_over:
        return job
    return dataclasses.replace(job, phase="stopped", eta_seconds=None)


def write(home: Path, job: Job) -> None:
    """Write down how far a job is."""
    fields = dataclasses.asdict(job)
    write_whole(home / "job.json", json.dumps(fields).encode())
