"""The demo corpus: what is drawn, that it is drawn the same every time, and its twenty queries."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from contextlib import nullcontext
from pathlib import Path

import av
import pypdfium2 as pdfium
import pytest
from PIL import Image

from indexer import loaders
from indexer.demo_corpus import check, draw
from indexer.demo_corpus.check import (
    QUERIES,
    DemoQuery,
    Expected,
    load_queries,
    run_demo_queries,
)
from indexer.demo_corpus.documents import DOCUMENTS
from indexer.demo_corpus.drawing import signature, write_whole
from indexer.demo_corpus.films import FILMS
from indexer.demo_corpus.paper import Document, Sheet, gap
from indexer.demo_corpus.pictures import ORIENTATION, iter_pictures
from indexer.loaders import LoadOptions
from indexer.types import Asset, Hit, Modality, Unit

PAGES = {
    "reports/annual-report-2025.pdf": 8,
    "reports/rain-and-tides-2025.pdf": 8,
    "reports/bulletin-spring.pdf": 4,
    "kitchen/harbour-kitchen.pdf": 9,
    "manuals/corley-tc40.pdf": 9,
    "walks/four-walks.pdf": 7,
    "workshop/small-ships.pdf": 6,
    "office/minutes-2025-03-14.pdf": 4,
    "office/0317.pdf": 2,
    "office/scan-03.pdf": 2,
}
SCANNED = "office/scan-03.pdf"


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("a folder") / "demo corpus"
    assert draw(folder) == len(corpus_files(folder))
    return folder


@pytest.fixture(scope="module")
def units(corpus: Path) -> dict[str, list[Unit]]:
    """Every unit as the index would cut it, by the file's path in the corpus."""
    options = LoadOptions(ocr="off", max_pixels=40_000, max_frame_pixels=20_000)
    return {
        name: list(loaders.load(asset_of(corpus / name), options)) for name in corpus_files(corpus)
    }


def corpus_files(folder: Path) -> list[str]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted(p.relative_to(folder).as_posix() for p in found if not p.name.startswith("."))


def asset_of(path: Path) -> Asset:
    stat = path.stat()
    return Asset(path, stat.st_size, stat.st_mtime_ns)


