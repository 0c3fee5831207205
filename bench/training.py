"""Training: what GIC adds to a step."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from PIL import Image

import embedder
from bench.report import Line

RECIPE = Path("train/recipes/btok-tiny.toml")
ROWS, REPEATS = 32, 4
TITLES = ("red apple", "house", "old car", "smiling face", "dog")


def gic_against_none() -> Iterator[Line]:
    """Time steps of btok-tiny with GIC as its recipe has it, and without, on two kinds of text."""
    from train.recipe import load_recipe
    from train.scenes import draw_scene

    share = load_recipe(RECIPE).stages[-1].target_share

    scenes = [draw_scene(seed) for seed in range(10_000, 10_000 + ROWS)]
    pictures = [scene.image for scene in scenes]
    captions = [scene.caption for scene in scenes]
    titles = [TITLES[row % len(TITLES)] for row in range(ROWS)]
    for name, texts in (("titles", titles), ("captions of scenes", captions)):
        yield gic_line(name, texts, pictures, share=share)


def gic_line(name: str, texts: list[str], pictures: list[Image.Image], *, share: float) -> Line:
    """Return how many times longer a step takes when a share of pictures predict their texts."""
    from train.collating import PREDICTS, TargetCollator

    model = embedder.load("btok-tiny").train()
    rows = [
        {"query": {"text": text}, "positive": {"image": picture}}
        for text, picture in zip(texts, pictures, strict=True)
    ]
    batch = TargetCollator.of(model, ntp_side="query", target_share=share)(rows)
    columns = [
        {key.removeprefix(f"{column}_"): batch[key] for key in batch if key.startswith(column)}
        for column in PREDICTS
    ]
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-5)
    times: dict[float, list[float]] = {0.0: [], 1.0: []}
    for _ in range(REPEATS):
        for weight, seconds in times.items():
            seconds.append(step_seconds(model, optimizer, columns, weight))
    with_gic, without = (statistics.median(times[weight][1:]) for weight in (1.0, 0.0))
    targets = batch["positive_gic_ids"] >= 0  # (B, 1, T)
    predicting = int(targets.any(2).sum())
    tokens = int(targets.sum()) / predicting
    detail = (
        f"btok-tiny, {ROWS} pictures, {predicting} targets of {tokens:.1f} tokens, one graph: "
        f"{with_gic:.2f} s of CPU time against {without:.2f} s, medians of {REPEATS - 1}"
    )
    return Line(f"a step with GIC / without, {name}", with_gic / without, "", 1.4, detail)


def step_seconds(
    model: Any, optimizer: torch.optim.Optimizer, columns: list[dict[str, Any]], weight: float
) -> float:
    """Return the CPU seconds of one step."""
    from train.objective import GICLoss

    loss = GICLoss(model, mini_batch_size=None, gic_weight=weight, gic_share=1.0)
    start = time.process_time()
    optimizer.zero_grad()
    loss(columns).backward()
    optimizer.step()
    return time.process_time() - start
