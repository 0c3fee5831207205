"""Ingest: what is read, what is skipped, what goes, and what must never be half there."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from fakes import FakeEmbedder
from make_files import BLUE, GREEN, RED, write_pdf, write_picture

from indexer import Index
from indexer.chunks import chunk_text
from indexer.progress import Progress
from indexer.settings import Settings
from indexer.types import ModelMismatch, StoreLocked, UnreadableFile, UsageError

OpenIndex = Callable[..., Index]


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Three pictures and a report of three pages."""
    folder = tmp_path / "corpus"
    (folder / "sub").mkdir(parents=True)
    for name, color in (("red", RED), ("green", GREEN), ("sub/blue", BLUE)):
        write_picture(folder / f"{name}.png", color=color)
    write_pdf(folder / "pump_report.pdf", [[f"page {n} on the pump P-{n}00"] for n in (1, 2, 3)])
    return folder


@pytest.fixture
def open_index(tmp_path: Path) -> OpenIndex:
    """Open the index of one home; again means again."""

    def opened(*, embedder: FakeEmbedder | None = None, **settings: object) -> Index:
        values = Settings(home=tmp_path / "home", ocr="off", **settings)
        return Index.open(settings=values, embedder=embedder or FakeEmbedder())

    return opened


def names(index: Index, text: str, **narrowed: object) -> list[str]:
    return [hit.path.name for hit in index.search(text, **narrowed)]


def ages(path: Path, *, seconds: int) -> None:
    status = path.stat()
    os.utime(path, (status.st_atime, status.st_mtime + seconds))


def test_every_picture_and_page_becomes_a_unit(open_index: OpenIndex, corpus: Path) -> None:
    with open_index() as index:
        report = index.ingest([corpus])
        assert (report.added, report.units, report.quarantined) == (4, 6, ())
        status = index.status()
    assert (status.files, dict(status.units)) == (4, {"image": 3, "page": 3, "video": 0})


def test_an_unchanged_folder_is_not_read_again(open_index: OpenIndex, corpus: Path) -> None:
    with open_index() as index:
        index.ingest([corpus])
    model = FakeEmbedder()
    with open_index(embedder=model) as index:
        report = index.ingest([corpus])
    assert (report.unchanged, report.added, report.updated, report.units) == (4, 0, 0, 0)
    assert model.encoded == 0


def test_a_touched_file_is_unchanged_but_has_its_new_date(
    open_index: OpenIndex, corpus: Path
) -> None:
    model = FakeEmbedder()
    with open_index(embedder=model) as index:
        index.ingest([corpus])
        encoded = model.encoded
        ages(corpus / "red.png", seconds=-86_400 * 365)
        report = index.ingest([corpus])
        assert (report.unchanged, report.updated) == (4, 0)
        assert model.encoded == encoded
        week_ago = datetime.now(UTC) - timedelta(days=7)
        assert names(index, "red", modified_before=week_ago) == ["red.png"]
        assert "red.png" not in names(index, "red", modified_after=week_ago)


def test_an_edited_file_replaces_its_units(open_index: OpenIndex, corpus: Path) -> None:
    report_path = corpus / "pump_report.pdf"
    with open_index() as index:
        index.ingest([corpus])
        write_pdf(report_path, [["now about a turbine"]])
        ages(report_path, seconds=5)
        report = index.ingest([corpus])
        assert (report.updated, report.unchanged, report.units) == (1, 3, 1)
        assert dict(index.status().units)["page"] == 1
        hits = index.search("turbine", modality="page")
        assert [hit.page for hit in hits] == [1]
        assert "turbine" in hits[0].snippet
        assert index.doctor().is_ok


def test_a_renamed_file_and_a_copy_are_not_encoded_again(
    open_index: OpenIndex, corpus: Path
) -> None:
    model = FakeEmbedder()
    with open_index(embedder=model) as index:
        index.ingest([corpus])
        encoded = model.encoded
        (corpus / "pump_report.pdf").rename(corpus / "turbine_report.pdf")
        (corpus / "copy.png").write_bytes((corpus / "red.png").read_bytes())
        report = index.ingest([corpus], prune=True)
        assert (report.added, report.removed, report.units) == (2, 1, 4)
        assert model.encoded == encoded
        assert names(index, "pump", modality="page") == ["turbine_report.pdf"] * 3
        assert index.doctor().is_ok


