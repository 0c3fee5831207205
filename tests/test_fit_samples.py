"""Runs over a person's own samples, from a model folder: adapters, bad samples, stops, resuming."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import torch

if missing := [name for name in ("datasets", "peft") if find_spec(name) is None]:
    pytest.skip(f"needs the [train] extra: {missing}", allow_module_level=True)

from one_thread import one_thread  # noqa: F401
from PIL import Image
from sentence_transformers import SentenceTransformer
from tiny_models import build_tiny, mixed_inputs, tiny_folder
from transformers import TrainerState

import embedder
import train.objective
from train.adapting import adapt, is_adapted, merge
from train.bad_samples import TooManyBadSamples
from train.export import export
from train.fit import fit
from train.meter import FlopsMeter
from train.recipe import Lora, Recipe, RecipeError
from train.records import sound_checkpoint
from train.trainer import NotFinite, SessionClock

LORA = {"targets": ["self_attn.q_proj", "down_proj"], "rank": 4, "alpha": 8, "dropout": 0.3}
PLAIN = {
    "name": "only",
    "steps": 4,
    "batch_size": 4,
    "learning_rate": 1e-2,
    "scheduler": "linear",
    "warmup_steps": 1,
    "both_directions": False,
    "save_steps": 2,
    "logging_steps": 1,
}
GIC = {"gic_weight": 1.0, "gic_share": 0.75, "mini_batch_size": 3, "watch_steps": 2}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nine coloured pictures with their names; the file of line 5 is no picture."""
    folder = tmp_path_factory.mktemp("own")
    lines = []
    for number in range(9):
        colour = (number * 28, 255 - number * 28, 120)
        Image.new("RGB", (64, 56), colour).save(folder / f"{number}.png")
        sample = {"query": {"text": f"colour {number}"}, "positive": {"image": f"{number}.png"}}
        lines.append(json.dumps(sample))
    (folder / "4.png").write_bytes(b"no picture")
    (folder / "pairs.jsonl").write_text("\n".join(lines) + "\n")
    return folder


def test_a_side_that_the_recipe_asks_for_makes_bad_samples_too(folder, tmp_path):
    """The query without words is named with its line; where no target is wanted, it is used."""
    data = tmp_path / "data"
    shutil.copytree(folder, data)
    wordless = {"query": {"image": "1.png"}, "positive": {"text": "colour 1"}}
    with (data / "pairs.jsonl").open("a") as lines:
        lines.write(json.dumps(wordless) + "\n")
    asked = {"pairs": {"samples": "pairs.jsonl", "ntp_side": "query"}}
    recipe = own_recipe(GIC | {"steps": 8}, sources=asked, max_bad_samples=9)
    fit(recipe, data=data, out=tmp_path / "run")
    bad = (tmp_path / "run" / "bad_samples.jsonl").read_text()
    assert "line 10" in bad
    assert "nothing to generate from query" in bad
    fit(own_recipe(sources=asked, max_bad_samples=9), data=data, out=tmp_path / "plain")
    assert "line 10" not in (tmp_path / "plain" / "bad_samples.jsonl").read_text()


def own_recipe(stage: dict[str, Any] | None = None, **settings: Any) -> Recipe:
    """Return a recipe that starts from a random Qwen2-VL and learns from the folder."""
    whole = {
        "name": "own",
        "workers": 0,
        "model": str(tiny_folder("qwen2_vl")),
        "sources": {"pairs": {"samples": "pairs.jsonl"}},
        "stages": [PLAIN | (stage or {})],
    }
    return Recipe.model_validate(whole | settings)


def weights(model: SentenceTransformer) -> dict[str, torch.Tensor]:
    """Return what a model consists of."""
    return model[0].model.state_dict()


def assert_equal(first: SentenceTransformer, second: SentenceTransformer) -> None:
    """Compare models bit for bit."""
    one, other = weights(first), weights(second)
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)


def record_of(run: Path) -> dict[str, Any]:
    """Return the record of a finished stage."""
    return json.loads((run / "only" / "done.json").read_text())


