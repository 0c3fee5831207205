"""FLOPs of a training step, counted from a configuration and the shapes of a batch.

Counted are matrix products and convolutions, two operations a multiply-add; norms, activations,
rotations and softmax are left out, as is usual. Padding is counted, because it is computed, and
attention as the full square, because that is how kernels are rated. With n positions, a product
with a weight of shape (in, out) costs

    forward    2 n in out
    backward   the same for the gradient of its input, where anything before it is trained,
               and the same again for that of its weight, where the weight itself is trained
    attention  4 n m H d over m keys, and 2.5 times that backward: fused kernels compute the scores
               anew

So a full step costs 3 forward passes, a frozen backbone behind trained BToks 2, a frozen tower 1.
LoRA adds 2 n r (in + out) a target; DoRA adds the norm of the adapted weight, 2 in r (in + out) a
call, and with dropout a second product with the base weight. GradCache encodes once more, without
a graph; gradient checkpointing computes the forward pass of the layers once more, but for their
last product. GIC runs the targets over K slots, or within the sequence, and multiplies its labels
with the vocabulary.

`tests/test_flops.py` compares this with `torch.utils.flop_counter` on every architecture.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from embedder.compression import compressed_side
from embedder.configs import CELL_PIXELS
from embedder.segments import PADDING
from embedder.towers import (
    CELL_CHANNELS,
    GLANCE_CHANNELS,
    HEAD_CHANNELS,
    LITE0,
    NUM_CLASSES,
    STEM_CHANNELS,
)
from train.recipe import Recipe, Stage

Grid = tuple[int, int, int]
LAST = "down_proj"  # nothing in a layer needs what it returns, so it is not computed anew
FUSED_BACKWARD = 2.5  # scores again, then the gradients of values, weights, queries and keys
DECODER, TOWER, TARGET, VOCABULARY, CONTRAST = PARTS = (
    "decoder", "tower", "targets", "vocabulary", "contrast",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shape:
    """What is encoded at once: a column of a batch, or a mini-batch of it.

    `length` are a row's positions, BToks and padding included; `grids` the patches of every picture
    and clip in time, height and width. `targets` rows have targets of `target_length` ids, padding
    included, with `labels` to predict in all. `looked` says that a frozen tower looked before, and
    cells come instead of pixels (`train.maps`).
    """

    rows: int
    length: int
    grids: tuple[Grid, ...] = ()
    targets: int = 0
    target_length: int = 0
    labels: int = 0
    looked: bool = False


@dataclass(frozen=True, slots=True)
class Lora:
    """Low-rank adapters on the decoder's projections of these names.

    Adapters on the vision tower are not counted.
    """

    rank: int
    targets: tuple[str, ...]
    dora: bool = False
    dropout: float = 0.0


@dataclass(frozen=True, slots=True)
class Training:
    """What learns, and how a step is computed. BToks always learn.

    `tower` are the blocks of the vision tower, `merger` its connector; `decoder` and `vocabulary`
    the weights themselves, not adapters. `keeps_prior`: what btok-tiny knows of a visual without
    the decoder is fixed.
    """

    tower: bool = False
    merger: bool = True
    keeps_prior: bool = False
    decoder: bool = True
    vocabulary: bool = True
    lora: Lora | None = None
    gradient_cache: bool = True
    gradient_checkpointing: bool = False
    gic_mode: str = "handover"
    both_directions: bool = False


def training_of(recipe: Recipe, stage: Stage) -> Training:
    """Return what learns in a stage, as `train.fit` sets it up."""
    lora = recipe.lora
    adapters = None
    if lora is not None:
        names = tuple(target.rpartition(".")[2] for target in lora.targets)
        adapters = Lora(lora.rank, names, dora=lora.dora, dropout=lora.dropout)
    whole = lora is None
    return Training(
        tower=stage.train_tower,
        merger=whole,
        keeps_prior=stage.glance is not None,
        decoder=whole,
        vocabulary=whole,
        lora=adapters,
        gradient_cache=stage.mini_batch_size is not None,
        gradient_checkpointing=recipe.gradient_checkpointing,
        gic_mode=stage.gic_mode,
        both_directions=stage.both_directions,
    )


@dataclass(frozen=True, slots=True)
class Product:
    """One kind of product: its forward FLOPs, and how many as large its backward pass makes.

    `in_layer`: computed once more under gradient checkpointing.
    """

    part: str
    forward: float
    gradients: float = 0.0
    in_layer: bool = False


def forward_flops(config: Any, shape: Shape, *, gic_mode: str = "handover") -> dict[str, float]:
    """Return the FLOPs of encoding a batch, and of decoding its targets, by part."""
    return totals(
        (product.part, product.forward)
        for product in encoding(config, shape, Training(gic_mode=gic_mode))
    )


def step_flops(config: Any, shapes: Sequence[Shape], training: Training) -> dict[str, float]:
    """Return the FLOPs of one training step by part.

    `shapes` are the mini-batches of all columns; InfoNCE is not among them, see `contrast_flops`.
    """
    return totals(
        (product.part, cost) for shape in shapes for product, cost in costs(config, shape, training)
    )


def costs(config: Any, shape: Shape, training: Training) -> Iterator[tuple[Product, float]]:
    """Yield the products of a mini-batch with what they cost in a step."""
    for product in encoding(config, shape, training):
        again = training.gradient_checkpointing and product.in_layer and product.gradients > 0
        times = 1 + product.gradients + again
        yield product, times * product.forward
    if training.gradient_cache:
        late = training.gic_mode == "handover"  # targets are decoded in the second pass only
        first = replace(shape, targets=0, target_length=0, labels=0) if late else shape
        for product in encoding(config, first, training):
            yield product, product.forward


def contrast_flops(width: int, queries: int, documents: int, *, both: bool = False) -> float:
    """Return the FLOPs of InfoNCE, forward and backward, over queries and all their documents."""
    return (2 if both else 1) * 3 * 2.0 * queries * documents * width


def totals(pairs: Iterable[tuple[str, float]]) -> dict[str, float]:
    """Add up by part; `total` is the sum of all."""
    found = dict.fromkeys(PARTS, 0.0)
    for part, value in pairs:
        found[part] += value
    return {**found, "total": sum(found.values())}


def encoding(config: Any, shape: Shape, training: Training) -> Iterator[Product]:
    """Yield the products of one encoding, and of its targets."""
    yield from TOWERS[config.model_type](config, shape, training)
    text, dense = config.text_config, training.gic_mode == "dense"
    extra = shape.target_length if dense else 0
    length = shape.length + extra
    yield from decoder(text, shape.rows, length, length, training, part=DECODER)
    if not shape.targets:
        return
    if not dense:
        keys = config.num_btoks + shape.target_length
        yield from decoder(text, shape.targets, shape.target_length, keys, training, part=TARGET)
    yield Product(
        VOCABULARY,
        2.0 * shape.labels * text.hidden_size * text.vocab_size,
        1 + training.vocabulary,
    )


def projections(text: Any) -> dict[str, tuple[int, int]]:
    """Return the (in, out) of a decoder layer's projections by name."""
    D, F = text.hidden_size, text.intermediate_size
    heads, kv_heads = text.num_attention_heads, text.num_key_value_heads
    head = head_width(text)
    return {
        "q_proj": (D, heads * head),
        "k_proj": (D, kv_heads * head),
        "v_proj": (D, kv_heads * head),
        "o_proj": (heads * head, D),
        "gate_proj": (D, F),
        "up_proj": (D, F),
        "down_proj": (F, D),
    }


