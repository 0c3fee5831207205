"""Pictures: what the embedder sees of them, and which are refused."""

from __future__ import annotations

import errno
from pathlib import Path

import numpy as np
import pytest
from make_files import (
    BLUE,
    GREEN,
    RED,
    asset_of,
    truncate,
    write_picture,
    write_png_bomb,
    write_tiff,
)
from PIL import Image

from indexer import loaders
from indexer.loaders import LoadOptions
from indexer.loaders.images import budget_size
from indexer.types import Modality, Unit, UnreadableFile, UsageError

NO_OCR = LoadOptions(ocr="off")
SUFFIXES = ("png", "jpg", "webp", "gif", "tiff", "bmp")


def load_all(path: Path, options: LoadOptions = NO_OCR) -> list[Unit]:
    return list(loaders.load(asset_of(path), options))


def load_picture(path: Path, options: LoadOptions = NO_OCR) -> Image.Image:
    (unit,) = load_all(path, options)
    return unit.media["image"]


def color_at(picture: Image.Image, x: float, y: float) -> np.ndarray:
    return np.array(picture.getpixel((int(x * picture.width), int(y * picture.height))))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_format_gives_one_rgb_picture_with_its_colours(tmp_path: Path, suffix: str) -> None:
    path = write_picture(tmp_path / f"a.{suffix}", size=(64, 48), color=RED)

    (unit,) = load_all(path)

    picture = unit.media["image"]
    assert (unit.locator, unit.modality, unit.page, unit.text) == (
        "image",
        Modality.IMAGE,
        None,
        "",
    )
    assert (picture.mode, picture.size) == ("RGB", (64, 48))
    assert np.abs(color_at(picture, 0.2, 0.5) - RED).max() < 12
    assert np.abs(color_at(picture, 0.8, 0.5) - (255, 255, 255)).max() < 12


# Where the coloured left half of the stored picture is to be seen: (x, y) in fractions.
@pytest.mark.parametrize(
    ("orientation", "size", "place"),
    [
        (1, (64, 48), (0.1, 0.5)),
        (2, (64, 48), (0.9, 0.5)),
        (3, (64, 48), (0.9, 0.5)),
        (6, (48, 64), (0.5, 0.1)),
        (8, (48, 64), (0.5, 0.9)),
    ],
)
@pytest.mark.parametrize("suffix", ["jpg", "png", "tiff", "webp"])
def test_exif_orientation_turns_the_picture_upright(
    tmp_path: Path, suffix: str, orientation: int, size: tuple[int, int], place: tuple[float, float]
) -> None:
    path = write_picture(tmp_path / f"a.{suffix}", size=(64, 48), orientation=orientation)

    picture = load_picture(path)

    assert picture.size == size
    assert np.abs(color_at(picture, *place) - RED).max() < 12
    assert np.abs(color_at(picture, 1 - place[0], 1 - place[1]) - 255).max() < 12
    assert loaders.open_media(path, "image", max_pixels=10**6).size == size


def test_transparent_pixels_are_white(tmp_path: Path) -> None:
    picture = Image.new("RGBA", (20, 10), (255, 0, 0, 0))
    picture.paste((0, 0, 255, 255), (0, 0, 10, 10))
    picture.save(tmp_path / "a.png")
    picture.quantize().save(tmp_path / "palette.png")

    for name in ("a.png", "palette.png"):
        seen = load_picture(tmp_path / name)
        assert seen.getpixel((15, 5)) == (255, 255, 255)
        assert np.abs(color_at(seen, 0.2, 0.5) - (0, 0, 255)).max() < 12


def test_sixteen_bit_grey_keeps_its_shades(tmp_path: Path) -> None:
    ramp = np.linspace(0, 65535, 256).astype(np.uint16)[None].repeat(4, axis=0)
    Image.fromarray(ramp).save(tmp_path / "deep.png")

    seen = np.asarray(load_picture(tmp_path / "deep.png"))[0, :, 0]

    assert np.abs(seen.astype(int) - np.arange(256)).max() <= 1


@pytest.mark.parametrize("suffix", ["jpg", "png"])
def test_a_large_picture_is_shrunk_to_the_budget_and_a_small_one_is_not_enlarged(
    tmp_path: Path, suffix: str
) -> None:
    options = LoadOptions(ocr="off", max_pixels=10_000)
    large = write_picture(tmp_path / f"large.{suffix}", size=(1600, 400))
    small = write_picture(tmp_path / f"small.{suffix}", size=(60, 15))

    assert load_picture(large, options).size == (200, 50)
    assert load_picture(small, options).size == (60, 15)
    assert loaders.open_media(large, "image", max_pixels=40_000).size == (400, 100)


@pytest.mark.parametrize(
    "size", [(1, 1), (7, 3), (4000, 3000), (100_000, 1), (1, 100_000), (997, 991)]
)
@pytest.mark.parametrize("budget", [1, 2, 100, 10_000])
def test_a_budget_is_never_exceeded_and_no_side_vanishes(
    size: tuple[int, int], budget: int
) -> None:
    width, height = budget_size(*size, budget)

    assert 1 <= width <= size[0]
    assert 1 <= height <= size[1]
    assert width * height <= budget


