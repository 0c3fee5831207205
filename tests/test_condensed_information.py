"""Condensed information: nothing without training, much where the BToks tell the target."""

from __future__ import annotations

import pytest
import torch
from PIL import Image
from tiny_models import build_tiny, noise

pytest.importorskip("datasets", reason="needs the [train] extra")

from gic_batches import columns_of

from train.collating import TargetCollator
from train.condensed import CondensedInformation, condensed_information
from train.objective import GICLoss

TEXTS = ("red", "a cat", "up")


def rows():
    """Return pictures of one colour each, and a text for each."""
    return [
        {
            "query": {"image": Image.new("RGB", (64, 64), colour)},
            "positive": {"text": text},
            "ntp_side": "positive",
        }
        for colour, text in zip(("red", "blue", "white"), TEXTS, strict=True)
    ]


def test_it_is_the_loss_with_another_rows_btoks_minus_the_loss_with_its_own():
    model = build_tiny("qwen2_vl")
    found_own, found = condensed_information(model, columns_of(model, rows())[0])
    with torch.no_grad():
        for number in range(3):
            # The row before it with the target of this one, encoded for itself.
            losses = []
            for content in (number, number - 1):
                row = {**rows()[content], "positive": {"text": TEXTS[number]}}
                model(columns_of(model, [row])[0])
                losses.append(model[0].model.take_generated().loss.item())
            assert found_own[number].item() == pytest.approx(losses[0], abs=1e-5)
            assert found[number].item() == pytest.approx(losses[1] - losses[0], abs=1e-5)


def test_it_is_near_zero_before_training_and_large_once_the_btoks_tell_the_target():
    torch.manual_seed(0)
    model = build_tiny("qwen2_vl")
    evaluator = CondensedInformation({"made": rows()}, TargetCollator.of(model))
    before = evaluator(model)
    assert abs(before["condensed_information"]) < 0.1
    columns = columns_of(model, rows())
    loss = GICLoss(model.train(), mini_batch_size=None, gic_weight=1.0, gic_share=1.0)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for _ in range(100):
        optimizer.zero_grad()
        loss(columns).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    after = evaluator(model)
    assert model.training
    assert after["made_target_loss"] < 0.5
    assert after["condensed_information"] > 2.0


def test_rows_of_equal_content_tell_nothing():
    model = build_tiny("qwen2_vl")
    same = [{**row, "query": {"image": noise(64, 64)}} for row in rows()]
    _, information = condensed_information(model, columns_of(model, same)[0])
    assert information.abs().max() < 1e-5


def test_sources_are_told_apart_and_batches_of_any_size_count_rows_alike():
    model = build_tiny("qwen2_vl")
    sources = {"pictures": rows(), "texts": [{"query": t, "positive": t[::-1]} for t in TEXTS]}
    collator = TargetCollator.of(model, ntp_side="both")
    found = CondensedInformation(sources, collator)(model)
    assert set(found) == {
        "pictures_target_loss",
        "pictures_condensed_information",
        "texts_target_loss",
        "texts_condensed_information",
        "condensed_information",
    }
    halves = [found[f"{name}_condensed_information"] for name in sources]
    assert found["condensed_information"] == pytest.approx(sum(halves) / 2)


def test_source_without_targets_is_refused():
    model = build_tiny("qwen2_vl")
    source = {"silent": [{**row, "ntp_side": "none"} for row in rows()]}
    with pytest.raises(ValueError, match="'silent' has no two rows with a target"):
        CondensedInformation(source, TargetCollator.of(model))(model)
