"""docs/training.md against the code: its example, its drawing, the tests that it names."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import torch

pytest.importorskip("datasets", reason="needs the [train] extra")

from embedder.condensation import condensation_mask
from embedder.segments import BTOK, CONTENT, TARGET

TESTS = Path(__file__).parent
DOCUMENT = (TESTS.parent / "docs" / "training.md").read_text(encoding="utf-8")


def blocks_under(heading: str) -> list[str]:
    """Return the fenced blocks of a section."""
    section = re.split(r"^## ", DOCUMENT.split(f"\n## {heading}\n")[1], flags=re.MULTILINE)[0]
    return re.findall(r"^```\w*\n(.*?)^```", section, flags=re.MULTILINE | re.DOTALL)


@pytest.mark.filterwarnings("ignore:.*pin_memory.*")
def test_example_in_the_document_runs_as_it_stands(tmp_path, monkeypatch):
    [example] = blocks_under("Use the loss in your own script")
    assert len(ast.parse(example).body) == 10
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    exec(compile(example, "docs/training.md", "exec"), names)
    loss, model = names["loss"], names["model"]
    assert loss.progress == 0.75  # the last of four steps: lambda is 0
    assert loss.weight == 0
    vectors = torch.from_numpy(model.encode(["a boat", "a red sailing boat at sea"]))
    assert vectors.norm(dim=1).tolist() == pytest.approx([1, 1])


def test_mask_drawn_in_the_document_is_the_one_that_is_built():
    header, *rows = blocks_under("The Condensation Mask")[0].splitlines()
    kinds = {"Q": CONTENT, "B": BTOK, "T": TARGET}
    segments = torch.tensor([[kinds[name] for name in header.split()]])
    drawn = [[int(cell == "1") for cell in row.split()[1:]] for row in rows]
    assert [row.split()[0] for row in rows] == header.split()
    assert condensation_mask(segments)[0, 0].int().tolist() == drawn


def test_every_test_that_the_document_names_exists():
    named = set(re.findall(r"`(test_\w+)`", DOCUMENT))
    written = "\n".join(path.read_text(encoding="utf-8") for path in TESTS.glob("test_*.py"))
    assert len(named) > 20
    assert not [name for name in named if f"def {name}(" not in written]


def test_defaults_are_those_that_the_document_states():
    from train.objective import GICLoss

    loss = GICLoss(torch.nn.Identity())
    assert (loss.temperature, loss.gic_weight, loss.gic_share) == (0.02, 5.0, 0.4)
    assert not loss.both_directions
    assert not loss.distillation
    assert loss.false_negative_ceiling is None
    assert loss.false_negative_margin is None
