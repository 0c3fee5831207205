"""The loss: its terms against known answers, its schedule, what a trainer sees of it."""

from __future__ import annotations

import math
from types import SimpleNamespace

import pytest
import torch
from PIL import Image
from tiny_models import ARCHITECTURES, build_tiny

pytest.importorskip("datasets", reason="needs the [train] extra")

from datasets import Dataset
from gic_batches import columns_of, pairs
from sentence_transformers import (
    SentenceTransformerTrainer,
    SentenceTransformerTrainingArguments,
)

from train.collating import TargetCollator
from train.objective import GICLoss, LossStep
from train.terms import TermLogging


def test_gic_term_is_the_mean_over_rows_whatever_the_mini_batches():
    model = build_tiny("qwen2_vl")
    columns = columns_of(model, pairs())
    with torch.no_grad():
        expected = 0.0
        for column in columns:
            model(dict(column))
            expected += model[0].model.take_generated().loss.sum().item() / 7
    for options in ({"mini_batch_size": 2}, {"mini_batch_size": None}, {"gic_mode": "dense"}):
        loss = GICLoss(model, gic_share=1.0, **options)
        with torch.no_grad():
            evaluated = loss(columns)
        assert loss.terms["gic"].item() == pytest.approx(expected, rel=1e-5)
        assert evaluated.item() == pytest.approx(loss.total.item())
        loss(columns).backward()
        assert loss.terms["gic"].item() == pytest.approx(expected, rel=1e-5)
    model.zero_grad()


def test_nothing_of_a_step_is_left_in_the_model():
    model = build_tiny("qwen2_vl").train()
    GICLoss(model, mini_batch_size=3, gic_share=1.0)(columns_of(model, pairs())).backward()
    assert model[0].model.take_generated() is None


def test_targets_are_decoded_in_the_second_pass_only_and_not_after_the_switch(monkeypatch):
    model = build_tiny("qwen2_vl").train()
    loss, columns = GICLoss(model, mini_batch_size=4), columns_of(model, pairs()[:4])
    run, calls = model[0].model.language_model.forward, []
    monkeypatch.setattr(
        model[0].model.language_model, "forward", lambda **given: calls.append(1) or run(**given)
    )
    loss.progress = 0.0
    loss(columns).backward()
    during, calls[:] = len(calls), []
    loss.progress = 0.4
    loss(columns).backward()
    assert (during, len(calls)) == (2 + 2 * 2, 2 + 2)


@pytest.mark.parametrize(
    ("share", "steps", "weights"),
    [(0.4, 5, [5, 5, 0, 0, 0]), (1.0, 3, [5, 5, 5]), (0.0, 2, [0, 0])],
)
def test_lambda_is_constant_for_its_share_of_the_steps_then_zero(share, steps, weights):
    loss = GICLoss(torch.nn.Identity(), gic_share=share)
    callback, found = LossStep(loss), []
    for step_number in range(steps):
        state = SimpleNamespace(global_step=step_number, max_steps=steps)
        callback.on_step_begin(None, state, None)
        found.append(loss.weight)
    assert found == weights


def test_lambda_of_the_paper_is_active_for_2000_of_5000_steps():
    loss = GICLoss(torch.nn.Identity())
    for step_number, weight in ((0, 5.0), (1999, 5.0), (2000, 0.0), (4999, 0.0)):
        loss.progress = step_number / 5000
        assert loss.weight == weight


def test_loss_that_was_never_told_the_step_says_how():
    model = build_tiny("qwen2_vl")
    with pytest.raises(ValueError, match=r"add LossStep\(loss\)"):
        GICLoss(model)(columns_of(model, pairs()))


def test_settings_that_cannot_work_are_refused():
    model = build_tiny("qwen2_vl")
    with pytest.raises(ValueError, match="allowed are handover, dense"):
        GICLoss(model, gic_mode="full")
    queries = columns_of(model, [{"query": {"text": "alone"}}])
    with pytest.raises(ValueError, match="teaches nothing"):
        GICLoss(model, gic_share=1.0)(queries)
    with pytest.raises(ValueError, match="teacher's vectors"):
        GICLoss(model, distillation=1.0)(queries)


