"""Parameter-free compression of visual tokens (Magic-MM-Embedding, arXiv 2602.05275, section 3.1).

Patch features are resized bilinearly to a coarser grid before the connector, so factor 2 leaves
25 % of the tokens. There are no weights: a model may be compressed or not after it was trained.

One function, `compressed_grid`, says how many tokens are left; placeholders, positions and splits
all ask it, so that they can never disagree.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def compressed_side(tokens: int, factor: int) -> int:
    """Tokens left of an axis of `tokens` tokens: the nearest integer, at least one."""
    return max(1, (2 * tokens + factor) // (2 * factor))


def compressed_grid(grid_thw: Tensor, *, factor: int, merge_size: int) -> Tensor:
    """Return the patch grids that are left after compression: (N, 3) -> (N, 3).

    Heights and widths stay multiples of `merge_size`, because the merger joins
    merge_size x merge_size patches into one token. Sizes that are multiples of
    patch * merge_size * factor pixels lose exactly 1 - 1/factor^2 of their tokens.
    """
    if factor == 1:
        return grid_thw
    rows = [
        [t, *(compressed_side(side // merge_size, factor) * merge_size for side in (h, w))]
        for t, h, w in grid_thw.tolist()
    ]
    return torch.tensor(rows, dtype=grid_thw.dtype, device=grid_thw.device).view(-1, 3)


def unblock(x: Tensor, grid: tuple[int, int, int], block: int) -> Tensor:
    """Undo the merger's block order: (t*h*w, C) in block x block tiles -> (t, h, w, C)."""
    t, h, w = grid
    x = x.view(t, h // block, w // block, block, block, -1)  # (t, h/b, w/b, b, b, C)
    return x.permute(0, 1, 3, 2, 4, 5).reshape(t, h, w, -1)


def to_blocks(x: Tensor, block: int) -> Tensor:
    """Put a map into the merger's block order: (t, h, w, C) -> (t*h*w, C)."""
    t, h, w, channels = x.shape
    x = x.view(t, h // block, block, w // block, block, channels)  # (t, h/b, b, w/b, b, C)
    return x.permute(0, 1, 3, 2, 4, 5).reshape(t * h * w, channels)


def resize_map(x: Tensor, height: int, width: int) -> Tensor:
    """Resize bilinearly: (t, h, w, C) -> (t, height, width, C)."""
    planes = x.permute(0, 3, 1, 2).float()  # (t, C, h, w)
    planes = F.interpolate(planes, size=(height, width), mode="bilinear", align_corners=False)
    return planes.permute(0, 2, 3, 1).to(x.dtype)


def compress(x: Tensor, grid_thw: Tensor, *, factor: int, merge_size: int, block: int) -> Tensor:
    """Compress the visuals of a batch: (cells, C) -> (fewer cells, C).

    With `block == merge_size` the cells are patches in block order (before the merger). With
    `block == 1` they are merged tokens in raster order (after it), `merge_size` patches a side.
    """
    cell = merge_size // block  # patches a side of one cell
    before = [(t, h // cell, w // cell) for t, h, w in grid_thw.tolist()]
    after = compressed_grid(grid_thw, factor=factor, merge_size=merge_size).tolist()
    parts = x.split([t * h * w for t, h, w in before])
    resized = [
        to_blocks(resize_map(unblock(part, grid, block), h // cell, w // cell), block)
        for part, grid, (_, h, w) in zip(parts, before, after, strict=True)
    ]
    return torch.cat(resized)


@dataclass(frozen=True, slots=True)
class Shrinking:
    """What the mergers do to their patches at the moment."""

    grid_thw: Tensor
    factor: int
    merge_size: int


# Of one thread's forward pass: pages are encoded in threads that share a model.
_shrinking: ContextVar[Shrinking | None] = ContextVar("shrinking", default=None)


def shrink(_: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...] | None:
    """Compress the patches that reach a merger, within `compressing`; a forward-pre-hook.

    So the state dict does not change and nothing is computed twice.
    """
    now = _shrinking.get()
    if now is None:
        return None
    size = now.merge_size
    patches = compress(inputs[0], now.grid_thw, factor=now.factor, merge_size=size, block=size)
    return patches, *inputs[1:]


def install(mergers: Iterable[nn.Module]) -> None:
    """Let mergers compress whenever `compressing` says so."""
    for merger in mergers:
        merger.register_forward_pre_hook(shrink)


@contextmanager
def compressing(grid_thw: Tensor, *, factor: int, merge_size: int) -> Iterator[None]:
    """Within the block, the mergers with the hook see compressed patches."""
    token = _shrinking.set(Shrinking(grid_thw, factor, merge_size))
    try:
        yield
    finally:
        _shrinking.reset(token)
