"""Recall of a model on a prepared folder: pictures, names, scenes and clips never trained on.

A query's relevant documents are its own and those whose caption is the same.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from PIL import Image

from train.augment import augment, plain
from train.evaluation.ranking import Model, best_ranks, chance_of_hit, encode, figure
from train.motions import draw_motion
from train.rows import is_plain, read_cut_out
from train.samples import Sample, hashed_share, read_samples
from train.scenes import EVALUATION_SEED, draw_scene

log = logging.getLogger(__name__)

CUTOFFS = (1, 5, 10)
SCENES, CLIPS, KEPT_OUT, GLOSSES = 1000, 1000, 300, 2000
SEEN = "emoji names, seen"


def evaluate(model: Model, folder: Path, *, limit: int | None = None) -> dict[str, Any]:
    """Measure a model on every task; `limit` keeps only so many items of each, for a quick look."""
    samples = read_samples(folder / "pictures.jsonl")
    tasks: dict[str, Any] = {}
    for name, chosen in picture_tasks(samples).items():
        documents = PlainPictures(folder, chosen[:limit])
        names = [str(one.query["text"]) for one in chosen[:limit]]
        tasks[name] = measure(model, names, documents)
        if name == SEEN:
            tasks[f"{name}, redrawn"] = measure(model, names, redrawn(folder, chosen[:limit]))
    tasks["drawn scenes"] = measure(model, *drawn_scenes(limit or SCENES))
    tasks["drawn clips"] = measure(model, *drawn_clips(limit or CLIPS))
    for name, task in tasks.items():
        log.info("%s: %s", name, task)
    return {"tasks": tasks, "teacher_cosine": teacher_cosine(model, folder, limit or GLOSSES)}


def picture_tasks(samples: Sequence[Sample]) -> dict[str, list[Sample]]:
    """Return the samples of each task over prepared pictures."""

    def of(source: str, split: str) -> list[Sample]:
        return [one for one in samples if one.source == source and one.split == split]

    kind = of("clipart", "kept_out_kind")
    kind.sort(key=lambda one: hashed_share(str(one.positive["image"]), salt="kept out"))
    titles = of("clipart", "held_out")
    plain_names = [one for one in titles if is_plain(str(one.query["text"]))]
    return {
        "clip-art titles, unseen": titles,
        "clip-art titles, unseen, plain": plain_names,
        "emoji names, unseen": of("emoji", "held_out"),
        SEEN: of("emoji", "train"),
        "clip-art titles, kinds never seen": kind[:KEPT_OUT],
    }


@dataclass(frozen=True, slots=True)
class PlainPictures(Sequence[dict[str, Image.Image]]):
    """Prepared pictures on white, opened when they are encoded."""

    folder: Path
    samples: Sequence[Sample]

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, row: Any) -> Any:
        if isinstance(row, slice):
            return [self[number] for number in range(*row.indices(len(self)))]
        path = self.folder / str(self.samples[row].positive["image"])
        return {"image": plain(read_cut_out(path))}


def redrawn(folder: Path, samples: Sequence[Sample]) -> Iterator[dict[str, Image.Image]]:
    """Yield prepared pictures in another size and place, tilted, on some ground, in other colours.

    They are varied as in training, but no run has drawn these looks.
    """
    for sample in samples:
        random = Random(f"redrawn {sample.key}")
        picture = read_cut_out(folder / str(sample.positive["image"]))
        yield {"image": augment(picture, random, caption=" ".join(sample.captions))}


def drawn_scenes(count: int) -> tuple[list[str], list[dict[str, Any]]]:
    """Return captions and pictures of the first scenes that training never draws."""
    scenes = [draw_scene(EVALUATION_SEED + number) for number in range(count)]
    return [scene.caption for scene in scenes], [{"image": scene.image} for scene in scenes]


def drawn_clips(count: int) -> tuple[list[str], Iterator[dict[str, Any]]]:
    """Return captions and, made one by one, frames of the first clips that training never draws."""
    seeds = range(EVALUATION_SEED, EVALUATION_SEED + count)
    captions = [draw_motion(seed).caption for seed in seeds]
    return captions, ({"video": draw_motion(seed).frames} for seed in seeds)


def measure(
    model: Model, captions: Sequence[str], documents: Iterable[dict[str, Any]]
) -> dict[str, Any]:
    """Rank all documents for every caption; document i belongs to caption i."""
    queries = encode(model.encode_query, [{"text": caption} for caption in captions])  # (N, D)
    found = encode(model.encode_document, documents)  # (N, D)
    relevant = same_captions(captions)  # (N, N)
    ranks = best_ranks(queries @ found.T, relevant)  # (N,)
    counts = relevant.sum(1)
    figures = {
        f"R@{k}": asdict(figure(ranks <= k, chance_of_hit(counts, len(captions), k)))
        for k in CUTOFFS
    }
    return {"queries": len(captions), **figures}


def same_captions(captions: Sequence[str]) -> np.ndarray:
    """Say which captions are equal but for case and blanks: (N, N) bool."""
    numbers: dict[str, int] = {}
    plain_words = (" ".join(caption.lower().split()) for caption in captions)
    ids = np.array([numbers.setdefault(words, len(numbers)) for words in plain_words])
    return ids[:, None] == ids[None, :]


def teacher_cosine(model: Model, folder: Path, count: int) -> dict[str, Any]:
    """Return how close texts of held-out definitions come to the teacher's vectors."""
    with (folder / "texts.jsonl").open(encoding="utf-8") as lines:
        texts = [json.loads(line) for line in lines]
    rows = [
        number
        for number, text in enumerate(texts)
        if text["source"] == "gloss" and text["split"] == "held_out"
    ]
    rows = sorted(rows, key=lambda row: hashed_share(texts[row]["text"], salt="cosine"))[:count]
    teacher = np.load(folder / "teacher.npy", mmap_mode="r")[rows].astype(np.float32)  # (N, D)
    vectors = encode(model.encode_query, [{"text": texts[row]["text"]} for row in rows])
    shuffled = (vectors * np.roll(teacher, 1, axis=0)).sum(1)
    return {"texts": len(rows), "cosine": asdict(figure((vectors * teacher).sum(1), shuffled))}


def to_table(report: Mapping[str, Any]) -> str:
    """Return a report as a table: per cent, the 95 % interval, chance."""
    header = f"{'':34}{'N':>6}" + "".join(f"{f'R@{k}':>28}" for k in CUTOFFS)
    lines = [header]
    for name, task in report["tasks"].items():
        cells = "".join(f"{cell(task[f'R@{k}'], scale=100):>28}" for k in CUTOFFS)
        lines.append(f"{name:34}{task['queries']:>6}{cells}")
    cosine = report["teacher_cosine"]
    text = cell(cosine["cosine"], scale=1)
    lines += [f"{'cosine to the teacher, definitions':34}{cosine['texts']:>6}{text:>28}"]
    lines += ["", "value [95 % interval over queries] chance; recall in per cent"]
    return "\n".join(lines)


def cell(numbers: Mapping[str, float], *, scale: int) -> str:
    """Return `value [low, high] chance`."""
    digits = 1 if scale == 100 else 3
    value, low, high, chance = (
        f"{numbers[name] * scale:.{digits}f}" for name in ("value", "low", "high", "chance")
    )
    return f"{value} [{low}, {high}] {chance}"
