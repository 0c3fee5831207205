"""The search page without a browser: what it shows and says in each of its states."""

from __future__ import annotations

import json
from datetime import datetime
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
    shelf = PictureShelf(tmp_path / "shelf")
    monkeypatch.setattr(session, "open_index", lambda: drawn)
    monkeypatch.setattr(session, "picture_shelf", lambda: shelf)
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


def component_data(page: AppTest, name: str) -> dict:
    """Return what the page hands to one of its components: chips, gallery, page, player."""
    protos = [mounted.proto for mounted in page.get("bidi_component")]
    (data,) = [json.loads(p.json) for p in protos if p.component_name == f"btok_{name}"]
    return data


def cards_of(page: AppTest) -> list[dict]:
    return component_data(page, "gallery")["cards"]


def chips_of(page: AppTest) -> list[str]:
    return [chip["label"] for chip in component_data(page, "chips")["chips"]]


def shown_text(page: AppTest) -> str:
    """Return everything the page says outside its widgets and components."""
    kinds = (
        page.markdown,
        page.header,
        page.subheader,
        page.error,
        page.warning,
        page.info,
        page.code,
    )
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
    assert "3 pages to search" in shown_text(opened_page())
    assert len(index.asked) == 1


def test_a_search_fills_the_grid_and_the_address(report):
    page = opened_page()
    page.text_input(key="text").set_value("rainfall")
    page.button("FormSubmitter:question-Search").click().run()
    (card,) = cards_of(page)
    assert card["title"] == "report.pdf"
    assert len(card["further"]) == 2
    assert dict(page.query_params) == {"q": "rainfall"}


def test_the_filter_searches_at_once_and_nothing_found_offers_the_way_out(report, index):
    page = opened_page(q="rainfall")
    page.segmented_control(key="kind").set_value("video").run()
    assert index.asked[-1]["modality"] == Modality.VIDEO
    assert "nothing like this where you are looking" in shown_text(page)
    next(button for button in page.button if button.label == "Search everything").click().run()
    assert cards_of(page)


def test_a_link_opens_a_page_with_its_words_boxed(report):
    data = component_data(opened_page(q="rainfall", unit=report[1].id), "page")
    assert [box["text"] for box in data["boxes"]] == ["rainfall"]
    assert data["boxes"][0]["top"] == pytest.approx(15, abs=0.5)
    assert data["alt"] == "Page 2 of report.pdf"


def test_neighbouring_pages_open_and_end_at_the_ends(report):
    page = opened_page(q="rainfall", unit=report[1].id)
    page.button(key="next").click().run()
    assert component_data(page, "page")["alt"] == "Page 3 of report.pdf"
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
    assert cards_of(page)[0]["thumbnail"] == ""


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
    assert cards_of(page)


def test_markup_in_queries_and_names_stays_text(index, tmp_path):
    path = tmp_path / "<b>x<"
    path.write_bytes(b"x")
    hit = index.add(path, "image", Modality.IMAGE, "<script>alert(1)</script> boat")
    page = opened_page(q="<script>alert(1)</script>")
    (card,) = cards_of(page)
    assert card["title"] == "<b>x<"
    assert page.text_input(key="text").value == "<script>alert(1)</script>"
    opened = opened_page(unit=hit.id)
    assert r"\<b\>x\<" in shown_text(opened)
    assert not any(element.proto.allow_html for element in opened.markdown)


def test_a_picture_searches_alone_and_together_with_words(index, tmp_path):
    path = tmp_path / "boat.png"
    path.write_bytes(png((3, 3)))
    index.add(path, "image", Modality.IMAGE, "boat")
    page = opened_page(picture=session.picture_shelf().put(png((8, 8))))
    assert index.asked[-1]["text"] is None
    assert index.asked[-1]["image"].size == (8, 8)
    assert chips_of(page) == ["Your picture"]
    page.text_input(key="text").set_value("boat")
    page.button("FormSubmitter:question-Search").click().run()
    assert (index.asked[-1]["text"], index.asked[-1]["image"].size) == ("boat", (8, 8))
    assert [b["label"] for b in cards_of(page)[0]["badges"]] == ["Words", "Look"]


def test_an_unusable_upload_keeps_the_page_and_says_why(report):
    page = opened_page(q="rainfall")
    page.file_uploader(key="upload_0").upload("x.png", b"MZ\x90", "image/png").run()
    assert "not a picture" in shown_text(page)
    assert cards_of(page)


