"""Cutting: where clips begin and end, and which frames of them are kept."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from indexer.loaders.shots import BINS, ClipCutter, ShotDetector, distance, histogram


def cut(
    frames: list[tuple[float, bool]], end: float, *, low: float, high: float
) -> list[tuple[float, float]]:
    """Run the cutter over (seconds, is_cut); return start and end of every clip."""
    cutter = ClipCutter(min_seconds=low, max_seconds=high, max_frames=4)
    done = [clip for seconds, jump in frames for clip in cutter.advance(seconds, is_cut=jump)]
    done += cutter.finish(end)
    return [(clip.start_seconds, clip_end) for clip, clip_end in done]


def every(step: float, end: float, *, cuts: tuple[float, ...] = ()) -> list[tuple[float, bool]]:
    times = [round(index * step, 3) for index in range(round(end / step))]
    return [(seconds, seconds in cuts) for seconds in times]


def test_clips_of_one_long_shot_end_at_the_maximum_and_a_short_rest_joins_the_last() -> None:
    assert cut(every(0.5, 12), 12.0, low=2, high=5) == [(0, 5), (5, 10), (10, 12)]
    assert cut(every(0.5, 11), 11.0, low=2, high=5) == [(0, 5), (5, 11)]


def test_a_shot_below_the_minimum_is_kept_with_the_next_one() -> None:
    frames = every(0.5, 9, cuts=(3.0, 4.0))

    assert cut(frames, 9.0, low=2, high=8) == [(0, 3), (3, 9)]


def test_the_rest_of_a_shot_does_not_spill_into_the_next_one() -> None:
    frames = every(0.5, 12, cuts=(6.0,))  # the maximum cuts at 5, the shot changes at 6

    assert cut(frames, 12.0, low=2, high=5) == [(0, 6), (6, 12)]


@pytest.mark.parametrize("seed", range(20))
def test_clips_cover_the_video_without_gaps_within_their_lengths(seed: int) -> None:
    random = np.random.default_rng(seed)
    end = float(random.integers(3, 60))
    frames = [(seconds, bool(random.random() < 0.1)) for seconds, _ in every(0.25, end)]

    clips = cut(frames, end, low=2, high=8)

    assert clips[0][0] == 0.0
    assert clips[-1][1] == end
    assert all(left[1] == right[0] for left, right in pairwise(clips))
    assert all(2 <= stop - start < 8 + 2 + 0.25 for start, stop in clips)


def test_histograms_know_the_places_of_colours_and_ignore_noise() -> None:
    random = np.random.default_rng(0)
    flat = np.full((36, 64, 3), 119)  # hard-edged bins would lose much more
    noisy = flat + random.integers(-3, 4, flat.shape)
    halves = np.zeros((36, 64, 3), int)
    halves[:, :32] = 255

    assert distance(histogram(flat), histogram(noisy)) < 0.15
    assert distance(histogram(halves), histogram(halves[:, ::-1])) == pytest.approx(1.0)
    assert distance(histogram(flat), histogram(flat)) == 0.0


def test_the_histogram_of_a_quarter_shares_every_value_between_its_two_nearest_bins() -> None:
    thumbnail = np.random.default_rng(1).integers(0, 256, (6, 10, 3), dtype=np.uint8)
    wanted = np.zeros((2, 2, 3, BINS))
    for (row, column, channel), value in np.ndenumerate(thumbnail):
        place = value / 255 * (BINS - 1)
        low = min(int(place), BINS - 2)
        counts = wanted[row // 3, column // 5, channel]
        counts[low] += 1 - (place - low)
        counts[low + 1] += place - low
    wanted /= wanted.sum(axis=-1, keepdims=True)

    assert histogram(thumbnail) == pytest.approx(wanted.reshape(12, BINS))


def test_a_jump_after_calm_is_a_cut_but_constant_unrest_is_not() -> None:
    random = np.random.default_rng(0)
    calm = [np.full((36, 64, 3), 100) for _ in range(10)]
    wild = [random.integers(0, 256) * np.ones((36, 64, 3), int) for _ in range(20)]
    detector = ShotDetector()

    assert not any(detector.is_cut(frame) for frame in calm)
    assert detector.is_cut(np.full((36, 64, 3), 220))
    restless = ShotDetector()
    assert sum(restless.is_cut(frame) for frame in wild) <= 2


def test_memory_of_a_clip_is_bounded_however_long_it_is() -> None:
    cutter = ClipCutter(min_seconds=1, max_seconds=10_000, max_frames=4)
    kept = 0
    for index in range(5_000):
        list(cutter.advance(index * 0.2, is_cut=False))
        if cutter.clip.wants(index * 0.2):
            cutter.clip.add(index * 0.2, f"frame {index}")
        kept = max(kept, len(cutter.clip.frames))

    ((clip, end),) = cutter.finish(1_000.0)
    assert kept <= 17
    chosen = [int(frame.split()[1]) * 0.2 for frame in clip.spread(end)]
    assert chosen == pytest.approx([125, 375, 625, 875], abs=50)