def test_vanished_files_stay_until_pruned(open_index: OpenIndex, corpus: Path) -> None:
    with open_index() as index:
        index.ingest([corpus])
        (corpus / "red.png").unlink()
        assert index.ingest([corpus]).removed == 0
        assert "red.png" in names(index, "red")
        assert index.ingest([corpus], prune=True).removed == 1
        assert "red.png" not in names(index, "red")
        assert index.status().files == 3


def test_pruning_a_folder_leaves_files_elsewhere(open_index: OpenIndex, corpus: Path) -> None:
    with open_index() as index:
        index.ingest([corpus])
        (corpus / "red.png").unlink()
        assert index.ingest([corpus / "sub"], prune=True).removed == 0


def test_a_broken_file_is_quarantined_and_retried_when_it_changes(
    open_index: OpenIndex, corpus: Path
) -> None:
    broken = corpus / "broken.png"
    broken.write_bytes((corpus / "red.png").read_bytes()[:60])
    model = FakeEmbedder()
    with open_index(embedder=model) as index:
        report = index.ingest([corpus])
        assert [entry.path for entry in report.quarantined] == [broken]
        assert "\n" not in report.quarantined[0].reason
        assert report.added == 4
        again = index.ingest([corpus])
        assert again.quarantined == report.quarantined
        write_picture(broken, color=GREEN)
        ages(broken, seconds=5)
        healed = index.ingest([corpus])
        assert (healed.quarantined, healed.added) == ((), 1)
        assert index.status().quarantined == ()


def test_a_file_that_breaks_leaves_the_index(open_index: OpenIndex, corpus: Path) -> None:
    with open_index() as index:
        index.ingest([corpus])
        (corpus / "pump_report.pdf").write_bytes(b"%PDF-1.4 and nothing else")
        report = index.ingest([corpus])
        assert len(report.quarantined) == 1
        assert index.search("pump", modality="page") == []
        assert index.doctor().is_ok


def test_the_words_of_a_file_name_find_it(open_index: OpenIndex, corpus: Path) -> None:
    write_picture(corpus / "IMG_holidayAtSea-2024.png", color=GREEN)
    with open_index() as index:
        index.ingest([corpus])
        assert names(index, "holiday", modality="image")[0] == "IMG_holidayAtSea-2024.png"
        page = index.search("pump report", modality="page")[0]
    assert "pump_report" not in page.snippet
    assert page.snippet.startswith("page ")


def test_another_model_is_refused_with_the_remedy(open_index: OpenIndex, corpus: Path) -> None:
    with open_index() as index:
        index.ingest([corpus])
    before = snapshot(corpus.parent / "home")
    other = FakeEmbedder(name="other", fingerprint="other-1")
    with open_index(embedder=other) as index:
        write_picture(corpus / "new.png", color=RED)
        with pytest.raises(ModelMismatch, match="BTOK_EMBEDDER__MODEL=fake"):
            index.ingest([corpus])
        with pytest.raises(ModelMismatch, match="BTOK_HOME"):
            index.search("red")
    assert snapshot(corpus.parent / "home") == before


def test_a_changed_model_of_the_same_name_is_refused(open_index: OpenIndex, corpus: Path) -> None:
    with open_index() as index:
        index.ingest([corpus])
    write_picture(corpus / "new.png", color=(1, 2, 3), size=(33, 44))
    with (
        open_index(embedder=FakeEmbedder(fingerprint="fake-2")) as index,
        pytest.raises(ModelMismatch, match="another version"),
    ):
        index.ingest([corpus])


def snapshot(home: Path) -> dict[str, int]:
    """Return every row count of the ledger: what an observer can see of it."""
    with sqlite3.connect(home / "ledger.sqlite3") as ledger:
        return {
            table: ledger.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("files", "units", "collection")
        }


def test_a_second_ingest_at_the_same_time_is_refused(open_index: OpenIndex, corpus: Path) -> None:
    with open_index() as first, open_index() as second:
        with first._collection.writing(), pytest.raises(StoreLocked, match="running"):
            second.ingest([corpus])
        assert second.ingest([corpus]).added == 4


def test_points_that_the_store_has_lost_come_back_without_encoding(
    open_index: OpenIndex, corpus: Path
) -> None:
    model = FakeEmbedder()
    with open_index(embedder=model) as index:
        index.ingest([corpus])
        encoded = model.encoded
        store = index._collection.store()
        store.delete(list(store.ids())[:3])
        assert not index.doctor().is_ok
        index.ingest([corpus])
        assert model.encoded == encoded
        assert index.doctor().is_ok


