"""The model alone: scheduling, and what BToks cost."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from PIL import Image
from sentence_transformers import SentenceTransformer

import embedder
from bench.report import Line
from embedder.creation import create_random

TOLERANCE = 1e-5
WORDS = [
    "tide",
    "harbour",
    "lighthouse",
    "engine",
    "rainfall",
    "chart",
    "table",
    "village",
    "bridge",
    "recipe",
    "butter",
    "mountain",
    "clock",
    "repair",
    "boat",
    "sail",
    "garden",
    "meeting",
    "budget",
    "winter",
]


def seconds(run: Callable[[], Any]) -> float:
    """Return the wall seconds of one call."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


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


def mixed_corpus() -> Iterator[Line]:
    """Encode a mixed corpus by schedule, and by the stock method in arrival order."""
    scheduled = embedder.load("btok-tiny")
    inputs = mixed_inputs(160)
    # The same model, encoded by Sentence Transformers' own method.
    stock = SentenceTransformer(modules=list(scheduled), device="cpu")
    plain_times, our_times = [], []
    for _ in range(3):
        plain_times.append(seconds(lambda: stock.encode(inputs)))
        our_times.append(seconds(lambda: scheduled.encode(inputs)))
    apart = float(np.abs(stock.encode(inputs) - scheduled.encode(inputs)).max())
    ratio = statistics.median(plain_times) / statistics.median(our_times)
    detail = "160 mixed inputs, btok-tiny, against `SentenceTransformer.encode`, median of 3"
    yield Line("mixed-corpus encode, times faster", ratio, "", 1.5, detail, at_least=True)
    yield Line("largest difference of its vectors", apart, "", TOLERANCE)


def btoks_against_last_token() -> Iterator[Line]:
    """Encode one 448-pixel picture with four BToks and with none, on the 2B geometry."""
    model = create_random(size="2b", family="qwen2_vl", num_btoks=4)
    inner, processor = model[0].model, model[0].processor
    four = inner.btok
    picture = {"image": Image.effect_mandelbrot((448, 448), (-3, -2.5, 2, 2.5), 100).convert("RGB")}

    def encode(btoks: int) -> float:
        inner.config.num_btoks = processor.num_btoks = btoks
        inner.btok = four if btoks else None
        with torch.inference_mode():
            return seconds(lambda: model.encode([picture]))

    encode(4)
    times = {0: [], 4: []}
    for _ in range(3):
        for btoks in times:
            times[btoks].append(encode(btoks))
    ratio = statistics.median(times[4]) / statistics.median(times[0])
    detail = (
        f"random weights, fp32, medians of 3: {statistics.median(times[4]):.1f} s against "
        f"{statistics.median(times[0]):.1f} s"
    )
    yield Line("K = 4 against K = 0, 448 px, 2B geometry", ratio, "", 1.05, detail)
