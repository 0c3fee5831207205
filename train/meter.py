"""How many FLOPs a stage has cost so far, counted batch by batch from the shapes that came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from train.flops import Training, contrast_flops, shapes_of, step_flops
from train.objective import GICLoss


class FlopsMeter:
    """Adds up the FLOPs of training steps, see `train.flops`; those of evaluations are left out.

    `world` processes are taken to cost as much as this one.
    """

    def __init__(self, config: Any, training: Training, loss: GICLoss, *, world: int = 1) -> None:
        self.config, self.training, self.loss, self.world = config, training, loss, world
        self.total = 0.0

    def count(self, columns: Sequence[Mapping[str, Any]]) -> None:
        """Add a batch, the columns of one process."""
        size, gic = self.loss.mini_batch_size, self.loss.weight > 0
        shapes = [
            shape
            for column in columns
            for shape in shapes_of(column, mini_batch_size=size, gic=gic)
        ]
        rows = [len(column["segment_ids"]) for column in columns]
        cost = step_flops(self.config, shapes, self.training)["total"]
        cost += contrast_flops(
            self.config.text_config.hidden_size,
            rows[0],
            sum(rows[1:]) * self.world,
            both=self.training.both_directions,
        )
        self.total += cost * self.world
