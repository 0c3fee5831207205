"""What a stage learns from: every source of its recipe as a dataset of row numbers.

Rows are made when a batch is built, in the loader's worker processes where there are any.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import torch
from datasets import Dataset
from sentence_transformers import SentenceTransformer

from train.adapters import open_part
from train.bad_samples import BadSamples
from train.decoding import Detail
from train.maps import compute_maps, with_maps
from train.prepare import data_digest
from train.reading import SampleFile, Samples, SampleSource
from train.recipe import OwnSource, Recipe, Stage
from train.rows import Source, open_sources
from train.start import WORDS

BAD_SAMPLES, BARE = "bad_samples.jsonl", "prepared"
TEACHER = "teacher.npy"
SPARE = 1.25  # a source that runs out begins again


class TeacherVectors:
    """The teacher's vectors by text; zeros for a text that it was not asked about."""

    def __init__(self, prepared: Path) -> None:
        with (prepared / "texts.jsonl").open(encoding="utf-8") as lines:
            self.rows = {json.loads(line)["text"]: number for number, line in enumerate(lines)}
        self.vectors = np.load(prepared / TEACHER)  # (N, D) float16

    def __getitem__(self, text: str) -> torch.Tensor:
        row = self.rows.get(text)
        if row is None:
            return torch.zeros(self.vectors.shape[1])
        return torch.from_numpy(self.vectors[row].astype(np.float32))


@dataclass(frozen=True, slots=True)
class RowLoader:
    """Makes the samples of a batch from row numbers, when the batch is built.

    `ntp_side` is that of the recipe, None for each sample's own.
    """

    source: Source
    teacher: TeacherVectors | None
    seed: int
    ntp_side: str | None = "none"

    def __call__(self, batch: Mapping[str, list[int]]) -> dict[str, list[Any]]:
        rows = [self.load(row) for row in batch["row"]]
        return {key: [row[key] for row in rows] for key in rows[0]}

    def load(self, row: int) -> dict[str, Any]:
        """Load one sample; its randomness depends on the seed and the row only."""
        sample = self.source.load(row, np.random.default_rng((self.seed, row)))
        if self.ntp_side is not None:
            sample["ntp_side"] = self.ntp_side
        if self.teacher is not None:
            sample["label"] = self.teacher[str(sample["query"].get("text", ""))]
        return sample


@dataclass(frozen=True, slots=True)
class Feed:
    """Where the samples of a run come from."""

    recipe: Recipe
    data: Path  # paths of the recipe are relative to it
    prepared: Path  # what the untrained btok-tiny is made of, and where its maps lie
    bad: BadSamples

    @classmethod
    def of(cls, recipe: Recipe, *, data: Path, out: Path) -> Feed:
        """Return the feed of a run; what cannot be used is listed in its folder."""
        bad = BadSamples(out / BAD_SAMPLES, limit=recipe.max_bad_samples)
        is_prepared = (data / WORDS).exists() or recipe.start_is_another
        return cls(recipe, data, data if is_prepared else out / BARE, bad)

    def open_stage(self, stage: Stage, model: SentenceTransformer) -> dict[str, Source]:
        """Open every source of a stage, as long as the stage needs."""
        rows, seed = stage.steps * stage.batch_size, self.recipe.seed
        processor = model[0].processor
        built_in = [name for name in stage.sources if name not in self.recipe.sources]
        if stage.views:
            compute_maps(self.prepared, stage.views, seed=seed, processes=os.cpu_count() or 1)
        found = open_sources(self.prepared, built_in, rows=rows, seed=seed, views=stage.views)
        found = with_maps(found, self.prepared, stage.views, seed=seed, processor=processor)
        for name in stage.sources:
            if name in self.recipe.sources:
                found[name] = SampleSource(
                    self.open_own(name),
                    rows=rows_of_share(stage, name),
                    seed=seed,
                    detail=Detail.for_model(processor),
                    bad=self.bad,
                    batch_size=stage.batch_size,
                    num_negatives=stage.num_negatives,
                    ntp_side=self.recipe.side_of(stage, name),
                )
        return {name: found[name] for name in stage.sources}

    def open_own(self, name: str, *, split: str = "train") -> Samples:
        """Open one of the recipe's own sources."""
        source = self.recipe.sources[name]
        if source.samples is not None:
            return SampleFile(self.data / source.samples, bad=self.bad, split=split)
        return open_part(source.subset, **self.location_of(source))

    def location_of(self, source: OwnSource) -> dict[str, Any]:
        """Return where an adapter finds its data."""
        place = self.recipe.locations.get(source.adapter) if source.adapter else None
        if place is None:
            return {}
        options: dict[str, Any] = {}
        if place.at is not None:
            local = self.data / place.at
            options["location"] = local if local.is_dir() else place.at
        if place.media is not None:
            options["media"] = self.data / place.media
        return options

    def datasets(self, stage: Stage, sources: Mapping[str, Source]) -> dict[str, Dataset]:
        """Return the sources as datasets of row numbers."""
        teacher = TeacherVectors(self.prepared) if stage.distillation else None
        return {
            name: Dataset.from_dict({"row": range(len(source))}).with_transform(
                RowLoader(source, teacher, self.recipe.seed, self.recipe.side_of(stage, name))
            )
            for name, source in sources.items()
        }


def rows_of_share(stage: Stage, name: str) -> int:
    """Return how many rows a source's share of a stage needs, and some more: blocks are drawn."""
    share = stage.sources[name] / sum(stage.sources.values())
    return math.ceil(SPARE * share * stage.steps * stage.batch_size) + stage.batch_size


def count_samples(sources: Mapping[str, Source]) -> dict[str, int]:
    """Return how many distinct samples (looks, texts) a stage draws from, by source."""
    return {
        name: len(source.samples)
        if isinstance(source, SampleSource)
        else len(set(getattr(source, "order", source.keys)))
        for name, source in sources.items()
    }


def digest_of(recipe: Recipe, data: Path) -> str:
    """Return what tells the data of one run from other data: prepared folder and sample files."""
    digest = data_digest(data)
    files = [source.samples for source in recipe.sources.values() if source.samples is not None]
    if not files:
        return digest
    whole = sha256(digest.encode())
    for path in files:
        whole.update((data / path).read_bytes())
    return whole.hexdigest()[:16]
