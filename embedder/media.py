"""Pictures by Pillow, clips by PyAV: whatever a caller hands over, upright RGB comes out."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
import torch
from PIL import Image, ImageOps

ROTATIONS = {
    90: Image.Transpose.ROTATE_90,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_270,
}
GREY_RANGES = (1.0, 255.0, 65535.0)  # the usual ends of white; others end at their own maximum
# A picture that was opened and not yet read breaks when two threads read it.
_reading = threading.Lock()


@dataclass(frozen=True, slots=True)
class Clip:
    """Frames in order and the seconds between two of them."""

    frames: tuple[Image.Image, ...]
    seconds_per_frame: float = 1.0


def open_image(source: Any) -> Image.Image:
    """Return an upright RGB picture from a PIL image, a path or an array (H, W, 3) or (3, H, W).

    EXIF orientation is honoured, transparency falls on white. Raises ValueError for anything else;
    addresses on the network are refused, not fetched.
    """
    if isinstance(source, Image.Image):
        with _reading:
            return to_rgb(source)
    if isinstance(source, (str, Path)):
        with Image.open(local_path(source)) as image:
            return to_rgb(image)
    return from_array(source)


def to_rgb(image: Image.Image) -> Image.Image:
    """Turn a picture upright and flatten it onto white; deep greys are scaled to 8 bits."""
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith(("I", "F")):
        image = to_8_bits(image)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        ground = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(ground, image).convert("RGB")
    return image.convert("RGB")


def to_8_bits(grey: Image.Image) -> Image.Image:
    """Scale greys of 16 and 32 bits by the range they use; Pillow's conversion clips them to white.

    The indexer's picture loader has the same rule, in a process that must not import torch; a test
    holds the two together.
    """
    values = np.asarray(grey, dtype=np.float32)  # (H, W)
    values = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    low, high = min(0.0, float(values.min())), float(values.max())
    if low == 0.0:
        high = next((usual for usual in GREY_RANGES if high <= usual), high)
    scaled = (values - low) * (255.0 / max(high - low, 1e-12))
    return Image.fromarray(scaled.round().astype(np.uint8))


def from_array(source: Any) -> Image.Image:
    """Return a picture from an array or tensor of bytes, (H, W, 3) or (3, H, W).

    Raises ValueError for another shape, and for numbers that are no bytes: what they range over is
    not known here.
    """
    if not isinstance(source, (np.ndarray, torch.Tensor)) or source.ndim != 3:
        raise ValueError(
            f"cannot read a {type(source).__name__} as a picture: give a PIL image, "
            "a path, or an array (H, W, 3) of bytes"
        )
    if source.dtype not in (np.uint8, torch.uint8):
        raise ValueError(
            f"a picture as an array holds bytes (uint8), got {source.dtype}: scale it to 0..255, "
            'for example by (array * 255).round().astype("uint8") from 0..1'
        )
    pixels = source.cpu().numpy() if isinstance(source, torch.Tensor) else source
    if pixels.shape[0] == 3 and pixels.shape[2] != 3:
        pixels = pixels.transpose(1, 2, 0)
    return Image.fromarray(np.ascontiguousarray(pixels)).convert("RGB")


def size_of_image(source: Any) -> tuple[int, int]:
    """Return width and height of what `open_image` takes, without decoding it.

    Of a picture that EXIF turns on its side, the two are exchanged.
    """
    if isinstance(source, Image.Image):
        return source.size
    if isinstance(source, (str, Path)):
        with Image.open(local_path(source)) as image:
            return image.size
    return from_array(source).size


def local_path(source: str | Path) -> Path:
    """Return a path on this machine; addresses on the network are refused."""
    if isinstance(source, str) and "://" in source:
        raise ValueError(f"{source!r} is an address: download it first, nothing is fetched here")
    return Path(source)


def open_clip(source: Any, *, num_frames: int, fps: float | None = None) -> Clip:
    """Return at most `num_frames` evenly spaced frames of a list of frames, an array or a file.

    `fps` says how fast given frames followed each other, one a second where it is not known; a file
    knows by itself. Raises ValueError for what is no clip.
    """
    if isinstance(source, dict):  # Sentence Transformers' {"array": ..., "video_metadata": ...}
        source = source["array"]
    if isinstance(source, (str, Path)):
        return read_clip(local_path(source), num_frames=num_frames)
    if isinstance(source, (np.ndarray, torch.Tensor)) and source.ndim != 4:
        raise ValueError(f"a clip as an array has 4 axes (T, H, W, 3), got {source.ndim}")
    if not isinstance(source, Iterable):
        raise ValueError(f"cannot read a {type(source).__name__} as a clip: give frames or a path")
    frames = list(source)
    if not frames:
        raise ValueError("a clip without frames cannot be encoded")
    kept = spread(len(frames), num_frames)
    stride = (kept[-1] - kept[0]) / (len(kept) - 1) if len(kept) > 1 else 1.0
    images = tuple(open_image(frames[index]) for index in kept)
    return Clip(images, seconds_per_frame=stride / fps if fps else 1.0)


def size_of_clip(source: Any, *, num_frames: int) -> tuple[tuple[int, int], int]:
    """Return the size of the frames of what `open_clip` takes, and at most how many it keeps."""
    if isinstance(source, dict):
        source = source["array"]
    if isinstance(source, (str, Path)):
        with av.open(str(local_path(source))) as container:
            if not container.streams.video:
                raise ValueError(f"{Path(source).name} holds no video stream")
            stream = container.streams.video[0]
            return (stream.width, stream.height), min(stream.frames or num_frames, num_frames)
    if not isinstance(source, Sequence | np.ndarray | torch.Tensor) or not len(source):
        raise ValueError(f"cannot read a {type(source).__name__} as a clip: give frames or a path")
    return size_of_image(source[0]), min(len(source), num_frames)


def spread(available: int, wanted: int) -> list[int]:
    """Return the middles of `wanted` equal parts of `available` frames, or all when fewer."""
    if available <= wanted:
        return list(range(available))
    return [int((index + 0.5) * available / wanted) for index in range(wanted)]


def read_clip(path: Path, *, num_frames: int) -> Clip:
    """Decode evenly spaced frames of a video file, honouring its rotation.

    Frames are counted by decoding where the container does not say; only the kept ones are
    converted. Raises ValueError when the file holds no picture.
    """
    with av.open(str(path)) as container:
        if not container.streams.video:
            raise ValueError(f"{path.name} holds no video stream")
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        total = stream.frames or sum(1 for _ in container.decode(stream))
        container.seek(0)
        wanted = set(spread(total, num_frames))
        frames, times = [], []
        for index, frame in enumerate(container.decode(stream)):
            if index in wanted:
                frames.append(upright(frame))
                times.append(frame.time or 0.0)
    if not frames:
        raise ValueError(f"{path.name} holds no decodable frame")
    seconds = (times[-1] - times[0]) / (len(times) - 1) if len(times) > 1 else 1.0
    return Clip(tuple(frames), seconds_per_frame=max(seconds, 1e-3))


def upright(frame: av.VideoFrame) -> Image.Image:
    """Convert a decoded frame, turned as the file's display matrix says."""
    image = frame.to_image()
    turn = ROTATIONS.get(round(frame.rotation) % 360)
    return image.transpose(turn) if turn is not None else image
