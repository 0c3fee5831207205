"""Share one embedded shard between processes: hold it while nobody else wants it.

The engine lets one process open a shard, and opening takes 0.4 s at 10,000 pages: too long for
every query, and a holder that never lets go would keep an ingest out. So whoever wants the shard
says so by locking a file beside it, and whoever holds it looks at that lock after each use and
every 20 ms, and closes the shard when it is taken. The lock is the operating system's: it goes
with its process, whatever ends it.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Generic, TextIO, TypeVar

from indexer.types import StoreLocked

T = TypeVar("T")

POLL_S = 0.02
IDLE_S = 30.0


class Held(Exception):
    """The resource is open elsewhere; raised by `open_resource`, retried until the deadline."""


class FileLock:
    """An advisory lock on a file, owned by this object until released or the process ends."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: TextIO | None = None

    def acquire(self) -> bool:
        """Try once; return whether the lock is now ours."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = self.path.open("a")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        self._file = file
        return True

    def fileno(self) -> int:
        """Return the descriptor that holds the lock: a child that inherits it holds it as well.

        Raises:
            ValueError: the lock is not ours.
        """
        if self._file is None:
            raise ValueError(f"{self.path} is not locked by this object")
        return self._file.fileno()

    def release(self) -> None:
        if self._file is not None:
            self._file.close()  # closing gives the lock back, unless a child holds it as well
            self._file = None


def is_locked(path: Path) -> bool:
    """Tell whether another program holds a lock on a file or folder; False when it is absent."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:  # shared: two that look at the same moment do not take each other for the holder
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


class Lease(Generic[T]):
    """Open a resource on demand, keep it while it is ours alone, give it up when asked.

    `use()` is for one thread at a time; others wait. Raises `StoreLocked` after `timeout_s`.
    """

    def __init__(
        self,
        wanted: Path,
        *,
        open_resource: Callable[[], T],
        close_resource: Callable[[T], None],
        timeout_s: float,
        idle_s: float = IDLE_S,
    ) -> None:
        self._wanted = wanted
        self._open = open_resource
        self._close = close_resource
        self._timeout_s = timeout_s
        self._idle_s = idle_s
        self._lock = threading.RLock()
        self._held: T | None = None
        self._last_used = 0.0

    @contextmanager
    def use(self) -> Iterator[T]:
        """Yield the open resource."""
        with self._lock:
            if self._held is None:
                with self.claim(self._open) as opened:
                    self._held = opened
                threading.Thread(target=self._watch, args=(opened,), daemon=True).start()
            try:
                yield self._held
            finally:
                self._last_used = time.monotonic()
                if self._is_wanted():
                    self.release()

    @contextmanager
    def claim(self, action: Callable[[], T]) -> Iterator[T]:
        """Announce that we want the resource, run `action` until it is not `Held`, hold others off.

        While the block runs nobody else opens the resource.
        """
        deadline = time.monotonic() + self._timeout_s
        wanted = FileLock(self._wanted)
        self._until(deadline, wanted.acquire)
        try:
            yield self._retry(deadline, action)
        finally:
            wanted.release()

    def release(self) -> None:
        """Close the resource, if open; the next use opens it again."""
        with self._lock:
            held, self._held = self._held, None
            if held is not None:
                self._close(held)

    def _watch(self, watched: T) -> None:
        while True:
            time.sleep(POLL_S)
            with self._lock:
                if self._held is not watched:
                    return
                idle = time.monotonic() - self._last_used > self._idle_s
                if idle or self._is_wanted():
                    self.release()
                    return

    def _is_wanted(self) -> bool:
        probe = FileLock(self._wanted)
        if probe.acquire():
            probe.release()
            return False
        return True

    def _until(self, deadline: float, attempt: Callable[[], bool]) -> None:
        while not attempt():
            self._wait(deadline)

    def _retry(self, deadline: float, action: Callable[[], T]) -> T:
        while True:
            try:
                return action()
            except Held:
                self._wait(deadline)

    def _wait(self, deadline: float) -> None:
        if time.monotonic() > deadline:
            raise StoreLocked(
                f"the store is held by another process (waited {self._timeout_s:g} s): "
                "close it there, or wait until it is done, then run this again"
            )
        time.sleep(POLL_S / 2)
