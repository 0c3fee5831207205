"""A run: stages of Sentence Transformers' trainer over a prepared folder, resumable anywhere.

A run's folder holds one folder a stage: `plan.json`, what the stage is made of; its checkpoints;
`sessions.json`, the seconds of every session; `done.json`, the record of a finished stage; `model`.
Running again goes on from the last whole checkpoint, and refuses another recipe or other data.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from datasets import Dataset
from pydantic import ValidationError
from sentence_transformers import (
    SentenceTransformer,
    SentenceTransformerTrainer,
    SentenceTransformerTrainingArguments,
)
from torch.utils.data import ConcatDataset
from transformers import TrainerCallback, TrainerState

from train.collating import TargetCollator
from train.maps import compute_maps, with_maps
from train.objective import GICLoss, LossStep
from train.precision import PRECISE_ATTENTION, has_fast_bfloat16
from train.prepare import data_digest, write_whole
from train.recipe import Recipe, RecipeError, Stage
from train.rows import Source, open_sources
from train.sampling import InterleavedSampler, Interleaving
from train.start import build_tiny
from train.terms import TermLogging
from train.watching import watch, watches

PLAN, SESSIONS, DONE = "plan.json", "sessions.json", "done.json"
PACKAGES = ("torch", "transformers", "sentence-transformers", "accelerate", "datasets", "numpy")


class BTokTrainer(TermLogging, SentenceTransformerTrainer):
    """Sentence Transformers' trainer with our sampler and log, and without its model card.

    The card would quote training texts in every checkpoint.
    """

    def __init__(self, *, interleaving: Interleaving, **kwargs: Any) -> None:
        self.interleaving = interleaving
        super().__init__(**kwargs)

    def get_multi_dataset_batch_sampler(
        self, dataset: ConcatDataset, batch_samplers: list, generator=None, seed: int = 0
    ) -> InterleavedSampler:
        return InterleavedSampler(
            dataset,
            interleaving=self.interleaving,
            batch_samplers=batch_samplers,
            generator=generator,
            seed=seed,
        )

    def add_model_card_callback(self, defaults: dict[str, Any]) -> None:
        pass


class TeacherVectors:
    """The teacher's vectors by text; zeros for a text that it was not asked about."""

    def __init__(self, prepared: Path) -> None:
        with (prepared / "texts.jsonl").open(encoding="utf-8") as lines:
            self.rows = {json.loads(line)["text"]: number for number, line in enumerate(lines)}
        self.vectors = np.load(prepared / "teacher.npy")  # (N, D) float16

    def __getitem__(self, text: str) -> torch.Tensor:
        row = self.rows.get(text)
        if row is None:
            return torch.zeros(self.vectors.shape[1])
        return torch.from_numpy(self.vectors[row].astype(np.float32))


@dataclass(frozen=True, slots=True)
class RowLoader:
    """Makes the samples of a batch from row numbers, when the batch is built."""

    source: Source
    teacher: TeacherVectors
    seed: int
    ntp_side: str = "none"

    def __call__(self, batch: Mapping[str, list[int]]) -> dict[str, list[Any]]:
        rows = [self.load(row) for row in batch["row"]]
        return {key: [row[key] for row in rows] for key in rows[0]}

    def load(self, row: int) -> dict[str, Any]:
        """Load one sample; its randomness depends on the seed and the row only."""
        sample = self.source.load(row, np.random.default_rng((self.seed, row)))
        label = self.teacher[sample["query"]["text"]]
        return {**sample, "ntp_side": self.ntp_side, "label": label}


def fit(recipe: Recipe, *, data: Path, out: Path) -> SentenceTransformer:
    """Run every stage of a recipe on a prepared folder; goes on where it stopped.

    Raises RecipeError when `out` holds a run of another recipe or of other data.
    """
    model: SentenceTransformer | None = None
    for stage in recipe.stages:
        folder = out / stage.name
        agree_on_plan(folder, plan_of(stage, recipe=recipe, data=data))
        if (folder / DONE).exists():
            model = SentenceTransformer(str(folder / "model"), device=device_name())
            continue
        if model is None:
            model = build_tiny(data, seed=recipe.seed)
        run_stage(model, stage, recipe=recipe, data=data, folder=folder)
    assert model is not None  # a recipe has at least one stage
    return model


def run_stage(
    model: SentenceTransformer, stage: Stage, *, recipe: Recipe, data: Path, folder: Path
) -> None:
    """Train one stage from the model's weights, or from the stage's own last checkpoint."""
    freeze_tower(model, frozen=not stage.train_tower)
    attention = model[0].model.config._attn_implementation
    if has_fast_bfloat16() and not torch.cuda.is_available():
        model[0].model.set_attn_implementation(PRECISE_ATTENTION)
    teacher = TeacherVectors(data)
    virtual_rows = stage.steps * stage.batch_size
    compute_maps(data, stage.views, seed=recipe.seed, processes=os.cpu_count() or 1)
    sources = open_sources(
        data, list(stage.sources), rows=virtual_rows, seed=recipe.seed, views=stage.views
    )
    sources = with_maps(sources, data, stage.views, seed=recipe.seed, processor=model[0].processor)
    datasets = {
        name: Dataset.from_dict({"row": range(len(source))}).with_transform(
            RowLoader(source, teacher, recipe.seed, stage.side_of(name))
        )
        for name, source in sources.items()
    }
    collator = TargetCollator.of(model, max_target=stage.max_target)
    loss = GICLoss(
        model,
        mini_batch_size=stage.mini_batch_size,
        gic_weight=stage.gic_weight,
        gic_share=stage.gic_share,
        gic_mode=stage.gic_mode,
        both_directions=True,
        temperature=stage.temperature,
        distillation=stage.distillation,
        false_negative_ceiling=stage.false_negative_ceiling,
    )
    trainer = BTokTrainer(
        model=model,
        args=training_arguments(stage, recipe=recipe, folder=folder),
        interleaving=Interleaving(
            keys=[source.keys for source in sources.values()],
            lengths=[getattr(source, "lengths", None) for source in sources.values()],
            weights=list(stage.sources.values()),
            block=stage.batch_size,
            num_batches=stage.steps,
        ),
        train_dataset=datasets,
        loss=loss,
        data_collator=collator,
        evaluator=watch(data, stage, collator, seed=recipe.seed),
        callbacks=[LossStep(loss), SessionClock(folder)],
    )
    trainer.train(resume_from_checkpoint=last_whole_checkpoint(folder))
    model[0].model.set_attn_implementation(attention)
    model.save(str(folder / "model"), create_model_card=False)
    write_record(folder, trainer=trainer)


