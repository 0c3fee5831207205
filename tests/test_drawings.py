"""The project's own drawings: whole, named, and never of what is held out."""

from __future__ import annotations

import re
from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from random import Random
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from train.augment import augment_scenery
from train.held_out import is_held_out
from train.rows import PictureSource, StagedSource, is_plain, is_prop
from train.sources import emoji
from train.sources.drawings import iter_drawings, render
from train.sources.pictures import drawing_samples, emoji_samples, write_drawings
from train.staging import SQUARE, TALL, WIDE

ELEMENTS = {
    *("svg", "title", "desc", "g", "defs", "use", "path", "circle", "ellipse", "rect", "line"),
    *("polyline", "polygon", "linearGradient", "radialGradient", "stop"),
}
# Held-out names that are also parts of other things, or their tools.
COMMON_WORDS = {"bat", "bell", "eyes", "tongue"}
needs_renderer = pytest.mark.skipif(find_spec("resvg_py") is None, reason="needs the [train] extra")


@pytest.fixture(scope="module")
def drawings():
    return list(iter_drawings())


def svg(name: str, shown: str, *, ground: str = "") -> str:
    """Return a drawing of a red disc."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 10"><title>{name}</title>'
        f'<desc>{shown}</desc>{ground}<circle cx="10" cy="5" r="4" fill="#f00"/></svg>'
    )


@pytest.fixture
def root(tmp_path) -> Path:
    """Two things, one with the name of an emoji that is held out, and a place."""
    held_out = next(name for name in map(str, range(99)) if is_held_out("concept", f"thing {name}"))
    ground = '<rect width="20" height="10" fill="#00f"/>'
    for place, text in {
        "things/ball-1": svg("ball", "a red ball that lies there"),
        "things/odd-1": svg(f"thing {held_out}", "an odd thing"),
        "places/sunset-1": svg("sunset", "a red sun above the sea", ground=ground),
    }.items():
        path = tmp_path / f"{place}.svg"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return tmp_path


def samples_of(root: Path) -> list:
    return [sample for sample, _ in drawing_samples(iter_drawings(root), held_out=())]


def test_every_drawing_is_small_and_made_of_plain_shapes_and_words(drawings):
    assert len(drawings) > 1000
    for drawing in drawings:
        tree = ElementTree.parse(drawing.path)
        assert {node.tag.split("}")[1] for node in tree.iter()} <= ELEMENTS, drawing.path
        assert drawing.path.stat().st_size <= 2048, drawing.path
        slug = re.sub(r"[^a-z0-9]+", "-", drawing.name.lower()).strip("-")
        assert re.fullmatch(rf"{slug}-[12]", drawing.path.stem), drawing.path


def test_what_is_shown_is_said_in_distinct_sentences_that_are_no_names(drawings):
    # a plain name would be put into sentences of its own, see `train.sources.phrases.described`
    assert [one.path.stem for one in drawings if is_plain(one.shown)] == []
    assert max(len(one.shown.split()) for one in drawings) <= 16
    said = Counter(one.shown for one in drawings)
    assert [text for text, times in said.items() if times > 1] == []


def test_no_drawing_bears_the_name_of_a_concept_that_is_held_out(drawings):
    assert [one.name for one in drawings if is_held_out("concept", one.name)] == []


def test_drawings_have_names_of_emoji_and_name_no_held_out_one_in_their_sentences(drawings):
    if not emoji.ANNOTATIONS.exists():
        pytest.skip("not installed: unicode-cldr-core")
    known = set(emoji.read_annotations(emoji.ANNOTATIONS)[0].values())
    assert {one.name for one in drawings} <= known
    held_out = {name for name in known if is_held_out("concept", name)} - COMMON_WORDS
    for drawing in drawings:
        pattern = r"\b{}s?\b"
        named = {
            name
            for name in held_out
            if re.search(pattern.format(re.escape(name.lower())), drawing.shown.lower())
            and not re.search(pattern.format(re.escape(name)), drawing.name)
        }
        assert not named, drawing.path.stem


@needs_renderer
def test_things_leave_their_surroundings_free_and_places_do_not(drawings):
    for drawing in drawings:
        alpha = np.asarray(render(drawing.path, pixels=64))[..., 3]
        assert max(alpha.shape) == 64, drawing.path
        assert alpha.max() > 200, drawing.path
        edge = np.concatenate([alpha[0], alpha[-1], alpha[:, 0], alpha[:, -1]])
        opaque = float((edge > 200).mean())
        assert opaque > 0.95 if drawing.is_place else opaque < 0.8, (drawing.path, opaque)


@needs_renderer
@pytest.mark.parametrize("text", ["no markup", "<svg xmlns='http://www.w3.org/2000/svg'/>"])
def test_what_cannot_be_drawn_is_refused_with_its_path(tmp_path, text):
    path = tmp_path / "odd.svg"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"odd\.svg"):
        render(path, pixels=64)


def test_what_is_held_out_is_left_out_by_either_name(root):
    def names(**held_out) -> list[str]:
        found = drawing_samples(iter_drawings(root), **held_out)
        return [str(sample.query["text"]) for sample, _ in found]

    assert names(held_out=()) == ["ball", "sunset"]
    assert names(held_out={"sunset", "bat"}) == ["ball"]


def test_a_sample_says_what_is_shown_first_and_has_the_key_of_its_emoji(root):
    ball, sunset = samples_of(root)
    assert ball.captions == ("a red ball that lies there", "ball")
    assert (ball.source, sunset.source) == ("drawing", "scenery")
    (symbol,) = emoji_samples([emoji.Emoji("o", "ball", ())])
    assert ball.key == symbol.key != sunset.key


def test_a_drawing_that_was_mended_is_another_picture(root):
    before, _ = samples_of(root)
    path = root / "things" / "ball-1.svg"
    path.write_text(path.read_text().replace("#f00", "#0f0"))
    assert samples_of(root)[0].positive != before.positive


def test_only_things_stand_on_stages(root):
    assert [is_prop(sample) for sample in samples_of(root)] == [True, False]


@needs_renderer
def test_a_place_fills_its_view_and_a_thing_does_not(root, tmp_path):
    pairs = list(drawing_samples(iter_drawings(root), held_out=()))
    write_drawings(pairs, tmp_path)
    samples = [sample for sample, _ in pairs]
    source = PictureSource(samples, tmp_path, rows=60, views=60, seed=0)
    blue = {"drawing": [], "scenery": []}
    for number in range(60):
        view, sample = source.view(number), samples[source.shown[number]]
        assert view.captions[0] == sample.captions[0]
        pixels = np.asarray(view.media["image"], dtype=int)
        corners = pixels[[0, 0, -1, -1], [0, -1, 0, -1]]
        blue[sample.source].append(bool((corners[:, 2] - corners[:, 0] > 60).all()))
    assert all(blue["scenery"])
    assert sum(blue["drawing"]) < len(blue["drawing"]) / 3  # a few grounds are blue
    staged = StagedSource(samples[:1], tmp_path, rows=2, views=2, seed=0)
    assert "ball" in staged.view(0).captions[0]


@pytest.mark.parametrize("size", [SQUARE, WIDE, TALL])
@pytest.mark.parametrize("canvas", [(200, 200), (300, 150)])
def test_a_place_is_cut_and_hardly_stretched_whatever_the_format(size, canvas):
    width, height = canvas
    ramps = np.zeros((height, width, 3), dtype=np.uint8)
    ramps[..., 0] = np.linspace(90, 170, width)[None, :]  # red tells x, green tells y
    ramps[..., 1] = np.linspace(90, 170, height)[:, None]
    for seed in range(20):
        image = augment_scenery(Image.fromarray(ramps).convert("RGBA"), Random(seed), size=size)
        seen = np.asarray(image, dtype=float)
        assert image.size == size
        by_x = abs(np.polyfit(range(size[0]), seen[..., 0].mean(0), 1)[0]) * width
        by_y = abs(np.polyfit(range(size[1]), seen[..., 1].mean(1), 1)[0]) * height
        assert 0.8 < by_y / by_x < 1.25, seed


def test_a_place_looks_the_same_for_the_same_seed_and_another_for_another():
    picture = Image.effect_noise((60, 40), 90).convert("RGBA")
    first, again, other = (
        augment_scenery(picture, Random(seed), size=(48, 24)) for seed in (1, 1, 2)
    )
    assert first.size == (48, 24)
    assert first.tobytes() == again.tobytes() != other.tobytes()
