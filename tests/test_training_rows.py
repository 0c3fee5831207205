"""Samples become rows: tolerant, repeatable, the same with any number of workers."""

from __future__ import annotations

import json
import logging
import pickle

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("datasets", reason="needs the [train] extra")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from make_files import RED, write_picture, write_video  # noqa: E402
from tiny_models import ARCHITECTURES, mixed_inputs, noise, tiny_model  # noqa: E402
from torch.utils.data import DataLoader  # noqa: E402

from embedder.media import spread  # noqa: E402
from train.bad_samples import BadSamples, TooManyBadSamples  # noqa: E402
from train.decoding import Detail, decode_side, middles  # noqa: E402
from train.preprocessing import Preprocess  # noqa: E402
from train.reading import SampleFile, SampleSource, to_messages  # noqa: E402
from train.samples import Sample, write_samples  # noqa: E402

DETAIL = Detail(max_pixels=60 * 60, max_frame_pixels=56 * 56, num_frames=4)
COUNT = 40


@pytest.fixture
def folder(tmp_path):
    """A file of 40 pairs, two of whose pictures are broken, and two lines that are no samples."""
    samples = []
    for number in range(COUNT):
        write_picture(tmp_path / f"{number}.png", size=(90, 50), color=(number * 6, 90, 9))
        samples.append(
            Sample(
                {"text": f"picture {number}"},
                {"image": f"{number}.png"},
                source="mine",
                split="held_out" if number == 9 else "train",
            )
        )
    (tmp_path / "3.png").write_bytes(b"broken")
    (tmp_path / "7.png").unlink()
    write_samples(tmp_path / "pairs.jsonl", samples)
    with (tmp_path / "pairs.jsonl").open("a") as lines:
        lines.write("{half\n" + json.dumps({"query": {"text": " "}, "positive": {"text": "a"}}))
    return tmp_path


def source(folder, *, limit=10, rows=120, journal="bad.jsonl", batch_size=4, **options):
    """Open the file of a folder as a source."""
    bad = BadSamples(folder / journal, limit=limit)
    samples = SampleFile(folder / "pairs.jsonl", bad=bad)
    return SampleSource(
        samples, rows=rows, seed=5, detail=DETAIL, bad=bad, batch_size=batch_size, **options
    )


def load(one: SampleSource, row: int) -> dict:
    """Load a row as a run does: the generator depends on the seed and the row alone."""
    return one.load(row, np.random.default_rng((5, row)))


def broken_rows(one: SampleSource) -> list[int]:
    """Return the rows whose own samples cannot be read."""
    return [row for row, key in enumerate(one.keys) if '"3.png"' in key or '"7.png"' in key]


def test_lines_that_are_no_samples_are_named_and_the_others_numbered_as_in_the_file(folder):
    one = source(folder)
    assert len(one.samples) == COUNT - 1  # one is held out
    assert one.samples.where(9) == f"{folder}/pairs.jsonl, line 11"
    found = one.bad.found()
    assert list(found) == [f"{folder}/pairs.jsonl, line {number}" for number in (41, 42)]
    assert "query is empty" in found[f"{folder}/pairs.jsonl, line 42"]


def test_row_is_the_sample_decoded_within_the_budget(folder):
    one = source(folder)
    row = next(row for row in range(len(one)) if row not in broken_rows(one))
    loaded, sample = load(one, row), one.samples[int(one.order[row])]
    assert loaded["query"] == {"text": sample.query["text"]}
    assert loaded["positive"]["image"].size == (80, 44)  # of 90 x 50
    assert (loaded["key"], loaded["ntp_side"]) == (sample.key, "query") == (one.keys[row], "query")
    assert loaded["negatives"] == []


def test_bad_sample_is_named_and_replaced_the_same_again_by_none_from_its_neighbourhood(folder):
    first, again = source(folder), source(folder, journal="again.jsonl")
    rows = broken_rows(first)
    assert len(rows) >= 4
    for row in rows:
        taken, repeated = load(first, row), load(again, row)
        assert taken["key"] == repeated["key"]
        near = {first.keys[other] for other in range(max(0, row - 4), min(len(first), row + 5))}
        assert taken["key"] not in near
    assert len({load(first, row)["key"] for row in rows}) > 1
    found = first.bad.found()
    assert len(found) == 4
    assert "no such file" in found[f"{folder}/pairs.jsonl, line 8"]
    assert "3.png" in found[f"{folder}/pairs.jsonl, line 4"]