@pytest.mark.parametrize(
    ("dropped", "said"),
    [
        ({"size": 34_000_000}, "34 MB"),
        ({"data": "!!"}, "not a picture"),
        ({"data": "TVqQAA=="}, "not a picture"),
        ({}, "not a picture"),
    ],
    ids=["too large", "not base64", "a program", "nothing"],
)
def test_what_is_dropped_and_is_no_picture_is_refused_in_one_sentence(monkeypatch, dropped, said):
    heard = []
    monkeypatch.setattr(moves, "refuse", heard.append)
    moves.add_dropped(dropped)
    (sentence,) = heard
    assert said in sentence


def test_a_link_with_a_forgotten_picture_asks_for_it_again(report):
    page = opened_page(q="rainfall", picture="0" * 32)
    assert "add it again" in shown_text(page)
    assert cards_of(page)


def test_a_very_long_query_is_cut_and_said_so(report):
    assert "cut to its first" in shown_text(opened_page(q="rainfall " * 1200))


def test_feedback_changes_the_ranking_and_shows_as_chips(report, index, tmp_path):
    for name in ("storm.pdf", "gale.pdf"):
        (tmp_path / name).write_bytes(b"%PDF")
        storm = index.add(tmp_path / name, "page=1", Modality.PAGE, "storm", page=1)
    page = opened_page(q="rainfall storm", unlike=report[0].id)
    assert [card["title"] for card in cards_of(page)] == ["storm.pdf", "gale.pdf", "report.pdf"]
    assert chips_of(page) == ["Less like report.pdf, Page 1"]
    page = opened_page(like=storm.id)
    assert [card["title"] for card in cards_of(page)] == ["storm.pdf"]
    assert chips_of(page) == ["More like gale.pdf, Page 1"]
    assert component_data(page, "chips")["chips"][0]["thumbnail"].startswith("data:image/jpeg")


def test_feedback_on_what_left_the_collection_is_one_sentence_and_can_be_removed(report):
    page = opened_page(q="rainfall", like="gone")
    assert "remove its chip" in shown_text(page)
    assert chips_of(page) == ["More like something no longer indexed"]


def test_good_matches_end_at_the_line_and_their_number_is_said(index, tmp_path):
    for n in range(6):
        path = tmp_path / f"{n}.png"
        path.write_bytes(png((3, 3)))
        index.add(path, "image", Modality.IMAGE, "boat lake" if n in (2, 4) else "boat")
    assert component_data(opened_page(q="boat"), "gallery")["good"] is None
    index.good = "lake"
    page = opened_page(q="boat")
    assert [card["title"] for card in cards_of(page)][:2] == ["2.png", "4.png"]
    assert component_data(page, "gallery")["good"] == 2
    assert "2 good matches" in html_of(page)
    index.good = "sea"
    page = opened_page(q="boat")
    assert component_data(page, "gallery")["good"] == 0
    assert "Nothing matches well" in html_of(page)


def html_of(page: AppTest) -> str:
    return "".join(element.proto.body for element in page.get("html"))


def test_filters_have_counts_and_narrow_the_search_at_once(report, index, tmp_path):
    (tmp_path / "sub").mkdir()
    path = tmp_path / "sub" / "rain.png"
    path.write_bytes(png((3, 3)))
    index.add(path, "image", Modality.IMAGE, "rainfall")
    page = opened_page(q="rainfall")
    assert page.segmented_control(key="kind").options == [
        "All :small[4]",
        "Pictures :small[1]",
        "Pages :small[3]",
        "Clips :small[0]",
    ]
    assert "report.pdf (3)" in page.selectbox(key="document").options
    page.selectbox(key="folder").set_value(str(path.parent)).run()
    assert [card["title"] for card in cards_of(page)] == ["rain.png"]
    assert dict(page.query_params) == {"q": "rainfall", "folder": str(path.parent)}
    assert chips_of(page) == ["In sub"]


def test_a_date_narrows_to_its_year_or_month(report, index):
    opened_page(q="rainfall", date="2026-12")
    asked = index.asked[-1]
    assert (asked["modified_after"], asked["modified_before"]) == (
        datetime(2026, 12, 1),
        datetime(2027, 1, 1),
    )


def test_an_empty_question_says_what_to_do(report):
    page = opened_page()
    page.text_input(key="text").set_value("   ")
    page.button("FormSubmitter:question-Search").click().run()
    assert "Type what you are looking for" in shown_text(page)
    assert "Type what you are looking for" not in shown_text(page.run())


def test_only_stop_words_search_and_say_why_little_is_found(report):
    assert "stand almost everywhere" in shown_text(opened_page(q="of the and"))
    assert "stand almost everywhere" not in shown_text(opened_page(q="of the rainfall"))


