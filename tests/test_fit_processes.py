"""A run that two processes share learns what one process learns."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch

if missing := [name for name in ("datasets", "peft") if find_spec(name) is None]:
    pytest.skip(f"needs the [train] extra: {missing}", allow_module_level=True)

from sentence_transformers import SentenceTransformer
from tiny_models import tiny_folder

ROOT = Path(__file__).parents[1]
RECIPE = """
name = "shared"
workers = 0
model = "{model}"
[sources.pairs]
samples = "pairs.jsonl"
ntp_side = "positive"
{lora}
[[stages]]
name = "only"
steps = 3
batch_size = 4
mini_batch_size = 2
learning_rate = 1e-3
scheduler = "constant_with_warmup"
warmup_steps = 0
gic_weight = 1.0
gic_share = 1.0
watch_steps = 2
save_steps = 3
logging_steps = 1
"""


def run(folder: Path, name: str, *, processes: int) -> Path:
    """Run the recipe in a folder; return the folder of its stage."""
    start = [sys.executable, "-m"]
    if processes > 1:
        start += ["torch.distributed.run", "--standalone", f"--nproc-per-node={processes}", "-m"]
    words = ["train", "fit", str(folder / "recipe.toml"), "--threads", "1"]
    subprocess.run([*start, *words, "--out", str(folder / name)], check=True, cwd=ROOT)
    return folder / name / "only"


@pytest.mark.slow
@pytest.mark.parametrize("lora", ["", '[lora]\ntargets = ["q_proj"]\ndropout = 0.0'])
def test_run_of_two_processes_equals_that_of_one(lora, tmp_path):
    lines = [
        json.dumps({"query": {"text": f"number {n}"}, "positive": {"text": f"{n} is it, no more"}})
        for n in range(12)
    ]
    (tmp_path / "pairs.jsonl").write_text("\n".join(lines) + "\n")
    recipe = RECIPE.format(model=tiny_folder("qwen2_vl"), lora=lora)
    (tmp_path / "recipe.toml").write_text(recipe)
    stages = [run(tmp_path, f"run-{count}", processes=count) for count in (1, 2)]
    one, two = (
        [entry for entry in json.loads((stage / "done.json").read_text())["log"] if "gic" in entry]
        for stage in stages
    )
    assert len(one) == len(two) == 3
    for first, second in zip(one, two, strict=True):
        assert second["nce"] == pytest.approx(first["nce"], rel=1e-2)
        assert second["gic"] == pytest.approx(first["gic"], rel=1e-2)
    alone, shared = (
        SentenceTransformer(str(stage / "model"), device="cpu")[0].model.state_dict()
        for stage in stages
    )
    start = SentenceTransformer(str(tiny_folder("qwen2_vl")), device="cpu")[0].model.state_dict()
    moved = torch.cat([(alone[name] - start[name]).abs().flatten() for name in start])
    apart = torch.cat([(alone[name] - shared[name]).abs().flatten() for name in start])
    assert float(moved.sum()) > 0
    assert float(apart.sum() / moved.sum()) < 0.02
