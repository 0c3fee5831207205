"""What benchmarks run on: pictures, documents and inputs made here, the same in every run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

WORDS = (
    "tide harbour lighthouse engine rainfall chart table village bridge recipe butter mountain "
    "clock repair boat sail garden meeting budget winter ferry nets copper lamp thread anchor"
).split()


def mixed_inputs(count: int) -> list[dict[str, Any]]:
    """Return pictures, short and long texts and clips as they come in a folder: mixed."""
    rng = np.random.default_rng(0)

    def picture(width: int, height: int) -> Image.Image:
        small = rng.integers(0, 255, (6, 8, 3), dtype=np.uint8)
        return Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)

    inputs: list[dict[str, Any]] = []
    for number in range(count):
        kind = number % 8
        if kind == 7:
            inputs.append({"video": [picture(256, 144) for _ in range(6)]})
        elif kind in (2, 5):
            width, height = [(640, 480), (480, 640), (400, 400)][number % 3]
            inputs.append({"image": picture(width, height)})
        else:
            length = int(rng.choice([4, 8, 20, 60, 150]))
            inputs.append({"text": " ".join(rng.choice(WORDS, length))})
    return inputs


def write_picture(path: Path, seed: int) -> None:
    """Write a small picture that no other seed gives."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 255, (8, 8, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)


def write_document(path: Path, *, pages: int, seed: int) -> None:
    """Write a PDF of text pages."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    canvas = Canvas(str(path))
    for page in range(pages):
        canvas.drawString(72, 760, f"Page {page + 1} of document {seed}")
        for line in range(24):
            canvas.drawString(72, 720 - 24 * line, " ".join(rng.choice(WORDS, 8)))
        canvas.showPage()
    canvas.save()