def test_small_source_replaces_by_any_readable_sample(folder):
    one = source(folder, batch_size=500)
    assert "image" in load(one, broken_rows(one)[0])["positive"]


def test_more_bad_samples_than_allowed_stop_the_run_and_say_where_they_are_listed(folder):
    one = source(folder, limit=3)
    with pytest.raises(TooManyBadSamples, match="max_bad_samples allows 3") as caught:
        [load(one, row) for row in range(len(one))]
    assert "bad.jsonl" in str(caught.value)
    with pytest.raises(TooManyBadSamples):  # a run that is started again stops as well
        source(folder, limit=3).load(broken_rows(one)[0], np.random.default_rng(0))


def test_processes_share_the_journal_and_a_sample_counts_once(tmp_path, caplog):
    caplog.set_level(logging.WARNING)
    first, second = (BadSamples(tmp_path / "run" / "bad.jsonl", limit=2) for _ in range(2))
    for bad in (first, second, first):
        bad.add("a, line 1", "broken")
    second.add("a, line 2", "gone")
    assert first.found() == {"a, line 1": "broken", "a, line 2": "gone"}
    assert len(caplog.records) == 2
    with pytest.raises(TooManyBadSamples, match="a, line 3: empty"):
        first.add("a, line 3", "empty")


def test_source_without_a_usable_sample_is_refused(tmp_path):
    (tmp_path / "pairs.jsonl").write_text("{half\n")
    with pytest.raises(ValueError, match="no sample that can be used"):
        source(tmp_path)


def test_every_row_has_as_many_negatives_its_own_first_the_others_of_other_keys(folder):
    own = Sample({"text": "q"}, {"text": "p"}, negatives=({"text": "not p"},))
    others = [Sample({"text": f"q{n}"}, {"text": f"p{n}"}) for n in range(5)]
    write_samples(folder / "pairs.jsonl", [own, *others])
    one = source(folder, num_negatives=3)
    for row in range(len(one)):
        loaded = load(one, row)
        texts = [side["text"] for side in loaded["negatives"]]
        assert len(texts) == 3
        assert loaded["positive"]["text"] not in texts
        assert (texts[0] == "not p") == (loaded["positive"]["text"] == "p")


def test_negatives_that_cannot_be_read_are_passed_over(folder):
    one = source(folder, num_negatives=2)
    for row in range(60):
        assert len(load(one, row)["negatives"]) == 2


def test_sample_is_not_blamed_for_the_negatives_that_it_was_given(folder):
    one = source(folder, num_negatives=3, limit=2)
    row = next(row for row in range(len(one)) if row not in broken_rows(one))
    with pytest.raises(TooManyBadSamples):
        [one.load(row, np.random.default_rng(seed)) for seed in range(100)]
    assert one.samples.where(int(one.order[row])) not in one.bad.found()


def test_negatives_of_a_source_of_one_key_are_refused(folder):
    write_samples(folder / "pairs.jsonl", [Sample({"text": "q"}, {"text": "yes"})] * 2)
    with pytest.raises(ValueError, match="have one key"):
        source(folder, num_negatives=1)


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(st.integers(1, 500), st.integers(1, 64))
def test_frames_are_picked_as_the_model_picks_them(available, wanted):
    assert middles(available, wanted) == spread(available, wanted)


def test_clip_of_a_file_and_of_frames_gives_as_many_frames_as_the_model_looks_at(tmp_path):
    write_video(tmp_path / "a.mp4", [(RED, 2.0)])
    for number in range(10):
        write_picture(tmp_path / f"{number}.png", color=(number * 20, 0, 0))
    detail = Detail(10_000, 10_000, 5)
    of_file = decode_side({"video": str(tmp_path / "a.mp4")}, detail)["video"]
    of_frames = decode_side({"video": [str(tmp_path / f"{n}.png") for n in range(10)]}, detail)
    assert len(of_file) == 5
    reds = [frame.getpixel((0, 0))[0] for frame in of_frames["video"]]
    assert reds == [20, 60, 100, 140, 180]


