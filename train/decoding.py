"""Pictures and clips of samples become pixels, as the index reads them; needs no model library.

Formats, limits, turning upright and white grounds are the loaders' of the indexer. A clip that is
given as frames is opened frame by frame, and only the frames that are kept.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
from av.video.reformatter import VideoReformatter
from PIL import Image

from indexer.loaders import images, video
from indexer.loaders.options import HEADROOM, LoadOptions
from indexer.loaders.refusals import DECODER_ERRORS, reason_of
from indexer.types import UnreadableFile
from train.samples import Sample, sides_of
from train.sides import Side

MAX_IMAGE_PIXELS = LoadOptions().max_image_pixels


@dataclass(frozen=True, slots=True)
class Detail:
    """How finely media are decoded: pixels a picture, pixels a frame, frames a clip."""

    max_pixels: int
    max_frame_pixels: int
    num_frames: int

    @classmethod
    def for_model(cls, processor: Any) -> Detail:
        """Return the detail for a `BTokProcessor`; it resizes once more, so there is headroom."""
        return cls(
            HEADROOM * processor.max_pixels,
            HEADROOM * processor.max_frame_pixels,
            processor.num_frames,
        )


def decode_side(side: Side, detail: Detail) -> dict[str, Any]:
    """Return a side with its picture and the frames of its clip decoded, RGB and upright.

    Raises:
        UnreadableFile: a file is missing or damaged, or a clip has no frame; names the file.
    """
    decoded: dict[str, Any] = dict(side)
    if "image" in side:
        decoded["image"] = decode_image(side["image"], max_pixels=detail.max_pixels)
    if "video" in side:
        decoded["video"] = decode_clip(
            side["video"], num_frames=detail.num_frames, max_pixels=detail.max_frame_pixels
        )
    return decoded


def decode_image(source: Any, *, max_pixels: int) -> Image.Image:
    """Decode a picture from its path or its bytes, shrunk to `max_pixels`."""
    with naming(source):
        file: Any = io.BytesIO(source) if isinstance(source, bytes) else source
        with images.open_picture(file, max_image_pixels=MAX_IMAGE_PIXELS) as picture:
            return images.decode(picture, max_pixels=max_pixels, max_image_pixels=MAX_IMAGE_PIXELS)


def decode_clip(source: Any, *, num_frames: int, max_pixels: int) -> list[Image.Image]:
    """Decode at most `num_frames` evenly spaced frames, of a file or from pictures of frames."""
    if isinstance(source, str):
        return decode_video(source, num_frames=num_frames, max_pixels=max_pixels)
    kept = middles(len(source), num_frames)
    return [decode_image(source[number], max_pixels=max_pixels) for number in kept]


def decode_video(path: str, *, num_frames: int, max_pixels: int) -> list[Image.Image]:
    """Decode evenly spaced frames of a video file; of a cut-off one, those that are there."""
    with (
        naming(path),
        video.open_video(Path(path), max_pixels=MAX_IMAGE_PIXELS) as (container, stream),
    ):
        aspect, scaler = video.pixel_aspect(stream), VideoReformatter()
        wanted = middles(stream.frames or count_frames(path), num_frames)
        frames = [
            video.picture_of(frame, max_pixels, aspect=aspect, scaler=scaler)
            for frame in pick_frames(container, stream, wanted)
        ]
        if not frames:
            raise UnreadableFile("the video has no frame that can be decoded")
    return frames


def pick_frames(
    container: av.container.InputContainer, stream: av.VideoStream, wanted: list[int]
) -> Iterator[av.VideoFrame]:
    """Yield the wanted frames by number; where none of them is there, the last one that is."""
    last, found = None, False
    for number, moment in enumerate(video.iter_moments(container, stream)):
        last = moment.frame
        if number in wanted:
            found = True
            yield last
        if number >= wanted[-1]:
            break
    if not found and last is not None:
        yield last


def count_frames(path: str) -> int:
    """Return how many frames a video file has that does not say it; at least 1."""
    with video.open_video(Path(path), max_pixels=MAX_IMAGE_PIXELS) as (container, stream):
        return max(1, sum(packet.size > 0 for packet in container.demux(stream)))


def middles(available: int, wanted: int) -> list[int]:
    """Return the middles of `wanted` equal parts of `available` frames, or all when fewer.

    `embedder.media.spread` is the same rule, in a module that imports torch.
    """
    if available <= wanted:
        return list(range(available))
    return [int((index + 0.5) * available / wanted) for index in range(wanted)]


def media_problem(sample: Sample) -> str:
    """Decode all files of a sample (of a video one frame) and say what is wrong, or nothing."""
    for name, side in sides_of(sample):
        frames = side.get("video")
        once = Detail(1, 1, len(frames) if isinstance(frames, list) else 1)
        try:
            decode_side(side, once)
        except UnreadableFile as error:
            return f"{name}: {error}"
    return ""


@contextmanager
def naming(source: object) -> Iterator[None]:
    """Turn whatever decoding raises into UnreadableFile with the name of the file before it."""
    name = f"{len(source)} bytes" if isinstance(source, bytes) else Path(str(source)).name
    try:
        if not isinstance(source, bytes) and not Path(str(source)).is_file():
            raise UnreadableFile("there is no such file")
        yield
    except UnreadableFile as error:
        raise UnreadableFile(f"{name}: {error}") from error
    except DECODER_ERRORS as error:
        raise UnreadableFile(f"{name}: {reason_of(error)}") from error
