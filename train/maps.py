"""What a frozen tower sees, computed once: the maps of every view of a source, on disk.

A frozen tower costs more than everything that learns behind it, and sees the same in every epoch.
So a stage with `views` looks at each view once, in parallel processes, and trains on the maps. A
map is 64 cells of 1,480 channels, 190 kB in half precision; parts are memory-mapped, so training
reads what it needs. Parts that are there are kept: a stopped run goes on. A folder is named by
source, views, seed, version of the looks and digest of the data: a map of another split, or of
looks as they were, is never taken.

    maps/clipart-16000-0-v2-5f0c.../00012.npy   the cells of 128 views in a row: (cells, C)
    maps/clipart-16000-0-v2-5f0c.../00012.json  per view: captions, `image` or `video`, grid
"""

from __future__ import annotations

import json
import logging
import multiprocessing
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sentence_transformers import SentenceTransformer

from embedder.media import Clip
from embedder.processing import BTokProcessor
from embedder.rows import Row
from train.precision import bfloat16_where_fast
from train.prepare import data_digest, save_array, write_whole
from train.rows import LOOKS_VERSION, View, ViewSource, open_sources, pair_of
from train.start import build_tiny

log = logging.getLogger(__name__)

PART = 128
SECONDS_PER_FRAME = 1.0
TRIMMED = 0.6  # how often a map is trimmed where no caption speaks of sides


