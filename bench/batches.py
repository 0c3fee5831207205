"""Where the pictures of a training batch are best made: three ways, by the CPU time they take.

CPU time, for the wall time of a loader depends on what else runs: main and worker, user and system.
"""

from __future__ import annotations

import resource
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from torch.utils.data import DataLoader, Dataset

from bench.report import Line
from embedder.creating import Settings, random_model
from train.decoding import Detail, decode_side
from train.preprocessing import Preprocess

SIDE, BATCH, BATCHES = 1000, 16, 6
BUDGETS = {
    "min_pixels": 3136,
    "max_pixels": 1_003_520,
    "max_frame_pixels": 602_112,
    "num_frames": 8,
    "max_text_tokens": 2048,
}


class Pictures(Dataset):
    """Pictures of a folder, again and again, decoded as finely as a model looks."""

    def __init__(self, folder: Path, detail: Detail) -> None:
        self.paths, self.detail = sorted(folder.glob("*.jpg")), detail

    def __len__(self) -> int:
        return BATCH * BATCHES

    def __getitem__(self, row: int) -> dict[str, Any]:
        return decode_side({"image": str(self.paths[row % len(self.paths)])}, self.detail)


def ways_to_make_batches() -> Iterator[Line]:
    """Make batches in the training process, in a worker, and half in each."""
    model = random_model("tiny", "qwen2_vl", Settings(**BUDGETS))
    preprocess = Preprocess(model)
    with tempfile.TemporaryDirectory() as folder:
        write_pictures(Path(folder), count=32)
        data = Pictures(Path(folder), Detail.for_model(model[0].processor))
        megabytes = preprocess([data[0]] * BATCH)["pixel_values"].nbytes / 1e6
        ways: dict[str, Callable[[], Iterable[Any]]] = {
            "no worker": lambda: DataLoader(data, BATCH, collate_fn=preprocess),
            "batch from a worker": lambda: DataLoader(
                data, BATCH, collate_fn=preprocess, num_workers=1
            ),
            "pixels from a worker": lambda: map(
                preprocess, DataLoader(data, BATCH, collate_fn=list, num_workers=1)
            ),
        }
        seconds = {name: cpu_seconds(way) for name, way in ways.items()}
    detail = "; ".join(
        f"{name}: {main:.2f} s in the training process, {worker:.2f} s in the worker, "
        f"{kernel:.2f} s of both in the kernel"
        for name, (main, worker, kernel) in seconds.items()
    )
    ratio = seconds["batch from a worker"][0] / seconds["no worker"][0]
    detail = f"CPU seconds a batch of {BATCH} JPEGs of {SIDE} px, {megabytes:.0f} MB; {detail}"
    yield Line(
        "making batches in a worker: CPU left in the training process", ratio, "", 0.2, detail
    )


def write_pictures(folder: Path, *, count: int) -> None:
    """Write JPEGs of smooth noise, about as hard to decode as photographs."""
    random = np.random.default_rng(0)
    for number in range(count):
        cells = random.integers(0, 256, (SIDE // 8, SIDE // 8, 3), dtype=np.uint8)
        picture = Image.fromarray(cells).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
        picture.save(folder / f"{number}.jpg", quality=85)


def cpu_seconds(way: Callable[[], Iterable[Any]]) -> tuple[float, float, float]:
    """Return the CPU seconds a batch of this process, of its workers, of the kernel in both.

    The second of two runs counts: the first one meets a cold allocator.
    """
    for _ in range(2):
        before = used()
        for _ in way():
            pass
        own, own_kernel, workers, workers_kernel = (used() - before) / BATCHES
    return own + own_kernel, workers + workers_kernel, own_kernel + workers_kernel


def used() -> np.ndarray:
    """Return user and system seconds of this process, then of its finished children: (4,)."""
    times = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return np.array([value for one in times for value in (one.ru_utime, one.ru_stime)])
