"""Every architecture learns one batch by heart, and predicts its targets better than before."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

pytest.importorskip("datasets", reason="needs the [train] extra")

from gic_batches import columns_of, pairs
from one_thread import one_thread  # noqa: F401
from tiny_models import FAMILIES, build_tiny

from train.objective import GICLoss

STEPS = 40
LEARNING_RATES = {"btok_tiny": 1e-3}  # four times as wide as the others
# An untrained tower sees noise as noise: of five pictures and two clips few are told apart so soon.
LEFT = {"btok_tiny": 1.2}
PIXELS = {"pixel_values": "image_grid_thw", "pixel_values_videos": "video_grid_thw"}


def look_once(tower: nn.Module, columns: list[dict[str, Any]]) -> None:
    """Freeze btok-tiny's tower and put what it sees in the place of pixels: it is slow to learn."""
    tower.frozen = True
    tower.frames.requires_grad_(False)
    for column in columns:
        for pixels, grids in PIXELS.items():
            if pixels in column:
                shapes = [tuple(grid) for grid in column[grids].tolist()]
                column[pixels] = tower.cells(column[pixels], shapes)


@pytest.mark.parametrize(
    "family",
    [*FAMILIES, pytest.param("btok_tiny", marks=pytest.mark.slow)],  # half a minute
)
def test_one_batch_is_learned_by_heart(family):
    model = build_tiny(family).train()
    columns = columns_of(model, pairs())
    if family == "btok_tiny":
        look_once(model[0].model.visual, columns)
    loss = GICLoss(model, mini_batch_size=None, temperature=0.05, gic_weight=0.3, gic_share=1)
    learning = [one for one in model.parameters() if one.requires_grad]
    optimizer = torch.optim.AdamW(learning, lr=LEARNING_RATES.get(family, 3e-3))
    terms = []
    for _ in range(STEPS):
        loss(columns).backward()
        torch.nn.utils.clip_grad_norm_(learning, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        terms.append({name: float(value) for name, value in loss.terms.items()})
    assert terms[-1]["nce"] < LEFT.get(family, 0.1) < 1.5 < terms[0]["nce"]
    assert terms[-1]["gic"] < 0.6 * terms[0]["gic"]
