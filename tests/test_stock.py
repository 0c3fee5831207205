"""Stock folders: the same vectors, with no import of ours; what they cannot be is refused."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from sentence_transformers import SentenceTransformer
from tiny_models import FAMILIES, build_tiny, noise, tiny_folder, tiny_model

from train.__main__ import main
from train.stock import export_stock

TEXTS = ["a long text about nothing in particular, to be padded against", "short", "",
         "a <|image_pad|> and <|btok_0|> spelt out"]  # fmt: skip
SCRIPT = """
import json, sys
import numpy as np
from PIL import Image
from sentence_transformers import SentenceTransformer
model = SentenceTransformer(sys.argv[1], device="cpu")
inputs = [{"text": text} for text in json.loads(sys.argv[2])]
inputs += [{"image": Image.open(path)} for path in sys.argv[4:]]
inputs.append({"text": "what is this?", "image": Image.open(sys.argv[4])})
vectors = np.concatenate([model.encode(inputs[:4]), model.encode(inputs[4:]), model.encode(["x"])])
assert not {"embedder", "train", "torchvision"} & set(sys.modules)
np.save(sys.argv[3], vectors)
"""


def encode_elsewhere(folder: Path, pictures: list[Path], cwd: Path) -> np.ndarray:
    """Encode in a process that has never heard of this package."""
    command = [sys.executable, "-I", "-W", "ignore", "-c", SCRIPT, str(folder), json.dumps(TEXTS)]
    found = cwd / "vectors.npy"
    done = subprocess.run(
        [*command, str(found), *map(str, pictures)], capture_output=True, check=False, cwd=cwd
    )
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    return np.load(found)


@pytest.mark.filterwarnings("ignore:.*image_processor_class.*")
@pytest.mark.parametrize("family", FAMILIES)
def test_stock_folder_has_the_vectors_of_the_model_and_needs_no_import_of_ours(family, tmp_path):
    model = tiny_model(family)
    folder = tmp_path / "stock"
    export_stock(model, folder, dtype=torch.float32)
    pictures = [tmp_path / "wide.png", tmp_path / "tall.png"]
    noise(120, 90).save(pictures[0])
    noise(60, 200, seed=1).save(pictures[1])
    found = encode_elsewhere(folder, pictures, tmp_path)
    inputs = [*({"text": text} for text in TEXTS), *({"image": str(path)} for path in pictures)]
    inputs += [{"text": "what is this?", "image": str(pictures[0])}, {"text": "x"}]
    assert np.abs(found - model.encode(inputs)).max() < 1e-5
    modules = json.loads((folder / "modules.json").read_text())
    assert all(module["type"].startswith("sentence_transformers.") for module in modules)
    assert "auto_map" not in (folder / "config.json").read_text()


def test_stock_folder_of_a_model_without_btoks_takes_the_last_state(tmp_path):
    model = build_tiny("qwen2_vl", num_btoks=0)
    export_stock(model, tmp_path, dtype=torch.float32)
    stock = SentenceTransformer(str(tmp_path), device="cpu")
    inputs = [{"text": "short"}, {"text": "rather longer"}, {"image": noise(64, 64)}]
    for one in inputs:
        assert np.abs(stock.encode(one) - model.encode(one)).max() < 1e-5


def test_prompts_go_with_the_folder(tmp_path):
    model = build_tiny("qwen2_vl")
    model.prompts = {"query": "Find: ", "document": ""}
    export_stock(model, tmp_path, dtype=torch.float32)
    stock = SentenceTransformer(str(tmp_path), device="cpu")
    assert stock.prompts == model.prompts
    assert np.abs(stock.encode_query("a cat") - model.encode_query("a cat")).max() < 1e-5
    assert np.abs(stock.encode_query("a cat") - stock.encode_document("a cat")).max() > 1e-3


def test_clip_is_refused_with_the_reason(tmp_path):
    export_stock(tiny_model("qwen2_vl"), tmp_path, dtype=torch.float32)
    stock = SentenceTransformer(str(tmp_path), device="cpu")
    with pytest.raises(ValueError, match=r"[Vv]ideo|clip"):
        stock.encode([{"video": [noise(64, 64), noise(64, 64)]}])


def test_what_stock_classes_cannot_express_is_refused(tmp_path):
    with pytest.raises(ValueError, match="vision tower is a class of this package"):
        export_stock(tiny_model("btok_tiny"), tmp_path, dtype=torch.float32)
    with pytest.raises(ValueError, match="visual_compression is 2"):
        export_stock(tiny_model("qwen2_vl", visual_compression=2), tmp_path, dtype=torch.float32)
    assert not list(tmp_path.iterdir())


def finished_run(folder: Path) -> Path:
    """Write what a finished run of one stage leaves: its record and its model."""
    stage = folder / "run" / "only"
    shutil.copytree(tiny_folder("qwen2_vl"), stage / "model")
    (stage / "model" / "fingerprint.json").unlink()
    settings = {
        "backbone": None,
        "model": "somebody/start",
        "lora": None,
        "sources": {
            "pairs": {"adapter": None, "samples": "pairs.jsonl", "subset": ""},
            "DocVQA": {"adapter": "mmeb-train", "samples": None, "subset": "DocVQA"},
        },
    }
    record = {
        "stages": ["only"],
        "stage": {"name": "only", "steps": 3, "batch_size": 4, "learning_rate": 1e-4,
                  "gic_weight": 1.0, "gic_share": 0.4},
        "seed": 0, "settings": settings, "seconds": 7200.0, "flops": 1.5e15, "device": "cpu",
        "samples": {"pairs": 1234, "DocVQA": 40000}, "bad_samples": 2, "commit": "abc",
        "versions": {"torch": "2"}, "log": [],
    }  # fmt: skip
    (stage / "done.json").write_text(json.dumps(record))
    return folder / "run"


def test_exported_folder_reloads_plainly_with_prompts_golden_vectors_and_a_card(tmp_path, capsys):
    run = finished_run(tmp_path)
    assert main(["export", str(run), str(tmp_path / "mine")]) == 0
    plain = SentenceTransformer(str(tmp_path / "mine"), device="cpu")
    model = SentenceTransformer(str(run / "only" / "model"), device="cpu")
    inputs = [{"text": "a text"}, {"image": noise(90, 70)}, {"text": "q", "image": noise(64, 64)}]
    assert np.abs(plain.encode(inputs) - model.encode(inputs)).max() < 1e-5
    assert plain.prompts == model.prompts
    golden = json.loads((tmp_path / "mine" / "fingerprint.json").read_text())["golden"]
    assert set(golden) == {"text", "image", "video"}
    card = (tmp_path / "mine" / "README.md").read_text()
    assert "| pairs | 1,234 | `pairs.jsonl`, the trainer's own" in card
    assert "| DocVQA | 40,000 | `TIGER-Lab/MMEB-train`, under the licences stated there |" in card
    assert "2.00 hours on cpu, 1.50e+15 FLOPs" in card
    assert "Not measured yet" in card
    assert "## Limits" in card


def test_stock_export_of_a_run_states_its_parity(tmp_path, capsys):
    run = finished_run(tmp_path)
    assert main(["export", str(run), str(tmp_path / "stock"), "--stock", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["largest_difference"] < 1e-5
    card = (tmp_path / "stock" / "README.md").read_text()
    assert "needs no import of ours" in card
    assert card.count("## Limits") == 1


def test_results_of_a_report_stand_in_the_card(tmp_path, capsys):
    run = finished_run(tmp_path)
    figure = {"value": 0.4, "low": 0.3, "high": 0.5, "chance": 0.1}
    report = {"quick": True, "model": "mine", "overall": figure, "sets": {"x": {
        "primary": "hit@1", "hit@1": figure, "queries": 60}},
        "tasks": {"I-CLS": {**figure, "sets": ["x"]}}}  # fmt: skip
    (tmp_path / "mini.json").write_text(json.dumps(report))
    options = ["--results", str(tmp_path / "mini.json")]
    assert main(["export", str(run), str(tmp_path / "mine"), *options]) == 0
    card = (tmp_path / "mine" / "README.md").read_text()
    assert "40.0 [30.0, 50.0]" in card
    assert "python -m train evaluate mine --benchmark mini --quick" in card
    assert main(["export", str(run), str(tmp_path / "no"), "--data", "x", "--stock"]) == 2
