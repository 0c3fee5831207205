"""What a recipe would do and cost, without loading weights or opening a picture.

Counts come from manifests, line counts and tables; shapes from `train.typical`; FLOPs from
`train.flops`, memory from `train.memory`, time from the FLOPs and what is assumed of the device.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from transformers import AutoConfig, PreTrainedConfig

from embedder.creating import TINY_BUDGETS, Settings, config_for, to_btok_config
from embedder.loading import find_folder
from embedder.patches import fit_size
from train.adapters import open_part
from train.adapters.mixture import MIXTURE
from train.flops import (
    CONTRAST,
    TOWER,
    Grid,
    Shape,
    contrast_flops,
    forward_flops,
    merged,
    step_flops,
    training_of,
)
from train.hardware import Device
from train.memory import Precision, count_learning, count_parameters, memory_of
from train.precision import has_fast_bfloat16
from train.recipe import BUILT_IN, DRAWN, Recipe, RecipeError, Stage
from train.refusals import problems_of
from train.rows import read_texts
from train.typical import ASSUMED_PAIRS, BUILT_IN_PAIRS, Pair, Side, measure_file

# Geometries of backbones whose configuration is not here.
PUBLISHED = {
    "Qwen/Qwen2-VL-2B-Instruct": "qwen2_vl",
    "Qwen/Qwen2.5-VL-3B-Instruct": "qwen2_5_vl",
    "Qwen/Qwen3-VL-2B-Instruct": "qwen3_vl",
}
WORDPIECES = 30_522  # of the untrained btok-tiny
PLACEHOLDERS = ("image_token", "video_token", "vision_start_token", "vision_end_token")
BORDER, HEADER, END = 2, 3, 1  # ids around a visual; before a target, and after it
STAMP = 8  # ids of a timestamp (Qwen3-VL)


@dataclass(frozen=True, slots=True)
class Start:
    """The model that a run starts from: configuration, and the budgets of its pictures."""

    name: str
    config: PreTrainedConfig
    budgets: Settings


@dataclass(slots=True)
class StagePlan:
    """What a stage would do. FLOPs are of all devices together, memory and time of one."""

    name: str
    steps: int
    batch_size: int
    samples: dict[str, int | None]  # by source; None: drawn anew, or not here to be counted
    flops: dict[str, float]  # by part, of the whole stage
    flops_with_gic: float  # of a step
    flops_without_gic: float
    views_flops: float  # the frozen tower's looks, computed once
    memory: dict[str, float]
    seconds: float = 0.0


@dataclass(slots=True)
class DryRun:
    """What a recipe would do, on which devices, and what is missing."""

    recipe: str
    start: str
    parameters: int
    learning: int
    device: Device
    devices: int
    stages: list[StagePlan]
    assumed: list[str] = field(default_factory=list)  # sources whose shapes nobody measured
    problems: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def dry_run(recipe: Recipe, *, data: Path, device: Device, devices: int = 1) -> DryRun:
    """Plan a recipe on so many devices of a kind."""
    start = start_of(recipe)
    parts = count_parameters(start.config)
    plans, assumed = [], []
    for stage in recipe.stages:
        pairs, counts = pairs_of(recipe, stage, data)
        guessed = [name for name, pair in pairs.items() if pair in ASSUMED_PAIRS.values()]
        assumed += [name for name in guessed if name not in assumed]
        plans.append(plan_stage(recipe, stage, start, pairs, counts, parts, device))
        plans[-1].seconds = (plans[-1].flops["total"] + plans[-1].views_flops) / (
            devices * device.speed
        )
    training = training_of(recipe, recipe.stages[-1])
    return DryRun(
        recipe=recipe.name,
        start=start.name,
        parameters=sum(parts.values()),
        learning=count_learning(start.config, training, parts),
        device=device,
        devices=devices,
        stages=plans,
        assumed=assumed,
        problems=list(problems_of(recipe, data=data, processes=devices)),
    )


def start_of(recipe: Recipe) -> Start:
    """Return what a run starts from; configurations are read, or known, never weights."""
    if recipe.backbone is not None:
        name, chosen = recipe.backbone.name, recipe.backbone.model_dump(exclude={"name"})
        budgets = Settings(**chosen)
        return Start(name, backbone_config(name, budgets), budgets)
    if recipe.start_is_another:
        folder = find_folder(recipe.model)
        config = AutoConfig.from_pretrained(folder)
        return Start(recipe.model, config, budgets_of(folder))
    budgets = Settings(**TINY_BUDGETS)
    return Start("the untrained btok-tiny", made_config("tiny", "btok_tiny", budgets), budgets)


def backbone_config(name: str, budgets: Settings) -> PreTrainedConfig:
    """Return the configuration of a stock checkpoint with BToks, from its folder or as published.

    Raises RecipeError for one that is neither here nor known.
    """
    if (Path(name) / "config.json").is_file():
        return to_btok_config(AutoConfig.from_pretrained(name), budgets)
    if name not in PUBLISHED:
        raise RecipeError(
            f"backbone: {name} is no folder, and its sizes are not known here: known are "
            f"{', '.join(PUBLISHED)}"
        )
    return made_config("2b", PUBLISHED[name], budgets)


def made_config(size: str, family: str, budgets: Settings) -> PreTrainedConfig:
    """Return the configuration of a known geometry."""
    ids = {name: number for number, name in enumerate(PLACEHOLDERS, start=1)}
    text = {"vocab_size": WORDPIECES, "bos_token_id": 0, "eos_token_id": 0, "pad_token_id": 0}
    return config_for(size, family, budgets, text=text, placeholders=ids)


def budgets_of(folder: Path) -> Settings:
    """Return the budgets that a model folder states."""
    stated = json.loads((folder / "processor_config.json").read_text())
    names = Settings.__slots__
    return Settings(**{name: stated[name] for name in names if name in stated})


def pairs_of(
    recipe: Recipe, stage: Stage, data: Path
) -> tuple[dict[str, Pair], dict[str, int | None]]:
    """Return the typical pair of every source of a stage, and how many samples there are."""
    pairs: dict[str, Pair] = {}
    counts: dict[str, int | None] = {}
    for name in stage.sources:
        if name in BUILT_IN:
            pairs[name] = BUILT_IN_PAIRS[name]
            counts[name] = stage.views.get(name) or count_prepared(name, data)
            continue
        source = recipe.sources[name]
        if source.adapter is not None:
            pairs[name] = ASSUMED_PAIRS[source.subset]
            counts[name] = count_adapter(recipe, name, data)
        elif (data / str(source.samples)).is_file():
            pairs[name], counts[name] = measure_file(data / str(source.samples))
        else:
            pairs[name], counts[name] = ASSUMED_PAIRS["MSCOCO_t2i"], None
    return pairs, counts


def count_prepared(name: str, data: Path) -> int | None:
    """Return how many training items of a source a prepared folder has; None for drawn ones."""
    manifest = data / "manifest.json"
    if name in DRAWN or not manifest.is_file():
        return None
    if name == "texts":
        return len(read_texts(data))
    sources = json.loads(manifest.read_text())["sources"]
    counts = {one: sources.get(one, {}).get("pictures", {}).get("train") for one in sources}
    if name == "plain":
        return sum(count or 0 for count in counts.values()) or None
    return counts.get(name)


def count_adapter(recipe: Recipe, name: str, data: Path) -> int | None:
    """Return the rows of a data set that lies here; None for one that does not."""
    source = recipe.sources[name]
    place = recipe.locations.get(source.adapter) if source.adapter else None
    if place is None or place.at is None or not (data / place.at).is_dir():
        return None
    media = {} if place.media is None else {"media": data / place.media}
    try:
        return len(open_part(source.subset, data / place.at, **media))
    except (ValueError, OSError):
        return None


def plan_stage(
    recipe: Recipe,
    stage: Stage,
    start: Start,
    pairs: dict[str, Pair],
    counts: dict[str, int | None],
    parts: dict[str, int],
    device: Device,
) -> StagePlan:
    """Return the plan of a stage, but for the time."""
    config, training = start.config, training_of(recipe, stage)
    weight = sum(stage.sources.values())
    per_step: dict[bool, dict[str, float]] = {}
    largest: dict[str, float] = {}
    for gic in (True, False):
        total: dict[str, float] = {}
        for name, share in stage.sources.items():
            shapes = shapes_of_pair(recipe, stage, name, pairs[name], start, gic=gic)
            batches = stage.batch_size / shapes[0].rows
            cost = step_flops(config, shapes, training)
            for part, flops in cost.items():
                total[part] = total.get(part, 0.0) + share / weight * batches * flops
            held = memory_of(
                config, shapes, training, precision=precision_of(recipe, device), parts=parts
            )
            if held["total"] > largest.get("total", 0.0):
                largest = held
        contrast = contrast_flops(
            config.text_config.hidden_size, stage.batch_size,
            stage.batch_size * (1 + stage.num_negatives), both=stage.both_directions,
        )  # fmt: skip
        total[CONTRAST] += contrast
        total["total"] += contrast
        per_step[gic] = total
    active = math.ceil(stage.gic_share * stage.steps) if stage.gic_weight else 0
    flops = {
        part: active * per_step[True][part] + (stage.steps - active) * per_step[False][part]
        for part in per_step[True]
    }
    return StagePlan(
        name=stage.name,
        steps=stage.steps,
        batch_size=stage.batch_size,
        samples=counts,
        flops=flops,
        flops_with_gic=per_step[True]["total"],
        flops_without_gic=per_step[False]["total"],
        views_flops=sum(
            count * look_flops(pairs[name].positive, start) for name, count in stage.views.items()
        ),
        memory=largest,
    )


def precision_of(recipe: Recipe, device: Device) -> Precision:
    """Return the bytes of a weight and of an element: bfloat16 is used where it is fast."""
    slow = device.name == "cpu" and not has_fast_bfloat16()
    return Precision(weights=2 if recipe.weights == "bfloat16" else 4, compute=4 if slow else 2)


def look_flops(side: Side | None, start: Start) -> float:
    """Return the FLOPs of a frozen tower's look at one row of a side."""
    if side is None:
        return 0.0
    grids = tuple(grid for _, grid in visuals_of(side, start, rows=1))
    seen, looked = (
        forward_flops(start.config, Shape(1, 1, grids, looked=looked))[TOWER]
        for looked in (False, True)
    )
    return seen - looked


