"""The indexer and its command line, on corpora that are made for the run and thrown away."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import psutil
from PIL import Image

from bench.corpus import WORDS, write_document, write_picture
from bench.encoding import ROUNDS, seconds
from bench.report import Line
from indexer import Index
from indexer.cutoff import vectors_of
from indexer.embedding import SentenceTransformerEmbedder
from indexer.encoding import encode_units
from indexer.loaders import LoadOptions
from indexer.nothing import nothing_questions
from indexer.scan import iter_assets
from indexer.types import MediaInput
from indexer.workers import Loaded, LoaderPool

QUERIES = ("a red boat at sunset", "rainfall chart", "repair the clock", "garden in winter")
COUNT_IMPORTS = (
    "import sys, contextlib\n"
    "from indexer.__main__ import main\n"
    "with contextlib.suppress(SystemExit): main(['--help'])\n"
    "print('torch' in sys.modules, file=sys.stderr)\n"
)


def command(*words: str, home: Path, code: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run `python -m indexer ...` (or `code`) on a home of its own."""
    what = ["-c", code] if code else ["-m", "indexer", *words]
    environment = os.environ | {"BTOK_HOME": str(home), "HF_HUB_OFFLINE": "1"}
    return subprocess.run(
        [sys.executable, *what], env=environment, capture_output=True, text=True, check=True
    )


def command_line_help() -> Iterator[Line]:
    """Time `python -m indexer --help` and look whether torch came along."""
    with tempfile.TemporaryDirectory() as folder:
        times = []
        for _ in range(5):
            start = time.perf_counter()
            command("--help", home=Path(folder))
            times.append(time.perf_counter() - start)
        imported = command(home=Path(folder), code=COUNT_IMPORTS).stderr.strip()
    yield Line("`python -m indexer --help`", statistics.median(times), "s", 0.6, "median of 5")
    yield Line("torch imported by it", float(imported != "False"), "", 0)


class HashedDocuments(SentenceTransformerEmbedder):
    """btok-tiny for queries; documents get a random unit vector seeded by their content.

    The time of a search does not depend on the values, and 10,000 encodings would take minutes.
    """

    def encode_document(self, inputs: Sequence[MediaInput]) -> np.ndarray:
        return np.stack([self.hashed(item) for item in inputs])

    def hashed(self, item: MediaInput) -> np.ndarray:
        """Return the vector of one document: (D,)."""
        content = item["text"].encode() if "text" in item else item["image"].tobytes()
        vector = np.random.default_rng(zlib.crc32(content)).standard_normal(self.dimension)
        return (vector / np.linalg.norm(vector)).astype(np.float32)