def head_width(text: Any) -> int:
    """Return d, the width of a head."""
    return getattr(text, "head_dim", None) or text.hidden_size // text.num_attention_heads


def decoder(
    text: Any, rows: int, queries: int, keys: int, training: Training, *, part: str
) -> Iterator[Product]:
    """Yield the products of the decoder over rows of so many positions."""
    layers, n = text.num_hidden_layers, rows * queries
    for name, (inputs, outputs) in projections(text).items():
        base = 2.0 * layers * n * inputs * outputs
        lora = training.lora
        adapted = lora is not None and name in lora.targets
        again = adapted or name != LAST
        yield Product(part, base, 1 + training.decoder, in_layer=again)
        if adapted:
            added = 2.0 * layers * n * lora.rank * (inputs + outputs)
            yield Product(part, added, 2, in_layer=True)
            if lora.dora:
                norm = 2.0 * layers * inputs * lora.rank * (inputs + outputs)
                yield Product(part, norm, 0, in_layer=True)
            if lora.dora and lora.dropout:  # the base product of the undropped input is no use
                yield Product(part, base, 1, in_layer=True)
    width = text.num_attention_heads * head_width(text)
    attention = 4.0 * layers * rows * queries * keys * width
    yield Product(part, attention, FUSED_BACKWARD, in_layer=True)