class LoggingTrainer(TermLogging, SentenceTransformerTrainer):
    """The stock trainer with the terms in its log."""

    def add_model_card_callback(self, defaults):
        pass


@pytest.mark.filterwarnings("ignore:.*pin_memory.*")
@pytest.mark.parametrize("mini_batch_size", [2, None])
def test_trainer_logs_the_terms_and_their_sum_over_the_switch_of_lambda(tmp_path, mini_batch_size):
    model = build_tiny("qwen2_vl")
    columns = ("query", "positive", "ntp_side")
    rows = [{**{"ntp_side": "none"}, **row} for row in pairs() if "text" in row["positive"]] * 2
    data = Dataset.from_dict({"row": range(len(rows))}).with_transform(
        lambda batch: {name: [rows[n][name] for n in batch["row"]] for name in columns}
    )
    loss = GICLoss(model, mini_batch_size=mini_batch_size, gic_share=0.5)
    trainer = LoggingTrainer(
        model=model,
        args=SentenceTransformerTrainingArguments(
            str(tmp_path),
            max_steps=4,
            per_device_train_batch_size=2,
            gradient_accumulation_steps=2,
            logging_steps=1,
            report_to="none",
            use_cpu=True,
            save_strategy="no",
            disable_tqdm=True,
        ),
        train_dataset=data,
        loss=loss,
        data_collator=TargetCollator.of(model),
        callbacks=[LossStep(loss)],
    )
    trainer.train()
    log = trainer.state.log_history[:4]
    assert [entry["lambda"] for entry in log] == [5.0, 5.0, 0.0, 0.0]
    assert [entry["gic"] > 0 for entry in log] == [True, True, False, False]
    for entry in log:
        total = entry["nce"] + entry["lambda"] * entry["gic"]
        assert entry["loss"] == pytest.approx(total, abs=2e-3)  # terms are logged with 4 digits


@pytest.mark.parametrize("family", ARCHITECTURES)
def test_one_batch_is_overfitted(family):
    torch.manual_seed(0)
    small = {"min_pixels": 64 * 64, "max_pixels": 64 * 64}
    model = build_tiny(family, **small).train()
    rows = [
        {"query": {"image": Image.new("RGB", (64, 64), colour)}, "positive": {"text": text}}
        for colour, text in (("red", "red"), ("blue", "a cat"), ("white", "up"))
    ]
    columns = columns_of(model, rows, ntp_side="positive")
    loss = GICLoss(model, mini_batch_size=2, gic_weight=1.0, gic_share=1.0)
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=3e-3)
    start = None
    for _ in range(120):
        optimizer.zero_grad()
        loss(columns).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        start = start or {name: float(value) for name, value in loss.terms.items()}
        if loss.terms["nce"] < 0.05 and loss.terms["gic"] < 0.3:
            break
    assert start["gic"] > 4.5
    assert loss.terms["nce"] < 0.05
    assert loss.terms["gic"] < 0.3


def test_distillation_and_directions_against_a_hand_made_case():
    class Passing(torch.nn.Module):
        def forward(self, features):
            return {"sentence_embedding": features["x"]}

    loss = GICLoss(
        Passing(),
        mini_batch_size=None,
        temperature=1.0,
        gic_weight=0.0,
        both_directions=True,
        distillation=2.0,
        false_negative_ceiling=0.9,
    )
    queries = torch.eye(3)
    documents = torch.tensor([[0.0, 1.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    labels = torch.tensor([[0.0, 1.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]])
    value = loss([{"x": queries}, {"x": documents}], labels)
    # Rows 0 and 1 share a label, so neither is the other's negative; row 2 has none.
    forth = (math.log(2) + math.log(1 + math.exp(-1)) + math.log(1 + 2 * math.exp(-1))) / 3
    back = (math.log(2) + math.log(1 + math.exp(-1)) + math.log(1 + 2 * math.exp(-1))) / 3
    assert loss.terms["nce"].item() == pytest.approx((forth + back) / 2)
    assert loss.terms["distillation"].item() == pytest.approx(2.0 * (1 + 0) / 2)
    assert value.item() == pytest.approx(loss.total.item())
