"""FLOPs counted from the configuration, against torch's own counter, on every architecture."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from gic_batches import columns_of, forward_features, one_thread, pairs
from peft import LoraConfig
from tiny_models import ARCHITECTURES, FAMILIES, build_tiny, tiny_model
from torch.utils.flop_counter import FlopCounterMode, sdpa_flop_count

from train.flops import (
    FUSED_BACKWARD,
    Lora,
    Shape,
    Training,
    contrast_flops,
    forward_flops,
    shapes_of,
    step_flops,
)
from train.meter import FlopsMeter
from train.objective import GICLoss
from train.opening import keep_prior

TOLERANCE = 0.02  # left out: rotary frequencies, a border of the depthwise convolutions
TARGETS = ("q_proj", "v_proj", "down_proj")
FULL = Training(tower=True)


def attention(query, key, value, *args, out_shape=None, **kwargs) -> int:
    """Count the fused attention of CPUs, which torch's counter does not know."""
    return sdpa_flop_count(query, key, value)


def attention_backward(grad, query, key, value, *args, out_shape=None, **kwargs) -> int:
    return int(FUSED_BACKWARD * sdpa_flop_count(query, key, value))


def convolution_backward(
    grad, inputs, weight, bias, stride, padding, dilation, transposed, extra, groups, wanted,
    out_shape=None,
) -> int:  # fmt: skip
    """Count both gradients of a convolution; torch's counter takes groups for full ones."""
    forward = 2 * math.prod(grad) * math.prod(weight[1:])
    return sum(wanted[:2]) * forward


FUSED = {
    torch.ops.aten.convolution_backward: convolution_backward,
    torch.ops.aten._scaled_dot_product_flash_attention_for_cpu: attention,
    torch.ops.aten._scaled_dot_product_flash_attention_for_cpu_backward: attention_backward,
}


@pytest.fixture(autouse=True, scope="module")
def threads():
    one_thread()


def counter() -> FlopCounterMode:
    return FlopCounterMode(display=False, custom_mapping=FUSED)


def measure_forward(model, column) -> int:
    with counter() as found, torch.no_grad():
        model[0].model(**forward_features(model, column))
    return found.get_total_flops()


def measure_step(model, columns, **options) -> int:
    """Count what one step of the loss makes the model compute."""
    loss = GICLoss(model, gic_share=1.0, **options)
    with counter() as found:
        value = loss(columns)
        value.backward()
    return found.get_total_flops()


def stated_step(model, columns, training: Training, *, size: int | None, gic: bool = True) -> float:
    """Count the same from the configuration."""
    config = model[0].model.config
    shapes = [
        shape for column in columns for shape in shapes_of(column, mini_batch_size=size, gic=gic)
    ]
    rows = [len(column["segment_ids"]) for column in columns]
    contrast = contrast_flops(config.text_config.hidden_size, rows[0], sum(rows[1:]))
    return step_flops(config, shapes, training)["total"] + contrast


@pytest.mark.parametrize("family", ARCHITECTURES)
def test_forward_pass_is_counted_as_torch_counts_it(family):
    model = tiny_model(family, visual_compression=2)
    for column in columns_of(model, pairs()):
        (shape,) = shapes_of(column, gic=False)
        bare = {key: value for key, value in column.items() if not key.startswith("gic")}
        stated = forward_flops(model[0].model.config, shape)["total"]
        assert stated == pytest.approx(measure_forward(model, bare), rel=TOLERANCE)


@pytest.mark.parametrize("family", ARCHITECTURES)
@pytest.mark.parametrize("mode", ["handover", "dense"])
def test_targets_are_counted_as_torch_counts_them(family, mode):
    model = tiny_model(family)
    (column, *_) = columns_of(model, pairs())
    (shape,) = shapes_of(column)
    stated = forward_flops(model[0].model.config, shape, gic_mode=mode)
    measured = measure_forward(model, {**column, "gic_mode": mode})
    model[0].model.take_generated()
    assert stated["vocabulary"] > 0
    assert stated["total"] == pytest.approx(measured, rel=TOLERANCE)


@pytest.mark.parametrize("family", ARCHITECTURES)
@pytest.mark.parametrize("size", [None, 3])
def test_step_of_full_training_is_counted_as_torch_counts_it(family, size):
    model = build_tiny(family)
    training = Training(tower=family in FAMILIES, gradient_cache=size is not None)
    columns = columns_of(model, pairs())
    stated = stated_step(model, columns, training, size=size)
    measured = measure_step(model, columns, mini_batch_size=size)
    assert stated == pytest.approx(measured, rel=TOLERANCE)


