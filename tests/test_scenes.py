"""Drawn scenes and clips: the same for the same seed, and they show what their captions say."""

from __future__ import annotations

import numpy as np
import pytest

from train.motions import MOTIONS, draw_motion, motion_captions, plan_motion
from train.scenes import (
    EVALUATION_SEED,
    LOW_CONTRAST,
    PLACES,
    ScenePlan,
    Thing,
    draw_scene,
    paint_scene,
    plan_scene,
    plural,
    scene_captions,
    with_article,
)
from train.shapes import COLOURS, HOLES, OUTLINES, shape_mask


def colour_error(pixels: np.ndarray, name: str) -> np.ndarray:
    """Return the distance of every pixel to a named colour: (..., 3) -> (...)."""
    return np.abs(pixels.astype(int) - np.array(COLOURS[name])).max(-1)


def plan_of(*things: Thing, ground: str = "white") -> ScenePlan:
    """Return a plan on a plain ground."""
    arrangement = (" and ".join(f"{{{number}}}" for number in range(len(things))),)
    return ScenePlan(things, arrangement, ground, "plain", 7)


def test_a_seed_always_gives_the_same_scene_and_another_seed_another():
    first, again, other = draw_scene(5), draw_scene(5), draw_scene(6)
    assert first.caption == again.caption
    assert first.variants == again.variants
    assert np.array_equal(np.asarray(first.image), np.asarray(again.image))
    assert not np.array_equal(np.asarray(first.image), np.asarray(other.image))


@pytest.mark.parametrize("colour", sorted(COLOURS))
def test_a_shape_has_the_colour_and_the_place_of_its_caption(colour):
    ground = next(name for name in COLOURS if name != colour and {name, colour} not in LOW_CONTRAST)
    plan = plan_of(Thing(colour, "square", "large", (PLACES["top right"],)), ground=ground)
    pixels = np.asarray(paint_scene(plan, 128))
    inside, outside = pixels[20:32, 96:108], pixels[90:120, 10:40]
    assert np.median(colour_error(inside, colour)) < 60
    assert np.median(colour_error(outside, ground)) < 60


def test_a_thing_of_three_is_drawn_three_times():
    columns = ((0.2, 0.5), (0.5, 0.5), (0.8, 0.5))
    plan = plan_of(Thing("black", "circle", "small", columns))
    dark = np.asarray(paint_scene(plan, 200).convert("L")).min(0) < 100  # (W,)
    starts = (np.diff(dark.astype(int)) == 1).sum()
    assert plan.things[0].words == "three small black circles"
    assert starts == 3


def test_a_thousand_evaluation_scenes_have_nearly_a_thousand_captions():
    captions = {scene_captions(plan_scene(EVALUATION_SEED + n))[0] for n in range(1000)}
    assert len(captions) >= 990


def test_captions_name_colour_and_shape_of_every_thing_and_the_ground():
    for seed in range(200):
        plan = plan_scene(seed)
        caption = scene_captions(plan)[0]
        assert f"{plan.ground} " in caption
        for thing in plan.things:
            assert f"{thing.colour} {thing.shape}" in caption or thing.words in caption


def test_grounds_never_hide_a_thing():
    for seed in range(500):
        plan = plan_scene(seed)
        for thing in plan.things:
            assert thing.colour != plan.ground
            assert {thing.colour, plan.ground} not in LOW_CONTRAST


@pytest.mark.parametrize("shape", sorted(OUTLINES))
def test_every_shape_fills_a_good_part_of_its_square_and_stays_in_it(shape):
    mask = np.asarray(shape_mask(shape, 40, 0)) > 127
    assert 0.12 < mask.mean() < 0.9
    assert not mask[0].any()
    assert not mask[:, -1].any()
    centre = mask[mask.shape[0] // 2, mask.shape[1] // 2]
    assert centre == (shape not in HOLES and shape != "crescent")


def test_there_are_at_least_twelve_colours_and_ten_shapes():
    assert len(COLOURS) >= 12
    assert len(OUTLINES) >= 10


def test_articles_and_plurals_are_english():
    assert with_article("orange star") == "an orange star"
    assert with_article("red star") == "a red star"
    assert (plural("cross"), plural("star")) == ("crosses", "stars")


def darkest_centre(frame) -> tuple[float, float]:
    """Return where the pixels that differ from the corner lie on average: x, y."""
    pixels = np.asarray(frame).astype(int)
    rows, columns = np.nonzero(np.abs(pixels - pixels[2, 2]).max(-1) > 60)
    return float(columns.mean()), float(rows.mean())


def clip_of(motion: str):
    """Return the first drawn clip of a motion whose ground is one plain colour."""
    for seed in range(3000):
        if plan_motion(seed).motion == motion:
            clip = draw_motion(seed)
            first = np.asarray(clip.frames[0])
            if (first[0, 0] == first[-1, -1]).all():
                return clip
    raise AssertionError(f"no clip of {motion}")


@pytest.mark.parametrize(
    ("motion", "axis", "sign"), [("right", 0, 1), ("left", 0, -1), ("up", 1, -1), ("down", 1, 1)]
)
def test_a_shape_moves_where_its_caption_says(motion, axis, sign):
    frames = clip_of(motion).frames
    start, end = darkest_centre(frames[0]), darkest_centre(frames[-1])
    assert sign * (end[axis] - start[axis]) > 0.4 * frames[0].width
    assert abs(end[1 - axis] - start[1 - axis]) < 5


def test_growing_and_shrinking_change_the_area():
    def areas(motion: str) -> list[int]:
        frames = [np.asarray(frame).astype(int) for frame in clip_of(motion).frames]
        return [int((np.abs(f - f[2, 2]).max(-1) > 60).sum()) for f in frames]

    grow, shrink = areas("grow"), areas("shrink")
    assert grow == sorted(grow)
    assert grow[-1] > 4 * grow[0]
    assert shrink == sorted(shrink, reverse=True)


def test_a_clip_has_the_frames_asked_for_and_is_the_same_again():
    first, again = draw_motion(3, frames=5, size=64), draw_motion(3, frames=5, size=64)
    assert len(first.frames) == 5
    assert first.frames[0].size == (64, 64)
    pairs = zip(first.frames, again.frames, strict=True)
    assert all(np.array_equal(np.asarray(a), np.asarray(b)) for a, b in pairs)


def test_every_motion_comes_up_and_evaluation_clips_are_told_apart():
    plans = [plan_motion(EVALUATION_SEED + number) for number in range(300)]
    assert {plan.motion for plan in plans} == set(MOTIONS)
    assert len({motion_captions(plan)[0] for plan in plans}) >= 290
