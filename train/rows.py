"""Training rows: samples by row number, loaded, drawn and augmented when a batch is built.

A source is as long as a run needs: its items come again and again in other orders, and every row
is augmented differently. What a row holds depends on the run's seed and the row alone, so a resumed
run sees what an uninterrupted one sees.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from pathlib import Path
from random import Random
from typing import Any, Protocol

import numpy as np
from PIL import Image

from train.augment import augment, collage
from train.motions import draw_motion
from train.samples import Sample, iter_samples
from train.scenes import EVALUATION_SEED, draw_scene

MAX_SHARED = 8
COLLAGE_CAPTIONS = ("{} and {}", "{} next to {}", "{} on the left and {} on the right")


class Source(Protocol):
    """Samples by row number, made when a batch is built. `keys[row]` must not meet in a batch."""

    keys: Sequence[Hashable]

    def __len__(self) -> int: ...

    def load(self, row: int, rng: np.random.Generator) -> dict[str, Any]:
        """Return `query` and, unless it is a source of texts, `positive`; equal for equal `rng`."""


class PictureSource:
    """Cut-out pictures with one of their captions, augmented anew in every row."""

    def __init__(self, samples: Sequence[Sample], folder: Path, *, rows: int, seed: int) -> None:
        self.samples, self.folder = samples, folder
        self.order = shuffled_rows(len(samples), rows=rows, seed=seed)
        self.keys: Sequence[Hashable] = [samples[number].key for number in self.order]
        self.captions = telling_captions(samples)

    def __len__(self) -> int:
        return len(self.order)

    def load(self, row: int, rng: np.random.Generator) -> dict[str, Any]:
        """Open the picture, choose a caption (the first most often) and augment."""
        random = seeded(rng)
        sample = self.samples[self.order[row]]
        caption = pick_caption(self.captions[self.order[row]], random)
        with Image.open(self.folder / str(sample.positive["image"])) as picture:
            image = augment(picture.convert("RGBA"), random, caption=caption)
        return {"query": {"text": caption}, "positive": {"image": image}}


class CollageSource(PictureSource):
    """Two cut-outs side by side: `a dog and a bicycle`."""

    def load(self, row: int, rng: np.random.Generator) -> dict[str, Any]:
        """Put the row's picture and another one next to each other."""
        random = seeded(rng)
        pair = [self.samples[self.order[row]], random.choice(self.samples)]
        left, right = (sample.captions[0] for sample in pair)
        caption = random.choice(COLLAGE_CAPTIONS)
        pictures = [read_cut_out(self.folder / str(sample.positive["image"])) for sample in pair]
        image = collage(pictures, random)
        return {"query": {"text": caption.format(left, right)}, "positive": {"image": image}}


class SceneSource:
    """Drawn scenes: the row is the seed, and seeds of the evaluation never come."""

    def __init__(self, *, rows: int, seed: int) -> None:
        self.seeds = training_seeds(rows, seed)
        self.keys: Sequence[Hashable] = self.seeds

    def __len__(self) -> int:
        return len(self.seeds)

    def load(self, row: int, rng: np.random.Generator) -> dict[str, Any]:
        """Draw the scene of a row and choose one of its captions."""
        scene = draw_scene(self.seeds[row])
        caption = pick_caption((scene.caption, *scene.variants), seeded(rng))
        return {"query": {"text": caption}, "positive": {"image": scene.image}}


class MotionSource(SceneSource):
    """Drawn clips, like scenes."""

    def load(self, row: int, rng: np.random.Generator) -> dict[str, Any]:
        """Draw the clip of a row and choose one of its captions."""
        clip = draw_motion(self.seeds[row])
        caption = pick_caption((clip.caption, *clip.variants), seeded(rng))
        return {"query": {"text": caption}, "positive": {"video": clip.frames}}


