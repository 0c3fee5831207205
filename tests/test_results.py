"""The document of results: what it says is what the two reports say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from mini_models import Guesser

from train.__main__ import main
from train.evaluation.mini import catalogue, running
from train.evaluation.mini.comparison import compare
from train.evaluation.mini.items import EvaluationSet, Query, text_item
from train.evaluation.mini.results import to_markdown


def set_of_texts(name: str, *, count: int = 30):
    """Return how to build a set of texts, each with its own answer."""

    def build(limits) -> EvaluationSet:
        queries = tuple(
            Query(text_item(f"{name} {number}"), {number: 1.0}) for number in range(count)
        )
        return EvaluationSet(queries, tuple(text_item(f"answer {n}") for n in range(count)))

    return build


class Knowing(Guesser):
    """Guesses, but knows the first twenty answers of the set that it has learned."""

    def encode_query(self, inputs, **kwargs):
        found = self._encode(inputs, "query")
        for row, media in enumerate(inputs):
            name, _, number = media["text"].rpartition(" ")
            if name == "learned" and int(number) < 20:
                found[row] = self._encode([{"text": f"answer {number}"}], "document")[0]
        return found


@pytest.fixture
def reports(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Path]:
    """Two reports over two sets of one task, written as `evaluate` writes them."""
    sets = {"I-CLS": {name: set_of_texts(name) for name in ("learned", "not learned")}}
    monkeypatch.setattr(running, "META_TASKS", sets)
    monkeypatch.setattr("train.evaluation.mini.comparison.META_TASKS", sets)
    assert catalogue.primary_measure("I-CLS") == "hit@1"
    paths = []
    for name, model in (("old", Guesser()), ("new", Knowing())):
        found = running.run(model, quick=True)
        known = {"model": f"models/{name}", "fingerprint": 16 * name, "commit": "0123456789"}
        paths.append(tmp_path / f"{name}.json")
        paths[-1].write_text(json.dumps({**known, **found}))
    return paths


def test_document_holds_both_models_and_their_difference(reports, tmp_path, capsys):
    out = tmp_path / "results.md"
    assert main(["compare", *map(str, reports), "--write", str(out)]) == 0
    first, second = (json.loads(path.read_text()) for path in reports)
    text = out.read_text()
    assert text == to_markdown(first, second, compare(first, second), names=("old", "new"))
    rows = {line.split(" | ")[0].strip("| *"): line for line in text.splitlines() if " | " in line}
    value = 100 * second["sets"]["learned"]["hit@1"]["value"]
    assert value >= 100 * 20 / 30
    assert f"| {value:.1f} [" in rows["learned"]
    gained = value - 100 * first["sets"]["learned"]["hit@1"]["value"]
    assert f"**{gained:+.1f} [" in rows["learned"]  # beyond its interval
    assert rows["not learned"].endswith("| +0.0 [+0.0, +0.0] |")
    assert "`python -m train evaluate models/old --benchmark mini --quick`" in rows["old"]
    assert "| 0123456 |" in rows["new"]
    assert "60 queries a set" in text


def test_reports_of_other_items_are_not_put_side_by_side(reports, tmp_path, capsys):
    other = json.loads(reports[1].read_text()) | {"quick": False}
    reports[1].write_text(json.dumps(other))
    out = tmp_path / "results.md"
    assert main(["compare", *map(str, reports), "--write", str(out)]) == 2
    assert not out.exists()
