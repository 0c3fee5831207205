"""Pairs of every kind with targets on either side, as columns of features; gradients to compare."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from sentence_transformers import SentenceTransformer
from tiny_models import clip, noise
from torch import Tensor

from train.collating import TargetCollator


def pairs() -> list[dict[str, Any]]:
    """Return seven pairs: pictures, clips, texts; every `ntp_side`; lengths far apart."""
    return [
        {"query": {"image": noise(120, 90)}, "positive": {"text": "a cat"}, "ntp_side": "positive"},
        {
            "query": {"text": "what?", "image": noise(60, 120, seed=1)},
            "positive": {"text": "a rather long answer, longer than the others"},
            "ntp_side": "both",
        },
        {"query": {"text": "a clip"}, "positive": {"video": clip(64, 64, 3)}, "ntp_side": "query"},
        {"query": {"image": noise(64, 64)}, "positive": {"image": noise(70, 64)}},
        {
            "query": {"text": "red"},
            "positive": {"image": noise(90, 64, seed=2)},
            "ntp_side": "query",
        },
        {"query": {"text": "to"}, "positive": {"text": "from"}, "ntp_side": "positive"},
        {
            "query": {"video": clip(80, 64, 2)},
            "positive": {"text": "it moves"},
            "ntp_side": "positive",
        },
    ]


def columns_of(
    model: SentenceTransformer, rows: list[dict[str, Any]], **options: Any
) -> list[dict[str, Any]]:
    """Return the columns of a batch as the trainer hands them to a loss."""
    batch = TargetCollator.of(model, **options)(rows)
    return [
        {
            key.removeprefix(f"{name}_"): value
            for key, value in batch.items()
            if key.startswith(f"{name}_")
        }
        for name in ("query", "positive", "negative")
        if f"{name}_input_ids" in batch
    ]


def forward_features(model: SentenceTransformer, column: dict[str, Any]) -> dict[str, Any]:
    """Keep what the model's own forward pass takes."""
    names = model[0].model_forward_params
    return {name: value for name, value in column.items() if name in names}


def gradients(parameters: Iterable[tuple[str, Tensor]]) -> dict[str, Tensor]:
    """Return the gradients of named parameters, and clear them."""
    found = {}
    for name, parameter in parameters:
        if parameter.grad is not None:
            found[name] = parameter.grad.clone()
            parameter.grad = None
    return found


def largest_difference(first: dict[str, Tensor], second: dict[str, Tensor]) -> float:
    """Return how far two sets of gradients are apart, relative to the largest gradient."""
    assert first.keys() == second.keys()
    scale = max(float(gradient.abs().max()) for gradient in first.values())
    assert scale > 0
    return max(float((first[name] - second[name]).abs().max()) for name in first) / scale


def assert_same_gradients(
    first: dict[str, Tensor], second: dict[str, Tensor], *, tolerance: float = 2e-6
) -> None:
    """Compare gradients; the tolerance is a share of the largest one."""
    difference = largest_difference(first, second)
    assert difference < tolerance, difference


def one_thread() -> None:
    """Sums of several threads differ in the last bit from run to run."""
    torch.set_num_threads(1)
