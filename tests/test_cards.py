"""What the search page is built from: its address, uploads, cards, boxes and details."""

from __future__ import annotations

import io
import os
from datetime import datetime
from pathlib import Path

import pytest
from drawn_index import png
from PIL import Image

from app import cards, chips, filters, highlights, pictures
from app.page_state import (
    MAX_FEEDBACK,
    MAX_QUERY_CHARACTERS,
    Frame,
    PageState,
    bounds,
    clean_query,
    from_params,
    to_params,
)
from app.pictures import QUERY_SIDE, PictureShelf, UnusablePicture, read_picture
from app.screenshots import find_chromium
from indexer.facets import FacetCount, Facets, MonthCount
from indexer.types import Box, DocumentHits, Hit, LegRank, Modality, Word


def test_a_state_survives_the_address_bar():
    state = PageState(
        "a & b=c",
        "abc",
        like=("u1", "u2"),
        unlike=("u3",),
        modality=Modality.PAGE,
        folder=Path("/a b/ü"),
        document=Path("/a b/ü/c&d.pdf"),
        period="2026-07",
        limit=48,
        unit="unit-1",
    )
    assert from_params(to_params(state)) == state
    framed = PageState(frame=Frame("u1", 12.5))
    assert from_params(to_params(framed)) == framed
    assert to_params(PageState()) == {}


def test_parameters_that_make_no_sense_are_left_out():
    assert from_params({"kind": "sculpture", "show": "-5", "unit": ""}) == PageState()
    assert from_params({"show": "999999"}).limit == 240
    assert from_params({"show": "٣"}) == PageState()
    assert from_params({"folder": "../etc", "document": "x", "date": "2026-13"}) == PageState()
    for frame in ("u1", "@3", "u1@", "u1@nan", "u1@-1", "u1@inf"):
        assert from_params({"frame": frame}) == PageState(), frame
    assert len(from_params({"like": ",".join(map(str, range(99)))}).like) == MAX_FEEDBACK


def test_words_keep_what_was_searched_with_alone_and_drop_feedback_on_other_words():
    by_result = PageState().only_like("u1").asking("boat")
    assert (by_result.text, by_result.like) == ("boat", ("u1",))
    judged = PageState("boat", "pic").liking("u1").disliking("u2")
    assert judged.asking("boat").like == ("u1",)
    assert judged.asking("train") == PageState("train", "pic")


def test_a_unit_is_liked_or_unliked_and_the_last_word_counts():
    state = PageState("boat", limit=48, unit="u1").liking("u1").liking("u2").disliking("u1")
    assert (state.like, state.unlike) == (("u2",), ("u1",))
    assert (state.limit, state.unit) == (24, None)
    assert state.forgetting("u1").unlike == ()


@pytest.mark.parametrize(
    ("period", "after", "before"),
    [
        ("2026", datetime(2026, 1, 1), datetime(2027, 1, 1)),
        ("2026-12", datetime(2026, 12, 1), datetime(2027, 1, 1)),
        ("2026-01", datetime(2026, 1, 1), datetime(2026, 2, 1)),
        ("", None, None),
    ],
)
def test_a_period_ends_where_the_next_one_begins(period, after, before):
    assert bounds(period) == (after, before)


# Chips and filters


def test_every_chip_takes_away_what_it_stands_for_and_nothing_else():
    folder, document = Path("/a/b"), Path("/a/b/c.pdf")
    state = PageState(
        "boat", "pic", None, ("u1",), ("u2",), Modality.PAGE, folder, document, "2026-07"
    )
    picture = chips.picture_chip("Your picture", png((3, 3)))
    shown = chips.chips(state, picture=picture, units={}, thumbnails={})
    assert [chip["kind"] for chip in shown] == [
        "picture",
        "like",
        "unlike",
        "folder",
        "document",
        "date",
    ]
    assert [chip["label"] for chip in shown[3:]] == ["In b", "In c.pdf", "From July 2026"]
    left = state
    for chip in shown:
        before = to_params(left)
        left = chips.without(left, chip["kind"], chip["value"])
        assert len(before.items() - to_params(left).items()) == 1
    assert left == PageState("boat", modality=Modality.PAGE)
    assert chips.without(state, "all", "") == left
    assert chips.without(state, "nonsense", "") == state


