"""A model's preprocessing without its weights, for loader workers of any start method.

`model.preprocess` drags the whole model along when a spawned worker gets its collator. Batches are
made whole in a worker, patches included, or in the training process (no workers) where training
needs the cores itself: handing over pixels and cutting the patches in the training process relieves
it of a third at best (docs/decisions.md; `python -m bench batches`).
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from sentence_transformers import SentenceTransformer
from torch import nn


class NoWeights(nn.Module):
    """Stands where the weights were; preprocessing asks it for the config only."""

    def __init__(self, config: Any) -> None:
        super().__init__()
        self.config = config


class Preprocess:
    """Does what `model.preprocess` does, and is picklable: a `preprocess_fn` for collators."""

    def __init__(self, model: SentenceTransformer) -> None:
        self.module = copy.copy(model[0])
        weights = self.module._modules["model"]
        self.module._modules = {**self.module._modules, "model": NoWeights(weights.config)}

    def __call__(self, inputs: Sequence[Any], **options: Any) -> dict[str, Any]:
        """Return the features of a batch of inputs."""
        return self.module.preprocess(inputs, **options)
