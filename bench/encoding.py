"""The model alone: scheduling, and what BToks cost."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import torch
from PIL import Image
from sentence_transformers import SentenceTransformer

import embedder
from bench.corpus import mixed_inputs
from bench.report import Line
from embedder.creating import Settings, random_model

TOLERANCE = 1e-5
STOCK_BATCH = 32  # Sentence Transformers' default
ROUNDS = 5
THINGS = ("owl", "a steam train", "old castle", "rain in April")
PLACES = ("by the sea", "at night", "on a table", "in the report of 2025")


def seconds(run: Callable[[], Any]) -> float:
    """Return the wall seconds of one call."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def mixed_corpus() -> Iterator[Line]:
    """Encode a mixed corpus by schedule, and by the stock method in arrival order."""
    scheduled = embedder.load("btok-tiny")
    inputs = mixed_inputs(160)
    # The same modules, encoded by Sentence Transformers' own method.
    stock = SentenceTransformer(modules=list(scheduled), device="cpu")

    def arrival_order() -> np.ndarray:
        batches = [inputs[start : start + STOCK_BATCH] for start in range(0, 160, STOCK_BATCH)]
        return np.concatenate([stock.encode(batch) for batch in batches])

    ways = {
        "arrival": arrival_order,
        "sorted": lambda: stock.encode(inputs),
        "scheduled": lambda: scheduled.encode(inputs),
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):  # in turn, for the machine's own speed changes meanwhile
        for name, way in ways.items():
            times[name].append(seconds(way))
    medians = {name: statistics.median(found) for name, found in times.items()}
    apart = float(np.abs(arrival_order() - scheduled.encode(inputs)).max())
    ratio = medians["arrival"] / medians["scheduled"]
    detail = (
        f"160 mixed inputs, btok-tiny, against `SentenceTransformer.encode` on batches of "
        f"{STOCK_BATCH} in arrival order, medians of {ROUNDS}; against its own sorting "
        f"{medians['sorted'] / medians['scheduled']:.2f}"
    )
    yield Line("mixed-corpus encode, times faster", ratio, "", 1.5, detail, at_least=True)
    yield Line("largest difference of its vectors", apart, "", TOLERANCE)


def btoks_against_last_token() -> Iterator[Line]:
    """Encode one 448-pixel picture with four BToks and with none, on the 2B geometry."""
    model = random_model("2b", "qwen2_vl", Settings(num_btoks=4))
    four = model[0].model.btok
    picture = {"image": Image.effect_mandelbrot((448, 448), (-3, -2.5, 2, 2.5), 100).convert("RGB")}

    def encode(btoks: int) -> float:
        use_btoks(model, btoks, four)
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


def use_btoks(model: SentenceTransformer, count: int, btok: torch.nn.Embedding) -> None:
    """Let a model pool by its BToks, or by its last token where `count` is 0."""
    model[0].model.config.num_btoks = model[0].processor.num_btoks = count
    model[0].model.btok = btok if count else None


def loading_and_asking() -> Iterator[Line]:
    """Load btok-tiny with its self-test, and encode text queries on one core."""
    embedder.load("btok-tiny")  # imports are not what is measured
    loaded = statistics.median(seconds(lambda: embedder.load("btok-tiny")) for _ in range(3))
    yield Line("load of btok-tiny, self-test included", loaded, "s", 1.5, "median of 3")
    model, threads = embedder.load("btok-tiny"), torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        model.encode_query("a warm query")
        texts = [f"{thing} {place}" for thing in THINGS for place in PLACES]
        asked = [1000 * seconds(partial(model.encode_query, text)) for text in texts]
    finally:
        torch.set_num_threads(threads)
    detail = f"median of {len(asked)} queries, one thread"
    yield Line("a text query", statistics.median(asked), "ms", 20, detail)
