"""The ledger and the vector cache: what survives, and in which state."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np
import pytest

from indexer.ledger import MIGRATIONS, Ledger, Space
from indexer.types import Asset, Modality, StoreUnavailable, Unit, point_id
from indexer.vector_cache import ContentKey, EncodedUnit, VectorCache

SEEN = {"fingerprint": "space-a", "reading": "r1"}
KEY = ContentKey("space-a", "hash-1", "r1")


def asset(name: str = "/c/report.pdf", *, size: int = 10, mtime_ns: int = 1) -> Asset:
    return Asset(Path(name), size, mtime_ns)


def page(number: int, text: str = "") -> Unit:
    return Unit(f"page={number}", Modality.PAGE, {}, text, page=number)


def write_version(ledger: Ledger, file: Asset, content: str, pages: range) -> None:
    ledger.begin(file, content, **SEEN)
    pairs = [(point_id("units", file.path, f"page={n}"), page(n)) for n in pages]
    ledger.add_units(file.path, content, pairs)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "home" / "ledger.sqlite3")


def pages_of(ledger: Ledger) -> list[int | None]:
    return sorted(unit.page or 0 for unit in ledger.live_units())


def test_a_file_counts_only_when_it_is_finished(ledger: Ledger) -> None:
    write_version(ledger, asset(), "hash-1", range(1, 4))
    assert (ledger.count_done(), ledger.units_by_modality()["page"]) == (0, 0)
    ledger.finish(asset().path)
    assert (ledger.count_done(), ledger.units_by_modality()["page"]) == (1, 3)


def test_pages_that_the_new_version_lacks_become_stale_and_are_forgotten(ledger: Ledger) -> None:
    write_version(ledger, asset(), "hash-1", range(1, 4))
    ledger.finish(asset().path)
    write_version(ledger, asset(mtime_ns=2), "hash-2", range(1, 3))
    assert ledger.stale_ids() == []
    ledger.finish(asset().path)
    assert ledger.stale_ids() == [point_id("units", "/c/report.pdf", "page=3")]
    assert pages_of(ledger) == [1, 2]
    ledger.forget(ledger.stale_ids())
    assert len(ledger.known_ids()) == 2


def test_units_of_an_interrupted_version_do_not_become_live_with_the_next(ledger: Ledger) -> None:
    write_version(ledger, asset(), "hash-1", range(1, 9))  # killed here
    write_version(ledger, asset(mtime_ns=2), "hash-2", range(1, 3))
    ledger.finish(asset().path)
    assert pages_of(ledger) == [1, 2]
    assert len(ledger.stale_ids()) == 6


def test_a_quarantined_file_keeps_its_reason_and_loses_its_units(ledger: Ledger) -> None:
    write_version(ledger, asset(), "hash-1", range(1, 3))
    ledger.finish(asset().path)
    ledger.quarantine(asset(mtime_ns=2), None, reason="encrypted", **SEEN)
    assert [entry.reason for entry in ledger.quarantined()] == ["encrypted"]
    assert ledger.count_done() == 0
    assert len(ledger.stale_ids()) == 2


def test_a_failed_transaction_leaves_nothing(ledger: Ledger) -> None:
    def write_and_fail() -> None:
        with ledger.transaction() as db:
            ledger.begin(asset(), "hash-1", **SEEN)
            db.execute("INSERT INTO nowhere VALUES (1)")

    with pytest.raises(StoreUnavailable, match="nowhere"):
        write_and_fail()
    assert ledger.files() == {}


def test_the_space_and_the_files_survive_reopening(tmp_path: Path, ledger: Ledger) -> None:
    ledger.write_space(Space("btok-tiny", "space-a", 256))
    ledger.begin(asset(), "hash-1", **SEEN)
    ledger.close()
    again = Ledger(tmp_path / "home" / "ledger.sqlite3")
    assert again.space() == Space("btok-tiny", "space-a", 256)
    assert again.files()["/c/report.pdf"].state == "pending"


def test_an_absent_ledger_reads_as_empty_and_writes_nothing(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "home" / "ledger.sqlite3", create=False)
    assert (ledger.count_done(), ledger.space(), ledger.files()) == (0, None, {})
    assert list(tmp_path.iterdir()) == []


def test_a_ledger_of_a_newer_program_is_refused(tmp_path: Path, ledger: Ledger) -> None:
    ledger.close()
    newer = sqlite3.connect(tmp_path / "home" / "ledger.sqlite3")
    newer.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    newer.close()
    with pytest.raises(StoreUnavailable, match="newer program"):
        Ledger(tmp_path / "home" / "ledger.sqlite3")


def test_a_damaged_ledger_is_named(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    path.write_bytes(b"this is no database" * 100)
    with pytest.raises(StoreUnavailable, match=r"ledger\.sqlite3"):
        Ledger(path)


@pytest.fixture
def cache(tmp_path: Path) -> VectorCache:
    return VectorCache(tmp_path / "vectors.sqlite3")


def encoded(number: int, *, chunks: int = 2) -> EncodedUnit:
    rng = np.random.default_rng(number)
    image = rng.normal(size=4).astype(np.float32)
    passages = rng.normal(size=(chunks, 4)).astype(np.float32) if chunks else None
    return EncodedUnit(page(number, f"text {number}"), image, passages)


def test_vectors_come_back_bit_for_bit_in_reading_order(cache: VectorCache) -> None:
    entries = [(KEY, number, encoded(number, chunks=number % 3)) for number in range(100)]
    cache.put(list(reversed(entries)))
    found = list(cache.iter_units(KEY))
    assert [one.unit for one in found] == [entry.unit for _, _, entry in entries]
    for one, (_, _, entry) in zip(found, entries, strict=True):
        np.testing.assert_array_equal(one.image, entry.image)
        assert (one.chunks is None) == (entry.chunks is None)
        if one.chunks is not None and entry.chunks is not None:
            np.testing.assert_array_equal(one.chunks, entry.chunks)


def test_a_content_is_complete_only_with_all_its_units(cache: VectorCache) -> None:
    cache.put([(KEY, 0, encoded(0))])
    assert not cache.is_complete(KEY)
    cache.mark_complete(KEY, size=10, units=2)
    assert not cache.is_complete(KEY)
    cache.put([(KEY, 1, encoded(1))])
    assert cache.is_complete(KEY)
    assert cache.has_size(10)
    assert not cache.has_size(11)


@pytest.mark.parametrize(
    "other",
    [
        ContentKey("space-b", "hash-1", "r1"),
        ContentKey("space-a", "hash-2", "r1"),
        ContentKey("space-a", "hash-1", "r2"),
    ],
)
def test_another_model_content_or_reading_finds_nothing(
    cache: VectorCache, other: ContentKey
) -> None:
    cache.put([(KEY, 0, encoded(0))])
    assert cache.find(KEY, "page=0") is not None
    assert cache.find(other, "page=0") is None


def test_contents_that_no_file_has_are_dropped(cache: VectorCache) -> None:
    gone = ContentKey("space-a", "hash-2", "r1")
    cache.put([(KEY, 0, encoded(0)), (gone, 0, encoded(1))])
    cache.keep_only({"hash-1"})
    assert cache.find(KEY, "page=0") is not None
    assert cache.find(gone, "page=1") is None


def overwrite_tables(path: Path) -> None:
    """Keep the first page, which names the tables, and write rubbish over everything else."""
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xa5" * (len(content) - 4096))


def test_a_ledger_that_breaks_while_it_is_used_is_one_sentence(
    tmp_path: Path, ledger: Ledger
) -> None:
    path = tmp_path / "home" / "ledger.sqlite3"
    ledger.close()  # and its log is merged into the file
    overwrite_tables(path)
    broken = Ledger(path)
    for use in (broken.files, broken.count_live, lambda: broken.remove(["/a"])):
        with pytest.raises(StoreUnavailable, match=r"ledger\.sqlite3 cannot be used .*: restore"):
            use()
    assert not broken.is_intact()
    broken.close()


def test_a_damaged_vector_cache_is_moved_aside_for_an_empty_one(tmp_path: Path) -> None:
    path = tmp_path / "vectors.sqlite3"
    path.write_bytes(b"this is no database" * 100)
    cache = VectorCache(path)
    cache.put([(KEY, 0, encoded(0))])
    assert cache.find(KEY, "page=0") is not None
    assert path.with_name("vectors.sqlite3.damaged").read_bytes().startswith(b"this is no")
    cache.close()


def test_a_vector_cache_that_breaks_while_it_is_used_is_replaced(
    tmp_path: Path, cache: VectorCache
) -> None:
    path = tmp_path / "vectors.sqlite3"
    cache.put([(KEY, number, encoded(number)) for number in range(50)])
    cache.close()
    overwrite_tables(path)
    broken = VectorCache(path)
    with pytest.raises(StoreUnavailable, match="run the same command again"):
        broken.find(KEY, "page=0")
    assert broken.find(KEY, "page=0") is None
    assert path.with_name("vectors.sqlite3.damaged").exists()
    broken.close()


def test_a_closed_vector_cache_is_no_damaged_one(tmp_path: Path, cache: VectorCache) -> None:
    cache.close()
    with pytest.raises(StoreUnavailable):
        cache.find(KEY, "page=0")
    assert not (tmp_path / "vectors.sqlite3.damaged").exists()
