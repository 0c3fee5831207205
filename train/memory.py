"""Memory of a training step on one device, from a configuration.

    weights      parameters x bytes each; under bfloat16 autocast a copy of float32 weights beside
    gradients    learning parameters x 4
    optimiser    learning parameters x 8: both moments of AdamW
    activations  what the backward pass of the largest mini-batch keeps (of all columns where there
                 is no GradCache)

Kept per position and decoder layer, c bytes an element in the computing precision, D wide, H heads
of d, F in the feed-forward part; terms in brackets where the weights themselves learn:

    norms        2 D x 4  [+ 2 D x 4 + 2 D c]     their inputs in float32 [outputs twice]
    attention    4 H d c  [+ H d c]               queries, repeated keys and values, output [again]
    feed-forward 3 F c    [+ F c]                 gate, its activation, up [their product]
    adapters     (in + r) c, + in for the mask of dropout, + 2 out c for DoRA, a target

Under gradient checkpointing D x c a layer, and one layer as above. Labels of GIC keep V (c + 4).
Not counted: the workspace of kernels, fragmentation, pixels, what the driver takes.

`tests/test_memory.py` compares this with what autograd keeps of batches of texts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import torch

from embedder.creating import classes_of
from train.flops import BLOCKS, Shape, Training, head_width, merged, projections

MOMENTS, FLOAT32 = 2, 4
CONNECTORS = tuple(f"visual.{name}" for name in ("merger", "deepstack_merger_list"))
PRIOR = ("visual.prior", "visual.glance")
Parts = dict[str, int]


@dataclass(frozen=True, slots=True)
class Precision:
    """Bytes of a frozen weight, and of an element of what is computed."""

    weights: int = 4
    compute: int = 4


def count_parameters(config: Any) -> Parts:
    """Return the parameters of a model by part, without making its weights."""
    family = config.model_type.removeprefix("btok_")
    with torch.device("meta"):
        model = classes_of(config.model_type if family == "tiny" else family)[1](config)
    parts = dict.fromkeys(("tower", "merger", "prior", "decoder", "vocabulary", "btok"), 0)
    for name, parameter in model.named_parameters():
        parts[part_of(name)] += parameter.numel()
    return parts


def part_of(name: str) -> str:
    """Return the part that a parameter belongs to."""
    if name.startswith("btok."):
        return "btok"
    if name.startswith("visual."):
        if name.startswith(PRIOR):
            return "prior"
        return "merger" if name.startswith(CONNECTORS) else "tower"
    return "vocabulary" if "embed_tokens" in name else "decoder"


def count_learning(config: Any, training: Training, parts: Parts) -> int:
    """Return how many parameters learn, adapters included."""
    learning = parts["btok"] + parts["prior"] * (training.merger and not training.keeps_prior)
    for name in ("tower", "merger", "decoder", "vocabulary"):
        learning += parts[name] * getattr(training, name)
    return learning + count_adapters(config, training)


def count_adapters(config: Any, training: Training) -> int:
    """Return the parameters of the adapters: A and B, and DoRA's magnitudes."""
    lora, text = training.lora, config.text_config
    if lora is None:
        return 0
    sizes = [projections(text)[name] for name in lora.targets if name in projections(text)]
    each = sum(lora.rank * (inputs + outputs) + lora.dora * outputs for inputs, outputs in sizes)
    return text.num_hidden_layers * each


def memory_of(
    config: Any,
    shapes: Iterable[Shape],
    training: Training,
    *,
    precision: Precision,
    parts: Parts,
) -> dict[str, float]:
    """Return the bytes of a step by what they hold; `shapes` are all mini-batches of a step."""
    learning = count_learning(config, training, parts)
    own = learning - count_adapters(config, training)  # of the model itself
    frozen = sum(parts.values()) - own
    weights = frozen * precision.weights + learning * FLOAT32
    if precision.compute < FLOAT32:
        weights += learning * precision.compute
    kept = [activations(config, shape, training, element=precision.compute) for shape in shapes]
    found = {
        "weights": float(weights),
        "gradients": float(learning * FLOAT32),
        "optimiser": float(learning * FLOAT32 * MOMENTS),
        "activations": max(kept, default=0.0) if training.gradient_cache else sum(kept),
    }
    return {**found, "total": sum(found.values())}


def activations(config: Any, shape: Shape, training: Training, *, element: int) -> float:
    """Return the bytes that the backward pass of a mini-batch keeps."""
    text, dense = config.text_config, training.gic_mode == "dense"
    positions = shape.rows * (shape.length + (shape.target_length if dense else 0))
    if not dense:
        positions += shape.targets * shape.target_length
    layer = bytes_per_position(text, training, element=element)
    layers = text.num_hidden_layers
    if training.gradient_checkpointing:
        kept = positions * (layers * text.hidden_size * element + layer)
    else:
        kept = positions * layers * layer
    return (
        kept
        + shape.labels * text.vocab_size * (element + FLOAT32)
        + tower_activations(config, shape, training, element=element)
    )


def bytes_per_position(text: Any, training: Training, *, element: int) -> float:
    """Return what one decoder layer keeps of one position; see the module."""
    D, F, learns = text.hidden_size, text.intermediate_size, training.decoder
    width = text.num_attention_heads * head_width(text)
    kept = 2 * D * FLOAT32 + (4 * width + 3 * F) * element
    if learns:
        kept += 2 * D * (FLOAT32 + element) + (width + F) * element
    lora, sizes = training.lora, projections(text)
    for name in lora.targets if lora is not None else ():
        inputs, outputs = sizes.get(name, (0, 0))
        kept += (inputs + lora.rank) * element + (inputs if lora.dropout else 0)
        kept += 2 * outputs * element if lora.dora else 0
    return kept


def tower_activations(config: Any, shape: Shape, training: Training, *, element: int) -> float:
    """Return what tower and connector keep where they learn; nothing of a frozen tower."""
    if config.model_type not in BLOCKS:
        vision = config.vision_config
        cells = sum(t * h * w for t, h, w in shape.grids)
        return float(training.merger) * cells * 2 * vision.cell_width * element
    block, vision = BLOCKS[config.model_type](config), config.vision_config
    patches = sum(t * h * w for t, h, w in shape.grids)
    kept = training.tower * patches * block.depth * (9 * block.width + 3 * block.hidden) * element
    merge = vision.spatial_merge_size
    factor = 1 if block.late else config.visual_compression
    tokens = sum(merged(grid, merge=merge, factor=factor) for grid in shape.grids)
    joined = block.width * merge**2
    return kept + training.merger * block.mergers * tokens * 3 * joined * element
