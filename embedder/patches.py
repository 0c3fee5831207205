"""Pictures become patches: a size within the budget, then the flattened cells of the merger.

The pixels equal those of the stock Qwen-VL image processor.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image


def fit_size(
    width: int, height: int, *, multiple: int, min_pixels: int, max_pixels: int
) -> tuple[int, int]:
    """Return the size whose sides are multiples of `multiple` and whose area is in the budget.

    The aspect ratio is kept as closely as that allows; a strip too thin for the budget is squeezed.
    Where both bounds cannot hold, `max_pixels` does (one cell excepted).
    """
    fitted = [max(multiple, round(side / multiple) * multiple) for side in (width, height)]
    if math.prod(fitted) < min_pixels:
        scale = math.sqrt(min_pixels / (width * height))
        fitted = [-floor_to(-side * scale, multiple) for side in (width, height)]
    if math.prod(fitted) > max_pixels:
        scale = math.sqrt(max_pixels / (width * height))
        fitted = [max(multiple, floor_to(side * scale, multiple)) for side in (width, height)]
        longest = max(multiple, floor_to(max_pixels / min(fitted), multiple))
        fitted = [min(side, longest) for side in fitted]
    return fitted[0], fitted[1]


def floor_to(length: float, multiple: int) -> int:
    """Round a length down to a multiple; rounding errors of the length do not lose a whole one."""
    return math.floor(length / multiple + 1e-9) * multiple


def resize(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Resize as the stock processors do: bicubic, antialiased."""
    return image if image.size == size else image.resize(size, Image.Resampling.BICUBIC)


def to_patches(
    frames: Sequence[Image.Image],
    *,
    patch_size: int,
    merge_size: int,
    temporal_patch_size: int,
    mean: Sequence[float],
    std: Sequence[float],
) -> tuple[np.ndarray, list[int]]:
    """Cut equal-sized frames into flattened patches in the merger's block order.

    Returns (t*h*w, 3*T*P*P) float32 and the grid [t, h, w]; a last odd frame is repeated.
    """
    T, P, M = temporal_patch_size, patch_size, merge_size
    # Centre on the mean, then one multiplication: a third of the passes over the pixels.
    pixels = np.stack([np.asarray(frame, dtype=np.float32) for frame in frames])
    pixels -= np.asarray(mean, dtype=np.float32) * 255
    pixels *= 1 / (np.asarray(std, dtype=np.float32) * 255)  # (F, H, W, 3)
    if len(frames) % T:
        last = np.repeat(pixels[-1:], T - len(frames) % T, axis=0)
        pixels = np.concatenate([pixels, last])
    t, h, w = len(pixels) // T, pixels.shape[1] // P, pixels.shape[2] // P
    blocks = pixels.reshape(t, T, h // M, M, P, w // M, M, P, 3)
    blocks = blocks.transpose(0, 2, 5, 3, 6, 8, 1, 4, 7)  # (t, h/M, w/M, M, M, 3, T, P, P)
    return blocks.reshape(t * h * w, -1), [t, h, w]
