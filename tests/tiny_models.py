"""Random miniatures of every architecture, made once a session, and inputs for them."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from sentence_transformers import SentenceTransformer

from embedder.creating import TINY_BUDGETS, Settings, random_model
from embedder.folder import seal, write_folder

FAMILIES = ("qwen2_vl", "qwen2_5_vl", "qwen3_vl")
ARCHITECTURES = (*FAMILIES, "btok_tiny")
QWEN_BUDGETS = {
    "min_pixels": 56 * 56,
    "max_pixels": 224 * 224,
    "max_frame_pixels": 112 * 112,
    "num_frames": 4,
    "max_text_tokens": 200,
}

_folders: list[tempfile.TemporaryDirectory[str]] = []  # removed when the session ends


@cache
def tiny_model(
    family: str, *, num_btoks: int = 4, visual_compression: int = 1
) -> SentenceTransformer:
    """Return a random miniature; do not change it, other tests share it."""
    return build_tiny(family, num_btoks=num_btoks, visual_compression=visual_compression)


def build_tiny(family: str, **settings: int) -> SentenceTransformer:
    """Return a random miniature of one's own, without dropout: tests compare its values."""
    budgets = TINY_BUDGETS if family == "btok_tiny" else QWEN_BUDGETS
    model = random_model("tiny", family, Settings(**(budgets | settings)))
    if family == "btok_tiny":
        visual = model[0].model.visual
        visual.cell_dropout = visual.blind_share = visual.glance.dropout = 0.0
    return model


@cache
def tiny_folder(family: str) -> Path:
    """Return a sealed folder of a random miniature; do not change it."""
    _folders.append(tempfile.TemporaryDirectory(prefix="btok-"))
    folder = Path(_folders[-1].name) / f"random-{family}"
    write_folder(build_tiny(family), folder, dtype=torch.float32)
    seal(folder)
    return folder


def noise(width: int, height: int, *, seed: int = 0) -> Image.Image:
    """Return a picture of coloured noise: no two alike, nothing symmetric."""
    random = np.random.default_rng((seed, width, height))
    return Image.fromarray(random.integers(0, 256, (height, width, 3), dtype=np.uint8))


def clip(width: int, height: int, frames: int, *, seed: int = 0) -> list[Image.Image]:
    """Return frames of noise."""
    return [noise(width, height, seed=seed * 100 + index) for index in range(frames)]


def mixed_inputs() -> list[dict[str, Any]]:
    """Return one input of every kind, of different lengths, in no order."""
    return [
        {"text": "a long text about nothing in particular, to be padded against"},
        {"image": noise(120, 90)},
        {"text": "short"},
        {"video": clip(100, 80, 3)},
        {"text": "what is this?", "image": noise(60, 200, seed=1)},
        {"image": noise(300, 300, seed=2)},
        {"text": ""},
        {"image": noise(64, 64, seed=3), "video": clip(64, 64, 2, seed=4)},
    ]
