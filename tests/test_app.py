"""The search page without a browser: what it shows and says in each of its states."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from drawn_index import DrawnIndex, png
from streamlit.testing.v1 import AppTest

from app import moves, session, troubles
from app.pictures import PictureShelf, UnusablePicture
from indexer.types import Hit, Modality, ModelMismatch, StoreLocked

MAIN = Path(__file__).parents[1] / "app" / "main.py"


@pytest.fixture
def index(tmp_path, monkeypatch) -> DrawnIndex:
    """An empty drawn index in the place of the app's one."""
    drawn = DrawnIndex()
    monkeypatch.setattr(session, "open_index", lambda: drawn)
    session.load_model.clear()
    return drawn


@pytest.fixture
def report(index, tmp_path) -> list[Hit]:
    """Three indexed pages of one document that all speak of rainfall."""
    path = tmp_path / "report.pdf"
    path.write_bytes(b"%PDF")
    text = "annual rainfall of region"
    return [index.add(path, f"page={n}", Modality.PAGE, f"{text} {n}", page=n) for n in range(1, 4)]


def opened_page(**params: str) -> AppTest:
    """Run the app as if its address had these parameters."""
    page = AppTest.from_file(str(MAIN), default_timeout=20)
    for name, value in params.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    return page


def component_data(page: AppTest) -> dict:
    """Return what the page hands to its one component, the grid or the viewer."""
    (mounted,) = page.get("bidi_component")
    return json.loads(mounted.proto.json)


def shown_text(page: AppTest) -> str:
    """Return everything the page says outside its widgets and components."""
    kinds = (page.markdown, page.subheader, page.error, page.warning, page.info, page.code)
    return "\n".join(element.value for elements in kinds for element in elements)


def test_an_empty_collection_shows_the_two_commands(index):
    page = opened_page()
    assert "Nothing is indexed yet" in shown_text(page)
    assert [code.value for code in page.code] == [
        "python -m indexer ingest ~/Pictures",
        "make demo",
    ]


def test_the_first_command_fills_the_index_that_is_open(index, tmp_path):
    index.home = tmp_path / "my index"
    page = opened_page()
    assert page.code[0].value == (
        f"BTOK_HOME='{tmp_path}/my index' python -m indexer ingest ~/Pictures"
    )


def test_the_welcome_says_what_is_there_and_gets_the_model_ready(report, index):
    assert "3 pages are indexed" in shown_text(opened_page())
    assert len(index.asked) == 1


def test_a_search_fills_the_grid_and_the_address(report):
    page = opened_page()
    page.text_input(key="text").set_value("rainfall")
    page.button("FormSubmitter:question-Search").click().run()
    (card,) = component_data(page)["cards"]
    assert card["title"] == "report.pdf"
    assert len(card["further"]) == 2
    assert dict(page.query_params) == {"q": "rainfall"}


def test_the_filter_searches_at_once_and_nothing_found_offers_the_way_out(report, index):
    page = opened_page(q="rainfall")
    page.segmented_control(key="kind").set_value("video").run()
    assert index.asked[-1]["modality"] == Modality.VIDEO
    assert "nothing like this among the videos" in shown_text(page)
    next(button for button in page.button if button.label == "Search everything").click().run()
    assert component_data(page)["cards"]


def test_a_link_opens_a_page_with_its_words_boxed(report):
    data = component_data(opened_page(q="rainfall", unit=report[1].id))
    assert [box["text"] for box in data["boxes"]] == ["rainfall"]
    assert data["boxes"][0]["top"] == pytest.approx(15, abs=0.5)
    assert data["alt"] == "Page 2 of report.pdf"


def test_neighbouring_pages_open_and_end_at_the_ends(report):
    page = opened_page(q="rainfall", unit=report[1].id)
    page.button(key="next").click().run()
    assert component_data(page)["alt"] == "Page 3 of report.pdf"
    assert page.button(key="next").disabled
    page.button(key="back").click().run()
    assert dict(page.query_params) == {"q": "rainfall"}


def test_a_link_to_a_unit_that_left_the_collection_says_so(report):
    assert "no longer in the collection" in shown_text(opened_page(unit="nonsense"))