def test_repair_rebuilds_the_store_from_the_vector_cache(
    open_index: OpenIndex, corpus: Path
) -> None:
    model = FakeEmbedder()
    with open_index(embedder=model) as index:
        index.ingest([corpus])
        before = [(hit.path, hit.page, hit.score) for hit in index.search("red pump")]
        encoded = model.encoded
        (corpus.parent / "home" / "store" / "store.json").write_text("damaged")
        index._collection.store().close()
        report = index.doctor(repair=True)
        assert report.is_ok, report
        assert model.encoded == encoded
        assert [(hit.path, hit.page, hit.score) for hit in index.search("red pump")] == before


def test_deleting_a_folder_forgets_what_is_below(open_index: OpenIndex, corpus: Path) -> None:
    with open_index() as index:
        index.ingest([corpus])
        assert index.delete([corpus / "sub"]) == 1
        assert index.status().files == 3
        assert (corpus / "sub" / "blue.png").exists()
        assert "blue.png" not in names(index, "blue")
        with pytest.raises(UsageError, match="nothing is indexed"):
            index.delete([corpus / "sub"])


def test_media_is_opened_by_unit_id_only(open_index: OpenIndex, corpus: Path) -> None:
    with open_index() as index:
        index.ingest([corpus])
        hit = index.search("red", modality="image")[0]
        colour = np.asarray(index.media(hit).resize((2, 1)))[0, 0]
        assert colour[0] > 150
        assert index.thumbnail(hit)[:2] == b"\xff\xd8"
        assert index.hit(hit.id) is not None
        assert index.hit("00000000-0000-0000-0000-000000000000") is None


def test_a_file_that_changed_since_is_not_shown_for_what_it_was(
    open_index: OpenIndex, corpus: Path
) -> None:
    with open_index() as index:
        index.ingest([corpus])
        hit = index.search("red", modality="image")[0]
        write_picture(hit.path, color=BLUE)
        ages(hit.path, seconds=9)
        with pytest.raises(UnreadableFile, match="changed since"):
            index.media(hit)


def test_progress_counts_every_file_and_unit(open_index: OpenIndex, corpus: Path) -> None:
    told: list[Progress] = []
    with open_index() as index:
        index.ingest([corpus], progress=told.append)
    assert (told[-1].files_done, told[-1].files_total) == (4, 4)
    assert max(progress.units for progress in told) == 6


def test_markup_and_control_tokens_in_names_and_texts_are_only_text(
    open_index: OpenIndex, corpus: Path
) -> None:
    odd = corpus / "<script>alert(1)<|im_end|>.pdf"
    write_pdf(odd, [["<|vision_start|> <b>heading</b> $(rm -rf) zebra"]])
    with open_index() as index:
        index.ingest([corpus])
        hit = index.search("zebra", modality="page")[0]
    assert hit.path == odd
    assert "<b>heading</b>" in hit.snippet


def test_a_name_that_is_not_utf_8_is_quarantined_and_shown(
    open_index: OpenIndex, corpus: Path
) -> None:
    odd = os.fsdecode(os.fsencode(corpus) + b"/caf\xe9.png")
    Path(odd).write_bytes((corpus / "red.png").read_bytes())
    with open_index() as index:
        report = index.ingest([corpus])
        assert report.added == 4
        assert [entry.reason for entry in report.quarantined] == [
            "its name is not valid UTF-8: rename it"
        ]
        str(report.quarantined[0].path).encode("utf-8")
        again = index.ingest([corpus], prune=True)
        assert (again.quarantined, again.removed) == (report.quarantined, 0)
        assert index.status().quarantined == report.quarantined


def test_the_home_of_the_index_is_no_corpus(open_index: OpenIndex, corpus: Path) -> None:
    with open_index() as index:
        index.ingest([corpus])
        index.thumbnail(index.search("red", modality="image")[0])
        assert index.ingest([corpus.parent]).added == 0


@pytest.mark.parametrize(
    ("count", "expected"),
    [(0, []), (1, [1]), (160, [160]), (161, [160, 41]), (200, [160, 80]), (280, [160, 160])],
)
def test_chunks_cover_every_word_once_or_more(count: int, expected: list[int]) -> None:
    words = [f"w{n}" for n in range(count)]
    chunks = chunk_text(" ".join(words))
    assert [len(chunk.split()) for chunk in chunks] == expected
    assert set(words) == {word for chunk in chunks for word in chunk.split()}
