"""From a question to hits: fusion, legs, snippets, marked words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from fakes import FakeEmbedder
from make_files import BLUE, GREEN, RED, write_pdf, write_picture, write_video
from PIL import Image

from indexer import Index
from indexer.calibration import Calibration
from indexer.feedback import mean_vector
from indexer.fusion import K, fuse, shared_ranks
from indexer.ordering import order_found
from indexer.search import build_query, encode_legs, word_shares
from indexer.settings import Settings
from indexer.types import Box, Leg, LegRank, Modality, ScoredPoint, UsageError, Word
from indexer.words import content_words, fold, matched_words, snippet_of

ANY = np.ones(4, dtype=np.float32)
BOX = Box(0, 0, 1, 1)


def vector_leg(name: str, *, weight: float = 1.0, modality: Modality | None = None) -> Leg:
    return Leg(name, vector=ANY, weight=weight, modality=modality)


def test_equal_scores_share_the_better_rank() -> None:
    ranked = shared_ranks([("c", 0.5), ("a", 0.9), ("b", 0.5), ("d", 0.1)])
    assert [(unit, rank) for unit, rank, _ in ranked] == [("a", 1), ("b", 2), ("c", 2), ("d", 4)]


def test_fusion_is_the_weighted_sum_of_reciprocal_ranks() -> None:
    legs = [vector_leg("image", weight=0.25), vector_leg("text")]
    found = fuse(legs, [[("a", 0.9), ("b", 0.8)], [("b", 0.7), ("c", 0.6)]], limit=10)
    expected = {"b": 0.25 / (K + 2) + 1 / (K + 1), "c": 1 / (K + 2), "a": 0.25 / (K + 1)}
    assert [unit.id for unit in found] == ["b", "c", "a"]
    assert {unit.id: unit.score for unit in found} == pytest.approx(expected)


def test_a_picture_found_by_one_leg_is_not_drowned_by_pages_found_by_three() -> None:
    legs = [
        vector_leg("image", modality=Modality.IMAGE),
        vector_leg("image", modality=Modality.PAGE),
        vector_leg("text", modality=Modality.PAGE),
        vector_leg("words", modality=Modality.PAGE),
    ]
    pages = [(f"page{n}", 0.9 - n / 100) for n in range(20)]
    found = fuse(legs, [[("picture", 0.4)], pages, pages, pages], limit=10)
    assert "picture" in [unit.id for unit in found[:2]]
    flat = [Leg(leg.name, vector=ANY) for leg in legs]
    drowned = fuse(flat, [[("picture", 0.4)], pages, pages, pages], limit=10)
    assert "picture" not in [unit.id for unit in drowned]


def found(name: str, modality: str, says: str = "", /, **scores: float) -> ScoredPoint:
    legs = tuple(LegRank(leg, 0, score) for leg, score in scores.items())
    return ScoredPoint(name, 0.0, {"modality": modality, "text": says}, legs)


def in_order(points: Sequence[ScoredPoint], question: str) -> list[str]:
    ordered = order_found(points, word_shares(points, question, None), None)
    scores = [point.score for point in ordered]
    assert scores == sorted(set(scores), reverse=True)
    return [point.id for point in ordered]


def test_pages_lead_in_turn_with_pictures_when_they_hold_the_words_of_the_question() -> None:
    pictures = [found(f"picture{n}", "image", "IMG 1\n", image=0.5 - n / 10) for n in range(4)]
    text = "name\nrainfall in each month"
    about = [found(f"page{n}", "page", text, words=9.0 - n) for n in range(4)]
    ordered = in_order([*pictures, *about], "rainfall each month")
    assert ordered[:4] == ["page0", "picture0", "page1", "picture1"]


def test_pages_wait_when_they_do_not_hold_the_words() -> None:
    pictures = [found(f"picture{n}", "image", "IMG 1\n", image=0.5 - n / 10) for n in range(6)]
    other = [found(f"page{n}", "page", "name\nsomething else", text=0.4) for n in range(4)]
    ordered = in_order([*other, *pictures], "an owl on a branch")
    assert ordered[:5] == [f"picture{n}" for n in range(5)]


def test_what_pages_mean_tells_whether_a_word_that_they_share_counts() -> None:
    """Strangers score up to .4 on both legs: what lies above is evidence."""
    usual = np.linspace(0.0, 0.4, 200)
    calibration = Calibration(
        fingerprint="", stamp="", units=10, common={}, is_thing=np.arange(200) % 2 == 0,
        best={(Modality.PAGE, "text"): usual, (Modality.IMAGE, "image"): usual},
        vectors=np.zeros((200, 4), dtype=np.float32),
    )  # fmt: skip
    question = "bread that rises over night"

    def first_page(*, text: float, image: float, known: Calibration | None = calibration) -> int:
        pictures = [found(f"picture{n}", "image", "IMG 1\n", image=image) for n in range(9)]
        page = found("page", "page", "name\nbread and butter", text=text, words=3.0)
        points = [page, *pictures]
        ordered = order_found(points, word_shares(points, question, None), known)
        return [point.id for point in ordered].index("page") + 1

    unknown = first_page(text=0.5, image=0.5, known=None)
    assert first_page(text=0.5, image=0.5) == unknown
    assert first_page(text=0.5, image=0.1) == unknown - 2
    assert first_page(text=0.1, image=0.5) == unknown + 2
    alone = [found("page", "page", "name\nbread and butter", text=0.5)]
    assert order_found(alone, {"page": 0.5}, calibration)[0].score == 1 / (K + 1)


def test_one_word_of_a_files_name_does_not_outweigh_what_a_picture_shows() -> None:
    lake = found("lake", "image", "IMG 20\n", image=0.34)
    film = found("film", "video", "first snow\n", image=0.27, words=5.9)
    question = "snow covered mountain above a lake"
    assert in_order([film, lake], question) == ["lake", "film"]
    assert in_order([film, lake], "first snow") == ["film", "lake"]


def test_a_page_that_holds_more_of_the_words_is_first_whatever_the_ranks_say() -> None:
    named = found("named", "page", "shear pin spare part", words=7.4, text=0.17)
    other = found("other", "page", "new cost", words=4.5, text=0.23)
    assert in_order([other, named], "new shear pin") == ["named", "other"]


def test_a_candidate_that_a_leg_did_not_find_is_taken_for_as_good_as_the_last_it_found() -> None:
    best, last = (found(name, "page", "pin", words=4.0, text=text)
                  for name, text in (("best", 0.6), ("last", 0.3)))  # fmt: skip
    unknown = found("unknown", "page", "pin", words=4.1)
    assert in_order([last, unknown, best], "pin") == ["best", "unknown", "last"]
    bare = found("bare", "image", "", image=0.3)
    read = found("read", "image", "", image=0.3, text=0.2)
    assert in_order([bare, read], "pin") == ["read", "bare"]


def test_copies_go_by_id_whatever_the_last_decimals_of_an_engine_say() -> None:
    copies = [found("b", "image", "", image=0.3000002), found("a", "image", "", image=0.3000001)]
    assert in_order(copies, "pin") == ["a", "b"]


def test_rare_words_count_more_where_the_words_of_a_collection_are_counted() -> None:
    known = Calibration("f", "s", 100, {}, np.zeros(0, bool), np.zeros((0, 4)), {"new": 90})
    pages = [found("new", "page", "new"), found("pin", "page", "pin")]
    assert word_shares(pages, "new pin", None) == {"new": 0.5, "pin": 0.5}
    shares = word_shares(pages, "new pin", known)
    assert shares["pin"] > 0.9
    assert sum(shares.values()) == pytest.approx(1.0)


def test_a_clip_that_looks_less_like_the_question_comes_after_the_picture() -> None:
    legs = [vector_leg("image", modality=kind) for kind in (Modality.IMAGE, Modality.VIDEO)]
    results = [[("owl", 0.6), ("hen", 0.5)], [("boat", 0.2)]]
    assert [unit.id for unit in fuse(legs, results, limit=3)] == ["owl", "hen", "boat"]


def test_a_text_asks_three_legs_and_a_picture_only_one() -> None:
    picture = Image.new("RGB", (8, 8), "red")
    model = FakeEmbedder()
    by_text = encode_legs(build_query("pump", None, limit=1), model, modality=Modality.PAGE)
    assert [leg.name for leg in by_text] == ["image", "text", "words"]
    by_picture = encode_legs(build_query("", picture, limit=1), model, modality=Modality.PAGE)
    assert [leg.name for leg in by_picture] == ["image"]


def test_text_and_picture_together_ask_half_way_between() -> None:
    middle = mean_vector([np.array([1.0, 0.0]), np.array([0.0, 1.0])])
    np.testing.assert_allclose(middle, [0.5**0.5, 0.5**0.5], rtol=1e-6)


@pytest.mark.parametrize("text", [None, "", "  \n\t "])
def test_a_question_without_content_is_refused(text: str | None) -> None:
    with pytest.raises(UsageError, match="give a text, a picture, or both"):
        build_query(text, None, limit=10)


def test_function_words_do_not_search_unless_they_are_all_there_is() -> None:
    assert content_words("Which chart shows the rainfall of 2024?") == "chart shows rainfall 2024"
    assert content_words("How much does a ferry cost, how many run?") == "ferry cost run"
    assert content_words("the who") == "the who"


def test_case_and_accents_are_folded() -> None:
    assert fold("Élan VITAL, naïve Straße") == "elan vital, naive strasse"


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("valve", ["Valves,"]),
        ("VALVES", ["Valves,"]),
        ("cafe", ["Café"]),
        ("batteries", ["battery"]),
        ("the pump", ["pump-station"]),
        ("bus", []),
        ("stat", []),
    ],
)
def test_words_are_marked_whatever_their_case_accent_or_plural(
    question: str, expected: list[str]
) -> None:
    page = [Word(text, BOX) for text in ("The", "Valves,", "Café", "battery", "pump-station")]
    assert [word.text for word in matched_words(page, question)] == expected


def test_an_ocr_line_is_marked_when_it_holds_a_word() -> None:
    lines = [Word("Total amount due 120", BOX), Word("Thank you", BOX)]
    assert matched_words(lines, "amount") == lines[:1]


def test_snippet_is_the_passage_with_most_of_the_words() -> None:
    text = " ".join(["filler"] * 200 + ["pump", "and", "valve", "here"] + ["filler"] * 200)
    snippet = snippet_of("pump " + text, "pump valve")
    assert "pump and valve here" in snippet
    assert snippet.startswith("… ")
    assert snippet.endswith(" …")


def test_snippet_without_a_match_is_the_beginning() -> None:
    assert snippet_of("one two three", "zebra", words=2) == "one two …"
    assert snippet_of("", "zebra") == ""


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    """Two pictures, a report and a video, in two folders."""
    place = tmp_path_factory.mktemp("search")
    corpus = place / "corpus"
    (corpus / "old").mkdir(parents=True)
    write_picture(corpus / "one.png", color=RED)
    write_picture(corpus / "old" / "two.png", color=GREEN)
    write_pdf(corpus / "report.pdf", [[f"chapter {n} on pumps"] for n in range(1, 6)])
    write_video(corpus / "film.mp4", [(BLUE, 3.0)])
    opened = Index.open(
        settings=Settings(home=place / "home", ocr="off", qdrant={"url": ":memory:"}),
        embedder=FakeEmbedder(),
    )
    opened.ingest([corpus])
    return opened


def test_a_picture_finds_its_like(index: Index) -> None:
    like = Image.new("RGB", (20, 20), tuple(GREEN))
    hits = index.search(image=like, modality="image")
    assert [hit.path.name for hit in hits] == ["two.png", "one.png"]
    assert [leg.leg for leg in hits[0].legs] == ["image"]


def test_a_picture_and_a_text_are_asked_together(index: Index) -> None:
    like = Image.new("RGB", (20, 20), tuple(GREEN))
    hits = index.search("pumps chapter 3", image=like)
    assert {hit.path.name for hit in hits[:3]} >= {"two.png", "report.pdf"}


def test_hits_say_which_legs_found_them(index: Index) -> None:
    hit = index.search("chapter 3", modality=Modality.PAGE)[0]
    assert hit.page == 3
    assert {leg.leg for leg in hit.legs} == {"image", "text", "words"}
    assert next(leg.rank for leg in hit.legs if leg.leg == "words") == 1


def test_filters_narrow_a_search(index: Index) -> None:
    corpus = index.search("chapter", modality="page")[0].path.parent
    only_old = index.search("red", folder=corpus / "old")
    assert {hit.path.name for hit in only_old} == {"two.png"}
    long_ago = datetime(2001, 1, 1, tzinfo=UTC)
    assert index.search("red", modified_before=long_ago) == []
    assert len(index.search("red", modified_after=long_ago, limit=100)) == 8


def test_a_clip_has_its_times(index: Index) -> None:
    hit = index.search("blue", modality="video")[0]
    assert hit.path.name == "film.mp4"
    assert hit.start_seconds == 0.0
    assert hit.end_seconds == pytest.approx(3.0, abs=0.2)


def test_documents_come_once_with_all_their_hits(index: Index) -> None:
    documents = index.search_documents("chapter on pumps", limit=3)
    paths = [document.path for document in documents]
    assert len(paths) == len(set(paths)) == 3
    report = next(one for one in documents if one.path == Path(paths[0]).parent / "report.pdf")
    assert {hit.page for hit in report.hits} == {1, 2, 3, 4, 5}


@pytest.mark.parametrize("modality", ["picture", "IMAGE", ""])
def test_an_unknown_modality_is_refused_with_the_known_ones(index: Index, modality: str) -> None:
    with pytest.raises(UsageError, match="image, page, video"):
        index.search("red", modality=modality)


def test_a_picture_that_is_none_is_refused(index: Index, tmp_path: Path) -> None:
    (tmp_path / "no.png").write_text("no picture")
    with pytest.raises(UsageError, match="cannot search with"):
        index.search(image=tmp_path / "no.png")
    with pytest.raises(UsageError, match="cannot search with"):
        index.search(image=tmp_path / "absent.png")


def test_limit_must_be_positive(index: Index) -> None:
    with pytest.raises(UsageError, match="limit is 0"):
        index.search("red", limit=0)


def test_searching_an_empty_index_finds_nothing_and_writes_nothing(tmp_path: Path) -> None:
    with Index.open(tmp_path / "home", embedder=FakeEmbedder()) as index:
        assert index.search("red") == []
    assert list(tmp_path.iterdir()) == []
