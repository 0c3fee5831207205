"""What a search can be narrowed to, with counts that a filter of the store agrees with."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fakes import FakeEmbedder
from make_files import BLUE, RED, write_pdf, write_picture, write_video

from indexer import Index
from indexer.facets import FacetCount, FileCount, MonthCount, build_facets
from indexer.settings import Settings
from indexer.types import Filter, Modality, UnreadableFile, UsageError

MAY, JUNE = datetime(2025, 5, 15, 12, tzinfo=UTC), datetime(2025, 6, 15, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    """Two pictures and a film in May; a report of three pages in June."""
    place = tmp_path_factory.mktemp("facets")
    corpus = place / "corpus"
    (corpus / "trips" / "lake").mkdir(parents=True)
    (corpus / "work").mkdir()
    write_picture(corpus / "trips" / "one.png")
    write_picture(corpus / "trips" / "lake" / "two.png")
    write_video(corpus / "trips" / "lake" / "film.mp4", [(RED, 2.0), (BLUE, 2.0)])
    write_pdf(corpus / "work" / "report.pdf", [["pumps"], ["valves"], ["pipes"]])
    for path in corpus.rglob("*.*"):
        moment = (JUNE if path.suffix == ".pdf" else MAY).timestamp()
        os.utime(path, (moment, moment))
    opened = Index.open(
        settings=Settings(home=place / "home", ocr="off", qdrant={"url": ":memory:"}),
        embedder=FakeEmbedder(),
    )
    opened.ingest([corpus])
    return opened


def counts(found: tuple[FacetCount, ...]) -> dict[str, int]:
    return {one.path.name: one.units for one in found}


def test_every_unit_is_counted_in_every_facet(index: Index) -> None:
    found = index.facets()
    assert found.units == 7
    assert found.kinds == {Modality.IMAGE: 2, Modality.PAGE: 3, Modality.VIDEO: 2}
    assert counts(found.folders) == {"trips": 4, "lake": 3, "work": 3}
    assert counts(found.documents) == {"report.pdf": 3, "film.mp4": 2, "one.png": 1, "two.png": 1}
    assert found.months == (MonthCount(2025, 5, 4), MonthCount(2025, 6, 3))


def test_a_facet_obeys_every_filter_but_its_own(index: Index) -> None:
    lake = index.home.parent / "corpus" / "trips" / "lake"
    found = index.facets(folder=lake, modality="image")
    assert found.units == 1
    assert found.kinds == {Modality.IMAGE: 1, Modality.PAGE: 0, Modality.VIDEO: 2}
    assert counts(found.folders) == {"trips": 2, "lake": 1}
    assert counts(found.documents) == {"two.png": 1}


def test_dates_and_documents_narrow_the_other_facets(index: Index) -> None:
    corpus = index.home.parent / "corpus"
    late = index.facets(modified_after=datetime(2025, 6, 1, tzinfo=UTC))
    assert late.kinds[Modality.IMAGE] == 0
    assert len(late.months) == 2
    chosen = index.facets(paths=[corpus / "work" / "report.pdf", corpus / "trips" / "one.png"])
    assert chosen.units == 4
    assert len(chosen.documents) == 4


@pytest.mark.parametrize(
    "narrowing",
    [
        {},
        {"modality": "page"},
        {"modified_before": datetime(2025, 6, 1, tzinfo=UTC)},
        {"folder": "trips"},
        {"paths": ["work/report.pdf", "trips/one.png"]},
    ],
)
def test_the_counts_are_those_of_a_search(index: Index, narrowing: dict) -> None:
    corpus = index.home.parent / "corpus"
    where = dict(narrowing)
    if "folder" in where:
        where["folder"] = corpus / where["folder"]
    if "paths" in where:
        where["paths"] = [corpus / path for path in where["paths"]]
    assert index.facets(**where).units == len(index.search("anything", limit=100, **where))


def test_ten_thousand_units_are_counted_while_nobody_waits() -> None:
    files = [
        FileCount(f"/c/{n % 50}/{n}.pdf", Modality.PAGE, 1.7e9 + 1e5 * n, 3) for n in range(4000)
    ]
    started = time.perf_counter()
    found = build_facets(files, Filter(folder=Path("/c/7")))
    assert time.perf_counter() - started < 1.0
    assert found.units == 240
    assert len(found.folders) == 50


def test_an_empty_index_has_nothing_to_choose(tmp_path: Path) -> None:
    with Index.open(tmp_path / "home", embedder=FakeEmbedder()) as index:
        found = index.facets()
    assert (found.units, found.folders, found.documents, found.months) == (0, (), (), ())
    assert found.kinds == dict.fromkeys(Modality, 0)


def test_neighbours_are_the_pages_around_a_page(index: Index) -> None:
    middle = next(hit for hit in index.search("valves", modality="page") if hit.page == 2)
    around = index.neighbours(middle)
    assert around.previous is not None
    assert around.next is not None
    assert (around.previous.page, around.next.page) == (1, 3)
    assert (around.position, around.total) == (2, 3)
    assert index.neighbours(around.previous).previous is None
    assert index.neighbours(around.next).next is None


def test_neighbours_of_a_clip_are_in_time_order(index: Index) -> None:
    first = min(index.search("red", modality="video"), key=lambda hit: hit.start_seconds or 0.0)
    around = index.neighbours(first)
    assert around.next is not None
    assert around.next.start_seconds == pytest.approx(2.0, abs=0.2)


def test_an_original_is_the_file_itself_while_it_is_what_was_indexed(index: Index) -> None:
    (hit,) = index.search("one", path=index.home.parent / "corpus" / "trips" / "one.png")
    assert index.original(hit).read_bytes() == hit.path.read_bytes()
    before = hit.path.read_bytes()
    hit.path.write_bytes(b"another")
    try:
        with pytest.raises(UnreadableFile, match="changed"):
            index.original(hit)
    finally:
        hit.path.write_bytes(before)


def test_a_unit_that_is_gone_has_no_neighbours(index: Index) -> None:
    from dataclasses import replace

    hit = index.search("pumps", modality="page")[0]
    with pytest.raises(UsageError, match="not indexed"):
        index.neighbours(replace(hit, id="gone"))