def test_a_deleted_file_is_one_sentence_and_the_search_stays(report):
    report[0].path.unlink()
    page = opened_page(q="rainfall", unit=report[0].id)
    assert "was moved or deleted" in shown_text(page)
    page.button(key="back").click().run()
    assert component_data(page)["cards"][0]["thumbnail"] == ""


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (StoreLocked("held by pid 12"), "written to by another program"),
        (ModelMismatch("The collection was built with a: name a"), "built with a"),
    ],
)
def test_a_failing_search_is_one_sentence_and_the_page_stays_usable(report, index, failure, said):
    index.failure = failure
    page = opened_page(q="rainfall")
    assert said in shown_text(page).replace("\\", "").replace("\u2060", "")
    index.failure = None
    page.button("FormSubmitter:question-Search").click().run()
    assert component_data(page)["cards"]


def test_markup_in_queries_and_names_stays_text(index, tmp_path):
    path = tmp_path / "<b>x<"
    path.write_bytes(b"x")
    hit = index.add(path, "image", Modality.IMAGE, "<script>alert(1)</script> boat")
    page = opened_page(q="<script>alert(1)</script>")
    (card,) = component_data(page)["cards"]
    assert card["title"] == "<b>x<"
    assert page.text_input(key="text").value == "<script>alert(1)</script>"
    opened = opened_page(unit=hit.id)
    assert r"\<b\>x\<" in shown_text(opened)
    assert not any(element.proto.allow_html for element in opened.markdown)


def test_a_picture_searches_alone_and_together_with_words(index, tmp_path, monkeypatch):
    path = tmp_path / "boat.png"
    path.write_bytes(png((3, 3)))
    index.add(path, "image", Modality.IMAGE, "boat")
    shelf = PictureShelf()
    monkeypatch.setattr(session, "picture_shelf", lambda: shelf)
    monkeypatch.setattr(moves, "picture_shelf", lambda: shelf)
    page = opened_page(picture=shelf.put(png((8, 8))))
    assert index.asked[-1]["text"] is None
    assert index.asked[-1]["image"].size == (8, 8)
    page.text_input(key="text").set_value("boat")
    page.button("FormSubmitter:question-Search").click().run()
    assert (index.asked[-1]["text"], index.asked[-1]["image"].size) == ("boat", (8, 8))
    assert [b["label"] for b in component_data(page)["cards"][0]["badges"]] == ["words", "picture"]


def test_an_unusable_upload_keeps_the_page_and_says_why(report):
    page = opened_page(q="rainfall")
    page.file_uploader(key="upload_0").upload("x.png", b"MZ\x90", "image/png").run()
    assert "not a picture" in shown_text(page)
    assert component_data(page)["cards"]


def test_a_link_with_a_forgotten_picture_asks_for_it_again(report):
    page = opened_page(q="rainfall", picture="0" * 32)
    assert "add it again" in shown_text(page)
    assert component_data(page)["cards"]


def test_a_very_long_query_is_cut_and_said_so(report):
    assert "cut to its first" in shown_text(opened_page(q="rainfall " * 1200))


def test_show_more_asks_for_more(index, tmp_path):
    for n in range(40):
        path = tmp_path / f"{n}.png"
        path.write_bytes(png((3, 3)))
        index.add(path, "image", Modality.IMAGE, "rainfall")
    page = opened_page(q="rainfall")
    assert len(component_data(page)["cards"]) == 24
    page.button(key="more").click().run()
    assert len(component_data(page)["cards"]) == 40
    assert "more" not in {button.key for button in page.button}


def test_a_clip_opens_in_the_player_at_its_second(index, tmp_path):
    path = tmp_path / "film.mp4"
    path.write_bytes(b"not decoded here")
    hit = index.add(
        path, "t=3.500-6.000", Modality.VIDEO, "harbour", start_seconds=3.5, end_seconds=6.0
    )
    (player,) = opened_page(unit=hit.id).get("video")
    assert player.proto.start_time == 3


def test_a_video_that_browsers_cannot_play_shows_its_frame(index, tmp_path):
    path = tmp_path / "film.avi"
    path.write_bytes(b"RIFF")
    hit = index.add(path, "t=0-2", Modality.VIDEO, "harbour", start_seconds=0.0, end_seconds=2.0)
    page = opened_page(unit=hit.id)
    assert "cannot play" in shown_text(page)
    assert component_data(page)["picture"].startswith("data:image/")


def test_every_expected_failure_has_a_sentence_without_a_traceback():
    for error in (StoreLocked("x"), ModelMismatch("y"), UnusablePicture("z"), OSError("disk")):
        assert isinstance(error, troubles.EXPECTED)
        said = troubles.sentence(error)
        assert said
        assert "Traceback" not in said
