"""What decoders raise on bad files, turned into one line that a person can act on."""

from __future__ import annotations

import binascii
import lzma
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import av
from PIL import Image, UnidentifiedImageError
from pypdfium2 import PdfiumError

from indexer.types import UnreadableFile

MAX_REASON_CHARS = 200

# Everything that Pillow, PDFium and FFmpeg raise on damaged input. RuntimeError, IndexError and
# KeyError come from Pillow's parsers meeting impossible headers.
DECODER_ERRORS: tuple[type[Exception], ...] = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    MemoryError,
    OverflowError,
    RuntimeError,
    IndexError,
    KeyError,
    TypeError,
    struct.error,
    zlib.error,
    lzma.LZMAError,
    binascii.Error,
    Image.DecompressionBombError,
    PdfiumError,
    av.FFmpegError,
)


def one_line(text: str) -> str:
    """Squeeze a message into one short line; control characters become spaces."""
    printable = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(printable.split())[:MAX_REASON_CHARS]


def reason_of(error: BaseException) -> str:
    """Say in one line why a file could not be read."""
    if isinstance(error, FileNotFoundError):
        return "the file is gone"
    if isinstance(error, PermissionError):
        return "permission denied: make the file readable"
    if isinstance(error, Image.DecompressionBombError):
        return "the picture claims more pixels than allowed (decompression bomb?)"
    if isinstance(error, UnidentifiedImageError | KeyError):  # they name a path, or a stray key
        return "its content is damaged"
    if isinstance(error, MemoryError):
        return "not enough memory to decode it"
    message = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return one_line(message)


@contextmanager
def refusing(what: str) -> Iterator[None]:
    """Turn what decoders raise into `UnreadableFile("{what}: {reason}")`."""
    try:
        yield
    except DECODER_ERRORS as error:
        raise UnreadableFile(f"{what}: {reason_of(error)}") from error
