"""MMEB-mini from scores to reports: measures, encoding, averages, comparison, command line."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest
from mini_models import Guesser
from PIL import Image
from sklearn.metrics import ndcg_score
from tiny_models import build_tiny, tiny_folder

from train.__main__ import main
from train.evaluation.mini import catalogue
from train.evaluation.mini.comparison import compare
from train.evaluation.mini.comparison import to_table as comparison_table
from train.evaluation.mini.encoding import Encoder
from train.evaluation.mini.items import Item, Unavailable, text_item
from train.evaluation.mini.report import to_table
from train.evaluation.mini.running import run
from train.evaluation.mini.scoring import chances, measures
from train.evaluation.ranking import bootstrap_means


def everything(rows: int, columns: int) -> np.ndarray:
    """Return a mask that allows all."""
    return np.ones((rows, columns), bool)


def slow_measures(scores, gains, allowed):
    """Sort one query's candidates, worse ones first among equals, and count."""
    rows = [(-s, g) for s, g, a in zip(scores, gains, allowed, strict=True) if a]
    ranked = [gain for _, gain in sorted(rows)]
    best = sorted(ranked, reverse=True)
    dcg = sum(gain / np.log2(place + 2) for place, gain in enumerate(ranked[:5]))
    ideal = sum(gain / np.log2(place + 2) for place, gain in enumerate(best[:5]))
    right = sum(gain > 0 for gain in ranked)
    recall = {k: sum(gain > 0 for gain in ranked[:k]) / right for k in (5, 10)}
    return [float(ranked[0] > 0), recall[5], recall[10], dcg / ideal]


def test_measures_equal_a_slow_count_with_ties_against_the_model():
    rng = np.random.default_rng(0)
    scores = rng.integers(0, 5, size=(150, 14)).astype(float)
    gains = rng.choice([0, 0, 0, 1, 2], size=(150, 14)).astype(float)
    allowed = rng.random((150, 14)) < 0.8
    gains[:, 3], allowed[:, 3] = 1, True
    found = np.stack(list(measures(scores, gains, allowed).values()), axis=1)
    slow = [slow_measures(*row) for row in zip(scores, gains, allowed, strict=True)]
    assert found == pytest.approx(np.array(slow))


def test_ndcg_is_that_of_scikit_learn_where_nothing_is_tied():
    rng = np.random.default_rng(1)
    scores, gains = rng.random((60, 12)), rng.integers(0, 3, (60, 12)).astype(float)
    gains[:, 0] = 2
    found = measures(scores, gains, everything(60, 12))["ndcg@5"]
    expected = [ndcg_score([g], [s], k=5) for g, s in zip(gains, scores, strict=True)]
    assert found == pytest.approx(np.array(expected))


def test_chance_is_the_mean_over_all_orders():
    gains = np.array([[2.0, 1.0, 0.0, 0.0, 0.0, 0.0, 9.0]])
    allowed = np.array([[True] * 6 + [False]])
    orders = np.array(list(itertools.permutations(range(6))), float)
    scores = np.concatenate([orders, np.zeros((len(orders), 1))], axis=1)
    rows = len(orders)
    found = measures(scores, gains.repeat(rows, 0), allowed.repeat(rows, 0))
    for name, expected in chances(gains, allowed).items():
        assert expected[0] == pytest.approx(found[name].mean()), name


def test_fewer_candidates_than_ranks_are_no_trouble():
    gains = np.array([[1.0, 0.0]])
    assert chances(gains, everything(1, 2))["recall@5"][0] == 1
    found = measures(np.array([[0.0, 1.0]]), gains, everything(1, 2))
    assert found["ndcg@5"][0] == pytest.approx(1 / np.log2(3))


def test_resampled_means_are_distributed_as_those_of_rows_drawn_one_by_one():
    values = np.array([0.0] * 40 + [0.5] * 25 + [1.0] * 35)
    rng = np.random.default_rng(0)
    slow = values[rng.integers(100, size=(10_000, 100))].mean(1)
    fast = bootstrap_means(values, np.random.default_rng(1))
    cuts = (2.5, 25, 50, 75, 97.5)
    assert np.percentile(fast, cuts) == pytest.approx(np.percentile(slow, cuts), abs=0.008)
    assert len(fast) == 10_000


