"""Condensed information: does a target know which BToks it is predicted from?

The target loss given another row's BToks minus that given its own, in nats per token. A falling
target loss alone may be a language prior; this is 0 where the BToks say nothing about the target.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.evaluation import BaseEvaluator
from sentence_transformers.util import batch_to_device
from torch import Tensor

from embedder.condensation import target_loss
from train.collating import PREDICTS, TargetCollator


@torch.no_grad()
def condensed_information(
    model: SentenceTransformer, features: Mapping[str, Any]
) -> tuple[Tensor, Tensor]:
    """Return the target loss and the condensed information of each row with a target: (n,), (n,).

    `features` are one column of a batch of `TargetCollator`. A row's other is the row before it, so
    rows should be of one source, and at least two of them have a target; else both are empty.
    """
    given = {**batch_to_device(dict(features), model.device), "gic_mode": "handover"}
    model(given)
    generated = model[0].model.take_generated()
    if generated is None or int(generated.target.rows.sum()) < 2:
        return torch.empty(0), torch.empty(0)
    rows = generated.target.rows.nonzero()[:, 0]  # (n,)
    slots, target = generated.slots.of(rows.roll(1)), generated.target.of(rows)
    own = generated.loss[rows]
    return own, target_loss(model[0].model.language_model, slots, target) - own


class CondensedInformation(BaseEvaluator):
    """Measures condensed information on held-out rows, each list of them from one source.

    Returns for each source `NAME_target_loss` and `NAME_condensed_information`, nats per token, and
    the mean of the latter as `condensed_information`.
    """

    def __init__(
        self,
        sources: Mapping[str, Sequence[Mapping[str, Any]]],
        collator: TargetCollator,
        *,
        batch_size: int = 16,
    ) -> None:
        super().__init__()
        self.sources, self.collator, self.batch_size = sources, collator, batch_size
        self.primary_metric = "condensed_information"

    def __call__(
        self,
        model: SentenceTransformer,
        output_path: str | None = None,
        epoch: int = -1,
        steps: int = -1,
    ) -> dict[str, float]:
        """Measure; raises ValueError for a source whose rows have no targets to compare."""
        training = model.training
        model.eval()
        metrics: dict[str, float] = {}
        for name, rows in self.sources.items():
            own, information = self.measure(model, rows)
            if not len(information):
                raise ValueError(f"source {name!r} has no two rows with a target: see ntp_side")
            metrics[f"{name}_target_loss"] = own.mean().item()
            metrics[f"{name}_condensed_information"] = information.mean().item()
        model.train(training)
        found = [metrics[f"{name}_condensed_information"] for name in self.sources]
        return {**metrics, "condensed_information": sum(found) / len(found)}

    def measure(
        self, model: SentenceTransformer, rows: Sequence[Mapping[str, Any]]
    ) -> tuple[Tensor, Tensor]:
        """Return target loss and condensed information of every target: (n,), (n,)."""
        parts = [
            condensed_information(model, features)
            for start in range(0, len(rows), self.batch_size)
            for features in self.predicting_columns(rows[start : start + self.batch_size])
        ]
        own, information = zip(*parts, strict=True) if parts else ((), ())
        empty = torch.empty(0)
        return torch.cat([empty, *map(Tensor.cpu, own)]), torch.cat(
            [empty, *map(Tensor.cpu, information)]
        )

    def predicting_columns(self, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return the columns of a batch that have targets, without their prefix."""
        batch = self.collator(rows)
        return [
            {
                key.removeprefix(f"{column}_"): value
                for key, value in batch.items()
                if key.startswith(f"{column}_")
            }
            for column in PREDICTS
            if f"{column}_gic_ids" in batch
        ]