def test_folders_are_indented_and_what_is_chosen_stays_in_sight():
    counts = (FacetCount(Path("/a/b"), 3), FacetCount(Path("/a/b/c"), 1))
    facets = Facets(3, {Modality.PAGE: 3}, counts, (), (MonthCount(2025, 12, 1),))
    state = PageState(folder=Path("/gone"), period="2024")
    assert list(filters.folders(facets, state).values()) == [
        "All folders",
        "b (3)",
        "\u2003c (1)",
        "gone (0)",
    ]
    assert filters.periods(facets, state) == {
        "": "Any date",
        "2025": "2025 (1)",
        "2025-12": "\u2003December 2025 (1)",
        "2024": "2024 (0)",
    }


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


def shelved(shelf: PictureShelf, picture_id: str) -> Image.Image:
    return Image.open(io.BytesIO(shelf.encoded(picture_id)))


def test_the_shelf_gives_equal_pictures_one_id_and_outlives_the_program(tmp_path):
    first = PictureShelf(tmp_path).put(png((3, 3)))
    assert PictureShelf(tmp_path).put(png((3, 3))) == first
    assert shelved(PictureShelf(tmp_path), first).size == (3, 3)


def test_the_shelf_drops_the_oldest(tmp_path, monkeypatch):
    monkeypatch.setattr(pictures, "KEPT_PICTURES", 2)
    shelf = PictureShelf(tmp_path)
    ids = []
    for width in (3, 4, 5):
        ids.append(shelf.put(png((width, 3))))
        os.utime(tmp_path / f"{ids[-1]}.webp", (width, width))
    assert shelf.encoded(ids[0]) is None
    assert [shelved(shelf, each).size[0] for each in ids[1:]] == [4, 5]


def test_an_id_that_is_no_hash_is_never_a_path(tmp_path):
    (tmp_path / "secret.webp").write_bytes(png((3, 3)))
    shelf = PictureShelf(tmp_path / "shelf")
    assert shelf.encoded("../secret") is None


def test_a_picture_far_longer_than_wide_is_kept(tmp_path):
    shelf = PictureShelf(tmp_path)
    assert shelved(shelf, shelf.put(png((30_000, 20)))).width == pictures.MAX_SIDE


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
        1,
        0.5,
        "u2",
        tmp_path / "a.pdf",
        "page=2",
        Modality.PAGE,
        2,
        snippet="Rain fell",
        legs=legs,
        matched=("rain",),
    )
    other = Hit(2, 0.4, "u9", tmp_path / "a.pdf", "page=9", Modality.PAGE, 9)
    state = PageState(text="rain", modality=Modality.PAGE)
    card = cards.card(DocumentHits(best.path, (best, other)), {"u2": b"\x89PNG.."}, state=state)
    assert (card["title"], card["place"]) == ("a.pdf", "Page 2")
    assert card["href"] == "?q=rain&kind=page&unit=u2"
    assert [(badge["label"], badge["rank"]) for badge in card["badges"]] == [
        ("Look", "3"),
        ("Words", "1"),
    ]
    assert card["badges"][1]["title"] == "Found by its words: rain, 1st there"
    assert card["snippet"] == [("Rain", True), (" fell", False)]
    assert [link["label"] for link in card["further"]] == ["p. 9"]
    assert str(card["thumbnail"]).startswith("data:image/png;base64,")


def test_a_card_without_a_thumbnail_still_stands(tmp_path):
    hit = Hit(1, 0.5, "u", tmp_path / "gone.png", "image", Modality.IMAGE)
    assert cards.card(DocumentHits(hit.path, (hit,)), {}, state=PageState("x"))["thumbnail"] == ""


def test_snippet_runs_join_to_the_snippet_again():
    text = "the  annual rainfall, and more rainfall"
    runs = highlights.marked(text, "rainfall")
    assert "".join(run for run, _ in runs) == text
    assert [run.strip() for run, matched in runs if matched] == ["rainfall", "rainfall"]


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
