"""Memory as stated, against what autograd keeps for the backward pass."""

from __future__ import annotations

import pytest
import torch
from gic_batches import columns_of, forward_features, one_thread, pairs
from peft import LoraConfig
from tiny_models import build_tiny, tiny_model

from train.flops import Lora, Training, shapes_of
from train.memory import (
    Precision,
    activations,
    count_adapters,
    count_learning,
    count_parameters,
    memory_of,
)
from train.opening import keep_prior

TARGETS = ("q_proj", "v_proj", "down_proj")
ADAPTERS = Training(
    merger=False,
    decoder=False,
    vocabulary=False,
    lora=Lora(8, TARGETS, dora=True, dropout=0.05),
)
TEXTS = [{"query": {"text": "word " * 30}, "positive": {"text": "other " * 20}}] * 8


@pytest.fixture(autouse=True, scope="module")
def threads():
    one_thread()


def kept_bytes(model, column) -> int:
    """Return the bytes that autograd keeps of a forward pass, weights left out."""
    weights = {one.untyped_storage().data_ptr() for one in model.parameters()}
    kept: dict[int, int] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            kept[storage.data_ptr()] = storage.nbytes()
        held.append(tensor)  # a freed storage would be another's
        return tensor

    held: list[torch.Tensor] = []
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        model[0].model(**forward_features(model, column))
    model[0].model.take_generated()
    return sum(kept.values())


def with_adapters():
    model = build_tiny("qwen2_vl")
    names = r".*language_model.*\.(" + "|".join(TARGETS) + ")"
    model.add_adapter(
        LoraConfig(
            r=8, target_modules=names, use_dora=True, lora_dropout=0.05, modules_to_save=["btok"]
        )
    )
    model.train()
    return model


def stated(model, column, training: Training) -> float:
    (shape,) = shapes_of(column)
    return activations(model[0].model.config, shape, training, element=4)


@pytest.mark.parametrize("family", ["qwen2_vl", "qwen3_vl"])
def test_activations_of_full_training_are_what_autograd_keeps(family):
    model = build_tiny(family)
    column = columns_of(model, TEXTS)[0]
    measured = kept_bytes(model, column)
    assert stated(model, column, Training(tower=True)) == pytest.approx(measured, rel=0.15)


def test_activations_of_adapters_are_what_autograd_keeps():
    model = with_adapters()
    column = columns_of(model, TEXTS)[0]
    assert stated(model, column, ADAPTERS) == pytest.approx(kept_bytes(model, column), rel=0.15)


def test_parameters_are_counted_without_making_weights():
    for family in ("qwen2_vl", "qwen2_5_vl", "qwen3_vl", "btok_tiny"):
        model = tiny_model(family)[0].model
        parts = count_parameters(model.config)
        assert sum(parts.values()) == sum(one.numel() for one in model.parameters())
        assert parts["btok"] == 4 * model.config.text_config.hidden_size


def test_adapters_are_counted_as_peft_makes_them():
    model = with_adapters()
    config = model[0].model.config
    learning = sum(one.numel() for one in model.parameters() if one.requires_grad)
    assert count_learning(config, ADAPTERS, count_parameters(config)) == learning
    assert count_adapters(config, ADAPTERS) < learning


def test_a_kept_prior_does_not_learn():
    model = tiny_model("btok_tiny")[0].model
    keep_prior(model.visual, kept=True)
    frozen = [*model.visual.frames.parameters(), *model.visual.class_names.parameters()]
    for one in frozen:
        one.requires_grad_(False)
    learning = sum(one.numel() for one in model.parameters() if one.requires_grad)
    parts = count_parameters(model.config)
    assert count_learning(model.config, Training(keeps_prior=True), parts) == learning


def test_optimiser_and_gradients_hold_what_learns():
    model = tiny_model("qwen2_vl")
    config = model[0].model.config
    parts = count_parameters(config)
    shapes = [shape for column in columns_of(model, pairs()) for shape in shapes_of(column)]
    options = {"precision": Precision(), "parts": parts}
    full = memory_of(config, shapes, Training(tower=True), **options)
    some = memory_of(config, shapes, ADAPTERS, **options)
    everything = sum(parts.values())
    assert full["weights"] == 4 * everything
    assert full["gradients"] + full["optimiser"] == 12 * everything
    assert some["optimiser"] == 8 * count_learning(config, ADAPTERS, parts)
    assert full["total"] == sum(value for name, value in full.items() if name != "total")
    without_cache = Training(tower=True, gradient_cache=False)
    assert memory_of(config, shapes, without_cache, **options)["activations"] > full["activations"]
