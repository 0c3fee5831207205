"""Text from pixels: when OCR runs, what it returns, and that it runs once."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from make_files import (
    RED,
    asset_of,
    picture_of_text,
    write_pdf,
    write_picture,
    write_scanned_pdf,
    write_tiff,
)
from PIL import Image

from indexer import loaders, ocr
from indexer.loaders import LoadOptions
from indexer.scan import content_hash
from indexer.types import Box, Word

CORNERS = np.array([[85, 40], [425, 40], [425, 80], [85, 80]], dtype=float)


class FakeEngine:
    """Finds one line, `found text`, at a fixed place of an 850 x 400 picture; counts its calls."""

    def __init__(self) -> None:
        self.shapes: list[tuple[int, ...]] = []

    def __call__(self, picture: np.ndarray) -> SimpleNamespace:
        self.shapes.append(picture.shape)
        return SimpleNamespace(boxes=CORNERS[None], txts=("found text",))


@pytest.fixture
def engine(monkeypatch) -> FakeEngine:
    fake = FakeEngine()
    monkeypatch.setattr(ocr, "open_engine", lambda: fake)
    return fake


@pytest.fixture
def real_engine() -> Iterator[Callable[..., object]]:
    pytest.importorskip("rapidocr", reason="the extra [ocr] is not installed")
    pytest.importorskip("onnxruntime", reason="the extra [ocr] is not installed")
    yield ocr.open_engine()
    ocr.open_engine.cache_clear()


def texts(path: Path, **options) -> list[str]:
    return [unit.text for unit in loaders.load(asset_of(path), LoadOptions(**options))]


def scanned(path: Path) -> Path:
    return write_scanned_pdf(path, [picture_of_text(["found text"])])


@pytest.mark.parametrize(
    ("text", "usable"),
    [
        ("A page of ordinary text.", True),
        ("Страница обычного текста", True),
        ("普通の文章が書かれているページです", True),
        ("", False),
        ("- 12 -", False),
        ("\ufffd" * 40 + "some letters here", False),
        ("\ue001\ue002\ue003" * 30 + "some letters here", False),
        ("an occasional \ufffd in a long line of text", True),
    ],
)
def test_a_text_layer_is_usable_when_it_has_letters_that_mean_something(
    text: str, usable: bool
) -> None:
    assert ocr.is_usable(text) is usable


@pytest.mark.parametrize(("mode", "runs"), [("off", 0), ("auto", 1), ("all", 1)])
def test_a_page_without_text_is_read_unless_ocr_is_off(
    tmp_path: Path, engine: FakeEngine, mode: str, runs: int
) -> None:
    path = scanned(tmp_path / "scan.pdf")

    assert texts(path, ocr=mode) == (["found text"] if runs else [""])
    assert len(engine.shapes) == runs


@pytest.mark.parametrize("mode", ["auto", "all"])
def test_a_page_with_a_text_layer_is_not_read(
    tmp_path: Path, engine: FakeEngine, mode: str
) -> None:
    path = write_pdf(tmp_path / "a.pdf", [["a page of ordinary text"]])

    assert texts(path, ocr=mode) == ["a page of ordinary text"]
    assert engine.shapes == []


@pytest.mark.parametrize(("mode", "found"), [("off", ""), ("auto", ""), ("all", "found text")])
def test_pictures_are_read_only_in_mode_all(
    tmp_path: Path, engine: FakeEngine, mode: str, found: str
) -> None:
    path = write_picture(tmp_path / "a.png")

    assert texts(path, ocr=mode) == [found]


def test_the_pages_of_a_long_tiff_are_read_as_pages(tmp_path: Path, engine: FakeEngine) -> None:
    pages = [picture_of_text(["found text"]), picture_of_text(["found text"])]
    pages[0].save(tmp_path / "fax.tiff", save_all=True, append_images=pages[1:])

    assert texts(tmp_path / "fax.tiff", ocr="auto") == ["found text"] * 2
    assert texts(tmp_path / "fax.tiff", ocr="off") == [""] * 2


def test_a_blank_page_is_not_worth_a_second_of_ocr(tmp_path: Path, engine: FakeEngine) -> None:
    path = write_pdf(tmp_path / "a.pdf", [[]])
    flat = write_tiff(tmp_path / "a.tiff", [RED, RED])

    assert texts(path, ocr="auto") == [""]
    assert texts(flat, ocr="auto") == ["", ""]
    assert engine.shapes == []


def test_ocr_sees_more_pixels_than_the_embedder(tmp_path: Path, engine: FakeEngine) -> None:
    path = write_scanned_pdf(tmp_path / "a.pdf", [picture_of_text(["text"], size=(850, 1100))])

    (unit,) = loaders.load(asset_of(path), LoadOptions(max_pixels=50_000))

    height, width, channels = engine.shapes[0]
    assert channels == 3
    assert 0.9 * ocr.MAX_PIXELS < height * width <= ocr.MAX_PIXELS
    assert unit.media["image"].width * unit.media["image"].height <= 50_000


def test_boxes_are_fractions_of_the_picture(engine: FakeEngine) -> None:
    picture = picture_of_text(["found text"], size=(850, 400))

    lines = ocr.read_lines(lambda: picture, content_hash=None, locator="image", cache=None)

    assert lines == [Word("found text", Box(0.1, 0.1, 0.5, 0.2))]


def test_a_page_is_read_once_for_all_copies_of_its_file(tmp_path: Path, engine: FakeEngine) -> None:
    cache = tmp_path / "cache"
    path = scanned(tmp_path / "a.pdf")
    (tmp_path / "copy.pdf").write_bytes(path.read_bytes())

    first = texts(path, ocr_cache=cache)
    again = texts(path, ocr_cache=cache)
    copy = texts(tmp_path / "copy.pdf", ocr_cache=cache)

    assert first == again == copy == ["found text"]
    assert len(engine.shapes) == 1
    write_scanned_pdf(path, [picture_of_text(["another"])])
    texts(path, ocr_cache=cache)
    assert len(engine.shapes) == 2


def test_highlights_come_from_the_cache_and_never_run_ocr(
    tmp_path: Path, engine: FakeEngine
) -> None:
    cache, path = tmp_path / "cache", scanned(tmp_path / "a.pdf")

    assert loaders.read_words(path, "page=1", ocr_cache=cache) == []
    texts(path, ocr_cache=cache)
    (word,) = loaders.read_words(path, "page=1", ocr_cache=cache)

    assert word.text == "found text"
    assert len(engine.shapes) == 1


@pytest.mark.parametrize("damage", ["", "{", "[[1]]", '[["a", [1]]]', "null"])
def test_a_damaged_cache_entry_is_read_again(
    tmp_path: Path, engine: FakeEngine, damage: str
) -> None:
    path = scanned(tmp_path / "a.pdf")
    texts(path, ocr_cache=tmp_path / "cache")
    entry = ocr.entry_path(content_hash(path), "page=1", cache=tmp_path / "cache")
    entry.write_text(damage)

    assert texts(path, ocr_cache=tmp_path / "cache") == ["found text"]
    assert json.loads(entry.read_text())[0][0] == "found text"
    assert [file.name for file in entry.parent.iterdir()] == ["page=1.json"]


def test_without_rapidocr_there_is_one_warning_and_reading_goes_on(
    tmp_path: Path, monkeypatch, caplog
) -> None:
    monkeypatch.setattr(ocr, "is_installed", lambda: False)
    ocr.open_engine.cache_clear()
    pages = [picture_of_text(["found text"])] * 3
    path = write_scanned_pdf(tmp_path / "a.pdf", pages)

    with caplog.at_level(logging.WARNING):
        assert texts(path, ocr_cache=tmp_path / "cache") == [""] * 3

    assert [record.message for record in caplog.records] == [ocr.MISSING]
    assert not (tmp_path / "cache").exists()  # once it is installed, the page is read
    ocr.open_engine.cache_clear()


def test_rapidocr_reads_a_scan_where_it_stands(tmp_path: Path, real_engine, capfd) -> None:
    lines = ["Annual rainfall in Ghent", "Part number AB-1200"]
    path = write_scanned_pdf(tmp_path / "scan.pdf", [picture_of_text(lines, size=(850, 300))])

    assert texts(path, ocr_cache=tmp_path / "cache") == ["\n".join(lines)]
    words = loaders.read_words(path, "page=1", ocr_cache=tmp_path / "cache")

    picture = np.asarray(picture_of_text(lines, size=(850, 300)).convert("L")) < 128
    for word, top in zip(words, (30, 90), strict=True):
        rows, columns = np.nonzero(picture[top : top + 50])
        drawn = (columns.min() / 850, (rows.min() + top) / 300)
        assert (word.box.x0, word.box.y0) == pytest.approx(drawn, abs=0.05)
        assert word.box.x1 == pytest.approx(columns.max() / 850, abs=0.03)
    out, err = capfd.readouterr()
    assert (out, err) == ("", "")


def test_rapidocr_finds_nothing_on_a_picture_without_text(real_engine) -> None:
    gradient = Image.linear_gradient("L").convert("RGB")

    assert ocr.recognise(real_engine, gradient) == []