@contextmanager
def ten_thousand_units(*, scale: int = 1) -> Iterator[tuple[Path, int]]:
    """Index 4,000 pictures and 6,000 pages (`scale` times fewer); yield the home and its units."""
    with tempfile.TemporaryDirectory() as folder:
        corpus, home = Path(folder) / "corpus", Path(folder) / "home"
        for number in range(4000 // scale):
            write_picture(corpus / "pictures" / f"{number // 500}" / f"{number}.png", number)
        for number in range(60 // scale):
            write_document(corpus / "documents" / f"{number}.pdf", pages=100, seed=number)
        with Index.open(home, embedder=HashedDocuments("btok-tiny")) as index:
            index.ingest([corpus])
            units = sum(index.status().units.values())
        yield home, units


def search_at_ten_thousand_units() -> Iterator[Line]:
    """Search 4,000 pictures and 6,000 pages by text, encoding of the query included."""
    with (
        ten_thousand_units() as (home, units),
        Index.open(home, embedder=HashedDocuments("btok-tiny")) as index,
    ):
        for query in QUERIES:
            index.search(query)
        times = []
        for number in range(100):
            start = time.perf_counter()
            found = index.search(f"{QUERIES[number % len(QUERIES)]} {WORDS[number % len(WORDS)]}")
            times.append(time.perf_counter() - start)
            assert found, "a benchmark of empty answers would measure nothing"
    p50, p95 = np.percentile(times, [50, 95]) * 1000
    detail = f"{units:,} units, 100 text queries, btok-tiny, p95 {p95:.0f} ms"
    yield Line("search, p50", float(p50), "ms", 60, detail)


def ingest_against_encoding() -> Iterator[Line]:
    """Ingest the demo corpus, and encode the same units with nothing else to do."""
    from indexer.demo_corpus import draw

    with tempfile.TemporaryDirectory() as folder:
        corpus, home = Path(folder) / "corpus", Path(folder) / "home"
        draw(corpus)
        model = SentenceTransformerEmbedder("btok-tiny")
        with Index.open(home, embedder=model) as index:  # reads the scanned pages: OCR is kept
            index.ingest([corpus])
        options = LoadOptions(ocr_cache=home / "ocr").within(model.media_budget)
        units = list(loaded_units(corpus, options))
        alone, whole = [], []
        for turn in range(ROUNDS):  # in turn, for the machine's own speed changes meanwhile
            alone.append(seconds(partial(encode_alone, model, units)))
            again = Path(folder) / f"again-{turn}"
            shutil.copytree(home / "ocr", again / "ocr")
            with Index.open(again, embedder=model) as index:
                whole.append(seconds(partial(index.ingest, [corpus])))
                found = sum(index.status().units.values())
    one, other = statistics.median(alone), statistics.median(whole)
    detail = (
        f"{found} units and the questions of the cut-off: {one:.1f} s encoding alone, a batch at a "
        f"time, {other:.1f} s ingest, OCR cached, medians of {ROUNDS}"
    )
    yield Line("ingest speed / encoding alone", one / other, "", 0.8, detail, at_least=True)


def loaded_units(corpus: Path, options: LoadOptions) -> Iterator[Loaded]:
    """Decode a corpus as an ingest does."""
    with LoaderPool(options, processes=0) as pool:
        for event in pool.iter_events(iter_assets([corpus])):
            if isinstance(event, Loaded):
                yield event


def encode_alone(model: SentenceTransformerEmbedder, units: Sequence[Loaded]) -> None:
    """Encode what an ingest does, in its batches: units in memory, the questions of the cut-off."""
    vectors_of(nothing_questions(), model)
    by_modality = sorted(units, key=lambda event: event.unit.modality)
    for start in range(0, len(units), 16):
        encode_units(model, [event.unit for event in by_modality[start : start + 16]])


def memory_of_a_long_document() -> Iterator[Line]:
    """Ingest 1,000 pages and watch the memory of this process and its workers."""
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "corpus"
        write_document(corpus / "long.pdf", pages=1000, seed=1)
        model = SentenceTransformerEmbedder("btok-tiny")
        model.encode_query([{"text": "load the model"}])
        model.encode_document([{"image": Image.new("RGB", (256, 256))}])
        before = memory_of_processes()
        with Index.open(Path(folder) / "home", embedder=model) as index, watching() as seen:
            index.ingest([corpus])
    half = len(seen) // 2
    peak, growth = max(seen) - before, max(seen[half:]) - max(seen[:half])
    yield Line("peak memory above the model", peak, "MB", 400, "ingest of 1,000 pages")
    detail = "second half of that ingest against the first"
    yield Line("growth of the peak with pages", growth, "MB", 50, detail)


@contextmanager
def watching(
    period_s: float = 0.1, *, memory: Callable[[], float] | None = None
) -> Iterator[list[float]]:
    """Sample memory into the list, in MB: by default that of this process and its children."""
    measured = memory or memory_of_processes
    seen: list[float] = []
    stop = threading.Event()

    def sample() -> None:
        while not stop.wait(period_s):
            seen.append(measured())

    thread = threading.Thread(target=sample, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        stop.set()
        thread.join()


def memory_of_processes() -> float:
    """Return the resident memory of this process and its children, in MB."""
    total = 0
    me = psutil.Process()
    for process in [me, *me.children(recursive=True)]:
        try:
            total += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total / 1e6


def unchanged_folder() -> Iterator[Line]:
    """Ingest 5,000 unchanged files again, as a user would."""
    with tempfile.TemporaryDirectory() as folder:
        corpus, home = Path(folder) / "corpus", Path(folder) / "home"
        for number in range(5000):
            write_picture(corpus / f"{number // 500}" / f"{number}.png", number)
        with Index.open(home, embedder=HashedDocuments("btok-tiny")) as index:
            index.ingest([corpus])
        start = time.perf_counter()
        done = command("ingest", "-v", str(corpus), "--json", home=home)
        elapsed = time.perf_counter() - start
        loaded = "loading model" in done.stderr
    unchanged = json.loads(done.stdout)["unchanged"]
    yield Line("ingest of an unchanged folder", elapsed, "s", 3, f"{unchanged:,} files unchanged")
    yield Line("models loaded by it", float(loaded), "", 0)