def shapes_of_pair(
    recipe: Recipe, stage: Stage, name: str, pair: Pair, start: Start, *, gic: bool
) -> list[Shape]:
    """Return the mini-batches of one source's columns, as many rows each as are held at once."""
    rows = min(stage.mini_batch_size or stage.batch_size, stage.batch_size)
    ntp_side = recipe.side_of(stage, name)
    if ntp_side is None:
        source = recipe.sources.get(name)
        known = MIXTURE.get(source.subset) if source is not None and source.adapter else None
        ntp_side = known.ntp_side if known is not None else pair.usual_ntp_side
    columns = [(pair.query, pair.positive, ("positive", "both"))]
    if pair.positive is not None:
        columns.append((pair.positive, pair.query, ("query", "both")))
        columns += [(pair.positive, None, ())] * stage.num_negatives
    looked = name in stage.views
    shapes = []
    for side, other, generates in columns:
        shape = replace(shape_of_side(side, start, rows=rows), looked=looked)
        if gic and stage.gic_weight and other is not None and ntp_side in generates:
            ids = min(math.ceil(other.tokens), stage.max_target) + END
            targets = math.ceil(stage.target_share * rows)
            shape = replace(
                shape, targets=targets, target_length=HEADER + ids, labels=targets * ids
            )
        shapes.append(shape)
    return shapes


