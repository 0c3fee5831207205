"""Shipped recipes, and what recipes are refused for before anything is loaded."""

from __future__ import annotations

import json
import tomllib
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

if missing := [name for name in ("datasets", "peft") if find_spec(name) is None]:
    pytest.skip(f"needs the [train] extra: {missing}", allow_module_level=True)

from PIL import Image

from embedder.creating import Settings, create_random
from train.adapters.mixture import BLOCK, GLOBAL_BATCH, MIXTURE, NUM_FRAMES
from train.feeding import Feed
from train.fit import fit
from train.recipe import Recipe, RecipeError, load_recipe
from train.refusals import refuse_impossible

RECIPES = Path(__file__).parents[1] / "train" / "recipes"
STAGE = {
    "name": "only",
    "steps": 2,
    "batch_size": 4,
    "learning_rate": 1e-3,
    "sources": {"scenes": 1},
}


def recipe_of(stage: dict[str, Any] | None = None, **settings: Any) -> Recipe:
    """Return a recipe of drawn scenes."""
    return Recipe.model_validate({"name": "x", "stages": [STAGE | (stage or {})]} | settings)


def test_there_are_the_five_recipes():
    names = {path.stem for path in RECIPES.glob("*.toml")}
    assert names == {"btok-2b", "btok-2b-qwen3vl", "btok-tiny", "finetune", "smoke"}


@pytest.mark.parametrize("name", ["btok-2b", "btok-2b-qwen3vl"])
def test_recipe_of_the_paper_has_its_figures_and_its_mixture(name):
    recipe = load_recipe(RECIPES / f"{name}.toml")
    (stage,) = recipe.stages
    assert stage.sources == {name: part.weight for name, part in MIXTURE.items()}
    for source, part in MIXTURE.items():
        assert recipe.sources[source].subset == source
        assert recipe.side_of(stage, source) is None  # each sample says it: `part.ntp_side`
        assert part.ntp_side
    assert (stage.batch_size, stage.block) == (GLOBAL_BATCH, BLOCK)
    assert stage.gic_weight * (stage.gic_share * stage.steps == 2000) == 5.0
    assert (stage.temperature, stage.learning_rate, stage.warmup_steps) == (0.02, 5e-5, 100)
    assert recipe.lora is not None
    assert (recipe.lora.rank, recipe.lora.alpha, recipe.lora.dropout) == (16, 32, 0.05)
    assert recipe.lora.dora
    assert recipe.backbone is not None
    assert (recipe.backbone.num_btoks, recipe.backbone.num_frames) == (4, NUM_FRAMES)


