"""From drawn shots to a video file: hard cuts between shots, H.264 that every browser plays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import av
from av.codec.codec import UnknownCodecError
from PIL import Image

from indexer.demo_corpus.canvas import Canvas

WIDTH, HEIGHT, FRAMES_PER_SECOND = 640, 360, 12
CODECS = ("libx264", "h264", "mpeg4")
H264_OPTIONS = {"preset": "veryfast", "crf": "26", "profile": "main"}


@dataclass(frozen=True, slots=True)
class Shot:
    """One shot: `backdrop` is drawn once, `action(canvas, t)` on it, t running from 0 to 1."""

    seconds: float
    backdrop: Callable[[Canvas], None]
    action: Callable[[Canvas, float], None]


@dataclass(frozen=True, slots=True)
class Film:
    """A video file of the corpus: its path in the folder and its shots in order."""

    path: str
    shots: tuple[Shot, ...]

    @property
    def cuts(self) -> list[float]:
        """Where each shot begins, in seconds."""
        starts, at = [], 0.0
        for shot in self.shots:
            starts.append(at)
            at += shot.seconds
        return starts

    def write(self, path: Path) -> None:
        """Encode the film as MP4, ready to play before it is wholly loaded."""
        with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as container:
            codec = available_codec()
            stream = container.add_stream(codec, rate=FRAMES_PER_SECOND)
            stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
            stream.codec_context.thread_count = 1  # several threads make other bytes
            stream.codec_context.gop_size = 2 * FRAMES_PER_SECOND
            stream.options = H264_OPTIONS if codec != "mpeg4" else {"qscale": "4"}
            for picture in iter_frames(self.shots):
                container.mux(stream.encode(av.VideoFrame.from_image(picture)))
            container.mux(stream.encode())


def available_codec() -> str:
    """Return the best encoder that this FFmpeg has; the last one plays in players only."""
    for name in CODECS:
        try:
            av.Codec(name, "w")
        except UnknownCodecError:
            continue
        return name
    raise RuntimeError(f"this build of PyAV has none of {', '.join(CODECS)}: install its wheel")


def iter_frames(shots: tuple[Shot, ...]) -> Iterator[Image.Image]:
    """Yield every frame of the film."""
    for shot in shots:
        ground = Canvas(WIDTH, HEIGHT, oversample=2)
        shot.backdrop(ground)
        count = round(shot.seconds * FRAMES_PER_SECOND)
        for i in range(count):
            canvas = ground.copy()
            shot.action(canvas, i / (count - 1))
            yield canvas.finish()