def test_prior_that_is_kept_saves_its_gradients():
    model = build_tiny("btok_tiny")
    columns = columns_of(model, pairs())
    stated, measured = [], []
    for kept in (False, True):
        keep_prior(model[0].model.visual, kept=kept)
        training = Training(keeps_prior=kept, gradient_cache=False)
        stated.append(stated_step(model, columns, training, size=None))
        measured.append(measure_step(model, columns, mini_batch_size=None))
    assert stated[0] - stated[1] == measured[0] - measured[1] > 0


def test_tower_that_learns_costs_two_of_its_forward_passes_more():
    model = build_tiny("btok_tiny")
    tower, config = model[0].model.visual, model[0].model.config
    columns = columns_of(model, pairs())
    stated, measured = [], []
    for learns in (False, True):
        tower.frozen = not learns
        tower.frames.requires_grad_(learns)
        training = Training(tower=learns, gradient_cache=False)
        stated.append(stated_step(model, columns, training, size=None))
        measured.append(measure_step(model, columns, mini_batch_size=None))
    assert stated == pytest.approx(measured, rel=TOLERANCE)
    shapes = [shape for column in columns for shape in shapes_of(column)]
    pixels, cells = (
        sum(forward_flops(config, replace(shape, looked=looked))["tower"] for shape in shapes)
        for looked in (False, True)
    )
    assert measured[1] - measured[0] == pytest.approx(2 * (pixels - cells), rel=0.1)


@pytest.mark.parametrize(
    ("family", "dora", "dropout", "size"),
    [
        ("qwen2_vl", False, 0.0, None),
        ("qwen2_vl", True, 0.0, 3),
        ("qwen2_5_vl", True, 0.05, 3),
        ("qwen3_vl", True, 0.05, None),
    ],
)
def test_step_with_adapters_is_counted_as_torch_counts_it(family, dora, dropout, size):
    model = build_tiny(family)
    decoder = r".*language_model.*\.(" + "|".join(TARGETS) + ")"
    model[0].model.requires_grad_(False)
    model.add_adapter(
        LoraConfig(
            r=4, target_modules=decoder, use_dora=dora, lora_dropout=dropout,
            modules_to_save=["btok"],
        )
    )  # fmt: skip
    model.train()
    training = Training(
        merger=False,
        decoder=False,
        vocabulary=False,
        lora=Lora(4, TARGETS, dora=dora, dropout=dropout),
        gradient_cache=size is not None,
    )
    columns = columns_of(model, pairs())
    stated = stated_step(model, columns, training, size=size)
    measured = measure_step(model, columns, mini_batch_size=size)
    assert stated == pytest.approx(measured, rel=TOLERANCE)


def test_checkpointing_is_counted_as_one_more_forward_pass_of_the_layers():
    model = build_tiny("qwen3_vl")
    model[0].model.activation_checkpointing_enable({"use_reentrant": False})
    model.train()
    columns = columns_of(model, pairs())
    training = Training(tower=True, gradient_checkpointing=True, gic_mode="dense")
    stated = stated_step(model, columns, training, size=3)
    measured = measure_step(model, columns, mini_batch_size=3, gic_mode="dense")
    assert stated == pytest.approx(measured, rel=TOLERANCE)


def test_step_without_lambda_decodes_no_target():
    model = build_tiny("qwen2_vl")
    columns = columns_of(model, pairs())
    stated = stated_step(model, columns, FULL, size=3, gic=False)
    assert stated == pytest.approx(
        measure_step(model, columns, mini_batch_size=3, gic_weight=0.0), rel=TOLERANCE
    )
    assert stated < 0.95 * stated_step(model, columns, FULL, size=3)


def test_decoder_of_known_sizes_costs_what_a_hand_counts():
    text = tiny_model("qwen2_vl")[0].model.config
    flops = forward_flops(text, Shape(rows=2, length=10))
    D, F, heads, kv = 64, 128, 4 * 16, 2 * 16
    per_token = 2 * (D * heads * 2 + D * kv * 2 + 3 * D * F)
    attention = 4 * 10 * 10 * heads
    assert flops["decoder"] == 2 * (20 * per_token + 2 * attention)
    assert flops["total"] == flops["decoder"]


def test_meter_adds_up_the_steps_and_leaves_targets_out_once_lambda_is_zero():
    model = tiny_model("qwen2_vl")
    columns, config = columns_of(model, pairs()), model[0].model.config
    loss = GICLoss(model, mini_batch_size=3, gic_share=0.5)
    meter = FlopsMeter(config, FULL, loss)
    seen = []
    for loss.progress in (0.0, 0.9):
        before = meter.total
        meter.count(columns)
        seen.append(meter.total - before)
    stated = [stated_step(model, columns, FULL, size=3, gic=gic) for gic in (True, False)]
    assert seen == pytest.approx(stated)
