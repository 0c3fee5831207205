"""Training: what GIC adds to a step, and what the trainer adds to a bare loop."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from PIL import Image

import embedder
from bench.report import Line
from train.decoding import Detail, decode_side

RECIPE = Path("train/recipes/btok-tiny.toml")
ROWS, REPEATS = 32, 4
STEPS = 12
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
    from train.collating import TargetCollator

    model = embedder.load("btok-tiny").train()
    rows = [
        {"query": {"text": text}, "positive": {"image": picture}}
        for text, picture in zip(texts, pictures, strict=True)
    ]
    batch = TargetCollator.of(model, ntp_side="query", target_share=share)(rows)
    columns = split_columns(batch)
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


def split_columns(batch: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what a loss takes of a batch of pairs: queries, positives."""
    return [
        {key.removeprefix(f"{name}_"): batch[key] for key in batch if key.startswith(name)}
        for name in ("query", "positive")
    ]


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


def fit_against_a_bare_loop() -> Iterator[Line]:
    """Train btok-tiny by `fit`, and by a loop over the same model, pictures, batches and loss."""
    from train.fit import fit
    from train.recipe import Recipe

    stage = {
        "name": "pairs",
        "steps": STEPS,
        "batch_size": ROWS,
        "sources": {"pairs": 1.0},
        "learning_rate": 1e-5,
        "logging_steps": 1,
        "save_steps": STEPS,
    }
    sources = {"pairs": {"samples": "pairs.jsonl"}}
    recipe = Recipe.model_validate(
        {"name": "bench", "workers": 0, "model": "btok-tiny", "sources": sources, "stages": [stage]}
    )
    with tempfile.TemporaryDirectory() as folder:
        data, out = Path(folder) / "data", Path(folder) / "run"
        write_scenes(data, count=ROWS * STEPS)
        before = bare_loop(data)
        fit(recipe, data=data, out=out)
        log = json.loads((out / "pairs" / "done.json").read_text())["log"]
        fitted = [ROWS / line["pairs_per_second"] for line in log if "pairs_per_second" in line]
        bare = [*before, *bare_loop(data)]
    ratio = statistics.median(fitted) / statistics.median(bare)
    detail = (
        f"btok-tiny, batches of {ROWS} pictures with captions, decoding included: "
        f"{statistics.median(fitted):.2f} s a step against {statistics.median(bare):.2f} s, medians"
    )
    yield Line("a step of `fit` / of a bare loop", ratio, "", 1.15, detail)


def write_scenes(folder: Path, *, count: int) -> None:
    """Write drawn scenes and their captions as a sample file."""
    from train.scenes import draw_scene

    folder.mkdir()
    with (folder / "pairs.jsonl").open("w") as lines:
        for seed in range(count):
            scene = draw_scene(20_000 + seed)
            scene.image.save(folder / f"{seed}.png")
            sample = {"query": {"text": scene.caption}, "positive": {"image": f"{seed}.png"}}
            lines.write(json.dumps(sample) + "\n")


def bare_loop(folder: Path) -> list[float]:
    """Return the seconds of each step but the first of a loop that does only what it must."""
    from train.collating import TargetCollator
    from train.objective import GICLoss
    from train.opening import freeze_tower
    from train.precision import PRECISE_ATTENTION, bfloat16_where_fast, has_fast_bfloat16

    model = embedder.load("btok-tiny").train()
    freeze_tower(model, frozen=True)
    if has_fast_bfloat16():
        model[0].model.set_attn_implementation(PRECISE_ATTENTION)
    collator, detail = TargetCollator.of(model), Detail.for_model(model[0].processor)
    loss = GICLoss(model, temperature=0.05, mini_batch_size=None, gic_weight=0.0)
    learning = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(learning, lr=1e-5)
    samples = [json.loads(line) for line in (folder / "pairs.jsonl").read_text().splitlines()]
    seconds = []
    for first in range(0, len(samples), ROWS):
        start = time.perf_counter()
        rows = [
            {
                "query": sample["query"],
                "positive": decode_side(
                    {"image": str(folder / sample["positive"]["image"])}, detail
                ),
            }
            for sample in samples[first : first + ROWS]
        ]
        columns = split_columns(collator(rows))
        optimizer.zero_grad()
        with bfloat16_where_fast():
            loss(columns).backward()
        torch.nn.utils.clip_grad_norm_(learning, 1.0)
        optimizer.step()
        seconds.append(time.perf_counter() - start)
    return seconds[1:]
