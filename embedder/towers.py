"""The vision tower of btok-tiny: EfficientNet-Lite0 (arXiv 1905.11946, the Lite variant) in plain
PyTorch, batch norms folded into the convolutions.

It has the interface of the Qwen-VL towers: flattened patches in block order and their grids in,
merged tokens out. A patch is a cell of the stride-32 map. Each cell sees, side by side, the head's
1,280 channels (what it is), the maps of stride 16 and 8 (parts and texture) and its own colours;
the last two carry what an ImageNet head throws away: colour and place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from embedder.compression import to_blocks, unblock
from embedder.configs import CELL_PIXELS, EfficientNetTowerConfig

CACHED_PIXELS = 4 * 256 * 256  # more pixels at once fall out of a CPU's caches: twice as slow
COLOUR_CELLS = 4  # a cell of 32 pixels keeps a 4 x 4 thumbnail of its colours


class Stage(NamedTuple):
    """One row of the EfficientNet table: repeats, kernel, stride, expansion, channels out."""

    repeats: int
    kernel: int
    stride: int
    expansion: int
    channels: int


LITE0 = (
    Stage(1, 3, 1, 1, 16),
    Stage(2, 3, 2, 6, 24),
    Stage(2, 5, 2, 6, 40),
    Stage(3, 3, 2, 6, 80),
    Stage(3, 5, 1, 6, 112),
    Stage(4, 5, 2, 6, 192),
    Stage(1, 3, 1, 6, 320),
)
STEM_CHANNELS, HEAD_CHANNELS, NUM_CLASSES = 32, 1280, 1000
FINE_STAGES = {2: 40, 4: 112}  # stage -> its channels: the maps of stride 8 and 16
CELL_CHANNELS = HEAD_CHANNELS + sum(FINE_STAGES.values()) + 3 * COLOUR_CELLS**2
GLANCE_CHANNELS = 2 * CELL_CHANNELS - HEAD_CHANNELS


class SameConv(nn.Conv2d):
    """Convolution with TensorFlow's SAME padding (the odd pixel goes right and below).

    Sides are multiples of the stride. Maps are kept channels last, where CPUs run depthwise
    kernels fastest and a 1 x 1 kernel is a matrix product.
    """

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1):
        super().__init__(inputs, outputs, kernel, stride, groups=groups)
        total = kernel - stride
        # Padding is symmetric here: an odd total is shifted by one step, and that step dropped.
        self.dropped = total % 2
        self.margin = total // 2 + self.dropped * stride

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, O, H / stride, W / stride)."""
        if self.kernel_size == (1, 1):
            pixels = F.linear(x.permute(0, 2, 3, 1), self.weight.flatten(1), self.bias)
            return pixels.permute(0, 3, 1, 2)
        y = F.conv2d(x, self.weight, self.bias, self.stride, self.margin, groups=self.groups)
        return y[:, :, self.dropped :, self.dropped :]


def relu6(x: Tensor) -> Tensor:
    """Clamp to 0..6 in place: a fresh map costs as much as the arithmetic."""
    return F.relu6(x, inplace=True)


