"""Killed anywhere, an ingest goes on, and the result equals that of a clean run."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from fakes import FakeEmbedder
from make_files import write_pdf, write_picture

from indexer import Index
from indexer.settings import Settings

TRIALS = 5
QUERIES = (
    "red",
    "green picture",
    "blue",
    "pump number 7",
    "valve 3 in winter",
    "report 2",
    "page 1",
    "picture 11",
    "turbine",
    "summer",
)
INGEST = """
    import sys, time
    sys.path.insert(0, sys.argv[3])
    from fakes import FakeEmbedder
    from indexer import Index
    from indexer.settings import Settings

    class SlowEmbedder(FakeEmbedder):
        def encode_document(self, inputs):
            time.sleep(0.004 * len(inputs))
            return super().encode_document(inputs)

    if __name__ == "__main__":
        settings = Settings(home=sys.argv[1], ocr="off")
        with Index.open(settings=settings, embedder=SlowEmbedder()) as index:
            print("started", flush=True)
            index.ingest([sys.argv[2]])
            print("finished", flush=True)
"""


COMMAND = """
    import sys, time
    sys.path.insert(0, sys.argv.pop(1))
    from fakes import FakeEmbedder
    from indexer import index
    from indexer.__main__ import main

    class SlowEmbedder(FakeEmbedder):
        def encode_document(self, inputs):
            if not self.encoded:
                print("encoding", flush=True)
            time.sleep(0.5)
            return super().encode_document(inputs)

    if __name__ == "__main__":
        index.SentenceTransformerEmbedder = lambda name, **_: SlowEmbedder()
        sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Forty pictures and ten reports of six pages, no two alike."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    for number in range(40):
        color = (number * 6, 250 - 6 * number, number * 37 % 256)
        write_picture(folder / f"picture_{number}.png", color=color)
    for number in range(10):
        pages = [
            [f"report {number} page {page}: pump number {number * page} and valve {page}",
             "in winter" if page % 2 else "in summer", "turbine " * (number + page)]
            for page in range(1, 7)
        ]  # fmt: skip
        write_pdf(folder / f"report_{number}.pdf", pages)
    return folder


def open_index(home: Path) -> Index:
    return Index.open(settings=Settings(home=home, ocr="off"), embedder=FakeEmbedder())


def start_ingest(home: Path, corpus: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", textwrap.dedent(INGEST), str(home), str(corpus)]
    here = str(Path(__file__).parent)
    return subprocess.Popen([*command, here], stdout=subprocess.PIPE, text=True)


def seen(home: Path) -> list[object]:
    """Return what a user can see of an index: its status, and the answers to ten queries."""
    with open_index(home) as index:
        status = index.status()
        answers = [
            [(hit.id, round(hit.score, 6), hit.snippet) for hit in index.search(query, limit=20)]
            for query in QUERIES
        ]
        assert index.doctor().is_ok
    return [status.files, dict(status.units), status.quarantined, answers]


def test_an_ingest_killed_at_random_moments_ends_like_a_clean_one(
    tmp_path: Path, corpus: Path
) -> None:
    with open_index(tmp_path / "clean") as index:
        started = time.monotonic()
        index.ingest([corpus])
        seconds = time.monotonic() - started
    clean = seen(tmp_path / "clean")
    assert clean[0] == 50
    moments = random.Random(7)
    killed = 0
    for trial in range(TRIALS):
        home = tmp_path / f"killed-{trial}"
        ingest = start_ingest(home, corpus)
        assert ingest.stdout is not None
        assert ingest.stdout.readline() == "started\n"
        time.sleep(moments.uniform(0.1, 0.9) * seconds)
        ingest.send_signal(signal.SIGKILL)
        ingest.communicate()
        killed += ingest.returncode == -signal.SIGKILL
        with open_index(home) as index:
            index.ingest([corpus])
        assert seen(home) == clean
    assert killed >= 3, "the ingest was over before it could be killed: it proves nothing"


def test_an_interrupted_change_of_a_file_ends_like_a_clean_one(
    tmp_path: Path, corpus: Path
) -> None:
    home = tmp_path / "home"
    with open_index(home) as index:
        index.ingest([corpus])
    for number in range(10):
        write_pdf(corpus / f"report_{number}.pdf", [[f"one page on turbine {number}"] * 3])
    ingest = start_ingest(home, corpus)
    assert ingest.stdout is not None
    assert ingest.stdout.readline() == "started\n"
    time.sleep(0.7)
    ingest.send_signal(signal.SIGKILL)
    ingest.communicate()
    with open_index(home) as index:
        index.ingest([corpus])
    with open_index(tmp_path / "clean") as index:
        index.ingest([corpus])
    assert seen(home) == seen(tmp_path / "clean")


def test_ctrl_c_ends_with_130_and_the_next_ingest_goes_on(tmp_path: Path, corpus: Path) -> None:
    home = tmp_path / "home"
    command = [sys.executable, "-c", textwrap.dedent(COMMAND), str(Path(__file__).parent)]
    ingest = subprocess.Popen(
        [*command, "ingest", str(corpus)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "BTOK_HOME": str(home), "BTOK_OCR": "off"},
    )
    assert ingest.stdout is not None
    assert ingest.stdout.readline() == "encoding\n"
    ingest.send_signal(signal.SIGINT)
    out, errors = ingest.communicate(timeout=20)
    assert (ingest.returncode, out) == (130, "")
    assert errors.endswith("interrupted: run the same command again to go on\n")
    with open_index(home) as index:
        assert index.status().files < 50
        index.ingest([corpus])
        assert index.status().files == 50
        assert index.doctor().is_ok
