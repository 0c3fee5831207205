"""Curves of videos, moments, and what is exported of them."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from fakes import FakeEmbedder
from make_files import BLUE, GREEN, RED, write_pdf, write_video

from indexer import Index
from indexer.moments import build_moments, to_csv, to_webvtt
from indexer.settings import Settings
from indexer.types import Hit, Modality, UsageError

FILM = Path("/films/film.mp4")


def clip(rank: int, start: float, end: float, *, path: Path = FILM, snippet: str = "") -> Hit:
    locator = f"t={start:.3f}-{end:.3f}"
    return Hit(
        rank, 1 / rank, f"{path}{start}", path, locator, Modality.VIDEO,
        start_seconds=start, end_seconds=end, snippet=snippet,
    )  # fmt: skip


def spans(hits: list[Hit]) -> list[tuple[int, float, float]]:
    return [(one.rank, one.start_seconds, one.end_seconds) for one in build_moments(hits)]


def test_clips_that_touch_are_one_moment_with_the_rank_of_the_best() -> None:
    hits = [clip(1, 8.0, 12.0), clip(2, 30.0, 33.0), clip(3, 4.0, 8.0), clip(4, 12.5, 15.0)]
    assert spans(hits) == [(1, 4.0, 15.0), (2, 30.0, 33.0)]
    (first, _) = build_moments(hits)
    assert [hit.rank for hit in first.hits] == [1, 3, 4]
    assert (first.score, first.path) == (1.0, FILM)


def test_clips_of_two_films_never_merge_and_pages_are_no_moments() -> None:
    page = Hit(3, 0.1, "p", Path("/a.pdf"), "page=1", Modality.PAGE, page=1)
    hits = [clip(1, 0.0, 4.0), clip(2, 4.0, 8.0, path=Path("/films/other.mp4")), page]
    assert spans(hits) == [(1, 0.0, 4.0), (2, 4.0, 8.0)]


def test_a_short_clip_inside_a_long_one_does_not_shorten_the_moment() -> None:
    assert spans([clip(1, 0.0, 20.0), clip(2, 2.0, 4.0), clip(3, 20.5, 22.0)]) == [(1, 0.0, 22.0)]


def test_webvtt_has_a_cue_for_each_moment_in_time_order() -> None:
    hits = [clip(1, 3661.5, 3670.25, snippet="a boat"), clip(2, 0.0, 4.0)]
    assert to_webvtt(build_moments(hits), title="boats & sea") == (
        "WEBVTT boats &amp; sea\n\n"
        "00:00:00.000 --> 00:00:04.000\nfilm.mp4\n\n"
        "01:01:01.500 --> 01:01:10.250\na boat\n"
    )


def test_webvtt_cannot_be_broken_by_a_name_or_a_snippet() -> None:
    hits = [clip(1, 0.0, 1.0, path=Path("/<b>.mp4"), snippet="a\n\n00:00 --> 00:09\n<i>x")]
    cues = to_webvtt(build_moments(hits)).split("\n\n")
    assert len(cues) == 2
    assert cues[1].count("-->") == 1
    assert "<" not in cues[1]


def test_csv_is_read_back_by_a_reader_of_csv_and_runs_no_formula() -> None:
    hits = [clip(1, 1.0, 2.5, snippet='=cmd("x"), then\nmore'), clip(2, 9.0, 10.0)]
    rows = list(csv.reader(io.StringIO(to_csv(build_moments(hits)))))
    assert rows[0] == ["rank", "path", "start_seconds", "end_seconds", "score", "snippet"]
    assert rows[1] == ["1", str(FILM), "1.000", "2.500", "1.000000", '\'=cmd("x"), then\nmore']
    assert len(rows) == 3


def test_nothing_exports_as_an_empty_table_and_an_empty_track() -> None:
    assert to_csv([]).count("\n") == 1
    assert to_webvtt([]) == "WEBVTT\n"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    """A film of three colours and one of one."""
    place = tmp_path_factory.mktemp("moments")
    corpus = place / "corpus"
    corpus.mkdir()
    write_video(corpus / "film.mp4", [(RED, 2.0), (GREEN, 2.0), (BLUE, 2.0)])
    write_video(corpus / "other.mp4", [(GREEN, 2.0)])
    write_pdf(corpus / "report.pdf", [["green"]])
    opened = Index.open(
        settings=Settings(home=place / "home", ocr="off", qdrant={"url": ":memory:"}),
        embedder=FakeEmbedder(),
    )
    opened.ingest([corpus])
    return opened


def test_a_curve_scores_every_clip_of_one_film_and_peaks_where_the_answer_is(index: Index) -> None:
    film = index.home.parent / "corpus" / "film.mp4"
    curve = index.curve(film, "green")
    assert [point.start_seconds for point in curve] == pytest.approx([0.0, 2.0, 4.0], abs=0.2)
    assert max(curve, key=lambda point: point.score) is curve[1]
    assert curve[0].end_seconds == pytest.approx(curve[1].start_seconds)


def test_a_frame_is_the_one_at_its_second_whichever_clip_names_the_film(index: Index) -> None:
    corpus = index.home.parent / "corpus"
    clip_of_green = index.search("green", path=corpus / "film.mp4", limit=1)[0]
    for second, color in ((0.5, RED), (3.0, GREEN), (5.5, BLUE)):
        frame = index.frame(clip_of_green, second, max_pixels=10_000).convert("RGB")
        assert frame.getpixel((2, 2)) == pytest.approx(color, abs=25)


def test_only_videos_have_frames(index: Index) -> None:
    (page,) = index.search("green", modality="page", limit=1)
    with pytest.raises(UsageError, match=r"report\.pdf is no video"):
        index.frame(page, 1.0)


def test_a_curve_can_be_asked_by_a_unit(index: Index) -> None:
    corpus = index.home.parent / "corpus"
    (other,) = index.search("green", path=corpus / "other.mp4")
    curve = index.curve(corpus / "film.mp4", like=[other.id])
    assert max(curve, key=lambda point: point.score) is curve[1]
    assert curve[1].score == pytest.approx(1.0, abs=0.02)


def test_what_has_no_clips_has_no_curve_and_nothing_asked_is_refused(index: Index) -> None:
    corpus = index.home.parent / "corpus"
    assert index.curve(corpus / "report.pdf", "green") == []
    assert index.curve(corpus / "absent.mp4", "green") == []
    with pytest.raises(UsageError, match="nothing to search for"):
        index.curve(corpus / "film.mp4")


def test_hits_of_a_search_become_moments(index: Index) -> None:
    moments = index.moments(index.search("green", limit=10))
    assert {moment.path.name for moment in moments} == {"film.mp4", "other.mp4"}
    whole = next(moment for moment in moments if moment.path.name == "film.mp4")
    assert whole.start_seconds == 0.0
    assert whole.end_seconds == pytest.approx(6.0, abs=0.2)