def test_data_that_are_not_there_are_named_before_the_backbone_is_looked_for(tmp_path):
    with pytest.raises(RecipeError, match=r"locations\.mmeb-train\.at: there is no folder .*MMEB"):
        fit(load_recipe(RECIPES / "btok-2b.toml"), data=tmp_path, out=tmp_path / "run")
    with pytest.raises(RecipeError, match=r"sources\.pairs\.samples: there is no file"):
        fit(load_recipe(RECIPES / "finetune.toml"), data=tmp_path, out=tmp_path / "run")
    with pytest.raises(RecipeError, match="needs a prepared folder"):
        fit(load_recipe(RECIPES / "btok-tiny.toml"), data=tmp_path, out=tmp_path / "run")
    drawn = {"views": {"scenes": 8}, "glance": {"steps": 1, "sources": {"scenes": 1}}}
    recipe = Recipe.model_validate({"name": "x", "stages": [STAGE | drawn]})
    with pytest.raises(RecipeError, match=r"needs a prepared folder \(glance\)"):
        fit(recipe, data=tmp_path, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("stage", "settings", "complaint"),
    [
        ({"speed": 3}, {}, "speed"),
        ({}, {"colour": "red"}, "colour"),
        ({"block": 3}, {}, "block must divide batch_size"),
        ({"sources": {"texts": 1}}, {}, "distillation only"),
        ({"sources": {"mine": 1}}, {}, r"unknown sources mine: known are .*clipart"),
        ({"num_negatives": 1}, {}, "no hard negatives"),
        ({"distillation": 1}, {"backbone": {"name": "x"}}, "leave distillation out"),
        ({"views": {"scenes": 8}}, {"model": "btok-tiny"}, "leave them out"),
        (
            {"glance": {"steps": 1, "sources": {"scenes": 1}}},
            {},
            "fitted to maps: give views of scenes",
        ),
        (
            {"views": {"scenes": 8}, "glance": {"steps": 1, "sources": {"scenes": 1}}},
            {"lora": {"targets": ["q_proj"]}},
            "leave glance out",
        ),
        ({"train_tower": True}, {"lora": {"targets": ["q_proj"]}}, "leave train_tower out"),
        ({}, {"lora": {"targets": []}}, r"lora\.targets"),
        ({}, {"weights": "bfloat16"}, "small steps vanish"),
        ({}, {"model": "btok-tiny", "backbone": {"name": "x"}}, "not both"),
        (
            {"gic_weight": 1, "condensation": "dense"},
            {"attention": "flash_attention_2"},
            r'FlashAttention ignores .* condensation = "hand-over"',
        ),
        (
            {"gic_weight": 1},
            {"gradient_checkpointing": True},
            r'turns off the cache .* condensation = "dense"',
        ),
        ({"gic_weight": 1}, {"backbone": {"name": "x", "num_btoks": 0}}, "set num_btoks"),
        ({}, {"sources": {"mine": {"weight": 2}}}, "give `samples`, a file, or `adapter`"),
        (
            {},
            {"sources": {"Chart": {"adapter": "mmeb-train"}}},
            r"no subset 'Chart', known are .*ChartQA",
        ),
        ({}, {"sources": {"scenes": {"samples": "pairs.jsonl"}}}, "built in"),
    ],
)
def test_recipe_that_makes_no_sense_is_refused_with_the_remedy(stage, settings, complaint):
    with pytest.raises(ValueError, match=complaint):
        recipe_of(stage, **settings)


def test_stage_without_sources_learns_from_all_of_the_recipe():
    stage = {key: value for key, value in STAGE.items() if key != "sources"}
    sources = {"mine": {"samples": "a.jsonl", "weight": 2}, "ChartQA": {"adapter": "mmeb-train"}}
    recipe = Recipe.model_validate({"name": "x", "stages": [stage], "sources": sources})
    assert recipe.stages[0].sources == {"mine": 2, "ChartQA": 1}
    assert recipe.sources["ChartQA"].subset == "ChartQA"


@pytest.mark.parametrize(
    ("config", "complaint"),
    [
        (
            {"text_config": {"layer_types": ["full_attention", "linear_attention"]}},
            "layers of linear_attention, whose state carries content past the BToks: set",
        ),
        ({"tie_word_embeddings": False}, "output matrix of its own"),
        ({"num_btoks": 0}, "no BToks to predict from"),
    ],
)
def test_start_on_which_gic_does_not_work_is_refused_by_its_configuration(
    config, complaint, tmp_path
):
    (tmp_path / "modules.json").touch()  # what makes a folder a model's; there are no weights
    (tmp_path / "config.json").write_text(json.dumps(config))
    settings = {"model": str(tmp_path)}
    with pytest.raises(RecipeError, match=complaint):
        refuse_impossible(recipe_of({"gic_weight": 1}, **settings), data=tmp_path)
    refuse_impossible(recipe_of(**settings), data=tmp_path)
    (tmp_path / "config.json").write_text("{}")
    refuse_impossible(recipe_of({"gic_weight": 1}, **settings), data=tmp_path)