@dataclass(frozen=True, slots=True)
class Block:
    """A vision transformer: its width, that of its feed-forward products, and what follows it."""

    depth: int
    width: int
    hidden: int  # width of the feed-forward part
    out: int
    mergers: int = 1
    windows: int = 0  # blocks that attend within windows
    window_side: int = 0  # patches a side of a full window
    gated: bool = False  # the feed-forward part has a gate
    late: bool = False  # compression comes after the merger


def qwen2_tower(config: Any) -> Block:
    vision = config.vision_config
    return Block(
        vision.depth, vision.embed_dim, int(vision.embed_dim * vision.mlp_ratio),
        vision.hidden_size,
    )  # fmt: skip


def qwen2_5_tower(config: Any) -> Block:
    vision = config.vision_config
    return Block(
        vision.depth,
        vision.hidden_size,
        vision.intermediate_size,
        vision.out_hidden_size,
        windows=vision.depth - len(vision.fullatt_block_indexes),
        window_side=vision.window_size // vision.patch_size,
        gated=True,
        late=True,
    )


def qwen3_tower(config: Any) -> Block:
    vision = config.vision_config
    return Block(
        vision.depth, vision.hidden_size, vision.intermediate_size, vision.out_hidden_size,
        mergers=1 + len(vision.deepstack_visual_indexes),
    )  # fmt: skip


BLOCKS = {
    "btok_qwen2_vl": qwen2_tower,
    "btok_qwen2_5_vl": qwen2_5_tower,
    "btok_qwen3_vl": qwen3_tower,
}


def transformer_tower(config: Any, shape: Shape, training: Training) -> Iterator[Product]:
    """Yield the products of a Qwen-VL tower; nothing where there are no visuals."""
    vision, block = config.vision_config, BLOCKS[config.model_type](config)
    n = sum(t * h * w for t, h, w in shape.grids)
    learns = float(training.tower)
    pixels = vision.in_channels * vision.temporal_patch_size * vision.patch_size**2
    yield Product(TOWER, 2.0 * n * pixels * block.width, learns)
    last = 2.0 * block.depth * n * block.hidden * block.width
    before = 2.0 * block.depth * n * 4 * block.width**2 + (1 + block.gated) * last
    yield Product(TOWER, before, 2 * learns, in_layer=True)
    yield Product(TOWER, last, 2 * learns)
    squares = (block.depth - block.windows) * sum(t * (h * w) ** 2 for t, h, w in shape.grids)
    if side := block.window_side:
        squares += block.windows * sum(t * windowed(h, w, side) for t, h, w in shape.grids)
    attention = 4.0 * squares * block.width
    yield Product(TOWER, attention, FUSED_BACKWARD * learns, in_layer=True)
    merge, factor = vision.spatial_merge_size, 1 if block.late else config.visual_compression
    tokens = sum(merged(grid, merge=merge, factor=factor) for grid in shape.grids)
    joined = block.width * merge**2
    after = float(training.merger)
    reached = float(training.tower or training.merger)  # a gradient comes to the second product
    for width, gradients in ((joined, after + learns), (block.out, after + reached)):
        yield Product(TOWER, 2.0 * block.mergers * tokens * joined * width, gradients)