@pytest.mark.parametrize(
    "query", ["🦊🦊", "مطر", "<|im_end|><|vision_start|>", "x" * 1000, "%00'\""]
)
def test_odd_questions_find_nothing_and_the_page_stays_usable(report, query):
    page = opened_page(q=query)
    assert "Nothing matches" in shown_text(page)
    page.text_input(key="text").set_value("rainfall")
    page.button("FormSubmitter:question-Search").click().run()
    assert cards_of(page)


def test_a_picture_is_turned_to_the_next_result(index, tmp_path):
    for n in range(3):
        path = tmp_path / f"{n}.png"
        path.write_bytes(png((3, 3)))
        index.add(path, "image", Modality.IMAGE, "boat")
    page = opened_page(q="boat", unit=index.units[0][0].id)
    assert page.button(key="previous").disabled
    page.button(key="next").click().run()
    assert component_data(page, "page")["alt"] == "Picture 1.png"
    assert "Result 2 of 3" in html_of(page)


def test_show_more_asks_for_more(index, tmp_path):
    for n in range(40):
        path = tmp_path / f"{n}.png"
        path.write_bytes(png((3, 3)))
        index.add(path, "image", Modality.IMAGE, "rainfall")
    page = opened_page(q="rainfall")
    assert len(cards_of(page)) == 24
    page.button(key="more").click().run()
    assert len(cards_of(page)) == 40
    assert "more" not in {button.key for button in page.button}


@pytest.fixture
def film(index, tmp_path) -> list[Hit]:
    """Four clips of a film; the middle two show a harbour."""
    path = tmp_path / "film.mp4"
    path.write_bytes(b"not decoded here")
    shown = ["street", "harbour", "harbour", "street"]
    return [
        index.add(
            path,
            f"t={n}.000-{n + 1}.000",
            Modality.VIDEO,
            text,
            start_seconds=float(n),
            end_seconds=n + 1.0,
        )
        for n, text in enumerate(shown)
    ]


def test_a_clip_opens_in_the_player_at_its_second(film):
    data = component_data(opened_page(unit=film[2].id), "player")
    assert (data["start"], data["end"]) == (2.0, 3.0)
    assert data["address"].endswith(".mp4")
    assert "film" not in data["address"]
    assert data["curve"] == data["moments"] == []


def test_the_player_shows_the_relevance_of_every_clip_and_merges_neighbours(film):
    data = component_data(opened_page(q="harbour", unit=film[2].id), "player")
    assert [(bar["start"], bar["height"]) for bar in data["curve"]] == [
        (0.0, 0.2),
        (1.0, 1.0),
        (2.0, 1.0),
        (3.0, 0.2),
    ]
    assert data["moments"] == [{"start": 1.0, "end": 3.0, "label": "0:01 – 0:03", "best": True}]


def test_good_matches_make_the_moments_where_the_index_knows_them(film, index):
    index.good = "street"
    data = component_data(opened_page(q="harbour street", unit=film[0].id), "player")
    assert [moment["label"] for moment in data["moments"]] == ["0:00 – 0:01", "0:03 – 0:04"]


def test_moments_can_be_taken_away_as_webvtt_and_csv(film):
    page = opened_page(q="harbour", unit=film[1].id)
    names = [button.proto.label for button in page.get("download_button")]
    assert names == ["WebVTT", "CSV"]


def test_a_frame_of_a_video_is_searched_with_and_shown_as_a_chip(film, index):
    page = opened_page(frame=f"{film[0].id}@3.40")
    assert index.asked[-1]["image"].size == (3, 10)
    assert chips_of(page) == ["A frame of film.mp4"]


def test_a_frame_of_a_video_that_is_gone_is_one_sentence(film):
    page = opened_page(frame="gone@3.40", q="harbour")
    assert "no longer in the collection" in shown_text(page)
    assert chips_of(page) == ["A frame"]


def test_a_video_that_browsers_cannot_play_shows_its_frame(index, tmp_path):
    path = tmp_path / "film.avi"
    path.write_bytes(b"RIFF")
    hit = index.add(path, "t=0-2", Modality.VIDEO, "harbour", start_seconds=0.0, end_seconds=2.0)
    page = opened_page(unit=hit.id)
    assert "cannot play" in shown_text(page)
    data = component_data(page, "player")
    assert data["address"] == ""
    assert data["poster"].startswith("data:image/")


def test_every_expected_failure_has_a_sentence_without_a_traceback():
    for error in (StoreLocked("x"), ModelMismatch("y"), UnusablePicture("z"), OSError("disk")):
        assert isinstance(error, troubles.EXPECTED)
        said = troubles.sentence(error)
        assert said
        assert "Traceback" not in said
