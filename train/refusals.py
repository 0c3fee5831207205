"""What would stop a run is said before anything is loaded: files, the start's own limits."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

from embedder.loading import ModelNotFound, find_folder
from train.feeding import TEACHER
from train.opening import num_processes
from train.recipe import BUILT_IN, DRAWN, HUB_IDS, Recipe, RecipeError

CONFIG = "config.json"


def refuse_impossible(recipe: Recipe, *, data: Path) -> None:
    """Raise RecipeError for a recipe that cannot run here, with what to do about it."""
    if recipe.attention == "flash_attention_2" and not torch.cuda.is_available():
        raise RecipeError('attention: FlashAttention needs a GPU, set attention = "sdpa"')
    if torch.cuda.device_count() > 1 and "WORLD_SIZE" not in os.environ:
        raise RecipeError(
            f"{torch.cuda.device_count()} GPUs need as many processes: start with `torchrun "
            "--nproc-per-node N -m train fit ...`, or show one GPU by CUDA_VISIBLE_DEVICES=0"
        )
    for problem in problems_of(recipe, data=data, processes=num_processes()):
        raise RecipeError(problem)


def problems_of(recipe: Recipe, *, data: Path, processes: int) -> Iterator[str]:
    """Yield what would stop a recipe on any machine, in so many processes."""
    missing = list(missing_files(recipe, data=data))
    yield from missing
    yield from unshared_batches(recipe, processes)
    if not missing:
        try:
            refuse_start(recipe, data)
        except (RecipeError, ModelNotFound) as error:
            yield str(error)


def unshared_batches(recipe: Recipe, processes: int) -> Iterator[str]:
    """Yield the stages whose batches so many processes cannot share."""
    for stage in recipe.stages:
        if stage.batch_size % processes:
            yield (
                f"stage {stage.name}: {processes} processes cannot share batch_size "
                f"{stage.batch_size} evenly"
            )
        if processes > 1 and stage.mini_batch_size is None:
            yield f"stage {stage.name}: several processes need mini_batch_size, GradCache"


def refuse_start(recipe: Recipe, data: Path) -> None:
    """Raise RecipeError for a model to start from that does not fit the stages."""
    config = read_config(recipe)
    if config is not None and any(stage.distillation for stage in recipe.stages):
        refuse_other_teacher(config, data)
    if config is not None and any(stage.gic_weight for stage in recipe.stages):
        refuse_condensation(config)


def missing_files(recipe: Recipe, *, data: Path) -> Iterator[str]:
    """Yield what is not there, and what to do about it."""
    if not data.is_dir():
        yield f"there is no folder {data}: give one with --data"
        return
    for stage in recipe.stages:
        prepared = [name for name in stage.sources if name in BUILT_IN and name not in DRAWN]
        taught = "distillation" if stage.distillation else "glance" if stage.glance else ""
        if (prepared or taught) and not (data / "texts.jsonl").exists():
            wanted = ", ".join(prepared) or taught
            yield (
                f"stage {stage.name} needs a prepared folder ({wanted}), and {data} is none: "
                "run `python -m train prepare --out FOLDER`, give it with --data"
            )
    for name, source in recipe.sources.items():
        if source.samples is not None and not (data / source.samples).is_file():
            yield (
                f"sources.{name}.samples: there is no file {data / source.samples}: paths are "
                "relative to --data, or else to the recipe's folder"
            )
    for adapter, place in recipe.locations.items():
        if place.media is not None and not (data / place.media).is_dir():
            yield f"locations.{adapter}.media: there is no folder {data / place.media}"
        is_path = place.at is not None and place.at.startswith((".", "/"))
        if is_path and not (data / str(place.at)).is_dir():
            yield (
                f"locations.{adapter}.at: there is no folder {data / str(place.at)}: give a copy "
                f"of {HUB_IDS[adapter]}, or leave it out"
            )


def read_config(recipe: Recipe) -> dict[str, Any] | None:
    """Return the configuration of the model to start from; None for one that is not here yet."""
    if not recipe.start_is_another:
        return None
    if recipe.backbone is not None:
        path = Path(recipe.backbone.name) / CONFIG
        return json.loads(path.read_text()) if path.is_file() else None
    return json.loads((find_folder(recipe.model) / CONFIG).read_text())


def refuse_other_teacher(config: dict[str, Any], data: Path) -> None:
    """Raise RecipeError for a start whose vectors are not as wide as the teacher's."""
    width = (config.get("text_config") or config).get("hidden_size")
    teacher = np.load(data / TEACHER, mmap_mode="r").shape[1]
    if width != teacher:
        raise RecipeError(
            f"distillation: the teacher's vectors are {teacher} wide, this start's {width}: leave "
            "distillation out, or start from a btok-tiny"
        )


def refuse_condensation(config: dict[str, Any]) -> None:
    """Raise RecipeError for a start on which GIC does not work."""
    remedy = "set gic_weight = 0, or start from another model"
    text = config.get("text_config") or config
    other = sorted(set(text.get("layer_types") or ()) - {"full_attention"})
    if other:
        raise RecipeError(
            f"gic_weight: this start has layers of {', '.join(other)}, whose state carries content "
            f"past the BToks: {remedy}"
        )
    if not config.get("tie_word_embeddings", True):
        raise RecipeError(
            "gic_weight: this start has an output matrix of its own, which a base model does not "
            f"hold: {remedy}"
        )
    if config.get("num_btoks", 1) == 0:
        raise RecipeError(f"gic_weight: this start has no BToks to predict from: {remedy}")