class InvertedBottleneck(nn.Module):
    """MBConv without squeeze-and-excitation: expand, depthwise, project, with a residual."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int):
        super().__init__()
        width = inputs * expansion
        self.expand = SameConv(inputs, width, 1) if expansion > 1 else None
        self.depthwise = SameConv(width, width, kernel, stride, groups=width)
        self.project = SameConv(width, outputs, 1)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        y = relu6(self.expand(x)) if self.expand is not None else x
        y = self.project(relu6(self.depthwise(y)))
        return x + y if self.residual else y


class EfficientNetLite(nn.Module):
    """EfficientNet-Lite0 up to its class scores, every stage's map within reach."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = SameConv(3, STEM_CHANNELS, 3, stride=2)
        self.stages = nn.ModuleList()
        channels = STEM_CHANNELS
        for stage in LITE0:
            blocks = nn.Sequential()
            for index in range(stage.repeats):
                stride = stage.stride if index == 0 else 1
                blocks.append(
                    InvertedBottleneck(
                        channels, stage.channels, stage.kernel, stride, stage.expansion
                    )
                )
                channels = stage.channels
            self.stages.append(blocks)
        self.head = SameConv(channels, HEAD_CHANNELS, 1)
        self.classifier = nn.Linear(HEAD_CHANNELS, NUM_CLASSES)

    def forward(self, images: Tensor) -> Tensor:
        """Return the cells, the head's channels first: (N, 3, H, W) -> (N, H/32, W/32, C)."""
        size = (images.shape[2] // CELL_PIXELS, images.shape[3] // CELL_PIXELS)
        maps = [colour_thumbnail(images, size)]
        images = images.contiguous(memory_format=torch.channels_last)
        x = relu6(self.stem(images))
        for number, stage in enumerate(self.stages):
            x = stage(x)
            if number in FINE_STAGES:
                maps.append(F.adaptive_avg_pool2d(x, size))
        head = relu6(self.head(x))  # (N, 1280, h, w)
        return torch.cat([head, *maps], dim=1).permute(0, 2, 3, 1)  # (N, h, w, C)


def colour_thumbnail(images: Tensor, size: tuple[int, int]) -> Tensor:
    """Average the colours of a 4 x 4 raster in every cell: (N, 3, H, W) -> (N, 48, h, w)."""
    raster = F.adaptive_avg_pool2d(images, (size[0] * COLOUR_CELLS, size[1] * COLOUR_CELLS))
    return F.pixel_unshuffle(raster, COLOUR_CELLS)


class CellMerger(nn.Module):
    """Cells to tokens: project each cell, then join merge x merge of them."""

    def __init__(self, channels: int, width: int, dim: int, merge_size: int):
        super().__init__()
        self.norm = nn.LayerNorm(channels)
        self.cell = nn.Linear(channels, width)
        self.token = nn.Linear(width * merge_size**2, dim)
        self.joined = width * merge_size**2

    def forward(self, cells: Tensor) -> Tensor:
        """(cells, C) in block order -> (cells / merge^2, D)."""
        x = F.gelu(self.cell(self.norm(cells)))
        return self.token(x.view(-1, self.joined))


class Glance(nn.Module):
    """What the pooled maps say without attention: statistics of each frame, through two layers.

    Statistics are standardised by those of training pictures. Half of them are dropped in
    training: what the decoder learns by heart, this part has to generalise.
    """

    def __init__(self, width: int, dim: int, dropout: float) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(GLANCE_CHANNELS))
        self.register_buffer("spread", torch.ones(GLANCE_CHANNELS))
        self.hidden = nn.Linear(GLANCE_CHANNELS, width)
        self.out = nn.Linear(width, dim)
        self.dropout = dropout

    def forward(self, parts: Sequence[Tensor], frames: Sequence[int]) -> Tensor:
        """Glance at every frame and average by visual.

        `parts` are the cells (cells, CELL_CHANNELS) of N visuals of so many frames: -> (N, D).
        """
        pooled = [frame_statistics(part, t) for part, t in zip(parts, frames, strict=True)]
        seen = self.read(torch.cat(pooled)).split(list(frames))
        return torch.stack([some.mean(0) for some in seen])

    def read(self, statistics: Tensor) -> Tensor:
        """Say what statistics of frames mean: (frames, GLANCE_CHANNELS) -> (frames, D)."""
        x = ((statistics - self.mean) / self.spread).clamp(-6, 6)
        x = x.to(self.mean.dtype)  # the layers' own may be int8
        x = F.gelu(self.hidden(F.dropout(x, self.dropout, self.training)))
        return self.out(F.dropout(x, self.dropout, self.training))


def frame_statistics(cells: Tensor, frames: int) -> Tensor:
    """Pool the cells of a visual by frame: means, and the spread of all but the head's channels.

    (cells, CELL_CHANNELS) -> (frames, GLANCE_CHANNELS).
    """
    parts = cells.float().unflatten(0, (frames, -1))  # (t, cells, C)
    return torch.cat([parts.mean(1), parts[..., HEAD_CHANNELS:].std(1, correction=0)], dim=1)


@dataclass
class TowerOutput:
    """`pooler_output` (tokens, D) in reading order; `prior` (visuals, D), as the tower says."""

    pooler_output: Tensor
    prior: Tensor


