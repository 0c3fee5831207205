"""What a step was made of, in the trainer's log."""

from __future__ import annotations

from typing import Any

from torch import Tensor


class TermLogging:
    """Mix into a `SentenceTransformerTrainer` with a `GICLoss`: logs the terms of the loss.

    The logged loss is their sum. What the loss returned lacks GIC where that is found out during
    the backward pass only.
    """

    def training_step(self, *args: Any, **kwargs: Any) -> Tensor:
        super().training_step(*args, **kwargs)  # the backward pass is done when this returns
        self.track_loss_components(self.loss.terms)
        return self.loss.total / self.current_gradient_accumulation_steps
