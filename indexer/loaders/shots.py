"""Where a video is cut: shot changes by colour histograms, clips of bounded length.

A shot change is a jump of the colour histogram, taken per quarter of the frame, that is large in
itself and against the frames just before it, so that motion and flicker do not cut. Fades are not
found; there the maximum clip length cuts.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Generic, TypeVar

import numpy as np

THUMBNAIL_SIZE = (64, 36)  # width, height
BINS = 16
LEVELS = 256
MIN_JUMP = 0.25  # of 1, the distance of histograms that share nothing
MIN_RATIO = 3.0  # times the mean jump of the last frames
RECENT_FRAMES = 12
FIRST_STRIDE_SECONDS = 0.2
CANDIDATES_PER_FRAME = 4  # kept frames per wanted frame, before the even choice

Frame = TypeVar("Frame")


def histogram(thumbnail: np.ndarray) -> np.ndarray:
    """Return the colour histogram of each quarter of a frame: (H, W, 3) bytes -> (12, BINS).

    Every value is shared between its two nearest bins, so that noise around the edge of a bin
    moves nothing.
    """
    places = first_levels(*thumbnail.shape[:2]) + thumbnail
    levels = np.bincount(places.ravel(), minlength=12 * LEVELS).reshape(12, LEVELS)
    counts = levels @ shares_of_levels()  # (12, BINS)
    return np.asarray(counts / counts.sum(axis=1, keepdims=True))


@cache
def first_levels(height: int, width: int) -> np.ndarray:
    """Return where the levels of each value's quarter and channel begin: (H, W, 3)."""
    quarter = np.arange(height)[:, None] * 2 // height * 2 + np.arange(width)[None] * 2 // width
    return np.asarray((quarter[:, :, None] * 3 + np.arange(3)) * LEVELS)


@cache
def shares_of_levels() -> np.ndarray:
    """Return how each level is shared between bins: (LEVELS, BINS), rows sum to one."""
    place = np.arange(LEVELS) * ((BINS - 1) / (LEVELS - 1))
    return np.asarray(np.maximum(0.0, 1.0 - np.abs(place[:, None] - np.arange(BINS))))


def distance(left: np.ndarray, right: np.ndarray) -> float:
    """Return the mean distance of histograms (12, BINS): 0 equal, 1 nothing in common."""
    return float(np.abs(left - right).sum(axis=1).mean() / 2)


class ShotDetector:
    """Tells frame by frame whether a new shot begins."""

    def __init__(self) -> None:
        self._last: np.ndarray | None = None
        self._jumps: deque[float] = deque(maxlen=RECENT_FRAMES)

    def is_cut(self, thumbnail: np.ndarray) -> bool:
        """Tell whether this frame (H, W, 3) begins a new shot; frames come in order."""
        current = histogram(thumbnail)
        last, self._last = self._last, current
        if last is None:
            return False
        jump = distance(last, current)
        usual = sum(self._jumps) / len(self._jumps) if self._jumps else 0.0
        self._jumps.append(jump)
        return jump >= MIN_JUMP and jump >= MIN_RATIO * usual


@dataclass(slots=True)
class Clip(Generic[Frame]):
    """A clip in the making: where it starts and frames spread over it, in whatever form.

    `after_cut` is False when it starts because the one before had reached its maximum length.
    """

    start_seconds: float
    max_frames: int
    after_cut: bool
    stride_seconds: float = FIRST_STRIDE_SECONDS
    frames: list[tuple[float, Frame]] = field(default_factory=list)

    def wants(self, seconds: float) -> bool:
        """Tell whether a frame at this time is due."""
        return not self.frames or seconds >= self.frames[-1][0] + self.stride_seconds

    def add(self, seconds: float, frame: Frame) -> None:
        """Keep a frame; when there are too many, drop every second and ask for half as many."""
        self.frames.append((seconds, frame))
        if len(self.frames) > self.max_frames * CANDIDATES_PER_FRAME:
            self.frames = self.frames[::2]
            self.stride_seconds *= 2

    def join(self, other: Clip[Frame]) -> None:
        """Append the frames of the clip that follows."""
        for seconds, frame in other.frames:
            if self.wants(seconds):
                self.add(seconds, frame)

    def spread(self, end_seconds: float) -> list[Frame]:
        """Return at most `max_frames` frames spread evenly between start and end, in order."""
        step = (end_seconds - self.start_seconds) / self.max_frames
        wanted = self.start_seconds + (np.arange(self.max_frames) + 0.5) * step
        kept = np.array([seconds for seconds, _ in self.frames])
        nearest = np.abs(kept[None, :] - wanted[:, None]).argmin(axis=1)  # (max_frames,)
        return [self.frames[index][1] for index in sorted(set(nearest.tolist()))]


class ClipCutter(Generic[Frame]):
    """Turns a stream of frame times and shot changes into clips between two lengths.

    A shot shorter than the minimum is kept with the next one. What is left of a shot after cuts at
    the maximum, and the end of the video, are joined to the clip before when they are shorter than
    the minimum; so a clip is at most maximum plus minimum long. One finished clip is held back for
    that.
    """

    def __init__(self, *, min_seconds: float, max_seconds: float, max_frames: int) -> None:
        self._min_seconds = min_seconds
        self._max_seconds = max_seconds
        self._max_frames = max_frames
        self._held: tuple[Clip[Frame], float] | None = None
        self.clip: Clip[Frame] | None = None

    def advance(self, seconds: float, *, is_cut: bool) -> Iterator[tuple[Clip[Frame], float]]:
        """Take the time of the next frame; yield what is finished as (clip, end in seconds).

        Afterwards `clip` is the clip that the frame belongs to.
        """
        if self.clip is None:
            self.clip = self._begin(seconds, after_cut=True)
            return
        length = seconds - self.clip.start_seconds
        if is_cut and length >= self._min_seconds:
            yield from self._end_clip(self.clip, seconds)
        elif is_cut and self._held and not self.clip.after_cut:
            self._held = joined(self._held[0], self.clip, seconds)
        elif length < self._max_seconds:
            return
        else:
            yield from self._end_clip(self.clip, seconds)
        self.clip = self._begin(seconds, after_cut=is_cut)

    def finish(self, end_seconds: float) -> Iterator[tuple[Clip[Frame], float]]:
        """Yield what is left when the video ends."""
        if self.clip is None:
            return
        if self._held and end_seconds - self.clip.start_seconds < self._min_seconds:
            yield joined(self._held[0], self.clip, end_seconds)
            return
        yield from self._end_clip(self.clip, end_seconds)
        yield self.clip, end_seconds

    def _begin(self, seconds: float, *, after_cut: bool) -> Clip[Frame]:
        return Clip(seconds, self._max_frames, after_cut)

    def _end_clip(self, clip: Clip[Frame], seconds: float) -> Iterator[tuple[Clip[Frame], float]]:
        if self._held:
            yield self._held
        self._held = (clip, seconds)


def joined(
    clip: Clip[Frame], following: Clip[Frame], end_seconds: float
) -> tuple[Clip[Frame], float]:
    """Make one clip of two neighbours."""
    clip.join(following)
    return clip, end_seconds