def test_teacher_of_another_width_is_refused(tmp_path):
    (tmp_path / "modules.json").touch()
    (tmp_path / "config.json").write_text('{"text_config": {"hidden_size": 64}}')
    (tmp_path / "texts.jsonl").touch()
    np.save(tmp_path / "teacher.npy", np.zeros((3, 256), np.float16))
    recipe = recipe_of({"distillation": 1}, model=str(tmp_path))
    with pytest.raises(RecipeError, match=r"256 wide, this start's 64"):
        refuse_impossible(recipe, data=tmp_path)
    np.save(tmp_path / "teacher.npy", np.zeros((3, 64), np.float16))
    refuse_impossible(recipe, data=tmp_path)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_flash_attention_without_a_gpu_is_refused(tmp_path):
    with pytest.raises(RecipeError, match='attention = "sdpa"'):
        refuse_impossible(recipe_of(attention="flash_attention_2"), data=tmp_path)


def test_source_of_an_adapter_is_opened_where_the_recipe_says(tmp_path):
    (tmp_path / "hound" / "train_300k" / "v1").mkdir(parents=True)
    for number in (1, 2):
        path = tmp_path / "hound" / "train_300k" / "v1" / f"c01_000{number}.jpeg"
        Image.new("RGB", (32, 32), (9, 9, number)).save(path)
    tables = tmp_path / "hound" / "video_instruction" / "train" / "sft"
    tables.mkdir(parents=True)
    turns = [{"from": "human", "value": "<video>\nDescribe"}, {"from": "gpt", "value": "a dog"}]
    line = {"id": "1", "video": "v1", "conversations": turns}
    (tables / "video_caption_300k.jsonl").write_text(json.dumps(line) + "\n")
    stage = {key: value for key, value in STAGE.items() if key != "sources"}
    recipe = Recipe.model_validate(
        {
            "name": "x",
            "stages": [stage | {"gic_weight": 1}],
            "sources": {"captions": {"adapter": "llava-hound", "subset": "video_caption_300k"}},
            "locations": {"llava-hound": {"at": "./hound"}},
        }
    )
    refuse_impossible(recipe, data=tmp_path)
    samples = Feed.of(recipe, data=tmp_path, out=tmp_path).open_own("captions")
    assert samples[0].positive == {"text": "a dog"}
    assert len(samples[0].query["video"]) == 2
    assert samples[0].ntp_side == "positive"


@pytest.mark.filterwarnings("ignore:.*pin_memory.*")
@pytest.mark.parametrize(
    "size",
    ["tiny", pytest.param("2b", marks=pytest.mark.slow)],  # 2b: 24 GB of memory
)
def test_recipe_of_the_paper_makes_two_steps_on_a_random_qwen2_vl(size, tmp_path):
    create_random(size, "qwen2_vl", tmp_path / "model", Settings(max_pixels=112 * 112))
    lines = []
    for number in range(4):
        Image.new("RGB", (90, 90), (60 * number, 9, 99)).save(tmp_path / f"{number}.png")
        pair = {"query": {"text": f"colour {number}"}, "positive": {"image": f"{number}.png"}}
        lines.append(json.dumps(pair))
    (tmp_path / "pairs.jsonl").write_text("\n".join(lines) + "\n")
    given = tomllib.loads((RECIPES / "btok-2b.toml").read_text())
    del given["backbone"], given["locations"]
    given |= {"model": str(tmp_path / "model"), "workers": 0}
    given["sources"] = {"pairs": {"samples": "pairs.jsonl"}}
    small = {"steps": 2, "batch_size": 2, "block": 2, "mini_batch_size": 1, "gic_share": 1.0}
    given["stages"][0] |= small | {"watch_steps": 2, "save_steps": 2, "logging_steps": 1}
    model = fit(Recipe.model_validate(given), data=tmp_path, out=tmp_path / "run")
    log = json.loads((tmp_path / "run" / "main" / "done.json").read_text())["log"]
    steps = [entry for entry in log if "gic" in entry]
    assert len(steps) == 2
    assert all(entry["gic"] > 1 and entry["lambda"] == 5 for entry in steps)
    assert model.encode(["a colour"]).shape == (1, model.get_embedding_dimension())
