"""Every architecture learns one batch by heart, and predicts its targets better than before."""

from __future__ import annotations

import pytest
import torch

pytest.importorskip("datasets", reason="needs the [train] extra")

from gic_batches import columns_of, pairs
from one_thread import one_thread  # noqa: F401
from tiny_models import ARCHITECTURES, build_tiny

from train.objective import GICLoss

STEPS = 40


@pytest.mark.parametrize("family", ARCHITECTURES)
def test_one_batch_is_learned_by_heart(family):
    model = build_tiny(family).train()
    if family == "btok_tiny":  # its tower is most of the time, and learns in no short run
        model[0].model.visual.frozen = True
        model[0].model.visual.frames.requires_grad_(False)
    columns = columns_of(model, pairs())
    loss = GICLoss(model, mini_batch_size=None, temperature=0.05, gic_weight=0.3, gic_share=1)
    learning = [one for one in model.parameters() if one.requires_grad]
    optimizer = torch.optim.AdamW(learning, lr=3e-3)
    terms = []
    for _ in range(STEPS):
        loss(columns).backward()
        torch.nn.utils.clip_grad_norm_(learning, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        terms.append({name: float(value) for name, value in loss.terms.items()})
    assert terms[-1]["nce"] < 0.1 < 1 < terms[0]["nce"]
    assert terms[-1]["gic"] < 0.6 * terms[0]["gic"]