def shape_of_side(side: Side, start: Start, *, rows: int) -> Shape:
    """Return a mini-batch of rows like a side."""
    config, visuals = start.config, visuals_of(side, start, rows=rows)
    merge = config.vision_config.spatial_merge_size
    tokens = 0
    for kind, grid in visuals:
        count = merged(grid, merge=merge, factor=config.visual_compression) + BORDER
        if kind == "clip" and "qwen3" in config.model_type:
            count += grid[0] * (STAMP + BORDER) - BORDER
        tokens = max(tokens, count)
    words = min(math.ceil(side.tokens), start.budgets.max_text_tokens)
    return Shape(rows, words + tokens + config.num_btoks, tuple(grid for _, grid in visuals))


def visuals_of(side: Side, start: Start, *, rows: int) -> list[tuple[str, Grid]]:
    """Return the grids of a mini-batch's pictures and clips."""
    vision, budgets = start.config.vision_config, start.budgets
    cell = vision.patch_size
    multiple = cell * vision.spatial_merge_size * start.config.visual_compression
    found: list[tuple[str, Grid]] = []
    for kind, share, frames, most in (
        ("picture", side.pictures, 1, budgets.max_pixels),
        ("clip", side.clips, budgets.num_frames, budgets.max_frame_pixels),
    ):
        least = min(budgets.min_pixels, most)
        width, height = fit_size(*side.size, multiple=multiple, min_pixels=least, max_pixels=most)
        grid = (math.ceil(frames / vision.temporal_patch_size), height // cell, width // cell)
        found += [(kind, grid)] * round(share * rows)
    return found