def test_metadata_does_not_travel_with_the_picture(tmp_path: Path) -> None:
    path = write_picture(tmp_path / "a.jpg", orientation=6)

    assert load_picture(path).info == {}


def test_a_tiff_of_several_pages_is_a_document(tmp_path: Path) -> None:
    path = write_tiff(tmp_path / "scan.tiff", [RED, GREEN, BLUE])

    units = load_all(path)

    assert [unit.locator for unit in units] == ["page=1", "page=2", "page=3"]
    assert [unit.page for unit in units] == [1, 2, 3]
    assert {unit.modality for unit in units} == {Modality.PAGE}
    seen = [unit.media["image"].getpixel((5, 5)) for unit in units]
    assert seen == [RED, GREEN, BLUE]
    assert loaders.open_media(path, "page=2", max_pixels=10**6).getpixel((5, 5)) == GREEN


def test_a_tiff_thumbnail_is_not_a_page(tmp_path: Path) -> None:
    page, thumbnail = Image.new("RGB", (40, 50), RED), Image.new("RGB", (8, 10), RED)
    thumbnail.encoderinfo = {"tiffinfo": {254: 1}}
    page.save(tmp_path / "a.tiff", save_all=True, append_images=[thumbnail])

    assert [unit.locator for unit in load_all(tmp_path / "a.tiff")] == ["image"]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_truncated_picture_is_refused(tmp_path: Path, suffix: str) -> None:
    path = truncate(write_picture(tmp_path / f"a.{suffix}", size=(300, 200)), share=0.6)

    with pytest.raises(UnreadableFile, match="not a readable picture"):
        load_all(path)


@pytest.mark.parametrize("side", [12_000, 60_000])
def test_a_decompression_bomb_is_refused_unread(tmp_path: Path, side: int) -> None:
    path = write_png_bomb(tmp_path / "bomb.png", side=side)
    assert path.stat().st_size < 2_000

    with pytest.raises(UnreadableFile, match=r"pixels"):
        load_all(path)


def test_a_picture_above_the_set_limit_is_refused_with_both_numbers(tmp_path: Path) -> None:
    path = write_picture(tmp_path / "a.png", size=(64, 48))

    with pytest.raises(UnreadableFile, match=r"64 x 48, more than the 3000 pixels"):
        load_all(path, LoadOptions(ocr="off", max_image_pixels=3_000))


def test_a_picture_that_lies_about_its_kind_is_read_for_what_it_is(tmp_path: Path) -> None:
    path = write_picture(tmp_path / "a.png").rename(tmp_path / "film.mp4")

    assert [unit.locator for unit in load_all(path)] == ["image"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (b"just words", "no picture, PDF or video"),
        (b"<html>%PDF-1.4</html>", "no picture, PDF or video"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "not a readable picture: its content is damaged$"),
        (b"\xff\xd8\xff\xe0" + bytes(100), "not a readable picture"),
        (b"II*\x00" + b"\xff" * 60, "not a readable picture"),
        (b"BM" + bytes(12) + b"\x28" + bytes(60), "not a readable picture"),
    ],
)
def test_rubbish_is_refused_with_one_line_of_reason(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    (tmp_path / "a.jpg").write_bytes(content)

    with pytest.raises(UnreadableFile, match=reason) as caught:
        load_all(tmp_path / "a.jpg")
    assert "\n" not in str(caught.value)


def test_a_file_without_permission_is_refused(tmp_path: Path, monkeypatch) -> None:
    path = write_picture(tmp_path / "a.png")

    def denied(*_args, **_kwargs):  # chmod would not stop a test that runs as root
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "open", denied)
    with pytest.raises(UnreadableFile, match="permission denied: make the file readable"):
        load_all(path)


def test_a_file_above_the_byte_limit_is_refused(tmp_path: Path) -> None:
    path = write_picture(tmp_path / "a.bmp")

    with pytest.raises(UnreadableFile, match="more than the 100 allowed"):
        load_all(path, LoadOptions(max_file_bytes=100))


def test_reopening_names_what_is_missing(tmp_path: Path) -> None:
    path = write_tiff(tmp_path / "a.tiff", [RED, GREEN])

    with pytest.raises(UnreadableFile, match="no page 3"):
        loaders.open_media(path, "page=3", max_pixels=100)
    with pytest.raises(UsageError, match="names no page"):
        loaders.open_media(path, "page=0", max_pixels=100)
    with pytest.raises(UnreadableFile, match="the file is gone"):
        loaders.open_media(tmp_path / "gone.png", "image", max_pixels=100)


def test_random_damage_never_raises_anything_but_unreadable_file(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    outcomes = {"read": 0, "refused": 0}
    for suffix in SUFFIXES:
        sound = np.frombuffer(write_picture(tmp_path / f"a.{suffix}").read_bytes(), np.uint8)
        for _ in range(40):
            damaged = sound.copy()
            places = random.integers(8, len(damaged), 6)
            damaged[places] = random.integers(0, 256, 6)
            (tmp_path / f"b.{suffix}").write_bytes(damaged.tobytes())
            try:
                load_all(tmp_path / f"b.{suffix}")
                outcomes["read"] += 1
            except UnreadableFile:
                outcomes["refused"] += 1

    assert sum(outcomes.values()) == 40 * len(SUFFIXES)
    assert min(outcomes.values()) > 0
