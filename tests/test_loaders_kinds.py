"""The table of loaders: kinds by first bytes, options, locators, and what all loaders share."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest
from make_files import RED, write_pdf, write_picture, write_video

from indexer import loaders
from indexer.loaders import LOADERS, SUFFIXES, LoadOptions, locators
from indexer.loaders.kinds import kind_of
from indexer.loaders.refusals import MAX_REASON_CHARS, one_line, reason_of
from indexer.types import MediaBudget, UsageError


def box(brand: bytes) -> bytes:
    """Return the first box of an ISO media file."""
    return b"\x00\x00\x00\x18ftyp" + brand + bytes(12)


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n", "image"),
        (b"\xff\xd8\xff\xe1", "image"),
        (b"GIF89a", "image"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image"),
        (b"MM\x00*", "image"),
        (b"%PDF-1.7", "pdf"),
        (box(b"isom"), "video"),
        (box(b"qt  "), "video"),
        (b"RIFF\x00\x00\x00\x00AVI LIST", "video"),
        (b"\x1a\x45\xdf\xa3", "video"),
        (b"OggS" + bytes(24) + b"\x80theora", "video"),
        (box(b"M4A "), None),
        (box(b"heic"), None),
        (b"OggS" + bytes(24) + b"\x01vorbis", None),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", None),
        (b"xxxxxxxxWEBP", None),
        (b"BM is how this sentence begins", None),
        (b"GGGGGGGG", None),
        (b"import x\n", None),
        (b"", None),
    ],
)
def test_first_bytes_tell_the_kind(head: bytes, kind: str | None) -> None:
    assert kind_of(head) == kind


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "webm", "avi", "mpg", "ts", "m2ts", "mov", "flv"])
def test_every_container_that_ffmpeg_writes_is_recognised(tmp_path: Path, suffix: str) -> None:
    codec = {"webm": "libvpx-vp9", "mpg": "mpeg1video", "flv": "libx264"}.get(suffix, "mpeg4")

    path = write_video(tmp_path / f"a.{suffix}", [(RED, 0.2)], fps=25, codec=codec)

    assert loaders.sniff(path) == "video"


def test_every_kind_has_a_loader_and_its_suffixes_belong_to_it_alone(tmp_path: Path) -> None:
    assert set(LOADERS) == {"image", "pdf", "video"}
    assert sum(len(loader.SUFFIXES) for loader in LOADERS.values()) == len(SUFFIXES)
    assert ".ts" not in SUFFIXES  # TypeScript
    assert loaders.sniff(write_picture(tmp_path / "a.png")) == "image"
    assert loaders.sniff(write_pdf(tmp_path / "a.pdf", [["x"]])) == "pdf"


@pytest.mark.parametrize("name", ["load", "open_media", "read_words"])
def test_loaders_share_one_signature(name: str) -> None:
    signatures = {str(inspect.signature(getattr(loader, name))) for loader in LOADERS.values()}

    assert len(signatures) == 1


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"ocr": "always"}, "ocr is 'always', choose one of off, auto, all"),
        ({"min_clip_seconds": 9.0, "max_clip_seconds": 5.0}, "give 0 < min <= max"),
        ({"min_clip_seconds": 0.0}, "give 0 < min <= max"),
        ({"max_pixels": 0}, "give at least 1"),
        ({"frames_per_clip": -1}, "give at least 1"),
    ],
)
def test_options_that_make_no_sense_are_refused(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        LoadOptions(**wrong)


def test_locators_come_back_as_they_were_written() -> None:
    assert locators.parse_page(locators.page_locator(12)) == 12
    assert locators.parse_clip(locators.clip_locator(12.5, 17.25)) == (12.5, 17.25)
    assert locators.clip_locator(12.5, 17.25) == "t=12.500-17.250"


@pytest.mark.parametrize("locator", ["page=0", "page=-1", "page=1 ", "page=one", "page=²", "image"])
def test_a_locator_that_names_no_page_is_refused(locator: str) -> None:
    with pytest.raises(UsageError, match="names no page"):
        locators.parse_page(locator)


def test_a_reason_is_one_short_printable_line() -> None:
    assert one_line("a\nb\x1b[31m\tc") == "a b [31m c"
    assert len(one_line("x" * 1_000)) == MAX_REASON_CHARS
    assert reason_of(ValueError()) == "ValueError"
    assert "not enough memory" in reason_of(MemoryError())


def test_files_are_read_little_finer_than_the_model_looks():
    options = LoadOptions(max_pixels=10_000, max_frame_pixels=10_000, frames_per_clip=8)
    assert options.within(None) is options
    read = options.within(MediaBudget(1_000, 5_000, 6))
    assert (read.max_pixels, read.max_frame_pixels, read.frames_per_clip) == (2_000, 10_000, 6)
