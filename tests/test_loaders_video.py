"""Videos: where they are cut, which frames are kept, and which files are refused."""

from __future__ import annotations

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
    write_sound,
    write_video,
)
from PIL import Image

from indexer import loaders
from indexer.loaders import LoadOptions
from indexer.types import Modality, Unit, UnreadableFile, UsageError

OPTIONS = LoadOptions(min_clip_seconds=1.0, max_clip_seconds=10.0)


def load_all(path: Path, options: LoadOptions = OPTIONS) -> list[Unit]:
    return list(loaders.load(asset_of(path), options))


def mean_color(picture) -> np.ndarray:
    return np.median(np.asarray(picture).reshape(-1, 3), axis=0)


def spans(units: list[Unit]) -> list[tuple[float, float]]:
    return [(unit.start_seconds, unit.end_seconds) for unit in units]


def test_a_video_is_cut_where_its_shots_change(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", [(RED, 3.0), (GREEN, 4.5), (BLUE, 2.0)])

    units = load_all(path)

    assert spans(units) == [(0.0, 3.0), (3.0, 7.5), (7.5, 9.5)]
    assert [unit.locator for unit in units] == ["t=0.000-3.000", "t=3.000-7.500", "t=7.500-9.500"]
    assert {unit.modality for unit in units} == {Modality.VIDEO}
    for unit, color in zip(units, (RED, GREEN, BLUE), strict=True):
        for frame in unit.media["video"]:
            assert np.abs(mean_color(frame) - color).max() < 25


def test_motion_within_a_shot_does_not_cut(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", [(RED, 6.0)])  # a square moves through it

    assert spans(load_all(path)) == [(0.0, 6.0)]


@pytest.mark.parametrize(
    ("suffix", "codec", "fps"),
    [
        ("mkv", "libx264", 10),
        ("webm", "libvpx-vp9", 10),
        ("avi", "mpeg4", 10),
        ("mov", "libx264", 10),
        ("mpg", "mpeg1video", 25),
        ("m2ts", "libx264", 25),
    ],
)
def test_containers_and_codecs_agree_on_the_cut(
    tmp_path: Path, suffix: str, codec: str, fps: int
) -> None:
    path = write_video(tmp_path / f"a.{suffix}", [(RED, 2.0), (BLUE, 2.0)], codec=codec, fps=fps)

    assert spans(load_all(path)) == [
        pytest.approx((0.0, 2.0), abs=0.05),
        pytest.approx((2.0, 4.0), abs=0.05),
    ]


def test_a_clip_has_the_frames_asked_for_evenly_spread(tmp_path: Path) -> None:
    greys = [((level, level, level), 0.1) for level in range(20, 220, 2)]  # 10 s, one per frame
    path = write_video(tmp_path / "a.mp4", greys)

    (unit,) = load_all(path, LoadOptions(frames_per_clip=5, max_clip_seconds=20))

    levels = [mean_color(frame)[0] for frame in unit.media["video"]]
    wanted = [20 + 200 * (index + 0.5) / 5 for index in range(5)]
    assert levels == pytest.approx(wanted, abs=8)


def test_frames_stay_within_their_budget(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", [(RED, 2.0)], size=(320, 240))

    (unit,) = load_all(path, LoadOptions(max_frame_pixels=1_200))

    assert {frame.size for frame in unit.media["video"]} == {(40, 30)}


@pytest.mark.parametrize("size", [(128, 96), (900, 600)])  # decoded by one thread, by two
def test_frames_show_what_the_video_shows(
    tmp_path: Path, size: tuple[int, int], monkeypatch
) -> None:
    width, height = size
    red, green = np.linspace(0, 255, width), np.linspace(0, 255, height)
    ramps = np.zeros((height, width, 3), np.uint8)
    ramps[..., 0], ramps[..., 1] = red, green[:, None]
    monkeypatch.setattr("make_files.noisy_frame", lambda *_, **__: ramps)
    path = write_video(tmp_path / "a.mp4", [(RED, 1.0)], size=size, options={"qmin": "1"})

    (unit,) = load_all(path, LoadOptions(max_frame_pixels=67 * 51))  # rows that are padded

    for frame in unit.media["video"]:
        wanted = Image.fromarray(ramps).resize(frame.size, Image.Resampling.BOX)
        assert frame.width % 2 == 1
        assert np.abs(np.asarray(frame, int) - np.asarray(wanted, int)).mean() < 4


def test_a_one_frame_video_is_one_clip_of_one_frame(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", [(RED, 0.1)])

    (unit,) = load_all(path)

    assert (unit.start_seconds, unit.end_seconds) == (0.0, 0.1)
    assert len(unit.media["video"]) == 1


@pytest.mark.parametrize(
    ("rotation", "size"), [(90, (96, 128)), (180, (128, 96)), (-90, (96, 128))]
)
def test_a_rotated_video_is_upright(
    tmp_path: Path, rotation: int, size: tuple[int, int], monkeypatch
) -> None:
    halves = np.zeros((96, 128, 3), np.uint8)
    halves[:, :64] = RED  # stored: the left half is red
    monkeypatch.setattr("make_files.noisy_frame", lambda *_, **__: halves)
    path = write_video(tmp_path / "a.mp4", [(RED, 1.0)], rotation=rotation)

    (unit,) = load_all(path)
    frame = unit.media["video"][0]
    opened = loaders.open_media(path, unit.locator, max_pixels=10**6)

    # The display matrix turns counter-clockwise: 90 brings the left half to the bottom.
    place = {90: (48, 120), 180: (120, 48), -90: (48, 8)}[rotation]
    assert (frame.size, opened.size) == (size, size)
    assert np.abs(np.array(frame.getpixel(place)) - RED).max() < 30
    assert np.abs(np.array(opened.getpixel(place)) - RED).max() < 30


def test_pixels_that_are_not_square_are_made_square(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", [(RED, 1.0)], size=(128, 96), pixel_aspect=(2, 1))

    (unit,) = load_all(path)

    assert unit.media["video"][0].size == (256, 96)


def test_reopening_a_clip_shows_its_middle_at_reading_resolution(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", [(RED, 2.0), (GREEN, 2.0), (BLUE, 2.0)])

    for locator, color in (
        ("t=0.000-2.000", RED),
        ("t=2.000-4.000", GREEN),
        ("t=4.000-6.000", BLUE),
    ):
        picture = loaders.open_media(path, locator, max_pixels=10**6)
        assert picture.size == (128, 96)
        assert np.abs(mean_color(picture) - color).max() < 25
    assert loaders.read_words(path, "t=0.000-2.000") == []


def test_reopening_takes_only_locators_of_clips(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", [(RED, 1.0)])

    for locator in ("page=1", "image", "t=2.000-1.000", "t=nan-1.000", "t=0-1"):
        with pytest.raises(UsageError, match="names no clip"):
            loaders.open_media(path, locator, max_pixels=100)


@pytest.mark.parametrize("with_cover", [False, True])
def test_sound_is_refused_and_its_cover_is_no_video(tmp_path: Path, with_cover: bool) -> None:
    path = write_sound(tmp_path / "a.mp4", with_cover=with_cover)

    with pytest.raises(UnreadableFile, match="no video, only sound"):
        load_all(path)


@pytest.mark.parametrize(
    ("name", "faststart"), [("a.mp4", False), ("b.mp4", True), ("c.mkv", False)]
)
def test_a_truncated_video_is_refused(tmp_path: Path, name: str, faststart: bool) -> None:
    path = write_video(tmp_path / name, [(RED, 3.0), (GREEN, 3.0)], faststart=faststart)

    with pytest.raises(UnreadableFile, match=r"truncated|not a readable video"):
        load_all(truncate(path, share=0.6))


def test_a_video_without_frames_is_refused(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mkv", [(RED, 1.0)])
    content = path.read_bytes()
    first_cluster = content.index(b"\x1f\x43\xb6\x75")
    path.write_bytes(content[:first_cluster])

    with pytest.raises(UnreadableFile, match=r"no frame|not a readable video|truncated"):
        load_all(path)


def test_frames_above_the_pixel_limit_are_refused(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", [(RED, 0.5)])

    with pytest.raises(UnreadableFile, match="128 x 96, more than the 5000 pixels"):
        load_all(path, LoadOptions(max_image_pixels=5_000))


def test_a_playlist_opens_no_other_file(tmp_path: Path) -> None:
    write_video(tmp_path / "secret.mp4", [(RED, 1.0)])
    playlist = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nsecret.mp4\n#EXT-X-ENDLIST\n"
    for name, content in (("a.mp4", playlist), ("b.mp4", "ffconcat version 1.0\nfile secret.mp4")):
        (tmp_path / name).write_text(content)
        with pytest.raises(UnreadableFile, match="no picture, PDF or video"):
            load_all(tmp_path / name)
        with (
            pytest.raises(UnreadableFile, match="not a readable video"),
            loaders.video.open_video(tmp_path / name, max_pixels=10**6),
        ):
            pass


def test_a_video_named_as_a_pdf_is_read_as_a_video(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", [(RED, 1.0)]).rename(tmp_path / "a.pdf")

    assert spans(load_all(path)) == [(0.0, 1.0)]
    assert loaders.sniff(write_picture(tmp_path / "a.png")) == "image"


def test_random_damage_never_raises_anything_but_unreadable_file(tmp_path: Path) -> None:
    sound = np.frombuffer(write_video(tmp_path / "a.mp4", [(RED, 1.0)]).read_bytes(), np.uint8)
    random = np.random.default_rng(0)
    refused = 0
    for _ in range(30):
        damaged = sound.copy()
        places = random.integers(8, len(damaged), 40)
        damaged[places] = random.integers(0, 256, 40)
        (tmp_path / "b.mp4").write_bytes(damaged.tobytes())
        try:
            load_all(tmp_path / "b.mp4")
        except UnreadableFile:
            refused += 1

    assert refused > 0


def test_a_long_video_is_cut_at_the_same_places_though_frames_are_skipped(
    tmp_path: Path, monkeypatch
) -> None:
    shots = [(RED, 3.0), (GREEN, 2.0), (BLUE, 3.0)]
    path = write_video(tmp_path / "a.mp4", shots, codec="libx264", fps=25)
    every_frame = spans(load_all(path))

    monkeypatch.setattr(loaders.video, "LONG_SECONDS", 1.0)
    skipping = spans(load_all(path))

    assert every_frame == [(0.0, 3.0), (3.0, 5.0), (5.0, 8.0)]
    assert len(skipping) == 3
    assert np.abs(np.array(skipping) - np.array(every_frame)).max() <= 0.2