def picture(shade: int) -> Item:
    """Return a small grey picture as an item."""
    return Item(f"grey {shade}", image=lambda: Image.new("L", (4, 4), shade).convert("RGB"))


def clip(*shades: int, text: str = "") -> Item:
    """Return a clip of small grey frames as an item."""
    frames = [Image.new("L", (4, 4), shade).convert("RGB") for shade in shades]
    return Item(f"{text}|clip {shades}", text, video=lambda: frames)


def test_every_content_is_encoded_once_a_side_and_vectors_come_in_order():
    model = Guesser()
    encoder = Encoder(model)
    first = encoder.encode([picture(1), picture(2), picture(1)], "document")
    second = encoder.encode([picture(2), picture(3)], "document")
    assert len(model.seen) == 3
    assert (first[0] == first[2]).all()
    assert (first[1] == second[0]).all()
    assert np.linalg.norm(first, axis=1) == pytest.approx(np.ones(3))
    encoder.encode([picture(1)], "query")
    assert len(model.seen) == 4
    encoder.forget()
    encoder.encode([picture(1)], "query")
    assert len(model.seen) == 5


@pytest.mark.parametrize(("prompt", "times"), [("", 1), ("Find: ", 2)])
def test_content_is_encoded_once_for_both_sides_where_they_are_encoded_alike(prompt, times):
    model = build_tiny("qwen2_vl")
    model.prompts = {"query": prompt, "document": ""}
    encoder, texts = Encoder(model), ["a cat", "a boat"]
    found = {side: encoder.encode([text_item(text) for text in texts], side)
             for side in ("query", "document")}  # fmt: skip
    assert len(encoder.vectors) == times * len(texts)
    assert found["query"] == pytest.approx(model.encode_query(texts), abs=1e-6)
    assert found["document"] == pytest.approx(model.encode_document(texts), abs=1e-6)


def test_a_model_without_clips_gets_the_mean_of_the_frames():
    encoder = Encoder(Guesser(("text", "image", ("image", "text"))))
    frames = encoder.encode([picture(1), picture(2)], "document")
    expected = frames.sum(0) / np.linalg.norm(frames.sum(0))
    assert encoder.encode([clip(1, 2)], "document")[0] == pytest.approx(expected, abs=1e-6)
    assert "mean" in encoder.how()["clips"]
    assert encoder.how()["text beside media"] == "as one input"


def test_a_model_of_one_kind_at_a_time_gets_the_sum_of_text_and_frames():
    encoder = Encoder(Guesser(("text", "image")))
    whole = encoder.encode([clip(1, 2), clip(3, 4)], "query")
    words = encoder.encode([text_item("what?")], "query")
    expected = whole[0] + words[0]
    found = encoder.encode([clip(1, 2, text="what?")], "query")[0]
    assert found == pytest.approx(expected / np.linalg.norm(expected), abs=1e-6)
    assert "sum" in encoder.how()["text beside media"]


def test_a_model_without_pictures_is_refused():
    with pytest.raises(ValueError, match="takes no pictures"):
        Encoder(Guesser(("text",)))


@pytest.fixture
def three_sets(monkeypatch):
    """Leave three sets, one of them unavailable."""

    def missing(limits):
        raise Unavailable("the package X is not installed")

    kept = {
        "I-CLS": {"shape names": catalogue.META_TASKS["I-CLS"]["shape names"], "gone": missing},
        "VisDoc": {"value to page": catalogue.META_TASKS["VisDoc"]["value to page"]},
    }
    for task in list(catalogue.META_TASKS):
        if task in kept:
            monkeypatch.setitem(catalogue.META_TASKS, task, kept[task])
        else:
            monkeypatch.delitem(catalogue.META_TASKS, task)


