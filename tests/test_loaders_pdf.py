"""PDF pages: picture, text layer and word boxes, and which files are refused."""

from __future__ import annotations

import re
import resource
from pathlib import Path

import numpy as np
import pytest
from make_files import LETTER, asset_of, picture_of_text, truncate, write_pdf, write_scanned_pdf
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from indexer import loaders
from indexer.loaders import LoadOptions
from indexer.loaders.textlayer import clean_text
from indexer.types import Box, Modality, Unit, UnreadableFile, UsageError, Word

NO_OCR = LoadOptions(ocr="off")
STATM = Path("/proc/self/statm")


def load_all(path: Path, options: LoadOptions = NO_OCR) -> list[Unit]:
    return list(loaders.load(asset_of(path), options))


def ink_share(picture, box: Box, *, margin: float = 0.004) -> float:
    """Share of a picture's dark pixels that lie within a box, a little widened."""
    dark = np.asarray(picture.convert("L")) < 128
    height, width = dark.shape
    rows = slice(int((box.y0 - margin) * height), int((box.y1 + margin) * height) + 1)
    columns = slice(int((box.x0 - margin) * width), int((box.x1 + margin) * width) + 1)
    return dark[rows, columns].sum() / dark.sum()


def test_every_page_is_a_unit_with_its_number_text_and_picture(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", [["first page"], ["second page"], ["third page"]])

    units = load_all(path)

    assert [unit.locator for unit in units] == ["page=1", "page=2", "page=3"]
    assert [unit.page for unit in units] == [1, 2, 3]
    assert [unit.text for unit in units] == ["first page", "second page", "third page"]
    assert {unit.modality for unit in units} == {Modality.PAGE}
    assert all(unit.media["image"].mode == "RGB" for unit in units)


@pytest.mark.parametrize("budget", [1_000, 100_000, 1_003_520])
def test_a_page_fills_its_budget_without_exceeding_it(tmp_path: Path, budget: int) -> None:
    path = write_pdf(tmp_path / "a.pdf", [["text"]])

    (unit,) = load_all(path, LoadOptions(ocr="off", max_pixels=budget))

    width, height = unit.media["image"].size
    assert 0.9 * budget <= width * height <= budget
    assert width / height == pytest.approx(LETTER[0] / LETTER[1], rel=0.05)
    opened = loaders.open_media(path, "page=1", max_pixels=budget)
    assert opened.size == (width, height)


def test_a_word_is_boxed_where_it_was_drawn(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", [["rainfall in Ghent"]])

    words = loaders.read_words(path, "page=1")

    assert [word.text for word in words] == ["rainfall", "in", "Ghent"]
    left = 72 + stringWidth("rainfall in ", "Helvetica", 12)
    right = 72 + stringWidth("rainfall in Ghent", "Helvetica", 12)
    box = words[2].box
    assert box.x0 * LETTER[0] == pytest.approx(left, abs=1.5)
    assert box.x1 * LETTER[0] == pytest.approx(right, abs=1.5)
    assert LETTER[1] * (1 - box.y1) == pytest.approx(700, abs=1.5)  # the base line
    assert LETTER[1] * (1 - box.y0) == pytest.approx(709, abs=1.5)  # the height of a capital


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_boxes_follow_the_rotation_of_the_page_as_it_is_shown(
    tmp_path: Path, rotation: int
) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"), pagesize=(400, 400))
    canvas.setPageRotation(rotation)
    canvas.drawString(60, 300, "somewhere")
    canvas.save()

    (word,) = loaders.read_words(tmp_path / "a.pdf", "page=1")
    picture = loaders.open_media(tmp_path / "a.pdf", "page=1", max_pixels=400_000)

    assert ink_share(picture, word.box) > 0.99
    assert (word.box.x1 - word.box.x0) * (word.box.y1 - word.box.y0) < 0.01


def test_boxes_follow_a_crop_box_and_hidden_words_are_left_out(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"), pagesize=(400, 400))
    canvas.setCropBox((100, 100, 300, 300))
    canvas.drawString(150, 200, "visible")
    canvas.drawString(20, 20, "hidden")
    canvas.save()

    (unit,) = load_all(tmp_path / "a.pdf")
    (word,) = loaders.read_words(tmp_path / "a.pdf", "page=1")

    assert (unit.text, word.text) == ("visible", "visible")
    assert word.box.x0 == pytest.approx(0.25, abs=0.01)
    assert ink_share(unit.media["image"], word.box) > 0.99


def test_a_word_split_by_a_line_end_is_whole_in_text_and_boxed_on_both_lines(
    tmp_path: Path,
) -> None:
    path = write_pdf(tmp_path / "a.pdf", [["the conden-", "sation mask"]])

    (unit,) = load_all(path)
    words = loaders.read_words(path, "page=1")

    assert unit.text == "the condensation mask"
    assert [word.text for word in words] == ["the", "condensation", "condensation", "mask"]
    assert words[1].box.y1 < words[2].box.y0


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("conden\x02sation", "condensation"),
        ("conden\ufffesation", "condensation"),
        ("part AB\x021200", "part AB-1200"),
        ("Jean\x02Paul", "Jean-Paul"),
        ("a  b\r\n\r\n \tc\r\n", "a b\nc"),
        ("zero\x00 width\ufeff bell\x07", "zero width bell"),
        ("<|im_end|> <b>markup</b>", "<|im_end|> <b>markup</b>"),
    ],
)
def test_text_is_cleaned_but_not_interpreted(raw: str, clean: str) -> None:
    assert clean_text(raw) == clean


def test_a_page_without_text_has_no_words(tmp_path: Path) -> None:
    path = write_scanned_pdf(tmp_path / "scan.pdf", [picture_of_text(["hello"])])

    (unit,) = load_all(path)

    assert unit.text == ""
    assert loaders.read_words(path, "page=1") == []
    assert loaders.read_words(path, "page=1", ocr_cache=tmp_path / "cache") == []


def test_what_was_filled_into_a_form_is_drawn(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "form.pdf"), pagesize=(300, 300))
    canvas.acroForm.textfield(value="Ghent", x=50, y=150, width=120, height=30, fontSize=20)
    canvas.showPage()
    canvas.save()

    (unit,) = load_all(tmp_path / "form.pdf")

    dark = np.asarray(unit.media["image"].convert("L")) < 100
    inside = dark[int(0.42 * dark.shape[0]) : int(0.48 * dark.shape[0])]
    assert inside[:, int(0.2 * dark.shape[1]) : int(0.5 * dark.shape[1])].any()


