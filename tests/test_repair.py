"""Repair and removal: what comes back, what must not be lost, and what must not stay."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes import FakeEmbedder
from make_files import BLUE, GREEN, RED, write_picture

from indexer import Index
from indexer.settings import Settings
from indexer.stores.server import ServerStore
from indexer.types import Point, StoreUnavailable


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    for name, color in (("red", RED), ("green", GREEN), ("blue", BLUE)):
        write_picture(folder / f"{name}.png", color=color)
    return folder


@pytest.fixture
def index(tmp_path: Path, corpus: Path) -> Iterator[Index]:
    settings = Settings(home=tmp_path / "home", ocr="off")
    with Index.open(settings=settings, embedder=FakeEmbedder()) as opened:
        opened.ingest([corpus])
        yield opened


def lose_cache(index: Index) -> None:
    index._collection.cache().keep_only(())


def test_repair_without_the_vector_cache_keeps_a_sound_store_and_asks_for_an_ingest(
    index: Index, corpus: Path
) -> None:
    lose_cache(index)
    report = index.doctor(repair=True)
    (files,) = [check for check in report.checks if check.name == "files"]
    assert (files.is_ok, report.is_ok) == (False, False)
    assert files.detail == "3 files must be read again: run the ingest again"
    assert len(index.search("red")) == 3
    index.ingest([corpus])
    assert index.doctor().is_ok


def test_repair_without_cache_and_store_is_not_said_to_be_well(index: Index, corpus: Path) -> None:
    lose_cache(index)
    (index.home / "store" / "store.json").write_text("damaged")
    index._collection.store().close()
    assert not index.doctor(repair=True).is_ok
    index.ingest([corpus])
    assert index.doctor().is_ok
    assert len(index.search("red")) == 3


def test_an_empty_store_of_a_full_ledger_is_no_empty_answer(index: Index) -> None:
    index._collection.store().clear()
    with pytest.raises(StoreUnavailable, match=r"3 units are indexed: run .*doctor --repair"):
        index.search("red")
    assert index.doctor(repair=True).is_ok
    assert len(index.search("red")) == 3


def test_a_search_that_finds_nothing_in_a_full_store_is_an_empty_answer(
    index: Index, tmp_path: Path
) -> None:
    assert index.search("red", folder=tmp_path / "elsewhere") == []


def test_repair_keeps_the_points_of_another_home_on_the_same_server(
    tmp_path: Path, corpus: Path
) -> None:
    settings = Settings(home=tmp_path / "shared", ocr="off", qdrant={"url": ":memory:"})
    with Index.open(settings=settings, embedder=FakeEmbedder()) as index:
        index.ingest([corpus])
        store = index._collection.store()
        assert isinstance(store, ServerStore)
        vector = FakeEmbedder().encode_query([{"text": "red"}])[0]
        theirs = Point("00000000-0000-0000-0000-000000000001", {"image": vector}, {})
        store.upsert([theirs])
        points = next(c for c in index.doctor(repair=True).checks if c.name == "points")
        assert theirs.id in store.ids()
    assert "BTOK_QDRANT__COLLECTION" in points.detail


def test_what_was_seen_and_read_of_a_deleted_file_is_deleted_with_it(
    index: Index, corpus: Path
) -> None:
    kept, gone = (index.search(word, modality="image")[0] for word in ("red", "green"))
    assert (kept.path.name, gone.path.name) == ("red.png", "green.png")
    for hit in (kept, gone):
        index.thumbnail(hit)
        unit = index._unit(hit)
        entry = index.home / "ocr" / unit.content_hash[:2] / unit.content_hash / "image.json"
        entry.parent.mkdir(parents=True)
        entry.write_text("[]")
    before = {path.name for path in index.home.rglob("*.jp*g")}
    index.delete([gone.path])
    after = {path.name for path in index.home.rglob("*.jp*g")}
    assert (len(before), len(after)) == (2, 1)
    kept_hash = index._unit(kept).content_hash
    assert [path.parent.name for path in index.home.rglob("image.json")] == [kept_hash]
    assert index.thumbnail(kept)[:2] == b"\xff\xd8"
