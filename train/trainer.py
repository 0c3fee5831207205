"""Sentence Transformers' trainer with our sampler, log and checkpoints; a NaN stops it."""

from __future__ import annotations

import json
import math
import time
from pathlib import Path
from typing import Any

import torch
from sentence_transformers import SentenceTransformerTrainer
from torch import Tensor
from torch.utils.data import ConcatDataset
from transformers import TrainerCallback, TrainerState

from train.adapting import is_adapted, load_trained, save_trained
from train.meter import FlopsMeter
from train.prepare import write_whole
from train.sampling import InterleavedSampler, Interleaving
from train.terms import TermLogging

SESSIONS = "sessions.json"


class NotFinite(ValueError):
    """The loss or its gradient is NaN or infinite; nothing was learned from that step."""


class BTokTrainer(TermLogging, SentenceTransformerTrainer):
    """The trainer of a stage; without the model card, which would quote training texts."""

    def __init__(self, *, interleaving: Interleaving, meter: FlopsMeter, **kwargs: Any) -> None:
        self.interleaving, self.meter = interleaving, meter
        self.logged: tuple[int, float] | None = None  # step and time of the last log
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

    def training_step(self, model: Any, inputs: Any, *args: Any, **kwargs: Any) -> Tensor:
        loss = super().training_step(model, inputs, *args, **kwargs)
        self.meter.count(self.collect_features(inputs)[0])
        self.refuse_not_finite("the loss", float(loss))
        return loss

    def _clip_grad_norm(self, model: Any) -> Any:
        norm = super()._clip_grad_norm(model)
        self.refuse_not_finite("the norm of the gradient", float(norm))
        return norm

    def refuse_not_finite(self, name: str, value: float) -> None:
        """Raise NotFinite before the step is taken."""
        if math.isfinite(value):
            return
        terms = ", ".join(f"{term} {float(value):.4g}" for term, value in self.loss.terms.items())
        raise NotFinite(
            f"{name} is {value} at step {self.state.global_step + 1} ({terms}); the last "
            f"checkpoint in {self.args.output_dir} is kept: lower learning_rate or max_grad_norm, "
            "or look at the data of that step, and give a new --out"
        )

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Log how fast samples go by, and how many seconds are left."""
        if "loss" in logs:
            step, now = self.state.global_step, time.monotonic()
            if self.logged is not None and step > self.logged[0]:
                seconds = (now - self.logged[1]) / (step - self.logged[0])  # a step
                rows = self.args.train_batch_size * self.args.world_size
                logs["pairs_per_second"] = round(rows / seconds, 2)
                logs["seconds_left"] = round(seconds * (self.state.max_steps - step))
            self.logged = (step, now)
        super().log(logs, start_time)

    def _save(self, output_dir: str | None = None, state_dict: Any = None) -> None:
        """Write the model into a checkpoint: of a model with adapters, what is trained."""
        if not is_adapted(self.model):
            super()._save(output_dir, state_dict)
            return
        save_trained(self.model, Path(output_dir or self.args.output_dir))

    def _load_from_checkpoint(self, checkpoint_path: str) -> None:
        if not is_adapted(self.model):
            super()._load_from_checkpoint(checkpoint_path)
            return
        load_trained(self.model, Path(checkpoint_path))


class SessionClock(TrainerCallback):
    """Adds up the seconds and FLOPs of a stage over its sessions, whatever ends them.

    `started` is the moment (`time.monotonic`) at which this session began to learn.
    """

    def __init__(self, folder: Path, meter: FlopsMeter, *, started: float) -> None:
        self.meter = meter
        self.path = folder / SESSIONS
        self.before = json.loads(self.path.read_text()) if self.path.exists() else []
        self.started = started

    def on_save(self, args: Any, state: TrainerState, control: Any, **kwargs: Any) -> None:
        if not state.is_world_process_zero:
            return
        seconds = round(time.monotonic() - self.started, 1)
        session = {"to_step": state.global_step, "seconds": seconds}
        session["threads"] = torch.get_num_threads()
        session["flops"] = self.meter.total
        write_whole(self.path, json.dumps([*self.before, session], indent=1) + "\n")