class MapSource:
    """A source whose views were seen by the tower before: rows of cells instead of pixels."""

    def __init__(self, source: ViewSource, folder: Path, processor: BTokProcessor) -> None:
        self.folder, self.processor, self.trims = folder, processor, source.trims
        self.describes = source.describes
        self.order, self.keys = source.order, source.keys
        self.part = lru_cache(maxsize=None)(self.open_part)

    def __len__(self) -> int:
        return len(self.order)

    def load(self, row: int, rng: np.random.Generator) -> dict[str, Any]:
        """Return a caption, and the picture as a `Row` of cells."""
        cells, starts, views = self.part(self.order[row] // PART)
        place = self.order[row] % PART
        view = views[place]
        found = cells[starts[place] : starts[place + 1]]
        grid = view["grid"]
        if self.trims and rng.random() < TRIMMED:
            found, grid = trimmed(found, grid, rng, merge=self.processor.merge_size)
        media = to_row(found, view["kind"], grid, self.processor)
        return pair_of(View(tuple(view["captions"]), media), rng, describes=self.describes)

    def looks(self) -> Iterator[tuple[np.ndarray, dict[str, Any]]]:
        """Yield the cells (cells, C) of every view, and what is written of it."""
        for number in range(len(list(self.folder.glob("*.json")))):
            cells, starts, views = self.open_part(number)
            for place, view in enumerate(views):
                yield cells[starts[place] : starts[place + 1]], view

    def open_part(self, number: int) -> tuple[np.ndarray, np.ndarray, list[dict[str, Any]]]:
        """Map one part into memory: its cells, where each view starts, the views."""
        views = json.loads((self.folder / f"{number:05d}.json").read_text())
        cells = np.load(self.folder / f"{number:05d}.npy", mmap_mode="r")
        return cells, np.cumsum([0, *(np.prod(view["grid"]) for view in views)]), views


def trimmed(
    cells: np.ndarray, grid: list[int], rng: np.random.Generator, *, merge: int
) -> tuple[np.ndarray, list[int]]:
    """Cut a row or a column of tokens off a map, at any side: cells in block order, and the grid.

    Maps are computed once, so this is the variation that is left.
    """
    t, h, w = grid
    blocks = cells.reshape(t, h // merge, w // merge, merge * merge, -1)
    axis, last = int(rng.integers(1, 3)), bool(rng.integers(2))
    kept = np.delete(blocks, -1 if last else 0, axis=axis)
    smaller = [t, kept.shape[1] * merge, kept.shape[2] * merge]
    return kept.reshape(-1, cells.shape[1]), smaller


def to_row(cells: np.ndarray, kind: str, grid: list[int], processor: BTokProcessor) -> Row:
    """Lay cells out as the processor lays out pixels."""
    if kind == "image":
        ids = processor.placeholders(processor.image_token, grid)
        return Row(ids, images=[(cells, grid)])
    ids = processor.placeholders(processor.video_token, grid)
    return Row(ids, videos=[(cells, grid)], seconds=[SECONDS_PER_FRAME])


def maps_folder(data: Path, name: str, *, views: int, seed: int) -> Path:
    """Return where the maps of a source lie."""
    return data / "maps" / f"{name}-{views}-{seed}-v{LOOKS_VERSION}-{data_digest(data)}"


def compute_maps(data: Path, views: dict[str, int], *, seed: int, processes: int) -> None:
    """Compute all parts that are not there yet."""
    tasks = [
        (name, count, number)
        for name, count in views.items()
        for number in missing_parts(maps_folder(data, name, views=count, seed=seed), count)
    ]
    if not tasks:
        return
    log.info("the tower looks at %d parts of %d views", len(tasks), PART)
    context = multiprocessing.get_context("spawn")
    with context.Pool(processes, initializer=start_looking, initargs=(data, views, seed)) as pool:
        for done, name in enumerate(pool.imap_unordered(compute_part, tasks), start=1):
            if done % 20 == 0 or done == len(tasks):
                log.info("%d of %d parts, %s", done, len(tasks), name)


def missing_parts(folder: Path, views: int) -> list[int]:
    """Return the numbers of the parts that are not there."""
    return [
        number
        for number in range(-(-views // PART))
        if not (folder / f"{number:05d}.json").exists()
    ]


class Looking:
    """What one process needs to compute maps."""

    def __init__(self, data: Path, views: dict[str, int], seed: int) -> None:
        torch.set_num_threads(1)
        self.data, self.seed, self.views = data, seed, views
        self.model: SentenceTransformer = build_tiny(data, seed=seed)
        self.sources = open_sources(data, list(views), rows=1, seed=seed, views=views)

    @torch.no_grad()
    def part(self, name: str, number: int) -> None:
        """Look at the views of one part and write what the tower sees."""
        source = self.sources[name]
        assert isinstance(source, ViewSource)
        count = self.views[name]
        cells, records = [], []
        for view_number in range(number * PART, min((number + 1) * PART, count)):
            view = source.view(view_number)
            found, kind, grid = self.look(view)
            cells.append(found)
            records.append({"captions": view.captions, "kind": kind, "grid": grid})
        folder = maps_folder(self.data, name, views=count, seed=self.seed)
        folder.mkdir(parents=True, exist_ok=True)
        save_array(folder / f"{number:05d}.npy", np.concatenate(cells))
        write_whole(folder / f"{number:05d}.json", json.dumps(records) + "\n")

    def look(self, view: View) -> tuple[np.ndarray, str, list[int]]:
        """Return the cells of a view in half precision, its kind and its grid."""
        processor, tower, row = self.model[0].processor, self.model[0].model.visual, Row()
        if "image" in view.media:
            processor.add_image(row, view.media["image"])
            kind, (patches, grid) = "image", row.images[0]
        else:
            processor.add_clip(row, Clip(tuple(view.media["video"]), SECONDS_PER_FRAME))
            kind, (patches, grid) = "video", row.videos[0]
        with bfloat16_where_fast():
            cells = tower.cells(torch.from_numpy(patches), [tuple(grid)])
        return cells.half().numpy(), kind, list(grid)


_looking: list[Looking] = []  # of a worker process


def start_looking(data: Path, views: dict[str, int], seed: int) -> None:
    """Prepare a worker process."""
    _looking.append(Looking(data, views, seed))


def compute_part(task: tuple[str, int, int]) -> str:
    """Compute one part in a worker process; return the source's name."""
    name, _, number = task
    _looking[0].part(name, number)
    return name


def with_maps(
    sources: dict[str, Any], data: Path, views: dict[str, int], *, seed: int, processor: Any
) -> dict[str, Any]:
    """Replace the sources that have maps."""
    return {
        name: MapSource(source, maps_folder(data, name, views=views[name], seed=seed), processor)
        if name in views
        else source
        for name, source in sources.items()
    }