def training_arguments(
    stage: Stage, *, recipe: Recipe, folder: Path
) -> SentenceTransformerTrainingArguments:
    """Translate a stage into the trainer's arguments; the run is one epoch of our sampler."""
    return SentenceTransformerTrainingArguments(
        output_dir=str(folder),
        max_steps=stage.steps,
        per_device_train_batch_size=stage.batch_size,
        learning_rate=stage.learning_rate,
        lr_scheduler_type=stage.scheduler,
        warmup_steps=stage.warmup_steps,
        weight_decay=stage.weight_decay,
        max_grad_norm=1.0,
        seed=recipe.seed,
        bf16=has_fast_bfloat16(),
        use_cpu=not torch.cuda.is_available(),
        dataloader_num_workers=recipe.workers,
        dataloader_drop_last=True,
        save_steps=stage.save_steps,
        save_total_limit=2,
        logging_steps=stage.logging_steps,
        eval_strategy="steps" if watches(stage) else "no",
        eval_steps=stage.watch_steps if watches(stage) else None,
        report_to=["tensorboard"],
    )


def freeze_tower(model: SentenceTransformer, *, frozen: bool) -> None:
    """Keep the convolutions fixed, or let them learn; the merger always learns."""
    visual = model[0].model.visual
    visual.frozen = frozen
    visual.frames.requires_grad_(not frozen)
    visual.class_names.requires_grad_(False)


class SessionClock(TrainerCallback):
    """Adds up the seconds of a stage over its sessions, whatever ends them."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / SESSIONS
        self.before = json.loads(self.path.read_text()) if self.path.exists() else []
        self.started = time.monotonic()

    def on_save(self, args: Any, state: TrainerState, control: Any, **kwargs: Any) -> None:
        seconds = round(time.monotonic() - self.started, 1)
        session = {"to_step": state.global_step, "seconds": seconds}
        session["threads"] = torch.get_num_threads()
        write_whole(self.path, json.dumps([*self.before, session], indent=1) + "\n")


def plan_of(stage: Stage, *, recipe: Recipe, data: Path) -> dict[str, Any]:
    """Say what a stage is made of: settings, seed, data; equal plans make equal runs."""
    return {
        "recipe": recipe.name,
        "stages": [one.name for one in recipe.stages],
        "stage": stage.model_dump(),
        "seed": recipe.seed,
        "data": data_digest(data),
    }


def agree_on_plan(folder: Path, plan: dict[str, Any]) -> None:
    """Write a stage's plan, or raise RecipeError when it was begun with another one."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / PLAN
    if not path.exists():
        write_whole(path, json.dumps(plan, indent=1) + "\n")
        return
    begun = with_defaults(json.loads(path.read_text()))
    other = [key for key in plan if begun.get(key) != plan[key]]
    if other:
        raise RecipeError(
            f"{folder} was begun with another {', '.join(other)}: give a new --out, or the recipe "
            "and data it was begun with"
        )


def with_defaults(plan: dict[str, Any]) -> dict[str, Any]:
    """Return a plan that may lack settings newer than itself: they were what is the default now."""
    try:
        return {**plan, "stage": Stage.model_validate(plan.get("stage")).model_dump()}
    except ValidationError:
        return plan


def last_whole_checkpoint(folder: Path) -> str | None:
    """Return the newest checkpoint that was written to its end: its state comes last."""
    whole = [path.parent for path in folder.glob("checkpoint-*/trainer_state.json")]
    newest = max(whole, key=lambda path: int(path.name.split("-")[1]), default=None)
    return None if newest is None else str(newest)


def write_record(folder: Path, *, trainer: BTokTrainer) -> None:
    """Write how the stage went; its presence says that the stage is done."""
    sessions = json.loads((folder / SESSIONS).read_text())
    record = {
        **json.loads((folder / PLAN).read_text()),
        "sessions": sessions,
        "seconds": round(sum(session["seconds"] for session in sessions), 1),
        "device": str(trainer.args.device),
        "commit": git_commit(),
        "versions": {name: version(name) for name in PACKAGES},
        "log": trainer.state.log_history,
    }
    write_whole(folder / DONE, json.dumps(record, indent=1) + "\n")


def git_commit() -> str:
    """Return the commit the code is at, or `unknown` outside a checkout."""
    found = subprocess.run(
        ["git", "rev-parse", "HEAD"],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parent,
    )
    return found.stdout.strip() or "unknown"


def device_name() -> str:
    """Return where training runs."""
    return "cuda" if torch.cuda.is_available() else "cpu"