@pytest.mark.parametrize("family", ARCHITECTURES)
def test_preprocessing_without_weights_is_that_of_the_model_and_travels_light(family):
    model = tiny_model(family)
    alone = pickle.loads(pickle.dumps(Preprocess(model)))
    inputs = [to_messages(side, "Find:") for side in mixed_inputs()]
    expected, found = model.preprocess(inputs), alone(inputs)
    assert set(expected) == set(found)
    for name, value in expected.items():
        assert torch.equal(value, found[name]) if torch.is_tensor(value) else value == found[name]
    assert not list(alone.module.parameters())
    assert len(list(model.parameters())) > 5  # the model keeps its own
    assert len(pickle.dumps(alone)) < len(pickle.dumps(model[0])) / 2


def test_detail_is_what_the_processor_looks_at_with_headroom():
    processor = tiny_model("qwen2_vl")[0].processor
    assert Detail.for_model(processor) == Detail(2 * 224 * 224, 2 * 112 * 112, 4)


def test_messages_with_an_instruction_are_what_a_prompt_makes_of_the_side():
    model = tiny_model("qwen2_vl")
    side = {"image": noise(70, 60), "text": "what is it?"}
    expected = model.preprocess([side], prompt="Answer:")
    found = model.preprocess([to_messages(side, "Answer:")])
    assert torch.equal(expected["input_ids"], found["input_ids"])
    assert torch.equal(expected["pixel_values"], found["pixel_values"])
    without = model.preprocess([to_messages(side)])
    assert torch.equal(without["input_ids"], model.preprocess([side])["input_ids"])


class Rows(torch.utils.data.Dataset):
    """The rows of a source as a run loads them."""

    def __init__(self, one: SampleSource) -> None:
        self.one = one

    def __len__(self) -> int:
        return 24

    def __getitem__(self, row: int) -> dict:
        return load(self.one, row)


class Positives:
    """Collates positives, as a run's collator does, without a model."""

    def __init__(self, preprocess: Preprocess) -> None:
        self.preprocess = preprocess

    def __call__(self, rows: list[dict]) -> dict:
        features = self.preprocess([to_messages(row["positive"]) for row in rows])
        return features | {"keys": [row["key"] for row in rows]}


def batches(one: SampleSource, *, workers: int, context: str | None = None) -> list[dict]:
    """Load all rows in batches of 6, in workers or in this process."""
    loader = DataLoader(
        Rows(one),
        batch_size=6,
        num_workers=workers,
        multiprocessing_context=context,
        collate_fn=Positives(Preprocess(tiny_model("btok_tiny"))),
    )
    return list(loader)


def test_two_spawned_workers_give_the_batches_of_none_bad_samples_included(folder):
    alone = batches(source(folder), workers=0)
    shared = batches(source(folder, journal="shared.jsonl"), workers=2, context="spawn")
    assert len(alone) == len(shared) == 4
    for one, other in zip(alone, shared, strict=True):
        assert one["keys"] == other["keys"]
        assert torch.equal(one["pixel_values"], other["pixel_values"])
    found = [BadSamples(folder / name, limit=0).found() for name in ("bad.jsonl", "shared.jsonl")]
    assert found[0] == found[1]
    assert f"{folder}/pairs.jsonl, line 8" in found[0]


def test_worker_that_finds_too_many_bad_samples_ends_the_run_with_one_sentence(folder):
    with pytest.raises(TooManyBadSamples) as caught:
        batches(source(folder, limit=3), workers=1, context="fork")
    assert str(caught.value).startswith("4 samples cannot be used and max_bad_samples allows 3")
    assert "Traceback" not in str(caught.value)


def test_source_travels_to_a_worker_without_its_pictures(folder):
    assert len(pickle.dumps(source(folder))) < 20_000
