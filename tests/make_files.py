"""Small files for tests: pictures, PDFs and videos, sound and broken, each with a known content."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from indexer.types import Asset

LETTER = (612, 792)  # points
RED, GREEN, BLUE = (200, 30, 30), (30, 160, 60), (30, 60, 200)


def asset_of(path: Path) -> Asset:
    """Return the asset that a scan would make of a file."""
    status = path.stat()
    return Asset(path, status.st_size, status.st_mtime_ns)


def write_picture(
    path: Path,
    *,
    size: tuple[int, int] = (64, 48),
    color: Sequence[int] = RED,
    orientation: int | None = None,
) -> Path:
    """Write a picture whose left half is `color` and whose right half is white.

    The suffix chooses the format, `orientation` is the EXIF tag.
    """
    picture = Image.new("RGB", size, "white")
    picture.paste(tuple(color), (0, 0, size[0] // 2, size[1]))
    exif = Image.Exif()
    if orientation is not None:
        exif[0x0112] = orientation
    picture.save(path, exif=exif.tobytes() if orientation else b"")
    return path


def write_tiff(path: Path, colors: Sequence[Sequence[int]]) -> Path:
    """Write a TIFF with one page of each colour."""
    pages = [Image.new("RGB", (40, 50), tuple(color)) for color in colors]
    pages[0].save(path, save_all=True, append_images=pages[1:])
    return path


def picture_of_text(lines: Sequence[str], *, size: tuple[int, int] = (850, 400)) -> Image.Image:
    """Draw lines of black text on white, large enough for OCR, the first at the top left."""
    picture = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(size=36)
    for index, line in enumerate(lines):
        draw.text((40, 30 + 60 * index), line, fill="black", font=font)
    return picture


def write_png_bomb(path: Path, *, side: int = 60_000) -> Path:
    """Write a PNG of a few kilobytes that claims `side` x `side` pixels."""
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(side))
    chunks = ((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b""))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*chunk) for chunk in chunks))
    return path


def png_chunk(name: bytes, data: bytes) -> bytes:
    """Return one chunk of a PNG file."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def write_pdf(
    path: Path,
    pages: Sequence[Sequence[str]],
    *,
    rotation: int = 0,
    password: str | None = None,
    lead: float = 20,
) -> Path:
    """Write a PDF of letter pages; the lines of each start at (72, 700) points, 12-point text."""
    encrypt = StandardEncryption(password) if password else None
    canvas = Canvas(str(path), pagesize=LETTER, encrypt=encrypt)
    for lines in pages:
        canvas.setPageRotation(rotation)
        for index, line in enumerate(lines):
            canvas.drawString(72, 700 - lead * index, line)
        canvas.showPage()
    canvas.save()
    return path


def write_scanned_pdf(path: Path, pictures: Sequence[Image.Image]) -> Path:
    """Write a PDF whose pages are only pictures, as from a scanner."""
    canvas = Canvas(str(path))
    for picture in pictures:
        canvas.setPageSize(picture.size)
        canvas.drawImage(ImageReader(picture), 0, 0, *picture.size)
        canvas.showPage()
    canvas.save()
    return path


def truncate(path: Path, *, share: float) -> Path:
    """Keep only the first `share` of a file."""
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    return path


def noisy_frame(color: Sequence[int], *, size: tuple[int, int], seed: int = 0) -> np.ndarray:
    """Return a frame (H, W, 3) of a colour with a little noise and a moving square."""
    width, height = size
    noise = np.random.default_rng(seed).integers(-6, 7, (height, width, 3))
    frame = np.clip(np.array(color) + noise, 0, 255).astype(np.uint8)
    left = seed % max(1, width - 16)
    frame[height // 3 : height // 3 + 16, left : left + 16] = 255 - np.array(color)
    return frame


def write_video(
    path: Path,
    shots: Sequence[tuple[Sequence[int], float]],
    *,
    fps: int = 10,
    size: tuple[int, int] = (128, 96),
    rotation: int = 0,
    codec: str = "mpeg4",
    options: dict[str, str] | None = None,
    faststart: bool = False,
    pixel_aspect: tuple[int, int] = (1, 1),
) -> Path:
    """Write a video of shots, each (colour, seconds); `rotation` is the display matrix, degrees.

    `faststart` puts the index in front, so that a truncated file still opens.
    """
    muxing = {"movflags": "faststart"} if faststart else {}
    with av.open(str(path), "w", options=muxing) as container:
        stream = container.add_stream(codec, rate=fps, options=options or {})
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        stream.codec_context.sample_aspect_ratio = Fraction(*pixel_aspect)
        if codec == "mpeg4":
            stream.bit_rate = 2_000_000
        if rotation:
            stream.set_display_rotation(rotation)
        number = 0
        for color, seconds in shots:
            for _ in range(round(seconds * fps)):
                frame = av.VideoFrame.from_ndarray(noisy_frame(color, size=size, seed=number))
                frame.pts, frame.time_base = number, Fraction(1, fps)
                container.mux(stream.encode(frame))
                number += 1
        container.mux(stream.encode(None))
    return path


def write_sound(path: Path, *, seconds: float = 1.0, with_cover: bool = False) -> Path:
    """Write a file with sound only, or sound and a cover, in a container for videos."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=44_100)
        if with_cover:
            add_cover(container)
        for start in range(0, int(44_100 * seconds), 1024):
            silence = np.zeros((1, 1024), dtype=np.float32)
            frame = av.AudioFrame.from_ndarray(silence, "fltp", "mono")
            frame.sample_rate, frame.pts = 44_100, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def add_cover(container: av.container.OutputContainer) -> None:
    """Attach a still picture, which FFmpeg shows as a video stream."""
    cover = container.add_stream("mjpeg", rate=1)
    cover.width, cover.height, cover.pix_fmt = 64, 48, "yuvj420p"
    cover.disposition = av.stream.Disposition.attached_pic
    frame = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8))
    frame.pts = 0
    container.mux(cover.encode(frame))
    container.mux(cover.encode(None))
