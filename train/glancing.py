"""Means and spreads of the tower's pooled maps over training pictures, to standardise by.

A `Glance` (embedder.towers) sees statistics of very different sizes. They are standardised once, by
pictures as training shows them, and the figures become part of the model.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import torch

from embedder.towers import CELL_CHANNELS, EfficientNetLite, frame_statistics
from train.rows import ViewSource
from train.sources.efficientnet import imagenet_weights

SMALLEST = 1e-3  # a channel that never changes says nothing, and must not be divided by nothing


@torch.no_grad()
def measure_statistics(sources: Iterable[ViewSource]) -> np.ndarray:
    """Return mean and spread of every statistic over the sources' views: (2, GLANCE_CHANNELS)."""
    tower = EfficientNetLite().eval()
    tower.load_state_dict(imagenet_weights())
    found = []
    for source, number in ((one, number) for one in sources for number in range(len(one))):
        image = np.asarray(source.view(number).media["image"].convert("RGB"), dtype=np.float32)
        pixels = torch.from_numpy((image - 127) / 128).permute(2, 0, 1)[None]  # (1, 3, H, W)
        cells = tower(pixels)
        found.append(frame_statistics(cells.reshape(-1, CELL_CHANNELS), 1))
    statistics = torch.cat(found)  # (views, GLANCE_CHANNELS)
    spread = statistics.std(0).clamp(min=SMALLEST)
    return torch.stack([statistics.mean(0), spread]).numpy()
