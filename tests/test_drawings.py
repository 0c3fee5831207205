"""The project's own drawings: whole, named, and never of what is held out."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("resvg_py", reason="needs the [train] extra")

from train.augment import augment_scenery
from train.held_out import is_held_out
from train.rows import PictureSource, StagedSource, is_prop
from train.sources import emoji
from train.sources.drawings import drawing_samples, iter_drawings, render
from train.sources.pictures import write_drawings

ELEMENTS = {
    *("svg", "title", "desc", "g", "defs", "use", "path", "circle", "ellipse", "rect", "line"),
    *("polyline", "polygon", "linearGradient", "radialGradient", "stop"),
}
DRAWINGS = list(iter_drawings())


def svg(name: str, shown: str, *, box: str = "0 0 20 10", ground: str = "") -> str:
    """Return a drawing of a red disc."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}"><title>{name}</title>'
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


def test_every_drawing_is_small_and_made_of_plain_shapes_and_words():
    assert len(DRAWINGS) > 1000
    for drawing in DRAWINGS:
        tree = ElementTree.parse(drawing.path)
        assert {node.tag.split("}")[1] for node in tree.iter()} <= ELEMENTS, drawing.path
        assert drawing.path.stat().st_size <= 2048, drawing.path
        slug = re.sub(r"[^a-z0-9]+", "-", drawing.name.lower()).strip("-")
        assert re.fullmatch(rf"{slug}-[12]", drawing.path.stem), drawing.path
        assert 3 <= len(drawing.shown.split()) <= 16, drawing.path


def test_no_drawing_shows_a_concept_that_is_held_out():
    assert [one.name for one in DRAWINGS if is_held_out("concept", one.name)] == []


def test_drawings_have_the_names_of_emoji():
    if not emoji.ANNOTATIONS.exists():
        pytest.skip("not installed: unicode-cldr-core")
    known = set(emoji.read_annotations(emoji.ANNOTATIONS)[0].values())
    assert {one.name for one in DRAWINGS} <= known


@pytest.mark.parametrize("number", range(0, len(DRAWINGS), 25))
def test_things_leave_their_surroundings_free_and_places_do_not(number):
    drawing = DRAWINGS[number]
    alpha = np.asarray(render(drawing.path, pixels=64))[..., 3]
    assert max(alpha.shape) == 64
    assert alpha.max() > 200
    edge = np.concatenate([alpha[0], alpha[-1], alpha[:, 0], alpha[:, -1]])
    assert (drawing.path.parent.name == "places") == ((edge > 200).mean() > 0.95)


def test_what_is_held_out_is_left_out_by_either_name(root):
    def names(**held_out) -> list[str]:
        found = drawing_samples(iter_drawings(root), **held_out)
        return [str(sample.query["text"]) for sample, _ in found]

    assert names(held_out=()) == ["ball", "sunset"]
    assert names(held_out={"sunset", "bat"}) == ["ball"]


def test_a_sample_says_what_is_shown_first_and_never_meets_its_emoji(root):
    ball, sunset = (sample for sample, _ in drawing_samples(iter_drawings(root), held_out=()))
    assert ball.captions == ("a red ball that lies there", "ball")
    assert (ball.key, ball.source, sunset.source) == ("emoji ball", "drawing", "scenery")


def test_only_things_stand_on_stages(root):
    samples = [sample for sample, _ in drawing_samples(iter_drawings(root), held_out=())]
    assert [is_prop(sample) for sample in samples] == [True, False]


def test_a_place_fills_its_view_and_a_thing_has_some_ground_around_it(root, tmp_path):
    pairs = list(drawing_samples(iter_drawings(root), held_out=()))
    write_drawings(pairs, tmp_path)
    samples = [sample for sample, _ in pairs]
    source = PictureSource(samples, tmp_path, rows=40, views=40, seed=0)
    for number in range(40):
        view, sample = source.view(number), samples[source.shown[number]]
        assert view.captions[0] == sample.captions[0]
        if sample.source == "scenery":
            pixels = np.asarray(view.media["image"], dtype=int)
            corners = pixels[[0, 0, -1, -1], [0, -1, 0, -1]]
            assert (corners[:, 2] - corners[:, 0] > 60).all()  # the blue ground, no white
    staged = StagedSource(samples[:1], tmp_path, rows=2, views=2, seed=0)
    assert "ball" in staged.view(0).captions[0]


def test_a_place_looks_the_same_for_the_same_seed_and_another_for_another():
    picture = Image.effect_noise((60, 40), 90).convert("RGBA")
    first, again, other = (
        augment_scenery(picture, Random(seed), size=(48, 24)) for seed in (1, 1, 2)
    )
    assert first.size == (48, 24)
    assert first.tobytes() == again.tobytes() != other.tobytes()
