"""The evaluation against models whose vectors are made by hand."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from train.evaluation.ranking import best_ranks, chance_of_hit, encode, figure
from train.evaluation.recall import (
    evaluate,
    measure,
    picture_tasks,
    redrawn,
    same_captions,
    to_table,
)
from train.samples import Sample, read_samples, write_samples


class Tabled:
    """A model that looks vectors up: texts in one table, documents by their number in another."""

    def __init__(self, texts: dict[str, list[float]], documents: list[list[float]]) -> None:
        self.texts, self.documents = texts, documents

    def encode_query(self, inputs, **kwargs):
        return np.array([self.texts[one["text"]] for one in inputs])

    def encode_document(self, inputs, **kwargs):
        return np.array([self.documents[one["number"]] for one in inputs])


def slow_rank(scores: list[float], relevant: list[bool]) -> int:
    """Sort documents by score, irrelevant ones first among equals; find the first relevant."""
    order = sorted(range(len(scores)), key=lambda at: (-scores[at], relevant[at]))
    return 1 + next(place for place, at in enumerate(order) if relevant[at])


def test_ranks_equal_a_slow_sort_with_ties_against_the_model():
    rng = np.random.default_rng(0)
    scores = rng.integers(0, 6, size=(200, 9)).astype(float)
    relevant = rng.random((200, 9)) < 0.25
    relevant[np.arange(200), rng.integers(0, 9, 200)] = True
    expected = [slow_rank(list(s), list(r)) for s, r in zip(scores, relevant, strict=True)]
    assert best_ranks(scores, relevant).tolist() == expected


def test_recall_of_hand_made_vectors_is_as_counted_by_hand():
    texts = {"a": [1, 0], "b": [0, 1], "c": [1, 0.1]}
    model = Tabled(texts, [[1, 0], [1, 0.2], [0, 1]])
    # a finds its own first; b finds c's document, then its own; c finds a's, b's and then its own
    task = measure(model, ["a", "b", "c"], [{"number": n} for n in range(3)])
    assert task["queries"] == 3
    assert task["R@1"]["value"] == pytest.approx(1 / 3)
    assert task["R@5"]["value"] == 1.0
    assert task["R@1"]["chance"] == pytest.approx(1 / 3)


def test_the_lengths_of_vectors_do_not_matter():
    texts = {"a": [5, 0], "b": [0, 0.1]}
    model = Tabled(texts, [[0.01, 0], [90, 100]])
    task = measure(model, ["a", "b"], [{"number": n} for n in range(2)])
    assert task["R@1"]["value"] == 1.0


def test_identical_captions_count_as_right():
    texts = {"Star": [1, 0], "star ": [1, 0], "moon": [0, 1]}
    model = Tabled(texts, [[0.5, 0.5], [1, 0], [0, 1]])
    task = measure(model, ["Star", "star ", "moon"], [{"number": n} for n in range(3)])
    assert task["R@1"]["value"] == 1.0
    assert same_captions(["Star", "star ", "moon"]).sum() == 5


def test_a_model_whose_vectors_are_all_equal_finds_nothing():
    names = [f"name {number}" for number in range(30)]
    model = Tabled({name: [1.0, 1.0] for name in names}, [[1.0, 1.0]] * 30)
    task = measure(model, names, [{"number": n} for n in range(30)])
    assert task["R@10"]["value"] == 0.0


def test_chance_equals_the_share_of_all_draws_that_hit():
    draws = list(itertools.combinations(range(6), 3))
    hits = sum(bool({0, 1} & set(draw)) for draw in draws) / len(draws)
    assert chance_of_hit(np.array([2]), 6, 3)[0] == pytest.approx(hits)
    assert chance_of_hit(np.array([1]), 5, 10)[0] == 1.0


def test_the_interval_holds_the_normal_one_and_is_the_same_again():
    values = np.arange(400) % 4 == 0
    found = figure(values, 0.0)
    half = 1.96 * np.sqrt(0.25 * 0.75 / 400)
    assert found.value == 0.25
    assert found.low == pytest.approx(0.25 - half, abs=0.01)
    assert found.high == pytest.approx(0.25 + half, abs=0.01)
    assert figure(values, 0.0) == found


def test_documents_are_encoded_in_order_across_chunks():
    model = Tabled({}, [[1.0, number] for number in range(150)])
    vectors = encode(model.encode_document, [{"number": n} for n in range(150)])
    assert (np.diff(vectors[:, 1] / vectors[:, 0]) > 0).all()


class Seeing:
    """A model that knows red from blue: captions by their word, pictures by their mean colour."""

    def encode_query(self, inputs, **kwargs):
        return np.array([[float("red" in i["text"]), float("blue" in i["text"]), 0.1]
                         for i in inputs])  # fmt: skip

    def encode_document(self, inputs, **kwargs):
        frames = [one.get("image") or one["video"][0] for one in inputs]
        means = [np.asarray(frame, float).mean((0, 1)) for frame in frames]
        return np.array([[mean[0], mean[2], 1.0] for mean in means])


@pytest.fixture
def folder(tmp_path):
    """A prepared folder with a red and a blue picture in every split."""
    samples = []
    for source, split in (("clipart", "held_out"), ("emoji", "held_out"), ("emoji", "train"),
                          ("clipart", "kept_out_kind"), ("clipart", "train")):  # fmt: skip
        for colour in ("red", "blue"):
            name = f"{source} {split} {colour}.png"
            Image.new("RGBA", (20, 20), colour).save(tmp_path / name)
            query, positive = {"text": f"a {colour} thing"}, {"image": name}
            samples.append(Sample(query, positive, source=source, split=split, key=name))
    write_samples(tmp_path / "pictures.jsonl", samples)
    texts = [{"text": "red", "split": "held_out", "source": "gloss"},
             {"text": "blue", "split": "held_out", "source": "gloss"},
             {"text": "learnt", "split": "train", "source": "gloss"}]  # fmt: skip
    (tmp_path / "texts.jsonl").write_text("".join(json.dumps(text) + "\n" for text in texts))
    teacher = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1]], dtype=np.float16)
    np.save(tmp_path / "teacher.npy", teacher)
    return tmp_path


def test_a_model_that_sees_colours_finds_the_pictures_of_a_folder(folder):
    report = evaluate(Seeing(), folder, limit=12)
    tasks = report["tasks"]
    assert [tasks[name]["R@1"]["value"] for name in list(tasks)[:5]] == [1.0] * 5
    assert tasks["emoji names, seen, redrawn"]["queries"] == 2
    assert tasks["drawn scenes"]["queries"] == 12
    assert tasks["drawn clips"]["queries"] == 12
    assert report["teacher_cosine"]["texts"] == 2
    near = 1 / np.sqrt(1.01)
    assert report["teacher_cosine"]["cosine"]["value"] == pytest.approx(near, abs=1e-3)
    json.dumps(report)


def test_redrawn_pictures_differ_from_each_other_and_are_the_same_again(folder):
    samples = read_samples(folder / "pictures.jsonl")
    looks = [[one["image"].tobytes() for one in redrawn(folder, samples)] for _ in range(2)]
    assert looks[0] == looks[1]
    assert len(set(looks[0])) == len(samples)


def test_tasks_keep_to_their_split_and_source():
    one = Sample({"text": "x"}, {"image": "x"}, source="clipart", split="held_out", key="x")
    samples = [
        one,
        replace(one, query={"text": "flag of Peru"}),
        replace(one, split="train"),
        *(replace(one, split="kept_out_kind", positive={"image": str(n)}) for n in range(320)),
        replace(one, source="emoji"),
        replace(one, source="emoji", split="train"),
    ]
    tasks = picture_tasks(samples)
    assert {name: len(chosen) for name, chosen in tasks.items()} == {
        "clip-art titles, unseen": 2,
        "clip-art titles, unseen, plain": 1,
        "emoji names, unseen": 1,
        "emoji names, seen": 1,
        "clip-art titles, kinds never seen": 300,
    }
    kinds = "clip-art titles, kinds never seen"
    assert picture_tasks(samples[::-1])[kinds] == tasks[kinds]


def test_the_table_shows_value_interval_and_chance_of_every_task(folder):
    table = to_table(evaluate(Seeing(), folder, limit=4))
    assert "clip-art titles, unseen" in table
    assert "100.0 [100.0, 100.0] 50.0" in table
    assert table.count("\n") == 11
