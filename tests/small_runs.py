"""A prepared folder and a recipe that run in seconds."""

from __future__ import annotations

import json
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from embedder.towers import GLANCE_CHANNELS
from train.recipe import Recipe
from train.sources import minilm

COLOURS, THINGS = ("red", "blue", "green", "old", "new"), ("cat", "house", "boat", "tree", "sun")
_folders: list[tempfile.TemporaryDirectory[str]] = []  # removed when the session ends


@cache
def small_folder() -> Path:
    """Return a prepared folder, made once a session; do not change what is in it."""
    _folders.append(tempfile.TemporaryDirectory(prefix="btok-"))
    return prepare_small(Path(_folders[-1].name))


def prepare_small(folder: Path) -> Path:
    """Write a prepared folder of 25 texts in the first 256 axes of the teacher's space."""
    teacher = minilm.load_teacher()
    texts = [f"a {colour} {thing}" for colour in COLOURS for thing in THINGS]
    axes = np.eye(384, 256, dtype=np.float32)
    vectors = teacher.encode(texts) @ axes
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    np.save(folder / "projection.npy", axes)
    np.save(folder / "teacher.npy", vectors.astype(np.float16))
    np.save(folder / "glance.npy", np.ones((2, GLANCE_CHANNELS), dtype=np.float32))
    np.save(folder / "words.npy", minilm.word_vectors(teacher) @ axes)
    teacher.tokenizer.save_pretrained(str(folder / "tokenizer"))
    lines = (json.dumps({"text": text, "split": "train", "source": "made"}) for text in texts)
    (folder / "texts.jsonl").write_text("\n".join(lines) + "\n")
    return folder


def small_recipe(*, steps: int, recipe: dict[str, Any] | None = None, **settings: Any) -> Recipe:
    """Texts and drawn scenes, a checkpoint every second step."""
    stage = {
        "name": "both",
        "steps": steps,
        "batch_size": 4,
        "distillation": 1.0,
        "sources": {"texts": 1, "scenes": 1},
        "learning_rate": 1e-3,
        "scheduler": "constant_with_warmup",
        "warmup_steps": 1,
        "save_steps": 2,
        "logging_steps": 1,
    }
    whole = {"name": "small", "workers": 0, "stages": [stage | settings]}
    return Recipe.model_validate(whole | (recipe or {}))
