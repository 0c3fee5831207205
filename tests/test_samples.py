"""The sample format and the training rows made of it."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from train.augment import SIDED, augment, plain
from train.rows import (
    MotionSource,
    PictureSource,
    SceneSource,
    TextSource,
    is_prop,
    open_sources,
    read_cut_out,
    telling_captions,
)
from train.samples import (
    Sample,
    SampleError,
    hashed_share,
    iter_samples,
    placed_in,
    read_samples,
    write_samples,
)
from train.scenes import EVALUATION_SEED, draw_scene

APPLE = Sample(
    query={"text": "red apple"},
    positive={"image": "apple.png"},
    source="clipart",
    split="train",
    key="red apple",
    captions=("red apple", "fruit"),
)


def cut_out(width: int = 60, height: int = 40) -> Image.Image:
    """Return a red block on the left and a blue one on the right, transparent around."""
    picture = Image.new("RGBA", (width, height))
    picture.paste((220, 0, 0, 255), (4, 4, width // 2, height - 4))
    picture.paste((0, 0, 220, 255), (width // 2, 4, width - 4, height - 4))
    return picture


@pytest.fixture
def folder(tmp_path):
    """A prepared folder of three pictures, one of them held out, and two texts."""
    samples = []
    for number, split in enumerate(("train", "train", "held_out")):
        cut_out(60 + 8 * number).save(tmp_path / f"{number}.png")
        one = replace(APPLE, positive={"image": f"{number}.png"}, key=f"apple {number}")
        samples.append(replace(one, split=split))
    write_samples(tmp_path / "pictures.jsonl", samples)
    texts = [{"text": "a", "split": "train", "source": "gloss"}]
    texts.append({"text": "b", "split": "held_out", "source": "gloss"})
    (tmp_path / "texts.jsonl").write_text("\n".join(map(json.dumps, texts)))
    return tmp_path


def test_samples_survive_being_written_and_read(tmp_path):
    hard = replace(APPLE, negatives=({"image": "pear.png"},), ntp_side="both")
    write_samples(tmp_path / "s.jsonl", [APPLE, hard])
    assert read_samples(tmp_path / "s.jsonl") == [APPLE, hard]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"split": "test"}, "split is 'test', allowed are train"),
        ({"ntp_side": "left"}, "ntp_side is 'left'"),
        ({"query": {}}, "query is {}"),
        ({"positive": {"sound": "x.wav"}}, "positive has 'sound'"),
        ({"positive": {"image": ""}}, "positive.image is ''"),
        ({"colour": "red"}, "unknown fields ['colour']"),
        ({"positive": None}, "missing fields ['positive']"),
    ],
)
def test_a_wrong_line_is_refused_with_its_number_and_what_is_allowed(tmp_path, change, complaint):
    write_samples(tmp_path / "s.jsonl", [APPLE])
    record = json.loads((tmp_path / "s.jsonl").read_text()) | change
    record = {name: value for name, value in record.items() if value is not None}
    with (tmp_path / "s.jsonl").open("a") as lines:
        lines.write(json.dumps(record) + "\n")
    with pytest.raises(SampleError, match=r"s\.jsonl, line 2") as caught:
        read_samples(tmp_path / "s.jsonl")
    assert complaint in str(caught.value)


def test_two_sides_are_enough_and_the_rest_has_defaults(tmp_path):
    line = {"query": {"text": "a cat"}, "positive": {"image": "cat.png"}}
    (tmp_path / "s.jsonl").write_text("\n" + json.dumps(line) + "\n\n")
    (sample,) = read_samples(tmp_path / "s.jsonl")
    assert (sample.split, sample.ntp_side, sample.negatives) == ("train", "query", ())
    assert sample.key == '{"image": "cat.png"}'


@pytest.mark.parametrize(
    ("query", "positive", "side"),
    [
        (("image", "text"), ("text",), "positive"),
        (("text",), ("video",), "query"),
        (("image",), ("image", "text"), "none"),
        (("text",), ("text",), "none"),
    ],
)
def test_side_in_words_is_generated_from_the_one_that_is_seen(query, positive, side):
    sides = [dict.fromkeys(kinds, "x") for kinds in (query, positive)]
    assert Sample(*sides).ntp_side == side


def test_key_is_the_text_of_the_positive_or_the_hash_of_its_bytes():
    assert Sample({"text": "a"}, {"text": " yes "}).key == "yes"
    one, same, other = (Sample({"text": "a"}, {"image": data}).key for data in (b"1", b"1", b"2"))
    assert one == same != other
    assert len(one) < 100


def test_placed_sample_names_the_files_of_its_folder_and_keeps_absolute_paths(tmp_path):
    sample = Sample(
        {"text": "a"},
        {"video": ["1.png", "2.png"]},
        negatives=({"image": "deep/3.png"}, {"image": "/far/4.png"}),
    )
    placed = placed_in(tmp_path, sample)
    assert placed.positive == {"video": [str(tmp_path / "1.png"), str(tmp_path / "2.png")]}
    assert placed.negatives[0] == {"image": str(tmp_path / "deep" / "3.png")}
    assert placed.negatives[1] == {"image": "/far/4.png"}
    assert placed.key == sample.key


def test_a_line_that_is_not_json_is_refused_with_its_number(tmp_path):
    (tmp_path / "s.jsonl").write_text("{half")
    with pytest.raises(SampleError, match=r"s\.jsonl, line 1"):
        list(iter_samples(tmp_path / "s.jsonl"))


def test_hashed_shares_are_even_and_depend_on_the_salt():
    shares = [hashed_share(str(number), salt="a") for number in range(4000)]
    assert np.mean(shares) == pytest.approx(0.5, abs=0.02)
    assert np.mean(np.array(shares) < 0.1) == pytest.approx(0.1, abs=0.02)
    assert hashed_share("x", salt="a") != hashed_share("x", salt="b")


def test_held_out_pictures_and_texts_never_become_training_rows(folder):
    sources = open_sources(folder, ["clipart", "texts", "staged"], rows=50, seed=0, views={})
    assert set(sources["clipart"].keys) == {"apple 0", "apple 1"}
    texts = {sources["texts"].load(row, np.random.default_rng(row))["query"]["text"] for row in
             range(50)}  # fmt: skip
    assert texts == {"a"}
    assert set(sources["staged"].keys) == {"apple 0", "apple 1"}


def test_captions_that_many_pictures_share_are_not_used_as_queries():
    many = [replace(APPLE, captions=(f"apple {n}", "fruit", f"food {n}")) for n in range(20)]
    assert telling_captions(many)[3] == ("apple 3", "food 3")
    assert telling_captions(many[:4])[3] == ("apple 3", "fruit", "food 3")
    assert telling_captions([replace(APPLE, captions=("fruit",))] * 20)[0] == ("fruit",)


def test_an_unknown_source_is_refused_with_the_known_ones(folder):
    with pytest.raises(ValueError, match="no source 'photos', allowed are texts, plain"):
        open_sources(folder, ["photos"], rows=1, seed=0, views={})


@pytest.mark.parametrize("name", ["clipart", "staged", "staged_clips", "scenes", "motion"])
def test_a_row_is_the_same_again_and_others_differ(folder, name):
    source = open_sources(folder, [name], rows=20, seed=3, views={})[name]

    def pixels(row: int) -> np.ndarray:
        positive = source.load(row, np.random.default_rng((3, row)))["positive"]
        image = positive["image"] if "image" in positive else positive["video"][-1]
        return np.asarray(image)

    assert np.array_equal(pixels(0), pixels(0))
    assert len({pixels(row).tobytes() for row in range(8)}) == 8


def test_plain_looks_show_every_picture_as_it_is(folder):
    source = open_sources(folder, ["plain"], rows=20, seed=3, views={"plain": 2})["plain"]
    cut_outs = [read_cut_out(folder / str(one.positive["image"])) for one in source.samples]
    looks = [source.load(row, np.random.default_rng(row))["positive"]["image"] for row in (0, 1)]
    as_they_are = {plain(picture).tobytes() for picture in cut_outs[:2]}
    assert not source.trims
    assert len(as_they_are) == 2
    assert {look.tobytes() for look in looks} == as_they_are


def test_every_picture_comes_once_before_any_comes_twice(folder):
    samples = read_samples(folder / "pictures.jsonl")
    source = PictureSource(samples, folder, rows=9, views=7, seed=0)
    assert len(source) == 9
    assert sorted(source.order[:7]) == list(range(7))  # views
    assert sorted(source.shown[:3]) == sorted(source.shown[3:6]) == [0, 1, 2]  # their pictures


def test_a_view_of_few_comes_again_as_it_was(folder):
    source = open_sources(folder, ["clipart"], rows=8, seed=0, views={"clipart": 2})["clipart"]
    rows = [row for row in range(8) if source.order[row] == source.order[0]]
    pictures = [source.load(row, np.random.default_rng(row))["positive"]["image"] for row in rows]
    assert len(rows) == 4
    assert len({picture.tobytes() for picture in pictures}) == 1


def test_half_of_the_plain_names_are_said_as_people_describe_a_picture(folder):
    source = open_sources(folder, ["clipart"], rows=400, seed=0, views={"clipart": 2})["clipart"]
    rows = range(400)
    texts = [source.load(row, np.random.default_rng(row))["query"]["text"] for row in rows]
    plain = [text for text in texts if text in APPLE.captions]
    assert 0.4 < len(plain) / len(texts) < 0.6
    others = set(texts) - set(plain)
    assert all("red apple" in text or "fruit" in text for text in others)
    assert len(others) > 100


def test_only_things_with_short_plain_names_stand_on_stages():
    names = {"red apple": True, "apple, fruit": False, "folder icon": False, "7 of hearts": False}
    for name, wanted in names.items():
        assert is_prop(replace(APPLE, query={"text": name})) == wanted, name
    assert not is_prop(replace(APPLE, split="held_out"))


@pytest.mark.parametrize("kind", [SceneSource, MotionSource])
def test_training_seeds_are_distinct_and_never_reach_those_of_the_evaluation(kind):
    for seed in range(20):
        source = kind(rows=5000, views=5000, seed=seed)
        assert len(set(source.keys)) == 5000
        assert max(source.seeds) < EVALUATION_SEED


def test_a_scene_row_is_the_scene_of_its_seed_with_one_of_its_captions():
    source = SceneSource(rows=3, views=3, seed=0)
    row = source.load(1, np.random.default_rng(1))
    scene = draw_scene(source.seeds[source.order[1]])
    assert np.array_equal(np.asarray(row["positive"]["image"]), np.asarray(scene.image))
    assert row["query"]["text"] in (scene.caption, *scene.variants)


def test_a_source_without_samples_says_what_to_do():
    with pytest.raises(ValueError, match="train prepare"):
        TextSource([], rows=4, seed=0)


def test_augmented_pictures_are_rgb_of_the_size_asked_for_and_vary():
    from random import Random

    images = [augment(cut_out(), Random(seed), size=(64, 40)) for seed in range(12)]
    assert all(image.size == (64, 40) and image.mode == "RGB" for image in images)
    assert len({image.tobytes() for image in images}) == 12


def red_is_left(image: Image.Image) -> bool:
    """Say whether red lies to the left of blue."""
    pixels = np.asarray(image).astype(int)
    red = np.nonzero(pixels[..., 0] - pixels[..., 2] > 90)[1].mean()
    blue = np.nonzero(pixels[..., 2] - pixels[..., 0] > 90)[1].mean()
    return red < blue


def test_a_caption_that_names_a_side_forbids_the_mirror():
    from random import Random

    def sides(caption: str) -> set[bool]:
        picture = cut_out()
        return {red_is_left(plainly(picture, caption, seed)) for seed in range(24)}

    def plainly(picture: Image.Image, caption: str, seed: int) -> Image.Image:
        image = augment(picture, Random(seed), caption=caption, size=(96, 96))
        return image if np.asarray(image)[2, 2].min() > 200 else plain(picture)

    assert sides("a box on the left") == {True}
    assert sides("a box") == {True, False}


def test_words_that_forbid_the_mirror_are_found():
    sided = ("left arrow", "flag of Peru", "letter", "B", "5 cents", "leftarrow icon")
    assert all(SIDED.search(text) for text in sided)
    assert not any(SIDED.search(text) for text in ("a red apple", "two dogs", "person running"))


def test_a_picture_for_evaluation_stands_in_the_middle_of_white():
    pixels = np.asarray(plain(cut_out(), size=100))
    assert (pixels[0] == 255).all()
    rows, columns = np.nonzero(pixels.min(-1) < 128)
    assert columns.mean() == pytest.approx(49.5, abs=1.5)
    assert rows.mean() == pytest.approx(49.5, abs=1.5)