class TextSource:
    """Texts of the training split on their own, for distillation."""

    def __init__(self, texts: Sequence[str], *, rows: int, seed: int) -> None:
        self.texts = texts
        self.order = shuffled_rows(len(texts), rows=rows, seed=seed)
        self.keys: Sequence[Hashable] = self.order
        self.lengths: Sequence[int] = [len(texts[number]) for number in self.order]

    def __len__(self) -> int:
        return len(self.order)

    def load(self, row: int, rng: np.random.Generator) -> dict[str, Any]:
        """Return the text of a row; nothing about it is random."""
        return {"query": {"text": self.texts[self.order[row]]}}


def telling_captions(samples: Sequence[Sample]) -> list[tuple[str, ...]]:
    """Return each sample's captions without those, but for the first, that too many others share.

    `computer` is true of nine hundred icons: as a query it would have hundreds of false negatives.
    """
    shared = Counter(caption for sample in samples for caption in sample.captions)
    return [
        (sample.captions[0], *(text for text in sample.captions[1:] if shared[text] <= MAX_SHARED))
        for sample in samples
    ]


def shuffled_rows(count: int, *, rows: int, seed: int) -> list[int]:
    """Return `rows` item numbers: every item once in some order, then all again in another."""
    if count == 0:
        raise ValueError("no samples to train on: was the folder prepared with `train prepare`?")
    rng = np.random.default_rng(seed)
    passes = [rng.permutation(count) for _ in range(-(-rows // count))]
    return np.concatenate(passes)[:rows].tolist()


def training_seeds(rows: int, seed: int) -> list[int]:
    """Return distinct seeds below `EVALUATION_SEED`, starting over when there are not enough."""
    start = random_start(seed)
    return [(start + row) % EVALUATION_SEED for row in range(rows)]


def random_start(seed: int) -> int:
    """Return where a run's seeds begin."""
    return int(np.random.default_rng(seed).integers(EVALUATION_SEED))


def seeded(rng: np.random.Generator) -> Random:
    """Return the standard library's generator in a state drawn from numpy's."""
    return Random(int(rng.integers(2**63)))


def pick_caption(captions: Sequence[str], random: Random) -> str:
    """Return the first caption in half of the cases, else any; later ones say less."""
    return captions[0] if random.random() < 0.5 else random.choice(captions)


def read_cut_out(path: Path) -> Image.Image:
    """Load a picture with its transparency: RGBA."""
    with Image.open(path) as picture:
        return picture.convert("RGBA")


def open_sources(folder: Path, names: Sequence[str], *, rows: int, seed: int) -> dict[str, Source]:
    """Open sources of a prepared folder by name, each `rows` long; `SOURCES` has the names."""
    for name in names:
        if name not in SOURCES:
            raise ValueError(f"no source {name!r}, allowed are {', '.join(SOURCES)}")
    return {name: SOURCES[name](folder, rows, seed) for name in names}


def open_pictures(source: str, kind: type[PictureSource] = PictureSource) -> Opener:
    """Return the opener of the pictures of one source, of all for an empty name."""

    def opener(folder: Path, rows: int, seed: int) -> Source:
        samples = training_samples(folder, source)
        return kind(samples, folder, rows=rows, seed=seed)

    return opener


def training_samples(folder: Path, source: str) -> list[Sample]:
    """Return the training samples of one source, of all for an empty name."""
    samples = iter_samples(folder / "pictures.jsonl")
    return [one for one in samples if one.split == "train" and source in (one.source, "")]


def read_texts(folder: Path, *, split: str = "train") -> list[str]:
    """Return the texts of one split of a prepared folder."""
    with (folder / "texts.jsonl").open(encoding="utf-8") as lines:
        records = (json.loads(line) for line in lines)
        return [record["text"] for record in records if record["split"] == split]


Opener = Callable[[Path, int, int], Source]
SOURCES: dict[str, Opener] = {
    "texts": lambda folder, rows, seed: TextSource(read_texts(folder), rows=rows, seed=seed),
    "clipart": open_pictures("clipart"),
    "emoji": open_pictures("emoji"),
    "collage": open_pictures("", CollageSource),
    "scenes": lambda folder, rows, seed: SceneSource(rows=rows, seed=seed),
    "motion": lambda folder, rows, seed: MotionSource(rows=rows, seed=seed),
}
