"""What an ingest would do, where looking fails or one file fills every place."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from fakes import FakeEmbedder
from make_files import RED, write_pdf, write_picture

from indexer import Index, ledger, ocr, plan
from indexer.settings import Settings


@pytest.fixture
def index(tmp_path: Path) -> Index:
    settings = Settings(home=tmp_path / "home", ocr="off")
    with Index.open(tmp_path / "home", settings=settings, embedder=FakeEmbedder()) as opened:
        yield opened


def test_a_folder_that_cannot_be_listed_is_not_pruned(
    index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = tmp_path / "corpus"
    kept, gone = corpus / "sub" / "kept.png", corpus / "gone.png"
    for path in (kept, gone):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_picture(path, color=RED)
    index.ingest([corpus])
    gone.unlink()
    scandir = os.scandir

    def failing(folder: str | Path) -> object:
        if Path(folder).name == "sub":
            raise OSError(5, "Input/output error")
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", failing)
    assert index.ingest([corpus], prune=True).removed == 1
    monkeypatch.undo()
    assert [hit.path for hit in index.search("red")] == [kept]


def test_a_file_that_was_never_read_is_tried_again_unlike_one_that_is_broken(
    tmp_path: Path,
) -> None:
    asset = plan.Asset(tmp_path / "a.png", 3, 4)
    for content_hash, tried in ((None, 1), ("ab", 0)):
        row = ledger.FileRow(
            str(asset.path), 3, 4, content_hash, "same", ledger.QUARANTINED, "permission denied"
        )
        made = plan.plan_ingest([asset], {row.path: row}, [tmp_path], reading="same")
        assert len(made.todo) == tried
        assert len(made.quarantined) == 1 - tried


def test_one_long_document_does_not_hide_the_others(index: Index, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    write_pdf(corpus / "long.pdf", [["pump pump pump pump"]] * 30)
    for number in range(4):
        write_pdf(corpus / f"short-{number}.pdf", [[f"one pump among {number} others"]])
    index.ingest([corpus])
    found = index.search_documents("pump", limit=5, modality="page")
    assert {document.path.name for document in found} == {
        "long.pdf",
        *(f"short-{number}.pdf" for number in range(4)),
    }


def test_files_read_without_ocr_are_read_again_once_it_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    write_picture(corpus / "red.png", color=RED)
    settings = Settings(home=tmp_path / "home", ocr="auto")
    with Index.open(settings=settings, embedder=FakeEmbedder()) as index:
        monkeypatch.setattr(ocr, "is_installed", lambda: False)
        index.ingest([corpus])
        assert [record.message for record in caplog.records] == [ocr.MISSING]
        assert len(index.plan([corpus]).todo) == 0
        monkeypatch.setattr(ocr, "is_installed", lambda: True)
        assert len(index.plan([corpus]).todo) == 1
