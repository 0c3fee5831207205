"""Videos through FFmpeg (PyAV): one pass, cut at shot changes, a few frames per clip.

Times are seconds from the start of the file, as a player shows them. Only frames of the clip in
the making and of the one before are kept, large ones scaled down, so memory does not grow with the
length of the video. Small ones are scaled when the clip is over: two in three are not needed then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import av
import numpy as np
from av.stream import Disposition
from av.video.reformatter import VideoReformatter
from PIL import Image

from indexer.loaders import locators
from indexer.loaders.images import budget_size
from indexer.loaders.options import LoadOptions
from indexer.loaders.refusals import refusing
from indexer.loaders.shots import THUMBNAIL_SIZE, Clip, ClipCutter, ShotDetector
from indexer.types import Modality, Unit, UnreadableFile, Word

# Not .ts and .mts, which are TypeScript in most folders; streams of that name are recognised by
# their first bytes.
SUFFIXES = frozenset(
    (
        ".mp4",
        ".m4v",
        ".mov",
        ".mkv",
        ".webm",
        ".avi",
        ".mpg",
        ".mpeg",
        ".m2ts",
        ".wmv",
        ".flv",
        ".ogv",
        ".3gp",
    )
)
# Real containers only: a playlist would make FFmpeg open other files and addresses.
FORMATS = "mov,mp4,matroska,webm,avi,mpegts,mpeg,mpegvideo,flv,asf,ogg"

LONG_SECONDS = 120.0  # longer videos are decoded without non-reference frames: twice as fast,
# and a cut is still found to about a tenth of a second
SMALL_FRAME_PIXELS = 500_000  # below, a second thread costs two fifths more than it decodes
MAX_MISSING_SHARE = 0.03
MAX_MISSING_SECONDS = 1.0
MICROSECONDS = 1_000_000
# How to turn a picture whose display matrix asks for so many quarters counter-clockwise.
TURNS = {
    1: Image.Transpose.ROTATE_90,
    2: Image.Transpose.ROTATE_180,
    3: Image.Transpose.ROTATE_270,
}
Kept = Callable[[], Image.Image]  # shows a frame that was kept


@dataclass(frozen=True, slots=True)
class Moment:
    """A decoded frame, from when to when it is shown, in seconds from the start of the file."""

    frame: av.VideoFrame
    seconds: float
    end_seconds: float


def load(path: Path, options: LoadOptions, *, content_hash: str | None) -> Iterator[Unit]:
    """Yield one unit per clip, as soon as the clip is known to be over."""
    del content_hash  # videos are not read by OCR
    with open_video(path, max_pixels=options.max_image_pixels) as (container, stream):
        for clip, end_seconds in iter_clips(container, stream, options):
            yield build_unit(clip, end_seconds)


def build_unit(clip: Clip[Kept], end_seconds: float) -> Unit:
    """Make the unit of a finished clip."""
    return Unit(
        locators.clip_locator(clip.start_seconds, end_seconds),
        Modality.VIDEO,
        {"video": [show() for show in clip.spread(end_seconds)]},
        start_seconds=round(clip.start_seconds, 3),
        end_seconds=round(end_seconds, 3),
    )


def iter_clips(
    container: av.container.InputContainer, stream: av.VideoStream, options: LoadOptions
) -> Iterator[tuple[Clip[Kept], float]]:
    """Cut a video into clips; yields (clip, end in seconds).

    Raises:
        UnreadableFile: no frame can be decoded, or the end of the file is missing.
    """
    detector = ShotDetector()
    cutter: ClipCutter[Kept] = ClipCutter(
        min_seconds=options.min_clip_seconds,
        max_seconds=options.max_clip_seconds,
        max_frames=options.frames_per_clip,
    )
    if (declared_end(container, stream) or 0.0) > LONG_SECONDS:
        stream.codec_context.skip_frame = "NONREF"
    aspect, end_seconds = pixel_aspect(stream), 0.0
    to_thumbnail, to_picture = VideoReformatter(), VideoReformatter()
    for moment in iter_moments(container, stream):
        is_cut = detector.is_cut(thumbnail_of(moment.frame, to_thumbnail))
        yield from cutter.advance(moment.seconds, is_cut=is_cut)
        if cutter.clip and cutter.clip.wants(moment.seconds):
            show = partial(
                picture_of,
                moment.frame,
                options.max_frame_pixels,
                aspect=aspect,
                scaler=to_picture,
            )
            cutter.clip.add(moment.seconds, show if is_small(moment.frame) else kept(show()))
        end_seconds = max(end_seconds, moment.end_seconds)
    refuse_incomplete(end_seconds, declared_end(container, stream), has_frames=bool(cutter.clip))
    yield from cutter.finish(end_seconds)


def is_small(sized: av.VideoFrame | av.VideoCodecContext) -> bool:
    """Tell whether frames of this size may be kept by the dozen, and decoded by one thread."""
    return bool(sized.width * sized.height <= SMALL_FRAME_PIXELS)


def kept(picture: Image.Image) -> Kept:
    """Return what shows a picture that is there already."""
    return lambda: picture


def refuse_incomplete(end_seconds: float, declared: float | None, *, has_frames: bool) -> None:
    """Raise UnreadableFile when nothing was decoded, or much less than the file announces."""
    if not has_frames:
        raise UnreadableFile("the video has no frame that can be decoded")
    missing = (declared or 0.0) - end_seconds
    if missing > MAX_MISSING_SECONDS and missing > MAX_MISSING_SHARE * (declared or 0.0):
        raise UnreadableFile(
            f"the video is truncated: it ends at {end_seconds:.1f} s of {declared:.1f} s"
        )


@contextmanager
def open_video(
    path: Path, *, max_pixels: int
) -> Iterator[tuple[av.container.InputContainer, av.VideoStream]]:
    """Open a video and pick its first moving picture, not a cover.

    Raises:
        UnreadableFile: it is damaged, has no video, or frames above `max_pixels`.
    """
    limits = {"format_whitelist": FORMATS, "protocol_whitelist": "file"}
    with (
        refusing("not a readable video"),
        av.open(str(path), options=limits, metadata_errors="replace") as container,
    ):
        stream = first_video(container)
        context = stream.codec_context
        if context.width * context.height > max_pixels:
            raise UnreadableFile(
                f"its frames are {context.width} x {context.height}, "
                f"more than the {max_pixels} pixels allowed"
            )
        context.options = {"max_pixels": str(max_pixels)}  # the size may change on the way
        context.thread_count = 1 if is_small(context) else 2  # one more core is the encoder's
        stream.thread_type = "AUTO"
        yield container, stream


def first_video(container: av.container.InputContainer) -> av.VideoStream:
    """Return the first video stream; raise UnreadableFile for sound and sound with a cover."""
    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            return stream
    raise UnreadableFile("the file has no video, only sound or data")


def declared_end(container: av.container.InputContainer, stream: av.VideoStream) -> float | None:
    """Return when the video should end, in seconds from the start of the file, if it says so."""
    if stream.duration is not None and stream.time_base is not None:
        first = (stream.start_time or 0) * stream.time_base
        return float(first + stream.duration * stream.time_base) - start_of(container)
    tag = stream.metadata.get("DURATION", "")  # Matroska: 00:00:12.345000000
    parts = tag.split(":")
    if len(parts) != 3 or not all(part.replace(".", "", 1).isdigit() for part in parts):
        return None
    hours, minutes, seconds = (float(part) for part in parts)
    return hours * 3600 + minutes * 60 + seconds


def start_of(container: av.container.InputContainer) -> float:
    """Return the time of the file's first instant in its own clock, in seconds."""
    return (container.start_time or 0) / MICROSECONDS