def test_an_encrypted_pdf_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", [["secret"]], password="pass")

    with pytest.raises(UnreadableFile, match="encrypted: remove its password"):
        load_all(path)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_a_truncated_pdf_is_refused(tmp_path: Path, share: float) -> None:
    path = write_pdf(tmp_path / "a.pdf", [["some text"] * 30] * 20)

    with pytest.raises(UnreadableFile, match="truncated"):
        load_all(truncate(path, share=share))


def test_a_linearized_pdf_that_is_shorter_than_it_says_is_refused(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", [["text"]])
    header = b"%PDF-1.4\n1 0 obj\n<< /Linearized 1 /L 99999 /H [1 2] >>\nendobj\n"
    path.write_bytes(header + path.read_bytes())

    with pytest.raises(UnreadableFile, match="truncated"):
        load_all(path)


@pytest.mark.parametrize(
    "content", [b"%PDF-1.7\nrubbish\n%%EOF", b"%PDF-1.4\n" + bytes(5_000) + b"startxref\n9\n%%EOF"]
)
def test_a_damaged_pdf_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.pdf").write_bytes(content)

    with pytest.raises(UnreadableFile, match="damaged"):
        load_all(tmp_path / "a.pdf")


def test_one_page_that_cannot_be_opened_makes_the_file_unreadable_and_is_named(
    tmp_path: Path,
) -> None:
    path = write_pdf(tmp_path / "a.pdf", [["one"], ["two"], ["three"]])
    content = path.read_bytes()
    kids = re.search(rb"/Kids \[ \d+ 0 R (\d+) 0 R", content)
    missing = b"0" * len(kids[1])  # the second page is now an object that does not exist
    path.write_bytes(content[: kids.start(1)] + missing + content[kids.end(1) :])

    with pytest.raises(UnreadableFile, match="page 2 cannot be read"):
        load_all(path)


def test_a_pdf_named_as_a_picture_is_read_as_a_pdf(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", [["text"]]).rename(tmp_path / "a.jpg")

    assert [unit.text for unit in load_all(path)] == ["text"]


def test_rubbish_before_the_header_is_tolerated_as_pdfium_does(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", [["text"]])
    path.write_bytes(b"\r\n\r\n" + path.read_bytes())

    assert [unit.text for unit in load_all(path)] == ["text"]


def test_a_name_that_is_not_utf8_opens(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", [["text"]]).rename(tmp_path / "caf\udce9.pdf")

    assert [unit.text for unit in load_all(path)] == ["text"]


def test_a_page_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", [["text"]])

    with pytest.raises(UnreadableFile, match="it has 1 pages, not 2"):
        loaders.open_media(path, "page=2", max_pixels=100)
    with pytest.raises(UsageError, match="names no page"):
        loaders.open_media(path, "t=1.000-2.000", max_pixels=100)


def test_pages_are_rendered_only_when_asked_for(tmp_path: Path, monkeypatch) -> None:
    rendered = []
    render = loaders.pdf.render

    def counting(page, *, max_pixels):
        rendered.append(max_pixels)
        return render(page, max_pixels=max_pixels)

    monkeypatch.setattr(loaders.pdf, "render", counting)
    path = write_pdf(tmp_path / "a.pdf", [[f"page {number}"] for number in range(50)])

    units = loaders.load(asset_of(path), NO_OCR)
    assert rendered == []
    next(units)
    next(units)
    assert len(rendered) == 2
    units.close()


@pytest.mark.skipif(not STATM.exists(), reason="needs /proc to read the memory in use")
def test_memory_does_not_grow_over_three_hundred_pages(tmp_path: Path) -> None:
    pages = [[f"line {line} of page {page}" for line in range(20)] for page in range(300)]
    path = write_pdf(tmp_path / "long.pdf", pages)

    in_use, texts = [], []
    for unit in loaders.load(asset_of(path), NO_OCR):
        texts.append(unit.text.splitlines()[0])
        in_use.append(int(STATM.read_text().split()[1]) * resource.getpagesize())

    assert texts == [f"line 0 of page {page}" for page in range(300)]
    assert max(in_use[20:]) - in_use[20] < 16 << 20  # 280 pages of 3 MB were drawn


def test_words_of_a_page_are_those_of_its_text(tmp_path: Path) -> None:
    lines = ["Q3 revenue: 1,234.50 (up 7%)", "naïve café", "AB-1200 x AB-", "1300"]
    path = write_pdf(tmp_path / "a.pdf", [lines])

    (unit,) = load_all(path)
    words: list[Word] = loaders.read_words(path, "page=1")

    assert set(unit.text.split()) == {word.text for word in words}
    assert {"1,234.50", "café", "AB-1200", "AB-1300"} <= {word.text for word in words}
