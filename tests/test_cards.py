"""What the search page is built from: its address, uploads, cards, boxes and details."""

from __future__ import annotations

import io

import pytest
from drawn_index import png
from PIL import Image

from app import cards, highlights
from app.page_state import MAX_QUERY_CHARACTERS, PageState, clean_query, from_params, to_params
from app.pictures import KEPT_PICTURES, QUERY_SIDE, PictureShelf, UnusablePicture, read_picture
from app.screenshots import find_chromium
from indexer.types import Box, DocumentHits, Hit, LegRank, Modality, Word


def test_a_state_survives_the_address_bar():
    state = PageState("a & b=c", "abc", Modality.PAGE, 48, "unit-1")
    assert from_params(to_params(state)) == state
    assert to_params(PageState()) == {}


def test_parameters_that_make_no_sense_are_left_out():
    assert from_params({"kind": "sculpture", "show": "-5", "unit": ""}) == PageState()
    assert from_params({"show": "999999"}).limit == 240
    assert from_params({"show": "٣"}) == PageState()


def test_a_query_loses_control_characters_and_keeps_every_script():
    assert clean_query(" a\x00b\nc ") == "a b c"
    assert clean_query("مرحبا 👩‍🚀") == "مرحبا 👩‍🚀"
    assert len(clean_query("x" * 10_000)) == MAX_QUERY_CHARACTERS


# Pictures to search with


def test_an_upload_is_read_small_upright_and_on_white():
    sideways = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees to see it upright
    Image.new("RGB", (2000, 1000), "red").save(sideways, "JPEG", exif=exif)
    width, height = read_picture(sideways.getvalue()).size
    assert height == 2 * width
    assert QUERY_SIDE**2 * 0.95 < width * height <= QUERY_SIDE**2
    assert read_picture(png((4, 4), "RGBA", (0, 0, 0, 0))).getpixel((0, 0)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"MZ\x90\x00 not a picture", "not a picture"),
        (b"", "not a picture"),
        (png((64, 64))[:60], "not a picture"),
        (png((9000, 7000), "1", 0), "63 megapixels"),
        (png((20000, 20000), "1", 0), "megapixels"),
    ],
    ids=["executable", "empty", "cut off", "63 megapixels", "decompression bomb"],
)
def test_an_unusable_upload_is_refused_in_one_sentence(data, reason):
    with pytest.raises(UnusablePicture, match=reason) as refused:
        read_picture(data)
    assert str(refused.value).count("\n") == 0


def test_the_shelf_gives_equal_pictures_one_id_and_drops_the_oldest():
    shelf = PictureShelf()
    first = shelf.put(png((3, 3)))
    assert shelf.put(png((3, 3))) == first
    for width in range(4, 4 + KEPT_PICTURES):
        last = shelf.put(png((width, 3)))
    assert shelf.find(first) is None
    assert shelf.find(last).size == (3 + KEPT_PICTURES, 3)


# Cards and details


@pytest.mark.parametrize(("seconds", "shown"), [(0, "0:00"), (65.9, "1:05"), (3723, "1:02:03")])
def test_times_read_as_on_a_player(seconds, shown):
    assert cards.clock(seconds) == shown


@pytest.mark.parametrize(
    ("number", "shown"), [(12, "12 bytes"), (2345, "2.3 KB"), (98_700_000, "99 MB")]
)
def test_file_sizes_take_the_fitting_unit(number, shown):
    assert cards.byte_size(number) == shown


def test_a_card_says_what_where_and_why(tmp_path):
    legs = (LegRank("image", 3, 0.4), LegRank("words", 1, 7.0))
    best = Hit(
        1, 0.5, "u2", tmp_path / "a.pdf", "page=2", Modality.PAGE, 2, snippet="Rain fell", legs=legs
    )
    other = Hit(2, 0.4, "u9", tmp_path / "a.pdf", "page=9", Modality.PAGE, 9)
    state = PageState(text="rain", modality=Modality.PAGE)
    card = cards.card(DocumentHits(best.path, (best, other)), {"u2": b"\x89PNG.."}, state=state)
    assert (card["title"], card["place"]) == ("a.pdf", "Page 2")
    assert card["href"] == "?q=rain&kind=page&unit=u2"
    assert [badge["label"] for badge in card["badges"]] == ["picture", "words"]
    assert card["snippet"][0] == {"text": "Rain", "matched": True}
    assert [link["label"] for link in card["further"]] == ["p. 9"]
    assert str(card["thumbnail"]).startswith("data:image/png;base64,")


def test_a_card_without_a_thumbnail_still_stands(tmp_path):
    hit = Hit(1, 0.5, "u", tmp_path / "gone.png", "image", Modality.IMAGE)
    assert cards.card(DocumentHits(hit.path, (hit,)), {}, state=PageState("x"))["thumbnail"] == ""


def test_snippet_runs_join_to_the_snippet_again():
    text = "the  annual rainfall, and more rainfall"
    runs = highlights.marked(text, "rainfall")
    assert "".join(run for run, _ in runs) == text
    assert [run.strip() for run, matched in runs if matched] == ["rainfall,", "rainfall"]


def test_boxes_are_percent_of_the_page_with_air_and_stay_on_it():
    box = highlights.to_highlight(Word("rain", Box(0.0, 0.5, 0.25, 0.52)))
    assert (box.left, box.width) == (0.0, 25.2)
    assert (box.top, box.height) == (49.8, 2.4)


def test_plain_leaves_no_markup_to_markdown():
    markdown_it = pytest.importorskip("markdown_it", reason="markdown-it-py is not installed")
    name = "<b>x</b> *a* [b](c) `d` $e$ :red[f] ~~g~~ # h"
    rendered = markdown_it.MarkdownIt("commonmark").render(cards.plain(name))
    shown = rendered.strip().removeprefix("<p>").removesuffix("</p>").replace("\u2060", "")
    assert shown == name.replace("<", "&lt;").replace(">", "&gt;")


def test_details_are_escaped():
    assert "<b>" not in cards.facts_html([("Folder", "/a/<b>x</b>")])


@pytest.mark.parametrize("name", ["chromium", "google-chrome"])
def test_screenshots_are_taken_with_whichever_browser_is_there(monkeypatch, name):
    monkeypatch.setattr("shutil.which", lambda asked: f"/bin/{asked}" if asked == name else None)
    assert find_chromium() == f"/bin/{name}"
