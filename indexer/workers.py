"""Reading in separate processes, so that decoding, rendering and OCR overlap with encoding.

    parent    asset, asset, ...  --stdin-->   worker: load(asset), one unit at a time
              bounded queue      <--stdout--  Loaded, Loaded, Finished | Failed

A worker is a fresh interpreter that imports no model library and not the caller's main module
(which `multiprocessing` would import again: under Streamlit, the page). It writes one event after
the other and waits when the parent's queue is full, so a document of 2,000 pages is never in
memory. When it dies, everything it had sent before still arrives, so the file it was reading is
known: that file fails with a reason and a new worker goes on with the next.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import pickle
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self, cast

from indexer import ocr
from indexer.loaders import LoadOptions
from indexer.loaders.refusals import one_line
from indexer.reading import READY, Event, Failed, Finished, Loaded, read_file
from indexer.types import Asset, IndexerError

__all__ = ["Event", "Failed", "Finished", "Loaded", "LoaderPool"]

logger = logging.getLogger(__name__)

QUEUE_UNITS = 8  # units of 3 MB at the default budget
TASKS_AHEAD = 8  # files a worker is told of in advance; their paths fit in a pipe's buffer
PIPE_BYTES = 1 << 20  # a decoded picture at once, not in pieces of 64 kB
STALL_SECONDS = 600.0
EXIT_SECONDS = 60.0  # a crash may first write a core dump
BOOT = "import sys; sys.path[:] = sys.argv[1:]; from indexer.reading import serve; serve()"


class LoaderPool:
    """Reads files in worker processes, ahead of whoever consumes the events.

    `processes` = 0 reads in this process. Workers start when they are first needed and end with
    the `with` block, whatever ended it. A worker that sends nothing for `stall_seconds` is killed
    and its file fails.
    """

    def __init__(
        self,
        options: LoadOptions,
        *,
        processes: int = 1,
        queue_units: int = QUEUE_UNITS,
        stall_seconds: float = STALL_SECONDS,
    ) -> None:
        self._options = replace(options, ocr=ocr.possible_mode(options.ocr))
        self._processes = processes
        self._queue_units = queue_units
        self._stall_seconds = stall_seconds
        self._workers: list[Worker] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all workers; a later `iter_events` starts new ones."""
        for worker in self._workers:
            worker.stop()
        self._workers.clear()

    def start(self) -> None:
        """Start one worker now; else they start when there is a file for them."""
        if self._processes and not self._workers:
            self._workers.append(Worker(self._options, queue_units=self._queue_units))

    @property
    def pids(self) -> tuple[int, ...]:
        """The process ids of the running workers."""
        return tuple(worker.pid for worker in self._workers)

    def iter_events(self, assets: Iterable[Asset]) -> Iterator[Event]:
        """Yield the events of every file, file after file in the order given.

        Raises:
            IndexerError: a worker cannot start at all.
        """
        if self._processes == 0:
            for asset in assets:
                yield from read_file(asset, self._options)
            return
        source = iter(assets)
        pending: deque[tuple[Asset, Worker]] = deque()
        try:
            while self._assign(source, pending):
                asset, worker = pending[0]
                yield from worker.events_of(asset, stall_seconds=self._stall_seconds)
                pending.popleft()
        finally:
            if pending:  # given up half-way: what is under way must not meet the next call
                self.close()

    def _assign(self, source: Iterator[Asset], pending: deque[tuple[Asset, Worker]]) -> bool:
        """Hand files to workers until all have enough; return whether any file is pending."""
        while self._has_room():
            asset = next(source, None)
            if asset is None:
                break
            worker = self._least_busy()
            worker.send(asset)
            pending.append((asset, worker))
        return bool(pending)

    def _has_room(self) -> bool:
        """Tell whether one more file keeps anyone from waiting."""
        return len(self._workers) < self._processes or any(
            len(worker.files) < TASKS_AHEAD for worker in self._workers
        )

    def _least_busy(self) -> Worker:
        """Return the worker with the fewest files, a new one while all are busy."""
        least = min(self._workers, key=lambda worker: len(worker.files), default=None)
        if least is None or (least.files and len(self._workers) < self._processes):
            least = Worker(self._options, queue_units=self._queue_units)
            self._workers.append(least)
        return least


