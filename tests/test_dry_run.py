"""A dry run of every recipe: what it says is what the recipe and the files say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from embedder.creating import Settings
from train.__main__ import main
from train.dry_run import backbone_config, dry_run, measure_file, start_of
from train.dry_run_report import duration, flops, to_text
from train.flops import Shape, Training, step_flops
from train.hardware import GPUS, find_device
from train.recipe import RecipeError, load_recipe
from train.typical import ASSUMED_PAIRS

RECIPES = sorted((Path(__file__).parents[1] / "train" / "recipes").glob("*.toml"))
H100 = GPUS["h100"]


def write_pairs(folder: Path, *, lines: int = 40) -> None:
    """Write pairs of a text of 40 letters and a picture."""
    line = json.dumps({"query": {"text": "x" * 40}, "positive": {"image": "a.png"}})
    (folder / "pairs.jsonl").write_text(f"{line}\n" * lines)


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_every_recipe_has_a_dry_run(path, tmp_path):
    recipe = load_recipe(path)
    found = dry_run(recipe, data=tmp_path, device=H100)
    assert [plan.steps for plan in found.stages] == [stage.steps for stage in recipe.stages]
    for plan in found.stages:
        parts = {part: value for part, value in plan.flops.items() if part != "total"}
        assert plan.flops["total"] == pytest.approx(sum(parts.values()))
        assert plan.flops_with_gic >= plan.flops_without_gic > 0
        assert 0 < plan.memory["activations"] < plan.memory["total"]
        total = plan.flops["total"] + plan.views_flops
        assert plan.seconds == pytest.approx(total / (0.35 * 989e12))
    assert found.learning < found.parameters
    needs_data = recipe.name != "smoke"
    assert bool(found.problems) == needs_data  # nothing is in the folder
    report = to_text(found)
    assert all(problem in report for problem in found.problems)


def test_cost_of_the_papers_run_is_stated(capsys, tmp_path):
    path = next(path for path in RECIPES if path.stem == "btok-2b")
    options = ["--dry-run", "--hardware", "h100", "--devices", "8", "--data", str(tmp_path)]
    assert main(["fit", str(path), *options, "--json"]) == 2  # no data here
    found = json.loads(capsys.readouterr().out)
    (stage,) = found["stages"]
    assert stage["steps"] * stage["batch_size"] == 5_120_000
    assert found["parameters"] == pytest.approx(2.209e9, rel=0.001)
    assert len(found["assumed"]) == 25
    assert len(found["problems"]) == 4  # a copy of each collection
    device_days = 8 * stage["seconds"] / 86400
    assert 1 < device_days < 30
    assert main(["fit", str(path), *options]) == 2
    text = capsys.readouterr().out
    assert "EFLOP" in text
    assert "35% of 989 TFLOP/s (by its data sheet)" in text


def test_a_dry_run_of_known_data_counts_its_lines_and_finds_nothing_missing(tmp_path, capsys):
    write_pairs(tmp_path)
    path = next(path for path in RECIPES if path.stem == "finetune")
    assert main(["fit", str(path), "--data", str(tmp_path), "--dry-run", "--threads", "1"]) == 0
    assert "pairs 40" in capsys.readouterr().out
    pair, lines = measure_file(tmp_path / "pairs.jsonl")
    assert (lines, pair.query.tokens, pair.positive.pictures) == (40, 10, 1)
    assert pair.usual_ntp_side == "query"


def test_lines_that_are_no_samples_or_held_out_are_not_counted(tmp_path):
    write_pairs(tmp_path)
    with (tmp_path / "pairs.jsonl").open("a") as lines:
        lines.write('{"qery": {"text": "a misspelt key"}}\n')
        lines.write('{"query": {"text": "x"}, "positive": {"text": "y"}, "split": "held_out"}\n')
    assert measure_file(tmp_path / "pairs.jsonl")[1] == 40


def test_batches_that_devices_cannot_share_are_a_problem(tmp_path):
    write_pairs(tmp_path)
    recipe = load_recipe(next(path for path in RECIPES if path.stem == "finetune"))
    assert not dry_run(recipe, data=tmp_path, device=H100, devices=2).problems
    (problem,) = dry_run(recipe, data=tmp_path, device=H100, devices=3).problems
    assert "3 processes cannot share batch_size 64" in problem


def test_a_gpu_is_asked_for_where_the_run_is_not_where_it_is_planned(tmp_path):
    write_pairs(tmp_path)
    recipe = load_recipe(next(path for path in RECIPES if path.stem == "finetune"))
    planned = recipe.model_copy(update={"attention": "flash_attention_2"})
    assert not dry_run(planned, data=tmp_path, device=H100).problems


def test_step_of_a_stage_is_the_sum_of_its_mini_batches(tmp_path):
    """Written out for one source of texts and pictures of one size."""
    write_pairs(tmp_path)
    recipe = load_recipe(next(path for path in RECIPES if path.stem == "finetune"))
    (plan,) = dry_run(recipe, data=tmp_path, device=H100).stages
    config = start_of(recipe).config
    grid = (1, 6, 8)  # 640 x 480 within 256 x 256: 256 x 192 pixels, 12 tokens
    training = Training(tower=False, both_directions=True)
    texts = Shape(16, 10 + 4)
    pictures = Shape(16, 12 + 2 + 4, (grid,) * 16)
    step = 4 * step_flops(config, [texts, pictures], training)["total"]
    contrast = 2 * 3 * 2 * 64 * 64 * 256
    assert plan.flops_without_gic == pytest.approx(step + contrast)


def test_no_weights_are_made(monkeypatch, tmp_path):
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("weights were loaded")

    monkeypatch.setattr("transformers.PreTrainedModel.from_pretrained", refuse)
    monkeypatch.setattr("safetensors.torch.load_file", refuse)
    for path in RECIPES:
        dry_run(load_recipe(path), data=tmp_path, device=H100)


def test_backbone_that_nobody_knows_is_refused():
    with pytest.raises(RecipeError, match="its sizes are not known here"):
        backbone_config("somebody/a-model", Settings())


def test_every_source_of_the_mixture_has_an_assumed_pair():
    from train.adapters.mixture import MIXTURE

    assert set(ASSUMED_PAIRS) == set(MIXTURE)
    usual = {name for name, part in MIXTURE.items()
             if ASSUMED_PAIRS[name].usual_ntp_side == part.ntp_side}  # fmt: skip
    assert set(MIXTURE) - usual == {"WebQA", "MSCOCO"}  # both; a phrase beside a picture


def test_hardware_is_named_or_measured():
    cpu = find_device("cpu")
    assert 1e8 < cpu.peak < 1e14
    assert cpu.memory > 1e9
    with pytest.raises(ValueError, match="known are h200, h100"):
        find_device("abacus")


def test_figures_are_said_as_a_person_would():
    assert flops(1.46e20) == "146 EFLOP"
    assert flops(2.5e12) == "2.5 TFLOP"
    assert [duration(value) for value in (5, 600, 36000)] == ["5 s", "10 min", "10.0 h"]
