"""Batches encoded side by side: at once, with the same results, and nothing of a broken file."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch
from fakes import FakeEmbedder
from make_files import BLUE, GREEN, RED, write_pdf, write_picture

import indexer.ingest
from indexer import Index
from indexer.embedding import SentenceTransformerEmbedder
from indexer.ingest import HASTY, HELD
from indexer.settings import Settings
from indexer.types import Asset, MediaInput, Modality
from indexer.workers import Event, Failed, Finished, LoaderPool

PATIENCE = 60.0


class TwoLanes(FakeEmbedder):
    """Encodes in two threads; `before` runs in them, before a batch of documents."""

    def __init__(self, before) -> None:
        super().__init__()
        self.before = before

    @contextmanager
    def side_by_side(self) -> Iterator[tuple[Executor, int]]:
        with ThreadPoolExecutor(2) as pool:
            yield pool, 2

    def encode_document(self, inputs: Sequence[MediaInput]) -> np.ndarray:
        self.before(inputs)
        return super().encode_document(inputs)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    return folder


def opened(home: Path, embedder: FakeEmbedder) -> Index:
    return Index.open(settings=Settings(home=home, ocr="off"), embedder=embedder)


def test_two_batches_are_encoded_at_once_and_found_as_if_one_after_the_other(tmp_path, corpus):
    for number in range(2 * HELD[Modality.IMAGE]):
        color = (RED, GREEN, BLUE)[number % 3]
        write_picture(corpus / f"{number}.png", color=color, size=(40 + number, 40))
    together = threading.Barrier(2, timeout=PATIENCE)  # breaks unless two batches come at once
    batches = itertools.count()

    def wait_for_another(inputs: Sequence[MediaInput]) -> None:
        if "image" in inputs[0] and next(batches) < 2:
            together.wait()

    answers = []
    for name, embedder in (("one", FakeEmbedder()), ("two", TwoLanes(wait_for_another))):
        with opened(tmp_path / name, embedder) as index:
            report = index.ingest([corpus])
            assert (report.units, report.quarantined) == (2 * HELD[Modality.IMAGE], ())
            answers.append([(hit.path, hit.score) for hit in index.search("red", limit=50)])
    assert answers[0] == answers[1]


def test_a_lane_without_work_does_not_wait_for_a_whole_batch(tmp_path, corpus, monkeypatch):
    few = HELD[Modality.IMAGE] // HASTY
    for number in range(few + 1):
        write_picture(corpus / f"{number:02}.png", color=RED)
    begun, in_time = threading.Event(), []

    class Slow(LoaderPool):
        def iter_events(self, assets: Iterable[Asset]) -> Iterator[Event]:
            for event in super().iter_events(assets):
                if event.asset.path.name == f"{few:02}.png" and not in_time:
                    in_time.append(begun.wait(PATIENCE))
                yield event

    monkeypatch.setattr(indexer.ingest, "LoaderPool", Slow)
    with opened(tmp_path / "home", TwoLanes(lambda _: begun.set())) as index:
        assert index.ingest([corpus]).units == few + 1
    assert in_time == [True]


def test_what_is_being_encoded_of_a_file_that_breaks_is_not_written(tmp_path, corpus, monkeypatch):
    write_pdf(corpus / "a.pdf", [[f"page {n}"] for n in range(HELD[Modality.PAGE])])
    write_pdf(corpus / "b.pdf", [["a sound page"]])
    broken = threading.Event()

    class Breaking(LoaderPool):
        def iter_events(self, assets: Iterable[Asset]) -> Iterator[Event]:
            for event in super().iter_events(assets):
                if isinstance(event, Finished) and event.asset.path.name == "a.pdf":
                    yield Failed(event.asset, event.content_hash, "it broke")
                    broken.set()
                else:
                    yield event

    monkeypatch.setattr(indexer.ingest, "LoaderPool", Breaking)
    embedder = TwoLanes(lambda _: broken.wait(PATIENCE))
    with opened(tmp_path / "home", embedder) as index:
        report = index.ingest([corpus])
        assert broken.is_set()
        assert embedder.encoded > HELD[Modality.PAGE]  # they were encoded all the same
        assert [entry.reason for entry in report.quarantined] == ["it broke"]
        assert (report.units, index.status().units[Modality.PAGE]) == (1, 1)
        assert {hit.path.name for hit in index.search("page", limit=50)} == {"b.pdf"}


def test_what_is_encoded_is_written_while_files_are_waited_for(tmp_path, corpus, monkeypatch):
    for number in range(HELD[Modality.IMAGE] + 2):
        write_picture(corpus / f"{number:02}.png", color=RED)
    last = f"{HELD[Modality.IMAGE] + 1}.png"
    written, futures, seen = threading.Event(), [], []
    put, submit = indexer.ingest.Writer.put, indexer.ingest.Lanes.submit

    def note(writer, units) -> None:
        put(writer, units)
        written.set()

    def remember(lanes, units):
        futures.append(submit(lanes, units))
        return futures[-1]

    class Slow(LoaderPool):
        def iter_events(self, assets: Iterable[Asset]) -> Iterator[Event]:
            for event in super().iter_events(assets):
                if event.asset.path.name == last:  # it takes as long as the first batch
                    wait(futures[:1], PATIENCE)
                yield event
                if event.asset.path.name == last:
                    seen.append(written.is_set())

    monkeypatch.setattr(indexer.ingest, "LoaderPool", Slow)
    monkeypatch.setattr(indexer.ingest.Writer, "put", note)
    monkeypatch.setattr(indexer.ingest.Lanes, "submit", remember)
    with opened(tmp_path / "home", TwoLanes(lambda _: None)) as index:
        index.ingest([corpus])
    assert seen == [True, True]  # after its unit, and after its end


def test_an_error_in_a_lane_is_the_error_of_the_ingest(tmp_path, corpus):
    write_picture(corpus / "red.png", color=RED)

    def fail(_: Sequence[MediaInput]) -> None:
        raise RuntimeError("the model is broken")

    with (
        opened(tmp_path / "home", TwoLanes(fail)) as index,
        pytest.raises(RuntimeError, match="the model is broken"),
    ):
        index.ingest([corpus])


def test_the_threads_share_the_cores_and_give_them_back():
    model = SentenceTransformerEmbedder("btok-tiny")
    threads = torch.get_num_threads()
    try:
        for cores, expected in ((2, 2), (5, 4), (6, 3), (8, 4)):
            torch.set_num_threads(cores)
            with model.side_by_side() as (pool, lanes):
                assert lanes == expected
                assert pool.submit(torch.get_num_threads).result() == cores // lanes
            assert torch.get_num_threads() == cores
        torch.set_num_threads(1)
        with model.side_by_side() as (pool, _):
            assert pool is None
    finally:
        torch.set_num_threads(threads)


def test_threads_may_share_the_model():
    """A fast tokenizer says "Already borrowed" where calls with other settings meet: ours never."""
    texts = ("an owl", "a steam train " * 40)
    model = SentenceTransformerEmbedder("btok-tiny")
    alone = [model.encode_document([{"text": text}]) for text in texts]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda n: model.encode_document([{"text": texts[n % 2]}]),
                              range(64)))  # fmt: skip
    for number, vectors in enumerate(found):
        assert np.abs(vectors - alone[number % 2]).max() < 1e-5