class EfficientNetTower(nn.Module):
    """Patches to tokens, and one more token per visual: what is known of it without the decoder.

    This prior is the sum of two. ConSE (arXiv 1312.5650), the ImageNet probabilities times a table
    of class-name vectors, knows photographs of a thousand things before any training of ours. The
    `Glance` learns from drawings what pooled maps say of things that have no class.
    """

    def __init__(self, config: EfficientNetTowerConfig) -> None:
        super().__init__()
        self.spatial_merge_size = config.spatial_merge_size
        self.prior_temperature = config.prior_temperature
        self.frames = EfficientNetLite()
        self.cell_dropout, self.blind_share = config.cell_dropout, config.blind_share
        self.merger = CellMerger(
            CELL_CHANNELS, config.cell_width, config.hidden_size, config.spatial_merge_size
        )
        self.class_names = nn.Embedding(NUM_CLASSES, config.hidden_size)
        self.prior = nn.Linear(config.hidden_size, config.hidden_size, bias=False)
        self.glance = (
            Glance(config.glance_width, config.hidden_size, config.glance_dropout)
            if config.glance_width
            else None
        )
        self.frozen = config.frozen

    @property
    def dtype(self) -> torch.dtype:
        return self.frames.stem.weight.dtype

    def forward(self, pixels: Tensor, grid_thw: Tensor) -> TowerOutput:
        """Encode flattened patches (patches, 3 * 32 * 32) in block order with grids (N, 3).

        A frozen tower may have looked before: cells (patches, CELL_CHANNELS) are taken as they are.
        """
        grids = [tuple(grid) for grid in grid_thw.tolist()]
        cells = pixels if pixels.shape[1] == CELL_CHANNELS else self.cells(pixels, grids)
        parts = cells.split([t * h * w for t, h, w in grids])
        frames = [grid[0] for grid in grids]
        prior = self.class_prior(parts, frames)
        if self.glance is not None:
            prior = prior + self.glance(parts, frames)
        return TowerOutput(self.merger(self.hide_channels(parts)), prior)

    def hide_channels(self, parts: Sequence[Tensor]) -> Tensor:
        """Join the cells of visuals; in training, each visual loses channels, or is hidden whole.

        Of a hidden one the decoder has the prior alone, and learns to trust it.
        """
        if not self.training:
            return torch.cat(list(parts))
        kept = (F.dropout(torch.ones_like(part[:1]), self.cell_dropout) for part in parts)
        shown = torch.rand(len(parts)) >= self.blind_share
        return torch.cat([
            part * keep * show for part, keep, show in zip(parts, kept, shown.tolist(), strict=True)
        ])  # fmt: skip

    def cells(self, pixels: Tensor, grids: Sequence[tuple[int, int, int]]) -> Tensor:
        """Run the convolutions over flattened patches: -> (patches, CELL_CHANNELS), same order."""
        patches = pixels.split([t * h * w for t, h, w in grids])
        cells: list[Tensor] = [pixels.new_empty(0)] * len(grids)
        for grid in dict.fromkeys(grids):  # visuals of one size run as one batch
            rows = [index for index, other in enumerate(grids) if other == grid]
            images = torch.cat([self.to_images(patches[row], grid) for row in rows])
            found = self.look(images)
            for row, maps in zip(rows, found.split(grid[0]), strict=True):
                cells[row] = to_blocks(maps, self.spatial_merge_size)
        return torch.cat(cells)

    def look(self, images: Tensor) -> Tensor:
        """Run the convolutions, without a graph where the tower is frozen: -> (N, h, w, C)."""
        if not self.frozen:
            return self.frames(images)
        with torch.no_grad():
            if images.device.type != "cpu":
                return self.frames(images)
            at_once = max(1, CACHED_PIXELS // images[0, 0].numel())
            return torch.cat([self.frames(some) for some in images.split(at_once)])

    def to_images(self, patches: Tensor, grid: tuple[int, int, int]) -> Tensor:
        """Undo the patching: (t*h*w, 3*32*32) -> (t, 3, 32h, 32w)."""
        x = unblock(patches, grid, self.spatial_merge_size)  # (t, h, w, 3*32*32)
        t, h, w, _ = x.shape
        x = x.view(t, h, w, 3, CELL_PIXELS, CELL_PIXELS).permute(0, 3, 1, 4, 2, 5)
        return x.reshape(t, 3, h * CELL_PIXELS, w * CELL_PIXELS)

    def class_prior(self, parts: Sequence[Tensor], frames: Sequence[int]) -> Tensor:
        """Average the class-name vectors by probability, over the frames of each visual.

        `parts` are the cells (cells, C) of N visuals of so many frames: -> (N, D).
        """
        heads = (part[:, :HEAD_CHANNELS] for part in parts)
        seen = [head.unflatten(0, (t, -1)).mean(1) for head, t in zip(heads, frames, strict=True)]
        with torch.set_grad_enabled(torch.is_grad_enabled() and not self.frozen):
            scores = self.frames.classifier(torch.cat(seen))  # (all frames, 1000)
        probabilities = torch.softmax(scores / self.prior_temperature, dim=-1)
        means = torch.stack([some.mean(0) for some in probabilities.split(list(frames))])
        return self.prior(means @ self.class_names.weight)
