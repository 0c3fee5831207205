"""Cut-outs on backdrops: the same for the same seed, and captions that are true of the picture."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from PIL import Image

from train.backdrops import BACKDROPS
from train.staging import WEATHER_WORDS, WIDE, Prop, stage_clip, stage_picture

MAGENTA = (255, 0, 255, 255)  # no backdrop has it
PROP = Prop("kite", Image.new("RGBA", (60, 60), MAGENTA))


def place_of(frame: Image.Image) -> tuple[float, float, int]:
    """Return the middle of the magenta pixels and how many there are."""
    pixels = np.asarray(frame, dtype=int)
    ys, xs = np.nonzero((np.abs(pixels - MAGENTA[:3]) < 40).all(-1))
    return float(xs.mean()), float(ys.mean()), len(xs)


@pytest.mark.parametrize("name", BACKDROPS)
def test_every_backdrop_fills_its_size_and_is_the_same_for_the_same_seed(name):
    first, again = (BACKDROPS[name].paint(WIDE, Random(3)) for _ in range(2))
    assert first.size == WIDE
    assert first.mode == "RGB"
    assert np.array_equal(np.asarray(first), np.asarray(again))
    assert np.asarray(first).std() > 3


def test_captions_name_the_things_and_speak_of_weather_only_where_it_falls():
    falling = [word for words in WEATHER_WORDS.values() for word in words]
    for seed in range(60):
        _, captions = stage_picture([PROP, Prop("owl", PROP.picture)], Random(seed))
        assert all("kite" in text and "owl" in text for text in captions)
        weather = [text for text in captions if any(word in text for word in falling)]
        assert weather in ([], [captions[0]])
    assert stage_picture([PROP], Random(1))[1] == stage_picture([PROP], Random(1))[1]


MOVES = {  # what a caption says: what must be true of the way (right, down) and of the growth
    "to the right": lambda right, down, growth: right > 60,
    "to the left": lambda right, down, growth: right < -60,
    "rising": lambda right, down, growth: down < -20,
    "taking off": lambda right, down, growth: down < -20,
    "falling": lambda right, down, growth: down > 20,
    "coming closer": lambda right, down, growth: growth > 1.5,
    "away": lambda right, down, growth: growth < 0.7,
    "standing still": lambda right, down, growth: abs(right) + abs(down) < 2,  # rain covers it
}


def test_clips_move_as_their_captions_say():
    met = set()
    for seed in range(150):
        frames, captions = stage_clip(PROP, Random(seed), frames=5)
        (x0, y0, size0), (x1, y1, size1) = place_of(frames[1]), place_of(frames[3])
        said = captions[0].removeprefix("kite ").removeprefix("moving ")
        for words in (words for words in MOVES if said.startswith(words)):
            assert MOVES[words](x1 - x0, y1 - y0, size1 / size0), (seed, captions[0])
            met.add(words)
    assert met == set(MOVES)
