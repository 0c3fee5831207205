"""The model on a GPU: the CPU's vectors, what BToks cost, what fewer visual tokens gain."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from PIL import Image

import embedder
from bench.encoding import use_btoks
from bench.report import Line
from embedder.creating import Settings, random_model

BATCH, ROUNDS, WARM_UP = 32, 5, 2
SIDE_PX = 448


def on_a_gpu() -> Iterator[Line]:
    """Encode with btok-tiny, and pictures with random weights of the 2B geometry in bfloat16.

    Raises SystemExit where there is no GPU.
    """
    if not torch.cuda.is_available():
        raise SystemExit("bench: no GPU that torch can use")
    device = torch.cuda.get_device_name()
    yield Line("GPU: largest difference from the CPU's vectors", difference(), "", 1e-5, device)
    full, few = forward_seconds(compression=1), forward_seconds(compression=2)

    def rates(one: float, other: float) -> str:
        return (
            f"{device}, random weights, bfloat16, batches of {BATCH}, forward pass alone, medians "
            f"of {ROUNDS}: {BATCH / one:.0f} pictures a second against {BATCH / other:.0f}"
        )

    btoks, detail = full[4] / full[0], rates(full[4], full[0])
    yield Line("GPU: K = 4 against K = 0, 448 px, 2B geometry", btoks, "", 1.05, detail)
    gain, detail = full[4] / few[4], rates(few[4], full[4])
    yield Line("GPU: 75 % fewer visual tokens, times faster", gain, "", 1.0, detail, at_least=True)


def difference() -> float:
    """Return how far a GPU's vectors of a text, a picture and a clip are from a CPU's, float32."""
    rng = np.random.default_rng(0)
    frames = [noise(rng, 112) for _ in range(4)]
    inputs: list[Any] = [{"text": "a red boat"}, {"image": noise(rng, 224)}, {"video": frames}]
    model = embedder.load("btok-tiny", device="cpu").float()
    expected = model.encode(inputs)
    return float(np.abs(model.to("cuda").encode(inputs) - expected).max())


def forward_seconds(*, compression: int) -> dict[int, float]:
    """Return the seconds of a forward pass over a batch of pictures, by the number of BToks."""
    settings = Settings(num_btoks=4, visual_compression=compression)
    model = random_model("2b", "qwen2_vl", settings).to("cuda").bfloat16()
    btok = model[0].model.btok
    rng = np.random.default_rng(0)
    pictures = [{"image": noise(rng, SIDE_PX)} for _ in range(BATCH)]
    times: dict[int, list[float]] = {0: [], 4: []}
    batches = {}
    for count in times:
        use_btoks(model, count, btok)
        batch = model.preprocess(pictures)
        batches[count] = {
            key: value.to("cuda") if isinstance(value, torch.Tensor) else value
            for key, value in batch.items()
        }
    for _ in range(WARM_UP + ROUNDS):  # in turn, for the machine's own speed changes meanwhile
        for count, batch in batches.items():
            use_btoks(model, count, btok)
            torch.cuda.synchronize()
            start = time.perf_counter()
            with torch.inference_mode():
                model({**batch})
            torch.cuda.synchronize()
            times[count].append(time.perf_counter() - start)
    return {count: statistics.median(found[WARM_UP:]) for count, found in times.items()}


def noise(rng: np.random.Generator, side: int) -> Image.Image:
    """Draw a square picture of noise."""
    return Image.fromarray(rng.integers(0, 255, (side, side, 3), dtype=np.uint8))
