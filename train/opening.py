"""The model that a run starts from, and which of its parameters learn."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from accelerate import PartialState
from sentence_transformers import SentenceTransformer
from transformers import AutoConfig

from embedder.creating import Settings, write_backbone
from embedder.loading import find_folder, quiet
from embedder.registration import BACKBONES
from embedder.towers import EfficientNetTower
from train.recipe import Backbone, Recipe, RecipeError
from train.start import WORDS, build_tiny, make_bare

START = "start"  # the model folder that a run has made to start from


def start_of(recipe: Recipe, *, prepared: Path, out: Path) -> SentenceTransformer:
    """Return the model that the first stage starts from; `prepared` as in `Feed`."""
    if recipe.backbone is not None:
        folder = out / START
        if not folder.exists():
            put_btoks(recipe.backbone, folder, seed=recipe.seed)
        return open_model(folder, recipe)
    if recipe.start_is_another:
        return open_model(find_folder(recipe.model), recipe)
    if not (prepared / WORDS).exists():
        make_bare(prepared)
    model = build_tiny(prepared, seed=recipe.seed)
    if not (out / START).exists():  # to compare with
        model.save(str(out / START), create_model_card=False)
    return model


def put_btoks(backbone: Backbone, folder: Path, *, seed: int) -> None:
    """Write a stock checkpoint with BToks on it as a model folder, whole or not at all."""
    stock = AutoConfig.from_pretrained(backbone.name)
    if stock.model_type not in BACKBONES:
        raise RecipeError(
            f"backbone: {backbone.name} is a {stock.model_type}, known are {', '.join(BACKBONES)}"
        )
    settings = Settings(**backbone.model_dump(exclude={"name"}))
    torch.manual_seed(seed)  # of the BToks
    partial = folder.with_name(folder.name + ".part")
    write_backbone(backbone.name, stock, partial, settings)
    partial.replace(folder)


def open_model(folder: Path, recipe: Recipe) -> SentenceTransformer:
    """Load a model folder as a recipe trains it."""
    options = {"dtype": getattr(torch, recipe.weights), "attn_implementation": recipe.attention}
    with quiet():
        return SentenceTransformer(
            str(folder), device=device_name(), model_kwargs=options, local_files_only=True
        )


def freeze_tower(model: SentenceTransformer, *, frozen: bool) -> None:
    """Keep the tower fixed, or let it learn; what merges its output into tokens always learns.

    So does the prior of btok-tiny, unless `keep_prior` says otherwise.
    """
    visual = model[0].model.visual
    if not hasattr(visual, "frames"):
        visual.requires_grad_(not frozen)
        for merger in (visual.merger, *getattr(visual, "deepstack_merger_list", ())):
            merger.requires_grad_(True)
        return
    visual.frozen = frozen
    visual.frames.requires_grad_(not frozen)
    visual.class_names.requires_grad_(False)
    keep_prior(visual, kept=False)


def keep_prior(tower: EfficientNetTower, *, kept: bool) -> None:
    """Keep what is known of a visual without the decoder, or let it learn.

    What is kept are weights: its dropout goes on in training, or the decoder would lean on a glance
    that is surer of the pictures it was fitted to than of others.
    """
    tower.prior.requires_grad_(not kept)
    if tower.glance is not None:
        tower.glance.requires_grad_(not kept)


def device_name() -> str:
    """Return where this process trains."""
    return f"cuda:{os.environ.get('LOCAL_RANK', 0)}" if torch.cuda.is_available() else "cpu"


def num_processes() -> int:
    """Return how many processes torchrun has started, before they know each other."""
    return int(os.environ.get("WORLD_SIZE", 1))


@contextmanager
def first_process_first() -> Iterator[None]:
    """Let the other processes in when the first one is through: it writes what they then find."""
    if num_processes() == 1:
        yield
        return
    with PartialState(cpu=device_name() == "cpu").main_process_first():
        yield