def test_a_report_averages_sets_then_tasks_and_says_what_is_missing(three_sets):
    report = json.loads(json.dumps(run(Guesser(), quick=True)))
    assert report["skipped"] == {"gone": "the package X is not installed"}
    assert {part: report["overall"][part] for part in ("sets", "of", "tasks")} == {
        "sets": 2, "of": 3, "tasks": 2,
    }  # fmt: skip
    shapes, values = report["sets"]["shape names"], report["sets"]["value to page"]
    mean = (shapes["hit@1"]["value"] + values["ndcg@5"]["value"]) / 2
    assert report["overall"]["value"] == pytest.approx(mean)
    assert report["overall"]["low"] <= mean <= report["overall"]["high"]
    assert report["tasks"]["I-CLS"]["of"] == 2
    assert set(shapes["controls"]) == {"blank", "shuffled"}
    assert shapes["axes"]["pairing"]["held out"]["queries"] > 0
    assert set(values["axes"]) == {"text", "font", "layout"}
    assert len(shapes["per_query"].split()) == shapes["queries"] == 60
    again = run(Guesser(), quick=True)
    assert again["overall"] == report["overall"]
    table = to_table(report)
    assert "skipped: gone: the package X is not installed" in table
    assert "2 of 3 sets took part" in table
    assert "1 of 2 sets" in table


def test_the_mark_of_a_control_above_chance(three_sets):
    report = run(Guesser(), quick=True)
    assert "!" not in to_table(report).split("Per cent")[0]
    report["sets"]["shape names"]["controls"]["blank"]["low"] = 0.5
    assert "!" in to_table(report).split("Per cent")[0]


def hits(report, name, values):
    """Return a report with other hits in one set."""
    changed = json.loads(json.dumps(report))
    changed["sets"][name]["per_query"] = " ".join(map(str, values))
    return changed


def test_a_comparison_is_the_paired_difference_with_its_interval(three_sets):
    report = run(Guesser(), quick=True)
    base = np.arange(60) % 3 == 0
    better = base | (np.arange(60) % 10 == 1)  # gains without a loss
    first = hits(report, "shape names", base.astype(int))
    second = hits(report, "shape names", better.astype(int))
    found = compare(first, second)
    gain = better.mean() - base.mean()
    assert found["sets"]["shape names"]["value"] == pytest.approx(gain)
    assert found["sets"]["shape names"]["low"] > 0  # unpaired intervals would overlap
    assert found["tasks"]["VisDoc"] == {"value": 0, "low": 0, "high": 0}
    assert found["overall"]["value"] == pytest.approx(gain / 2)
    assert compare(second, first)["overall"]["value"] == pytest.approx(-gain / 2)
    assert "differs" in comparison_table(found)


def test_reports_of_other_items_are_not_compared(three_sets):
    first = run(Guesser(), quick=True)
    with pytest.raises(ValueError, match="quick is True in one report and False"):
        compare(first, first | {"quick": False})
    other = json.loads(json.dumps(first))
    other["sets"]["shape names"]["items"] = "other"
    with pytest.raises(ValueError, match="items of 'shape names' are not the same"):
        compare(first, other)
    other = json.loads(json.dumps(first))
    other["sets"]["shape names"]["pixels"] = "other"
    del other["sets"]["value to page"]
    found = compare(first, other)
    assert found["left_out"] == ["value to page"]
    assert found["drawn_differently"] == ["shape names"]
    assert "value to page" in comparison_table(found)


def test_the_command_line_evaluates_and_compares(three_sets, tmp_path, capsys):
    out = tmp_path / "report.json"
    model = str(tiny_folder("btok_tiny"))
    command = ["evaluate", model, "--benchmark", "mini", "--quick", "--out", str(out)]
    assert main(command) == 0
    assert "mean of the tasks" in capsys.readouterr().out
    report = json.loads(out.read_text())
    assert report["model"] == model
    assert report["encoding"]["clips"] == "as clips"
    assert main(["compare", str(out), str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["overall"]["value"] == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "--data"),
        (["--quick", "--data", "x"], "--benchmark mini"),
        (["--benchmark", "mini", "--data", "x"], "leave --data out"),
    ],
)
def test_options_of_the_other_benchmark_are_usage_errors(options, words, capsys):
    assert main(["evaluate", "btok-tiny", *options]) == 2
    assert words in capsys.readouterr().err
