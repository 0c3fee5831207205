"""What the loss and the trainer tell each other: the time, and what a step was made of."""

from __future__ import annotations

from typing import Any

from torch import Tensor
from transformers import TrainerCallback, TrainerControl, TrainerState

from train.objective import GICLoss


class LossStep(TrainerCallback):
    """Tells a loss which share of the steps is done, for lambda(t).

    The trainer's own count: right under gradient accumulation, and after a resume.
    """

    def __init__(self, loss: GICLoss) -> None:
        self.loss = loss

    def on_step_begin(
        self, args: Any, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        self.loss.progress = state.global_step / state.max_steps


class TermLogging:
    """Mix into a `SentenceTransformerTrainer` with a `GICLoss`: logs the terms of the loss.

    The logged loss is their sum. What the loss returned lacks GIC where that is found out during
    the backward pass only.
    """

    def training_step(self, *args: Any, **kwargs: Any) -> Tensor:
        super().training_step(*args, **kwargs)  # the backward pass is done when this returns
        self.track_loss_components(self.loss.terms)
        return self.loss.total / self.current_gradient_accumulation_steps