class Worker:
    """One reading process and the files it was given, the one it reads first."""

    def __init__(self, options: LoadOptions, *, queue_units: int) -> None:
        self.files: deque[Asset] = deque()
        self._options = options
        self._queue_units = queue_units
        self._start()

    @property
    def pid(self) -> int:
        """The id of the running process."""
        return int(self._process.pid)

    def send(self, asset: Asset) -> None:
        """Give the worker one more file."""
        self.files.append(asset)
        self._tell(asset)

    def events_of(self, asset: Asset, *, stall_seconds: float) -> Iterator[Event]:
        """Yield the events of its first file; `Failed`, and a new process, when one dies of it.

        Raises:
            IndexerError: two processes in a row died before they took up the file.
        """
        reason, restarts = "", 0
        while not reason:
            event = self._next_event(stall_seconds)
            if isinstance(event, Loaded):
                yield event
            elif isinstance(event, Finished | Failed):
                self.files.popleft()
                self._took_up = False
                yield event
                return
            elif self._took_up or restarts:
                reason = self._cause_of_death() if event is None else event
            else:  # it died while it had nothing to do: not the fault of this file
                restarts += 1
                self._restart()
        self.files.popleft()
        self._restart()
        yield Failed(asset, None, reason)  # perhaps the machine's fault: it is tried again

    def _next_event(self, stall_seconds: float) -> Event | str | None:
        """Return the next event, None when the process has died, a reason when it hangs."""
        try:
            while (event := self._events.get(timeout=stall_seconds)) == READY:
                self._took_up = True
        except queue.Empty:
            self._took_up = True
            return f"no answer in {stall_seconds:g} seconds: reading it was given up"
        return cast("Event | None", event)

    def _restart(self) -> None:
        self.stop()
        self._start()

    def stop(self) -> None:
        """End the process and the thread that reads from it; leaves no zombie."""
        self._process.kill()
        while self._pump.is_alive():
            with contextlib.suppress(queue.Empty):
                self._events.get(timeout=0.02)  # it may be waiting for room
        self._process.wait(EXIT_SECONDS)
        for stream in (self._process.stdin, self._process.stdout, self._errors):
            with contextlib.suppress(OSError):
                stream.close()

    def _start(self) -> None:
        """Start a process and tell it the options and the files that wait."""
        self._took_up = False
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  closed in stop
        self._process: Any = subprocess.Popen(
            [sys.executable, "-c", BOOT, *(path or str(Path.cwd()) for path in sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            process_group=0,  # Ctrl-C is for the parent, which then ends the workers
        )
        stdout = cast("IO[bytes]", self._process.stdout)
        widen(stdout)
        self._events: queue.Queue[Any] = queue.Queue(self._queue_units)
        self._pump = threading.Thread(target=pump, args=(stdout, self._events), daemon=True)
        self._pump.start()
        self._tell(self._options)
        for asset in self.files:
            self._tell(asset)

    def _tell(self, message: LoadOptions | Asset) -> None:
        with contextlib.suppress(OSError):  # a dead worker is noticed where its events are read
            pickle.dump(message, self._process.stdin)
            self._process.stdin.flush()

    def _cause_of_death(self) -> str:
        """Return why the process died while it read a file; raise when it cannot even start."""
        status = self._process.wait(EXIT_SECONDS)
        self._errors.seek(0)
        said = self._errors.read().decode("utf-8", "replace")
        logger.debug("a reading process ended with status %s: %s", status, said)
        if not self._took_up:
            raise IndexerError(f"the reading process does not start: {one_line(said[-200:])}")
        if status == -signal.SIGKILL:
            return "reading it was killed by the system, most likely for lack of memory"
        name = signal.Signals(-status).name if status < 0 else f"status {status}"
        return f"the decoder crashed on it ({name})"


def widen(pipe: IO[bytes]) -> None:
    """Let a pipe hold more, where the system can and allows it."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)


def pump(stream: IO[bytes], events: queue.Queue[Any]) -> None:
    """Move events from a worker into a bounded queue, then None when the worker is gone."""
    try:
        while True:
            events.put(pickle.load(stream))
    except (EOFError, OSError, pickle.UnpicklingError) as error:
        logger.debug("a reading process fell silent: %r", error)
    finally:
        events.put(None)