def iter_moments(
    container: av.container.InputContainer, stream: av.VideoStream
) -> Iterator[Moment]:
    """Decode frame after frame; damaged packets are left out, as players do."""
    start = start_of(container)
    frame_seconds = 1.0 / float(stream.average_rate or stream.guessed_rate or 25)
    clock = 0.0
    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except av.error.InvalidDataError:
            continue
        for frame in frames:
            seconds = clock if frame.time is None else max(0.0, frame.time - start)
            shown = float(frame.duration * frame.time_base) if frame.duration else frame_seconds
            clock = max(clock, seconds + shown)
            yield Moment(frame, seconds, seconds + shown)


def shrink(
    frame: av.VideoFrame, size: tuple[int, int], scaler: VideoReformatter, *, layout: str
) -> av.VideoFrame:
    """Scale a frame to (width, height).

    One scaler per size: setting it up for every frame would cost more than scaling. So would
    waking a thread per core, which is what PyAV does when it is not told otherwise.
    """
    return scaler.reformat(
        frame, width=size[0], height=size[1], format=layout, interpolation="AREA", threads=1
    )


def thumbnail_of(frame: av.VideoFrame, scaler: VideoReformatter) -> np.ndarray:
    """Return what the shot detector looks at: (H, W, 3) bytes."""
    return np.asarray(shrink(frame, THUMBNAIL_SIZE, scaler, layout="rgb24").to_ndarray())


def pixel_aspect(stream: av.VideoStream) -> float:
    """Return the width of a pixel over its height; some videos have pixels that are not square."""
    return float(stream.sample_aspect_ratio or 1.0)


def picture_of(
    frame: av.VideoFrame, max_pixels: int, *, aspect: float, scaler: VideoReformatter
) -> Image.Image:
    """Return a frame as it is shown, at most `max_pixels`: square pixels, upright, RGB.

    FFmpeg writes four bytes per pixel at half the cost of three, and Pillow keeps them so.
    """
    size = budget_size(max(1, round(frame.width * aspect)), frame.height, max_pixels)
    plane = shrink(frame, size, scaler, layout="rgb0").planes[0]
    picture = Image.frombytes("RGB", size, plane, "raw", "RGBX", plane.line_size, 1)
    turn = TURNS.get(round(frame.rotation / 90) % 4)
    return picture if turn is None else picture.transpose(turn)


def open_media(path: Path, locator: str, *, max_pixels: int) -> Image.Image:
    """Return the frame in the middle of a clip in at most `max_pixels`."""
    start_seconds, end_seconds = locators.parse_clip(locator)
    middle = (start_seconds + end_seconds) / 2
    limit = LoadOptions().max_image_pixels
    with open_video(path, max_pixels=limit) as (container, stream):
        container.seek(int((middle + start_of(container)) * MICROSECONDS))
        shown = None
        for moment in iter_moments(container, stream):
            if shown is None or moment.seconds <= middle:
                shown = moment.frame
            if moment.end_seconds > middle:
                break
        if shown is None:
            raise UnreadableFile(f"it has no frame at {middle:.3f} s: ingest it again")
        aspect, scaler = pixel_aspect(stream), VideoReformatter()
        return picture_of(shown, max_pixels, aspect=aspect, scaler=scaler)


def read_words(path: Path, locator: str, *, ocr_cache: Path | None) -> list[Word]:
    """Return no words: videos are not read by OCR."""
    del path, locator, ocr_cache
    return []
