"""Training rows: samples by row number, loaded, drawn and augmented when a batch is built.

A source is as long as a run needs: its items come again and again in other orders, and every row
is augmented differently. What a row holds depends on the run's seed and the row alone, so a resumed
run sees what an uninterrupted one sees.
"""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Protocol

import numpy as np
from PIL import Image

from train.augment import augment, augment_scenery, plain
from train.motions import draw_motion
from train.samples import Sample, iter_samples
from train.scenes import EVALUATION_SEED, draw_scene
from train.sources.phrases import described
from train.staging import SQUARE, TALL, WIDE, Prop, stage_clip, stage_picture

MAX_SHARED = 8
FORMATS, FORMAT_WEIGHTS = (SQUARE, WIDE, TALL), (6, 3, 1)
COMPANY = 0.35  # how often two things stand on a stage
CLIP_FRAMES = 5
LOOKS_VERSION = 3  # raise it when a view changes: maps of the former ones are not taken
NAME_WORDS = 4
DESCRIBED_SHARE = 0.5
NOT_A_THING = re.compile(
    r"icon|flag|card|symbol|sign|pattern|\bmap|letter|logo|gradient|button|arrow|clef|digit|number"
    r"|hand|face|mark|heart suit|square|circle|zodiac|Japanese|[^a-zA-Z' -]",
    re.I,
)


class Source(Protocol):
    """Samples by row number, made when a batch is built. `keys[row]` must not meet in a batch."""

    keys: Sequence[Hashable]

    def __len__(self) -> int: ...

    def load(self, row: int, rng: np.random.Generator) -> dict[str, Any]:
        """Return `query` and, unless it is a source of texts, `positive`; equal for equal `rng`."""


@dataclass(frozen=True, slots=True)
class View:
    """One look at a sample: what may be asked for it, the first says most, and the media."""

    captions: tuple[str, ...]
    media: Mapping[str, Any]


class ViewSource(ABC):
    """Pictures or clips: `views` looks, each the same whenever it is taken, dealt out over `rows`.

    With as many views as rows, every row is a new look. Fewer are worth computing once.
    """

    trims = False  # whether a strip of the picture may be cut off: no caption counts on its edge
    describes = False  # whether its plain names may stand in a description

    def __init__(self, keys: Sequence[Hashable], *, rows: int, seed: int) -> None:
        self.seed = seed
        self.order = shuffled_rows(len(keys), rows=rows, seed=seed)
        self.keys: Sequence[Hashable] = [keys[number] for number in self.order]

    def __len__(self) -> int:
        return len(self.order)

    @abstractmethod
    def view(self, number: int) -> View:
        """Take a look: the media, and all captions."""

    def load(self, row: int, rng: np.random.Generator) -> dict[str, Any]:
        """Return the view of a row with one of its captions."""
        return pair_of(self.view(self.order[row]), rng, describes=self.describes)

    def random(self, number: int) -> Random:
        """Return the randomness of a view."""
        return seeded(np.random.default_rng((self.seed, number)))


class PictureSource(ViewSource):
    """Cut-outs on other grounds, in other places, sizes and formats; scenery in other cuts."""

    trims = describes = True

    def __init__(
        self, samples: Sequence[Sample], folder: Path, *, rows: int, views: int, seed: int
    ) -> None:
        self.samples, self.folder = samples, folder
        self.shown = shuffled_rows(len(samples), rows=views, seed=seed)  # view -> sample
        self.captions = telling_captions(samples)
        super().__init__([samples[number].key for number in self.shown], rows=rows, seed=seed)

    def view(self, number: int) -> View:
        """Open the picture and augment it."""
        random = self.random(number)
        sample, captions = self.samples[self.shown[number]], self.captions[self.shown[number]]
        picture = read_cut_out(self.folder / str(sample.positive["image"]))
        size = random.choices(FORMATS, FORMAT_WEIGHTS)[0]
        vary = augment_scenery if is_scenery(sample) else augment
        image = vary(picture, random, caption=" ".join(sample.captions), size=size)
        return View(captions, {"image": image})


class PlainSource(PictureSource):
    """Cut-out pictures as they are, on white: with every look varied, fewer unseen are found."""

    trims = False

    def view(self, number: int) -> View:
        """Open the picture."""
        sample, captions = self.samples[self.shown[number]], self.captions[self.shown[number]]
        picture = read_cut_out(self.folder / str(sample.positive["image"]))
        return View(captions, {"image": plain(picture)})


class StagedSource(PictureSource):
    """Cut-outs on painted backdrops, one or two."""

    trims = describes = False

    def view(self, number: int) -> View:
        """Put the view's picture, and sometimes another one, on a stage."""
        random = self.random(number)
        props = [self.prop(self.samples[self.shown[number]])]
        if random.random() < COMPANY:
            props.append(self.prop(random.choice(self.samples)))
        image, captions = stage_picture(props, random, size=random.choice((WIDE, WIDE, SQUARE)))
        return View(captions, {"image": image})

    def prop(self, sample: Sample) -> Prop:
        """Open the picture of a sample."""
        name = str(sample.query["text"]).lower()
        return Prop(name, read_cut_out(self.folder / str(sample.positive["image"])))


