"""The gradient of the loss: against plain ones, against the stock loss, over processes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from tiny_models import ARCHITECTURES, build_tiny, noise

pytest.importorskip("datasets", reason="needs the [train] extra")

from gic_batches import (
    assert_same_gradients,
    columns_of,
    gradients,
    largest_difference,
    one_thread,
    pairs,
)
from peft import LoraConfig
from sentence_transformers.base.losses.gradcache import _create_minibatch
from sentence_transformers.sentence_transformer.losses import (
    CachedMultipleNegativesRankingLoss,
)
from two_processes import CASES, step

from train import objective
from train.adapting import adapt
from train.objective import GICLoss, without_targets
from train.recipe import Lora

LORA = LoraConfig(
    r=4,
    lora_alpha=8,
    lora_dropout=0.3,
    target_modules=r".*language_model\.layers\.\d+\.(self_attn\.(q|k|v|o)_proj|mlp\.up_proj)",
    modules_to_save=["btok"],
)


@pytest.fixture(autouse=True)
def threads():
    before = torch.get_num_threads()
    one_thread()
    yield
    torch.set_num_threads(before)


def with_negatives():
    """Return the seven pairs, a hard negative each."""
    return [
        {**row, "negatives": [{"image": noise(64, 64, seed=n)} if n % 2 else {"text": f"no {n}"}]}
        for n, row in enumerate(pairs())
    ]


def full(family):
    """Return a model all of whose parameters train, with dropout in its attention."""
    model = build_tiny(family).train()
    for layer in model[0].model.language_model.layers:
        layer.self_attn.attention_dropout = 0.2
    return model


def lora(family):
    """Return a model with LoRA on its decoder, dropout in it, and BToks that train."""
    model = build_tiny(family)
    model.add_adapter(LORA)
    for name, parameter in model.named_parameters():
        if "lora_B" in name:  # starts at 0, which would hide what reaches lora_A
            torch.nn.init.normal_(parameter, std=0.02)
    return model.train()


def dora(family):
    """Return a model as recipes adapt it: DoRA, dropout in it, BToks that train."""
    model = build_tiny(family)
    adapt(model, Lora(targets=("q_proj", "up_proj"), rank=4, alpha=8, dropout=0.3), seed=0)
    return model.train()


def plain_gradient(model, columns, mini_batch_size, mode):
    """Return loss and gradients of one graph, written out.

    Mini-batches are encoded one after the other, as the first pass of GradCache does, so dropout
    draws the same masks; decoding targets over the slots must not move the next mini-batch's.
    """
    torch.manual_seed(5)
    vectors, gic = [], 0.0
    for column in columns:
        parts = []
        for begin in range(0, len(column["input_ids"]), mini_batch_size):
            batch = _create_minibatch(column, begin, begin + mini_batch_size)
            before = torch.get_rng_state()
            parts.append(model({**batch, "gic_mode": mode})["sentence_embedding"])
            generated = model[0].model.take_generated()
            if generated is not None:
                gic = gic + generated.loss.sum()
            if mode == "handover":
                torch.set_rng_state(before)
                with torch.no_grad():
                    model(without_targets(batch))
        vectors.append(torch.cat(parts))
    queries, *documents = vectors
    scores = queries @ torch.cat(documents).T / 0.02
    loss = F.cross_entropy(scores, torch.arange(len(queries))) + 5.0 * gic / len(queries)
    loss.backward()
    return loss.item(), gradients(model.named_parameters())


def cached_gradient(model, columns, mini_batch_size, mode):
    """Return loss and gradients of the loss."""
    torch.manual_seed(5)
    loss = GICLoss(model, mini_batch_size=mini_batch_size, gic_mode=mode)
    loss.progress = 0.0
    loss(columns).backward()
    return loss.total.item(), gradients(model.named_parameters())


@pytest.mark.parametrize("mode", ["handover", "dense"])
@pytest.mark.parametrize("mini_batch_size", [1, 3, 4, 7])
@pytest.mark.parametrize("build", [full, lora, dora])
def test_cached_gradient_equals_the_plain_one_with_dropout(build, mini_batch_size, mode):
    model = build("qwen2_vl")
    columns = columns_of(model, with_negatives())
    found, cached = cached_gradient(model, columns, mini_batch_size, mode)
    expected, plain = plain_gradient(model, columns, mini_batch_size, mode)
    assert found == pytest.approx(expected, rel=1e-6)
    assert found > 20  # five times about 5.5 nats of GIC
    assert_same_gradients(cached, plain, tolerance=1e-5)
    assert any("btok" in name for name in plain)


@pytest.mark.parametrize("mode", ["handover", "dense"])
def test_gradient_is_wrong_where_random_states_are_not_replayed(mode, monkeypatch):
    model = full("qwen2_vl")
    columns = columns_of(model, with_negatives())
    _, plain = plain_gradient(model, columns, 3, mode)
    monkeypatch.setattr(objective.RandContext, "__enter__", lambda self: None)
    monkeypatch.setattr(objective.RandContext, "__exit__", lambda self, *error: None)
    _, cached = cached_gradient(model, columns, 3, mode)
    assert largest_difference(cached, plain) > 0.05


def test_gradient_is_wrong_where_the_first_pass_of_the_dense_mask_has_no_target(monkeypatch):
    model = full("qwen2_vl")
    columns = columns_of(model, with_negatives())
    _, plain = plain_gradient(model, columns, 3, "dense")
    cut = objective._create_minibatch
    passes = []

    def without_targets_at_first(column, begin, end):
        passes.append(begin)
        first = len(passes) <= 9  # three mini-batches of each column
        return without_targets(cut(column, begin, end)) if first else cut(column, begin, end)

    monkeypatch.setattr(objective, "_create_minibatch", without_targets_at_first)
    _, cached = cached_gradient(model, columns, 3, "dense")
    assert largest_difference(cached, plain) > 0.05


@pytest.mark.parametrize("mode", ["handover", "dense"])
@pytest.mark.parametrize("family", ARCHITECTURES)
def test_mini_batches_change_nothing_on_any_architecture(family, mode):
    model = build_tiny(family).train()
    columns = columns_of(model, with_negatives())
    found = {}
    for mini_batch_size in (None, 3):
        found[mini_batch_size] = cached_gradient(model, columns, mini_batch_size, mode)
    assert found[3][0] == pytest.approx(found[None][0], rel=1e-5)
    assert_same_gradients(found[3][1], found[None][1], tolerance=1e-5)


@pytest.mark.parametrize("both_directions", [False, True])
def test_without_gic_the_loss_is_that_of_sentence_transformers(both_directions):
    model = build_tiny("qwen2_vl").train()
    columns = columns_of(model, with_negatives())
    directions = {"directions": ("query_to_doc", "doc_to_query"), "partition_mode": "per_direction"}
    stock = CachedMultipleNegativesRankingLoss(
        model, scale=50.0, mini_batch_size=3, **(directions if both_directions else {})
    )
    ours = GICLoss(model, mini_batch_size=3, both_directions=both_directions)
    ours.progress = 0.4  # lambda has just become 0
    results = []
    for loss in (stock, ours):
        value = loss([without_targets(dict(column)) for column in columns], None)
        value.backward()
        results.append((value.item(), gradients(model.named_parameters())))
    assert results[0][0] == pytest.approx(results[1][0], rel=1e-6)
    assert_same_gradients(results[0][1], results[1][1], tolerance=1e-5)


def test_target_as_wide_as_the_input_survives_mini_batches():
    model = build_tiny("qwen2_vl").train()
    rows = [
        {"query": {"text": "q" * 40}, "positive": {"text": "p" * 32}},
        {"query": {"text": "short"}, "positive": {"text": "also"}},
        {"query": {"text": "second"}, "positive": {"text": "r" * 32}},
    ]
    columns = columns_of(model, rows, ntp_side="positive")
    width = columns[0]["input_ids"].shape[1]
    ids = columns[0]["gic_ids"]
    assert ids.shape == (3, 1, width)
    # Mini-batches of one drop the padding of the last row, and would drop as much of its target.
    assert _create_minibatch(columns[0], 2, 3)["gic_ids"].shape == (1, 1, width)
    flat = {**columns[0], "gic_ids": ids[:, 0]}
    assert _create_minibatch(flat, 2, 3)["gic_ids"].shape[1] < width
    whole, _ = cached_gradient(model, columns, None, "handover")
    parts, _ = cached_gradient(model, columns, 1, "handover")
    assert parts == pytest.approx(whole, rel=1e-6)


def test_gradients_under_bfloat16_are_those_of_one_graph():
    model = build_tiny("qwen2_vl").train()
    inner = model[0].model
    inner.forward = torch.autocast("cpu", dtype=torch.bfloat16)(inner.forward)  # as accelerate does
    columns = columns_of(model, pairs())
    found, cached = cached_gradient(model, columns, 3, "handover")
    expected, plain = cached_gradient(model, columns, None, "handover")
    assert found == pytest.approx(expected, rel=1e-2)
    assert largest_difference(cached, plain) < 0.05


@pytest.fixture(scope="module")
def shared_batch(tmp_path_factory):
    """What two processes found that share a batch of eight."""
    out = tmp_path_factory.mktemp("two")
    script = Path(__file__).with_name("two_processes.py")
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    done = subprocess.run(
        [*command, str(script), str(out)],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
        env=environment(),
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return [torch.load(out / f"{rank}.pt") for rank in (0, 1)]


def environment():
    """Return this process's environment, with the packages of this checkout first."""
    root = str(Path(__file__).parents[1])
    return {**os.environ, "PYTHONPATH": root, "OMP_NUM_THREADS": "1"}


@pytest.mark.parametrize("case", CASES)
def test_two_processes_find_the_gradient_of_one_with_the_whole_batch(shared_batch, case):
    assert [found["world"] for found in shared_batch] == [2, 2]
    model = build_tiny("qwen2_vl")
    whole = step(model, model, slice(0, 8), **CASES[case])
    first, second = (found[case] for found in shared_batch)
    assert_same_gradients(first["gradients"], second["gradients"], tolerance=1e-9)
    assert_same_gradients(first["gradients"], whole["gradients"], tolerance=1e-5)
    for name, value in whole["terms"].items():
        assert (first["terms"][name] + second["terms"][name]) / 2 == pytest.approx(value, rel=1e-4)
    if case != "no GIC":
        assert first["terms"]["gic"] != pytest.approx(second["terms"]["gic"], rel=0.1)


def test_processes_that_cannot_share_a_batch_are_told_so(shared_batch):
    for found in shared_batch:
        assert "hold [[3, 4, 8], [3, 5, 10]] columns" in found["uneven"]
        assert "set mini_batch_size" in found["one graph"]
