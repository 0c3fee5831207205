"""What a file is, by its first bytes: a name may lie, magic bytes rarely do."""

from __future__ import annotations

from pathlib import Path

HEAD_BYTES = 1024

IMAGE = "image"
PDF = "pdf"
VIDEO = "video"

# (offset, bytes, kind); the first match wins.
SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", IMAGE),
    (0, b"\xff\xd8\xff", IMAGE),
    (0, b"GIF87a", IMAGE),
    (0, b"GIF89a", IMAGE),
    (0, b"II*\x00", IMAGE),
    (0, b"MM\x00*", IMAGE),
    (8, b"WEBP", IMAGE),
    (0, b"%PDF-", PDF),
    (0, b"\x1a\x45\xdf\xa3", VIDEO),  # Matroska, WebM
    (8, b"AVI ", VIDEO),
    (0, b"FLV\x01", VIDEO),
    (0, b"\x00\x00\x01\xba", VIDEO),  # MPEG program stream
    (0, b"\x00\x00\x01\xb3", VIDEO),  # MPEG video
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", VIDEO),  # ASF, WMV
    (4, b"moov", VIDEO),  # QuickTime without ftyp
    (4, b"mdat", VIDEO),
    (4, b"wide", VIDEO),
)
# ISO media files of these brands are sounds or still pictures, not videos.
NOT_VIDEO_BRANDS = frozenset(
    (b"M4A ", b"M4B ", b"M4P ", b"heic", b"heix", b"heim", b"heis", b"mif1", b"avif", b"crx ")
)
BMP_HEADER_BYTES = frozenset((12, 40, 52, 56, 64, 108, 124))


def sniff(path: Path) -> str | None:
    """Return `image`, `pdf` or `video` by the first bytes, None when they say none of these.

    Raises:
        OSError: the file cannot be opened.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if path.suffix.lower() == ".pdf" and b"%PDF-" in head:
        return PDF  # PDFium, too, accepts rubbish before the header
    return kind_of(head)


def kind_of(head: bytes) -> str | None:
    """Return the kind that the first bytes of a file announce."""
    for offset, magic, kind in SIGNATURES:
        if head.startswith(magic, offset) and (offset != 8 or head.startswith(b"RIFF")):
            return kind
    if head[4:8] == b"ftyp":
        return None if head[8:12] in NOT_VIDEO_BRANDS else VIDEO
    if head.startswith(b"BM") and int.from_bytes(head[14:18], "little") in BMP_HEADER_BYTES:
        return IMAGE
    if head.startswith(b"OggS"):
        return VIDEO if b"\x80theora" in head else None
    return VIDEO if is_transport_stream(head) else None


def is_transport_stream(head: bytes) -> bool:
    """Tell whether the sync byte of MPEG-TS (188-byte packets) or M2TS (192) repeats."""
    return any(
        len(head) > first + 2 * step and head[first::step][:3] == b"GGG"
        for first, step in ((0, 188), (4, 192))
    )
