"""Reading one file after the other into events: what runs inside a worker process.

Imports no model library, so that a worker starts in a fraction of a second.
"""

from __future__ import annotations

import contextlib
import errno
import faulthandler
import logging
import os
import pickle
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from indexer import loaders
from indexer.hashing import content_hash as hash_of
from indexer.loaders import LoadOptions
from indexer.loaders.refusals import reason_of
from indexer.types import Asset, Unit, UnreadableFile

logger = logging.getLogger(__name__)

# What a file is not to blame for; Pillow's and FFmpeg's own OSErrors have none of these numbers.
PASSING = frozenset(
    (
        errno.EACCES,
        errno.EIO,
        errno.EMFILE,
        errno.ENFILE,
        errno.ENODEV,
        errno.ENOENT,
        errno.ENOMEM,
        errno.EPERM,
        errno.ESTALE,
        errno.ETIMEDOUT,
    )
)
READY = "ready"  # sent before the events of every file: from here on, a crash is its fault


@dataclass(frozen=True, slots=True)
class Loaded:
    """One unit of a file."""

    asset: Asset
    content_hash: str
    unit: Unit


@dataclass(frozen=True, slots=True)
class Finished:
    """All units of a file have come."""

    asset: Asset
    content_hash: str
    units: int


@dataclass(frozen=True, slots=True)
class Failed:
    """A file cannot be read, for one line of reason; units that came before do not count."""

    asset: Asset
    content_hash: str | None  # None when another try may succeed: it was never (fully) read
    reason: str


Event = Loaded | Finished | Failed


def read_file(asset: Asset, options: LoadOptions) -> Iterator[Event]:
    """Read one file in this process: its units, then `Finished` or `Failed`."""
    content_hash, units = None, 0
    try:
        content_hash = hash_of(asset.path)
        for unit in loaders.load(asset, options, content_hash=content_hash):
            yield Loaded(asset, content_hash, unit)
            units += 1
        refuse_changed(asset)
    except (UnreadableFile, OSError) as error:
        yield Failed(asset, None if may_pass(error) else content_hash, reason_of(error))
    except Exception as error:  # the top of a command: one bad file must not end the ingest
        logger.debug("unexpected error in %s", asset.path, exc_info=True)
        yield Failed(asset, content_hash, f"{type(error).__name__}: {reason_of(error)}")
    else:
        yield Finished(asset, content_hash, units)


def refuse_changed(asset: Asset) -> None:
    """Raise UnreadableFile when the file is not the one that was scanned: its hash would lie."""
    status = asset.path.stat()
    if (status.st_size, status.st_mtime_ns) != (asset.size, asset.mtime_ns):
        raise UnreadableFile("the file changed while it was read: ingest it again")


def may_pass(error: BaseException | None) -> bool:
    """Tell whether the disk, the memory or the permissions failed, rather than the content."""
    while error is not None:
        if isinstance(error, MemoryError):
            return True
        if isinstance(error, OSError) and error.errno in PASSING:
            return True
        error = error.__cause__
    return False


def serve() -> None:
    """Be a worker: options and assets come in on stdin, events go out on stdout."""
    faulthandler.enable()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    offer_to_oom_killer()
    events = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a decoder prints must not mix with the events
    with contextlib.suppress(BrokenPipeError, EOFError):  # the parent is gone, or has no more
        options = pickle.load(sys.stdin.buffer)
        while True:
            asset = pickle.load(sys.stdin.buffer)
            send(READY, events)
            for event in read_file(asset, options):
                send(event, events)
    os._exit(0)  # half-written buffers have no reader


def send(message: Event | str, events: IO[bytes]) -> None:
    """Write one message; blocks while the parent is busy."""
    pickle.dump(message, events, protocol=pickle.HIGHEST_PROTOCOL)
    events.flush()


def offer_to_oom_killer() -> None:
    """Make Linux end this process rather than the one that holds the model and the ledger."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500")
