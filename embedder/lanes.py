"""Batches of a small model side by side on the cores of a CPU, each on a share of them.

The products of a small model are too small to be worth dividing: two cores with a batch each are
faster than both on one batch after another (docs/decisions.md has the figures), and what one core
does alone, such as decoding and resizing, goes on beside the products of the other.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager

import torch
from sentence_transformers import SentenceTransformer

from embedder.processing import BTokProcessor

SMALL = 100_000_000  # parameters
MOST_LANES = 4  # more would wait for the interpreter
_open = threading.Lock()  # one set of lanes in a process: lanes inside lanes would crowd the cores


@contextmanager
def open_lanes(model: SentenceTransformer) -> Iterator[tuple[Executor | None, int]]:
    """Open threads that share the cores, and say how many; None where one batch fills them.

    Where lanes are open already, in this thread or another, a call encodes as it would without.
    A thread that uses torch for the first time meanwhile keeps the lanes' share of the cores.
    """
    lanes, threads = count_lanes(model), torch.get_num_threads()
    if lanes == 1 or not _open.acquire(blocking=False):
        yield None, 1
        return
    pool = ThreadPoolExecutor(lanes, "encoder", torch.set_num_threads, (threads // lanes,))
    try:
        yield pool, lanes
    finally:
        pool.shutdown(cancel_futures=True)
        torch.set_num_threads(threads)  # MKL has one number for all threads
        _open.release()


def count_lanes(model: SentenceTransformer) -> int:
    """Return how many batches are worth encoding side by side now, 1 for none.

    Only with our processor: the tokenizer of another may refuse two threads at once. Not under
    autocast, which holds for a thread and not for those that it starts.
    """
    threads = torch.get_num_threads()
    if threads == 1 or model.device.type != "cpu" or _open.locked():
        return 1
    if torch.is_autocast_enabled("cpu"):
        return 1
    if not isinstance(getattr(model[0], "processor", None), BTokProcessor):
        return 1
    if sum(parameter.numel() for parameter in model.parameters()) > SMALL:
        return 1
    # As many as leave the fewest cores idle: 3 with two threads each on six cores.
    return max(range(2, min(threads, MOST_LANES) + 1), key=lambda n: (threads // n * n, n))