@pytest.fixture(scope="module")
def adapted(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run with adapters and GIC."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    out = tmp_path_factory.mktemp("adapted")
    model = fit(own_recipe(GIC, lora=LORA), data=folder, out=out)
    torch.set_num_threads(before)
    assert not is_adapted(model)
    assert_equal(model, load(out / "only" / "model"))
    return out


def load(folder: Path) -> SentenceTransformer:
    """Load a model folder."""
    return SentenceTransformer(str(folder), device="cpu")


@pytest.mark.filterwarnings("ignore:.*pin_memory.*")
def test_adapted_run_resumes_bit_identical(folder, adapted, tmp_path):
    half = Path("only", "checkpoint-2")  # all that a run has that was killed in its third step
    assert not list((adapted / half).glob("model*.safetensors"))  # not the base
    shutil.copytree(adapted / half, tmp_path / "parts" / half)
    parts = fit(own_recipe(GIC, lora=LORA), data=folder, out=tmp_path / "parts")
    assert_equal(load(adapted / "only" / "model"), parts)


def test_adapted_run_trains_what_it_names_is_merged_and_keeps_a_record(adapted):
    whole = load(adapted / "only" / "model")
    start = weights(load(tiny_folder("qwen2_vl")))
    assert start.keys() == weights(whole).keys()
    named = ("self_attn.q_proj.weight", "mlp.down_proj.weight", "btok.weight")
    for name, value in weights(whole).items():
        assert torch.equal(value, start[name]) != name.endswith(named), name
    record = record_of(adapted)
    assert record["samples"] == {"pairs": 9}
    assert record["bad_samples"] == 1
    assert record["flops"] == record["sessions"][-1]["flops"] > 1e8
    assert [session["to_step"] for session in record["sessions"]] == [4]
    assert record["settings"]["lora"]["rank"] == 4
    steps = [entry for entry in record["log"] if "gic" in entry]
    assert [entry["lambda"] for entry in steps] == [1, 1, 1, 0]
    assert all(entry["pairs_per_second"] > 0 for entry in steps[1:])
    assert steps[-1]["seconds_left"] == 0
    assert sum("eval_condensed_information" in entry for entry in record["log"]) == 2


def test_session_counts_from_its_start_and_is_added_to_those_before(tmp_path):
    def stop(at_step: int, *, after: float, main: bool = True) -> list[dict[str, Any]]:
        clock = SessionClock(tmp_path, meter, started=time.monotonic() - after)
        for step in (at_step - 1, at_step):  # a later checkpoint replaces an earlier one
            state = TrainerState(global_step=step, is_world_process_zero=main)
            clock.on_save(None, state, None)
        return json.loads((tmp_path / "sessions.json").read_text())

    meter = FlopsMeter(None, None, None)
    meter.total = 7.0
    (first,) = stop(2, after=30.0)
    assert (first["to_step"], first["flops"]) == (2, 7.0)
    assert 30.0 <= first["seconds"] < 60.0
    again = stop(5, after=100.0)
    assert again[0] == first
    assert (again[1]["to_step"], again[1]["seconds"] >= 100.0) == (5, True)
    assert stop(9, after=1.0, main=False) == again  # another process of the same run


def test_exported_run_is_a_sealed_folder_with_the_vectors_of_its_model(adapted, tmp_path):
    report = export(adapted, tmp_path / "mine", data=None)
    exported = embedder.load(tmp_path / "mine", device="cpu")
    assert exported.fingerprint == report["fingerprint"]
    model = load(adapted / "only" / "model")
    torch.testing.assert_close(
        torch.from_numpy(exported.encode(mixed_inputs())),
        torch.from_numpy(model.encode(mixed_inputs())),
        atol=1e-5,
        rtol=0,
    )
    card = (tmp_path / "mine" / "README.md").read_text()
    assert "DoRA, rank 4, alpha 8, dropout 0.3" in card
    assert "samples: pairs 9" in card


def test_merged_model_has_the_vectors_of_the_adapted_one():
    model = build_tiny("qwen2_vl").eval()
    adapt(model, Lora(targets=("q_proj", "attn.qkv")), seed=0)
    torch.manual_seed(1)
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            assert "lora" in name or "btok" in name
            parameter.data += 0.1 * torch.randn_like(parameter)
    adapted = model.encode(mixed_inputs(), convert_to_tensor=True)
    merge(model)
    assert not any("lora" in name for name in weights(model))
    merged = model.encode(mixed_inputs(), convert_to_tensor=True)
    torch.testing.assert_close(adapted, merged, atol=1e-5, rtol=0)
    plain = build_tiny("qwen2_vl").eval().encode(mixed_inputs(), convert_to_tensor=True)
    assert not torch.allclose(plain, merged, atol=1e-2)


def test_target_that_names_no_layer_is_refused_with_the_names_there_are():
    with pytest.raises(RecipeError, match=r"'query_proj' is the name of no linear layer.*q_proj"):
        adapt(build_tiny("qwen2_vl"), Lora(targets=("q_proj", "query_proj")), seed=0)


@pytest.mark.filterwarnings("ignore:.*pin_memory.*")
def test_bad_samples_are_left_out_up_to_the_limit_then_the_run_stops(folder, tmp_path):
    stage = {"steps": 4, "train_tower": True}
    alone = fit(own_recipe(stage), data=folder, out=tmp_path / "alone")
    helped = fit(own_recipe(stage, workers=2), data=folder, out=tmp_path / "helped")
    assert_equal(alone, helped)  # whoever decodes
    start = weights(load(tiny_folder("qwen2_vl")))
    learned = [
        name for name, value in weights(alone).items() if not torch.equal(value, start[name])
    ]
    assert any(name.startswith("visual.blocks") for name in learned)
    listed = (tmp_path / "helped" / "bad_samples.jsonl").read_text()
    assert "pairs.jsonl, line 5" in listed
    assert "4.png" in listed
    for workers in (0, 1):
        with pytest.raises(TooManyBadSamples, match=r"^1 samples cannot be used.*line 5"):
            fit(
                own_recipe(stage, workers=workers, max_bad_samples=0),
                data=folder,
                out=tmp_path / f"strict-{workers}",
            )


def nan_at(step: int) -> Callable[..., torch.Tensor]:
    """Return InfoNCE that is NaN at one step."""
    right, calls = train.objective.info_nce, []

    def info_nce(*args: Any, **options: Any) -> torch.Tensor:
        calls.append(1)
        loss = right(*args, **options)
        return loss * float("nan") if len(calls) == step else loss

    return info_nce


def test_nan_stops_the_run_and_keeps_the_last_checkpoint(folder, tmp_path, monkeypatch):
    recipe = own_recipe()
    whole = fit(recipe, data=folder, out=tmp_path / "whole")
    with monkeypatch.context() as patched:
        patched.setattr(train.objective, "info_nce", nan_at(3))
        with pytest.raises(NotFinite, match=r"the loss is nan at step 3 .*checkpoint"):
            fit(recipe, data=folder, out=tmp_path / "run")
    stage = tmp_path / "run" / "only"
    assert sound_checkpoint(stage) == str(stage / "checkpoint-2")
    assert_equal(whole, fit(recipe, data=folder, out=tmp_path / "run"))


def failing_save(act: Callable[[], None]) -> Callable[..., None]:
    """Return `torch.save` that writes half of the second checkpoint's optimizer, then acts."""
    right = torch.save

    def save(thing: Any, file: Any, *args: Any, **options: Any) -> None:
        right(thing, file, *args, **options)
        path = Path(str(file))
        if path.name == "optimizer.pt" and path.parent.name == "checkpoint-4":
            os.truncate(path, path.stat().st_size // 2)
            act()

    return save


def no_space() -> None:
    """Fail as a full disk does."""
    raise OSError(28, "No space left on device")


def killed() -> None:
    """End this process as `kill -9` does."""
    os.kill(os.getpid(), signal.SIGKILL)


def test_full_disk_and_kill_during_a_save_leave_the_checkpoint_before(
    folder, tmp_path, monkeypatch
):
    recipe = own_recipe(lora=LORA)
    whole = fit(recipe, data=folder, out=tmp_path / "whole")
    monkeypatch.setattr(torch, "save", failing_save(no_space))
    with pytest.raises(OSError, match="No space left"):
        fit(recipe, data=folder, out=tmp_path / "full")
    monkeypatch.undo()
    child = os.fork()
    if child == 0:
        torch.save = failing_save(killed)
        fit(recipe, data=folder, out=tmp_path / "killed")
        os._exit(0)  # never: it was killed
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    for name in ("full", "killed"):
        stage = tmp_path / name / "only"
        assert (stage / "checkpoint-4" / "optimizer.pt").exists()
        assert_equal(whole, fit(recipe, data=folder, out=tmp_path / name))