def texts_of(path: Path) -> list[str]:
    document = pdfium.PdfDocument(path)
    try:
        return [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()


def test_the_corpus_has_120_units_and_all_three_kinds(units: dict[str, list[Unit]]) -> None:
    kinds = Counter(unit.modality for cut in units.values() for unit in cut)
    assert kinds[Modality.IMAGE] == len(list(iter_pictures())) >= 50
    assert kinds[Modality.PAGE] == sum(PAGES.values()) >= 50
    assert kinds[Modality.VIDEO] == sum(len(film.shots) for film in FILMS) >= 20
    assert kinds.total() >= 120


def test_the_corpus_takes_less_than_15_megabytes(corpus: Path) -> None:
    assert sum((corpus / name).stat().st_size for name in corpus_files(corpus)) < 15_000_000


def test_no_file_is_drawn_under_a_name_that_another_one_has() -> None:
    names = (
        [p.path for p in iter_pictures()] + [d.path for d in DOCUMENTS] + [f.path for f in FILMS]
    )
    assert len({name.lower() for name in names}) == len(names)


def test_drawing_again_gives_the_same_bytes(corpus: Path, tmp_path: Path) -> None:
    for picture in list(iter_pictures())[::6]:
        assert picture.to_bytes() == (corpus / picture.path).read_bytes(), picture.path
    for document in DOCUMENTS:
        assert document.to_bytes() == (corpus / document.path).read_bytes(), document.path
    film = min(FILMS, key=lambda film: sum(shot.seconds for shot in film.shots))
    film.write(tmp_path / "again.mp4")
    assert (tmp_path / "again.mp4").read_bytes() == (corpus / film.path).read_bytes()


def test_a_second_run_draws_nothing_and_is_fast(corpus: Path) -> None:
    before = {name: (corpus / name).stat().st_mtime_ns for name in corpus_files(corpus)}
    told: list[tuple[int, int]] = []
    started = time.monotonic()
    count = draw(corpus, progress=lambda done, total: told.append((done, total)))
    assert time.monotonic() - started < 2.0
    assert {name: (corpus / name).stat().st_mtime_ns for name in corpus_files(corpus)} == before
    assert told == [(i, count) for i in range(1, count + 1)]


def test_a_missing_file_is_drawn_again_and_other_files_are_left_alone(corpus: Path) -> None:
    picture, note = corpus / "picture-cards/card-08.jpg", corpus / "my own note.txt"
    digest = hashlib.sha256(picture.read_bytes()).digest()
    picture.unlink()
    note.write_text("keep me")
    try:
        draw(corpus)
        assert hashlib.sha256(picture.read_bytes()).digest() == digest
        assert note.read_text() == "keep me"
    finally:
        note.unlink()


def test_a_folder_drawn_by_other_code_is_known_by_its_stamp(corpus: Path) -> None:
    assert (corpus / ".drawn-by").read_text() == signature()


def test_a_broken_run_leaves_no_half_file(tmp_path: Path) -> None:
    def breaks(target: Path) -> None:
        target.write_bytes(b"half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_whole(tmp_path / "sub" / "picture.png", breaks)
    assert corpus_files(tmp_path) == []
    assert list((tmp_path / "sub").iterdir()) == []


def test_every_picture_has_the_size_and_format_it_claims(corpus: Path) -> None:
    formats = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP"}
    used = Counter()
    for picture in iter_pictures():
        with Image.open(corpus / picture.path) as image:
            assert image.format == formats[picture.path.rpartition(".")[2]]
            size = image.size[::-1] if picture.turned else image.size
            assert size == picture.size
            assert image.getexif().get(ORIENTATION, 1) == (6 if picture.turned else 1)
        used[image.format] += 1
    assert all(used[name] >= 5 for name in formats.values())
    assert sum(picture.turned for picture in iter_pictures()) == 1


def test_every_document_has_its_pages_and_every_page_its_own_text(corpus: Path) -> None:
    assert {document.path for document in DOCUMENTS} == set(PAGES)
    seen: dict[str, str] = {}
    for name, count in PAGES.items():
        texts = texts_of(corpus / name)
        assert len(texts) == count, name
        for number, text in enumerate(texts, 1):
            if name == SCANNED:
                assert text.strip() == ""
                continue
            assert len(text.split()) >= 10, (name, number)
            assert seen.setdefault(text, f"{name} {number}") == f"{name} {number}"


def test_a_sheet_that_holds_more_than_a_page_is_refused() -> None:
    document = Document("long.pdf", "Long", "#000000", lambda: [Sheet([gap(200), gap(200)])])
    with pytest.raises(ValueError, match=r"page 1 of long\.pdf holds more than fits"):
        document.to_bytes()


def test_videos_are_cut_where_their_shots_begin(units: dict[str, list[Unit]]) -> None:
    for film in FILMS:
        starts = [unit.start_seconds for unit in units[film.path]]
        assert starts == pytest.approx(film.cuts, abs=0.1), film.path
        assert all(2 <= shot.seconds <= 10 for shot in film.shots)


def test_videos_play_in_a_browser_before_they_are_loaded(corpus: Path) -> None:
    for film in FILMS:
        data = (corpus / film.path).read_bytes()
        assert data.index(b"moov") < data.index(b"mdat"), f"{film.path} is not faststart"
        with av.open(str(corpus / film.path)) as container:
            codec = container.streams.video[0].codec_context
            assert (codec.name, codec.pix_fmt) == ("h264", "yuv420p")
            assert codec.profile in ("Main", "Constrained Baseline", "Baseline")


def test_there_are_ten_picture_six_page_and_four_video_queries() -> None:
    queries = load_queries()
    kinds = Counter(query.kind for query in queries)
    assert kinds == {Modality.IMAGE: 10, Modality.PAGE: 6, Modality.VIDEO: 4}
    assert len({query.text for query in queries}) == 20


def test_every_right_unit_exists_and_is_of_the_kind_asked_for(
    corpus: Path, units: dict[str, list[Unit]]
) -> None:
    for query in load_queries():
        for expected in query.accepted:
            hits = [hit_of(corpus / expected.path, unit) for unit in units[expected.path]]
            found = [hit for hit in hits if expected.is_found_in(hit)]
            assert [hit.modality for hit in found] == [query.kind], (query.text, str(expected))


def test_every_right_unit_of_the_tuning_queries_exists_and_none_answers_the_twenty(
    corpus: Path, units: dict[str, list[Unit]]
) -> None:
    asked = {unit for query in load_queries() for unit in query.accepted}
    for query in load_queries(QUERIES.with_name("tuning.toml")):
        for expected in query.accepted:
            hits = [hit_of(corpus / expected.path, unit) for unit in units[expected.path]]
            assert any(expected.is_found_in(hit) for hit in hits), (query.text, str(expected))
            assert expected not in asked


def test_picture_queries_do_not_quote_the_file_name() -> None:
    for query in load_queries():
        for expected in query.accepted if query.kind is Modality.IMAGE else ():
            stem = Path(expected.path).stem.lower()
            assert not set(query.text.lower().split()) & set(stem.replace("-", " ").split())


def hit_of(path: Path, unit: Unit, *, rank: int = 1) -> Hit:
    return Hit(
        rank=rank,
        score=1 / rank,
        id=f"{path} {unit.locator}",
        path=path,
        locator=unit.locator,
        modality=unit.modality,
        page=unit.page,
        start_seconds=unit.start_seconds,
        end_seconds=unit.end_seconds,
    )


class FixedIndex:
    """Finds the same hits for every query, best first."""

    def __init__(self, hits: list[Hit]) -> None:
        self._hits = hits

    def search(self, query: str, /, *, limit: int = 10) -> list[Hit]:
        return self._hits[:limit]


def page_hit(name: str, page: int, rank: int) -> Hit:
    unit = Unit(locator=f"page={page}", modality=Modality.PAGE, media={}, page=page)
    return hit_of(Path("/somewhere/demo") / name, unit, rank=rank)


def page_query(page: int) -> DemoQuery:
    return DemoQuery(f"page {page}?", Modality.PAGE, (Expected("office/0317.pdf", page=page),))


def test_the_rank_of_the_first_right_unit_is_told() -> None:
    index = FixedIndex([page_hit("walks/0317.pdf", 2, 1), page_hit("office/0317.pdf", 2, 2)])
    found, missed = run_demo_queries(index, queries=[page_query(2), page_query(1)])
    assert (found.rank, found.answered) == (2, True)
    assert (missed.rank, missed.answered) == (None, False)


def test_a_right_unit_below_the_third_place_is_not_an_answer() -> None:
    hits = [page_hit("office/0317.pdf", page, page) for page in (1, 2, 3, 4)]
    (third, fourth) = run_demo_queries(FixedIndex(hits), queries=[page_query(3), page_query(4)])
    assert (third.answered, fourth.answered) == (True, False)


@pytest.mark.parametrize(
    ("start", "end", "right"),
    [(0.0, 4.0, True), (0.2, 4.1, True), (2.5, 4.0, False), (4.0, 8.0, False), (0.0, 11.0, False)],
)
def test_a_clip_is_right_when_half_of_the_longer_span_is_shared(
    start: float, end: float, right: bool
) -> None:
    clip = Unit(
        locator=f"t={start:.3f}-{end:.3f}",
        modality=Modality.VIDEO,
        media={},
        start_seconds=start,
        end_seconds=end,
    )
    expected = Expected("videos/first-snow.mp4", seconds=(0.0, 4.0))
    assert expected.is_found_in(hit_of(Path("/x/videos/first-snow.mp4"), clip)) is right


def test_the_written_page_shows_hits_and_misses_alike(tmp_path: Path) -> None:
    index = FixedIndex([page_hit("kitchen/harbour-kitchen.pdf", 4, 1)])
    target = tmp_path / "docs" / "demo_queries.md"
    check.write_results(index, target, model="btok-tiny")
    written = target.read_text(encoding="utf-8")
    assert "in the top 3 for 1 of 20 queries" in written
    assert sum(line.startswith(("| yes", "| **no**")) for line in written.splitlines()) == 20
    assert all(query.text in written for query in load_queries())
    assert written.count("not in 1") == 19
    assert "**`kitchen/harbour-kitchen.pdf page 4` (1.0000)**" in written
    assert "* page: 1 of 6" in written


def test_queries_of_a_file_are_counted_and_no_page_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    queries = tmp_path / "mine.toml"
    entry = '[[query]]\ntext = "{}"\nkind = "page"\naccepted = [{{ path = "{}", page = 2 }}]\n'
    queries.write_text(entry.format("a", "office/0317.pdf") + entry.format("b", "walks/0317.pdf"))
    index = FixedIndex([page_hit("office/0317.pdf", 2, 1)])
    monkeypatch.setattr("indexer.Index.open", lambda: nullcontext(index))
    monkeypatch.delattr(check, "write_results")  # so that writing would fail
    monkeypatch.setattr("sys.argv", ["check", "--count", str(queries)])
    check.main()
    printed = capsys.readouterr().out
    assert "1 of 2 have the right unit in the top 3" in printed
    assert "* page: 1 of 2" in printed