class StagedClipSource(StagedSource):
    """Cut-outs that move over painted backdrops."""

    def view(self, number: int) -> View:
        """Move the view's picture over a stage."""
        random = self.random(number)
        prop = self.prop(self.samples[self.shown[number]])
        frames, captions = stage_clip(prop, random, frames=CLIP_FRAMES)
        return View(captions, {"video": frames})


class SceneSource(ViewSource):
    """Drawn scenes: the view is the seed, and seeds of the evaluation never come."""

    def __init__(self, *, rows: int, views: int, seed: int) -> None:
        self.seeds = training_seeds(views, seed)
        super().__init__(self.seeds, rows=rows, seed=seed)

    def view(self, number: int) -> View:
        """Draw a scene."""
        scene = draw_scene(self.seeds[number])
        return View((scene.caption, *scene.variants), {"image": scene.image})


class MotionSource(SceneSource):
    """Drawn clips, like scenes."""

    def view(self, number: int) -> View:
        """Draw a clip."""
        clip = draw_motion(self.seeds[number], frames=CLIP_FRAMES)
        return View((clip.caption, *clip.variants), {"video": clip.frames})


def pair_of(view: View, rng: np.random.Generator, *, describes: bool) -> dict[str, Any]:
    """Choose a caption, or describe what a plain one names: a query and its positive."""
    random = seeded(rng)
    caption = pick_caption(view.captions, random)
    if describes and is_plain(caption) and random.random() < DESCRIBED_SHARE:
        caption = described(caption.lower(), random)
    return {"query": {"text": caption}, "positive": view.media}


def is_plain(name: str) -> bool:
    """Tell whether a caption is the short name of a thing that can stand somewhere."""
    short = "," not in name and len(name.split()) <= NAME_WORDS
    return short and not NOT_A_THING.search(name)


def is_prop(sample: Sample) -> bool:
    """Tell whether a sample shows a thing with a short plain name, which can stand somewhere."""
    thing = sample.split == "train" and not is_scenery(sample)
    return thing and is_plain(str(sample.query["text"]))


def is_scenery(sample: Sample) -> bool:
    """Tell whether the picture of a sample fills its canvas, so that nothing is around it."""
    return sample.source == "scenery"


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


def open_sources(
    folder: Path, names: Sequence[str], *, rows: int, seed: int, views: Mapping[str, int]
) -> dict[str, Source]:
    """Open sources of a prepared folder by name, each `rows` long; `SOURCES` has the names.

    `views` says of how many distinct looks a source consists, where that is not one a row.
    """
    for name in names:
        if name not in SOURCES:
            raise ValueError(f"no source {name!r}, allowed are {', '.join(SOURCES)}")
    return {name: SOURCES[name](folder, rows, views.get(name, rows), seed) for name in names}


def open_pictures(*sources: str, kind: type[PictureSource] = PictureSource) -> Opener:
    """Return the opener of the pictures of some sources, of all when none is named."""

    def opener(folder: Path, rows: int, views: int, seed: int) -> Source:
        samples = training_samples(folder, *sources)
        return kind(samples, folder, rows=rows, views=views, seed=seed)

    return opener


def training_samples(folder: Path, *sources: str) -> list[Sample]:
    """Return the training samples of some sources, of all when none is named."""
    samples = iter_samples(folder / "pictures.jsonl")
    chosen = (one for one in samples if one.source in sources or not sources)
    return [one for one in chosen if one.split == "train"]


def read_texts(folder: Path, *, split: str = "train") -> list[str]:
    """Return the texts of one split of a prepared folder."""
    with (folder / "texts.jsonl").open(encoding="utf-8") as lines:
        records = (json.loads(line) for line in lines)
        return [record["text"] for record in records if record["split"] == split]


def open_texts(folder: Path, rows: int, views: int, seed: int) -> Source:
    """Open the texts of the distillation."""
    return TextSource(read_texts(folder), rows=rows, seed=seed)


def open_props(kind: type[StagedSource]) -> Opener:
    """Return the opener of things on stages."""

    def opener(folder: Path, rows: int, views: int, seed: int) -> Source:
        samples = [one for one in training_samples(folder) if is_prop(one)]
        return kind(samples, folder, rows=rows, views=views, seed=seed)

    return opener


def open_drawn(kind: type[SceneSource]) -> Opener:
    """Return the opener of a source that needs no folder."""
    return lambda folder, rows, views, seed: kind(rows=rows, views=views, seed=seed)


Opener = Callable[[Path, int, int, int], Source]
SOURCES: dict[str, Opener] = {
    "texts": open_texts,
    "plain": open_pictures(kind=PlainSource),
    "clipart": open_pictures("clipart"),
    "emoji": open_pictures("emoji"),
    "drawings": open_pictures("drawing", "scenery"),
    "staged": open_props(StagedSource),
    "staged_clips": open_props(StagedClipSource),
    "scenes": open_drawn(SceneSource),
    "motion": open_drawn(MotionSource),
}