def windowed(height: int, width: int, side: int) -> int:
    """Return the sum of squared sizes of a frame's windows, those at its edges smaller."""
    rows, columns = ([side] * (size // side) + [size % side] for size in (height, width))
    return sum((row * column) ** 2 for row in rows for column in columns)


def merged(grid: Grid, *, merge: int, factor: int) -> int:
    """Return how many tokens leave the merger for a grid of patches."""
    t, h, w = grid
    return t * compressed_side(h // merge, factor) * compressed_side(w // merge, factor)


def efficientnet_tower(config: Any, shape: Shape, training: Training) -> Iterator[Product]:
    """Yield the products of btok-tiny's tower and connector."""
    vision, learns = config.vision_config, float(training.tower)
    cells = sum(t * h * w for t, h, w in shape.grids)
    frames = sum(t for t, _, _ in shape.grids)
    if not shape.looked:
        stem, rest = convolutions()
        yield Product(TOWER, stem * cells, learns)
        yield Product(TOWER, rest * cells, 2 * learns)
    yield Product(TOWER, 2.0 * frames * HEAD_CHANNELS * NUM_CLASSES, 2 * learns)
    D, visuals = vision.hidden_size, len(shape.grids)
    yield Product(TOWER, 2.0 * visuals * NUM_CLASSES * D, learns)
    after = float(training.merger)
    prior = float(training.merger and not training.keeps_prior)
    yield Product(TOWER, 2.0 * visuals * D * D, prior + learns)
    glance = 2.0 * frames * vision.glance_width
    yield Product(TOWER, glance * GLANCE_CHANNELS, prior + learns)
    cells *= compression_share(config, shape.grids)  # it comes before the merger
    yield Product(TOWER, 2.0 * cells * CELL_CHANNELS * vision.cell_width, after + learns)
    reached = float(training.tower or training.merger)
    yield Product(TOWER, 2.0 * cells * vision.cell_width * D, after + reached)
    yield Product(TOWER, glance * D, prior + float(training.tower or prior))


def compression_share(config: Any, grids: Iterable[Grid]) -> float:
    """Return which share of the merged tokens compression leaves."""
    merge, pairs = config.vision_config.spatial_merge_size, list(grids)
    whole = sum(merged(grid, merge=merge, factor=1) for grid in pairs)
    left = sum(merged(grid, merge=merge, factor=config.visual_compression) for grid in pairs)
    return left / whole if whole else 1.0


def convolutions() -> tuple[float, float]:
    """Return the FLOPs of EfficientNet-Lite0 per cell of 32 x 32 pixels: stem, the others."""
    pixels = (CELL_PIXELS // 2) ** 2  # of the map, per cell
    stem = 2.0 * pixels * 3 * 9 * STEM_CHANNELS
    total, channels = 0.0, STEM_CHANNELS
    for stage in LITE0:
        for index in range(stage.repeats):
            stride = stage.stride if index == 0 else 1
            width = channels * stage.expansion
            if stage.expansion > 1:
                total += 2 * pixels * channels * width
            pixels //= stride**2
            total += 2 * pixels * width * (stage.kernel**2 + stage.channels)
            channels = stage.channels
    return stem, total + 2 * pixels * channels * HEAD_CHANNELS


TOWERS = {**dict.fromkeys(BLOCKS, transformer_tower), "btok_tiny": efficientnet_tower}


def shapes_of(
    column: Mapping[str, Any], *, mini_batch_size: int | None = None, gic: bool = True
) -> list[Shape]:
    """Return the shapes of a collated column's mini-batches, as the loss cuts them.

    `gic=False` leaves the targets out: lambda is 0.
    """
    segments = column["segment_ids"]  # (B, L)
    size = mini_batch_size or len(segments)
    grids = grids_by_row(column)
    return [
        shape_of(column, begin, min(begin + size, len(segments)), grids, gic=gic)
        for begin in range(0, len(segments), size)
    ]


def shape_of(
    column: Mapping[str, Any], begin: int, end: int, grids: Sequence[Sequence[Grid]], *, gic: bool
) -> Shape:
    """Return the shape of the rows from `begin` to `end` of a column."""
    lengths = (column["segment_ids"][begin:end] != PADDING).sum(1)
    pixels = [column[name] for name in ("pixel_values", "pixel_values_videos") if name in column]
    shape = Shape(
        rows=end - begin,
        length=int(lengths.max()),
        grids=tuple(grid for row in grids[begin:end] for grid in row),
        looked=any(tensor.shape[1] == CELL_CHANNELS for tensor in pixels),
    )
    targets = column.get("gic_ids")
    if not gic or targets is None:
        return shape
    sizes = (targets[begin:end, 0] >= 0).sum(1)  # (b,)
    labels = (sizes - column.get("gic_header", 1)).clamp(min=0)
    return replace(
        shape,
        targets=int((sizes > 0).sum()),
        target_length=int(sizes.max()),
        labels=int(labels.sum()),
    )


def grids_by_row(column: Mapping[str, Any]) -> list[list[Grid]]:
    """Return the grids of each row's pictures and clips, in the order they are listed."""
    rows: list[list[Grid]] = [[] for _ in column["segment_ids"]]
    for kind in ("image", "video"):
        listed = column.get(f"{kind}_grid_thw")
        if listed is None:
            continue
        counts = column.get(f"num_{kind}s_per_sample")
        if counts is None:
            counts = [0] * len(rows)
            counts[: len(listed)] = [1] * len(listed)
        remaining = iter(listed.tolist())
        for row, count in zip(rows, torch.as_tensor(counts).tolist(), strict=True):
            row += [tuple(next(remaining)) for _ in range(count)]
    return rows
