"""Reading in processes: order, backpressure, crashes, and how it ends."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from make_files import (
    BLUE,
    GREEN,
    RED,
    asset_of,
    write_pdf,
    write_picture,
    write_png_bomb,
    write_video,
)

from indexer import ocr, workers
from indexer.loaders import LoadOptions
from indexer.scan import content_hash, iter_assets
from indexer.types import IndexerError
from indexer.workers import Event, Failed, Finished, Loaded, LoaderPool

NO_OCR = LoadOptions(ocr="off")


def summary(events: Iterator[Event]) -> list[tuple[str, ...]]:
    """Write events as (kind, file name, locator, count or reason)."""
    lines = []
    for event in events:
        detail = {
            Loaded: lambda e: e.unit.locator,
            Finished: lambda e: str(e.units),
            Failed: lambda e: e.reason,
        }[type(event)](event)
        lines.append((type(event).__name__, event.asset.path.name, detail))
    return lines


def run(root: Path, *, processes: int) -> list[tuple[str, ...]]:
    with LoaderPool(NO_OCR, processes=processes) as pool:
        return summary(pool.iter_events(iter_assets([root])))


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A picture, a PDF of three pages, a bomb, a video of two shots, more pictures."""
    root = tmp_path / "corpus"
    root.mkdir()
    write_picture(root / "a.png", color=RED)
    write_pdf(root / "b.pdf", [["one"], ["two"], ["three"]])
    write_png_bomb(root / "c.png")
    write_video(root / "d.mp4", [(RED, 3), (BLUE, 3)])
    (root / "e.jpg").write_bytes(b"")
    for number in range(12):
        write_picture(root / f"f{number:02}.jpg", color=GREEN)
    return root


def ends(pid: int, *, within: float = 5.0) -> bool:
    """Tell whether a process ends in time."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        status = Path(f"/proc/{pid}/stat")
        if not status.exists() or status.read_text().rsplit(")", 1)[1].split()[0] == "Z":
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize("processes", [1, 3])
def test_processes_give_the_same_events_in_the_same_order_as_reading_here(
    corpus: Path, processes: int
) -> None:
    here = run(corpus, processes=0)

    assert [line[:2] for line in here[:7]] == [
        ("Loaded", "a.png"),
        ("Finished", "a.png"),
        ("Loaded", "b.pdf"),
        ("Loaded", "b.pdf"),
        ("Loaded", "b.pdf"),
        ("Finished", "b.pdf"),
        ("Failed", "c.png"),
    ]
    assert ("Finished", "d.mp4", "2") in here
    assert ("Failed", "e.jpg", "the file is empty") in here
    assert here[-1] == ("Finished", "f11.jpg", "1")
    assert run(corpus, processes=processes) == here


def test_units_arrive_whole_with_pixels_text_and_hash(corpus: Path) -> None:
    assets = list(iter_assets([corpus]))
    with LoaderPool(NO_OCR, processes=1) as pool:
        sent = [event for event in pool.iter_events(assets) if isinstance(event, Loaded)]
    with LoaderPool(NO_OCR, processes=0) as pool:
        wanted = [event for event in pool.iter_events(assets) if isinstance(event, Loaded)]

    assert len(sent) == len(wanted) > 15
    for left, right in zip(sent, wanted, strict=True):
        assert left.content_hash == content_hash(left.asset.path)
        assert (left.unit.locator, left.unit.text) == (right.unit.locator, right.unit.text)
        (key,) = right.unit.media
        pair = [unit.media[key] for unit in (left.unit, right.unit)]
        assert np.array_equal(*(np.stack([np.asarray(part)]) for part in pair))


def test_the_callers_main_module_is_not_run_again(tmp_path: Path) -> None:
    write_picture(tmp_path / "a.png")
    script = tmp_path / "script.py"  # without `if __name__ == "__main__"`, as people write them
    script.write_text(
        "from pathlib import Path\n"
        "from indexer.loaders import LoadOptions\n"
        "from indexer.scan import iter_assets\n"
        "from indexer.workers import LoaderPool\n"
        "print('main')\n"
        "with LoaderPool(LoadOptions(ocr='off')) as pool:\n"
        "    for event in pool.iter_events(iter_assets([Path(__file__).parent])):\n"
        "        print(type(event).__name__)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(workers.__file__).parents[1])}

    done = subprocess.run(
        [sys.executable, script], env=environment, capture_output=True, text=True, check=True
    )

    assert done.stdout.split() == ["main", "Loaded", "Finished"]
    assert done.stderr == ""


@pytest.mark.parametrize("death", [signal.SIGSEGV, signal.SIGKILL])
def test_a_file_that_kills_its_worker_fails_alone_and_the_rest_is_read(
    tmp_path: Path, death: signal.Signals
) -> None:
    write_picture(tmp_path / "a.png")
    write_pdf(tmp_path / "b.pdf", [[f"page {number}"] for number in range(60)])
    for number in range(10):
        write_picture(tmp_path / f"c{number}.png")

    lines, pids = [], set()
    with LoaderPool(NO_OCR, processes=1, queue_units=2) as pool:
        for event in pool.iter_events(iter_assets([tmp_path])):
            lines += summary(iter([event]))
            pids.update(pool.pids)
            if isinstance(event, Loaded) and event.unit.page == 5:
                os.kill(pool.pids[0], death)  # it is at most a few pages ahead

    failed = [line for line in lines if line[0] == "Failed"]
    assert [line[1] for line in failed] == ["b.pdf"]
    assert ("memory" if death == signal.SIGKILL else "crashed on it (SIGSEGV)") in failed[0][2]
    finished = [line[1] for line in lines if line[0] == "Finished"]
    assert finished == ["a.png", *(f"c{number}.png" for number in range(10))]
    assert len(pids) == 2


def test_a_worker_that_dies_with_nothing_to_do_costs_no_file(tmp_path: Path) -> None:
    paths = [write_picture(tmp_path / f"{number}.png") for number in range(3)]

    with LoaderPool(NO_OCR, processes=1) as pool:
        assert summary(pool.iter_events([asset_of(paths[0])]))[-1][0] == "Finished"
        os.kill(pool.pids[0], signal.SIGKILL)
        assert ends(pool.pids[0])
        later = summary(pool.iter_events([asset_of(path) for path in paths[1:]]))

    assert [line[:2] for line in later if line[0] != "Loaded"] == [
        ("Finished", "1.png"),
        ("Finished", "2.png"),
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can widen a pipe")
def test_a_pipe_that_may_not_be_widened_serves_as_it_is(tmp_path, monkeypatch) -> None:
    write_picture(tmp_path / "a.png")
    refused = []

    def refuse(*arguments: object) -> None:
        refused.append(arguments)
        raise PermissionError

    monkeypatch.setattr(workers.fcntl, "fcntl", refuse)
    assert [line[0] for line in run(tmp_path, processes=1)] == ["Loaded", "Finished"]
    assert refused


def test_a_worker_that_hangs_is_given_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.png")  # opening it waits for a writer that never comes
    write_picture(tmp_path / "b.png")
    assets = [asset_of(tmp_path / name) for name in ("a.png", "b.png")]

    with LoaderPool(NO_OCR, processes=1, stall_seconds=3.0) as pool:
        lines = summary(pool.iter_events(assets))

    assert lines[0] == ("Failed", "a.png", "no answer in 3 seconds: reading it was given up")
    assert lines[-1] == ("Finished", "b.png", "1")


def test_a_worker_that_cannot_start_is_an_error_and_not_the_fault_of_the_files(
    tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr(workers, "BOOT", "raise SystemExit('no interpreter today')")

    with (
        LoaderPool(NO_OCR, processes=1) as pool,
        pytest.raises(IndexerError, match=r"does not start: no interpreter today"),
    ):
        list(pool.iter_events([asset_of(write_picture(tmp_path / "a.png"))]))


def test_a_worker_waits_when_nobody_takes_its_pages(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", [[f"page {number}"] for number in range(200)])

    with LoaderPool(NO_OCR, processes=1, queue_units=4) as pool:
        events = pool.iter_events([asset_of(path)])
        next(events)
        time.sleep(1.0)  # enough for some 100 pages
        worker = pool._workers[0]
        assert worker._events.qsize() == 4
        statm = Path(f"/proc/{worker.pid}/statm")
        if statm.exists():
            in_use = int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
            assert in_use < 250 << 20  # 200 pages of 3 MB would be 600 MB
        pages = 1 + sum(1 for event in events if isinstance(event, Loaded))

    assert pages == 200


def test_nothing_is_started_for_nothing(tmp_path: Path) -> None:
    with LoaderPool(NO_OCR, processes=4) as pool:
        assert list(pool.iter_events([])) == []
        assert pool.pids == ()
        list(pool.iter_events([asset_of(write_picture(tmp_path / "a.png"))]))
        assert len(pool.pids) == 1


@pytest.mark.skipif(not Path("/proc").exists(), reason="needs /proc to look for processes")
def test_workers_end_when_the_consumer_fails_or_stops(corpus: Path) -> None:
    pids: list[int] = []

    def encode_badly() -> None:
        with LoaderPool(NO_OCR, processes=2, queue_units=1) as pool:
            events = pool.iter_events(iter_assets([corpus]))
            next(events)
            pids.extend(pool.pids)
            raise RuntimeError("encoder")

    with pytest.raises(RuntimeError, match="encoder"):
        encode_badly()
    assert len(pids) == 2
    assert all(ends(pid) for pid in pids)

    with LoaderPool(NO_OCR, processes=1) as pool:
        events = pool.iter_events(iter_assets([corpus]))
        next(events)
        (pid,) = pool.pids
        events.close()
        assert ends(pid)
        again = summary(pool.iter_events(iter_assets([corpus])))
    assert again == run(corpus, processes=0)


INTERRUPTED = """
import sys
from pathlib import Path
from indexer.loaders import LoadOptions
from indexer.scan import iter_assets
from indexer.workers import LoaderPool
try:
    with LoaderPool(LoadOptions(ocr="off"), processes=2) as pool:
        for number, event in enumerate(pool.iter_events(iter_assets([sys.argv[1]]))):
            if number == 3:
                print(*pool.pids, flush=True)
                sys.stdin.read()
except KeyboardInterrupt:
    sys.exit(130)
"""


@pytest.mark.skipif(not Path("/proc").exists(), reason="needs /proc to look for processes")
@pytest.mark.parametrize("death", [signal.SIGINT, signal.SIGKILL])
def test_no_worker_outlives_an_interrupted_or_killed_parent(
    corpus: Path, death: signal.Signals
) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, str(corpus)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        cwd=Path(workers.__file__).parents[1],
    )
    pids = [int(word) for word in parent.stdout.readline().split()]
    os.killpg(parent.pid, death)  # as a terminal does
    _, errors = parent.communicate(timeout=20)

    assert len(pids) == 2
    assert all(ends(pid) for pid in pids)
    assert parent.returncode == (130 if death == signal.SIGINT else -signal.SIGKILL)
    assert errors == b""


def test_a_pool_without_rapidocr_warns_once(tmp_path: Path, monkeypatch, caplog) -> None:
    monkeypatch.setattr(ocr, "is_installed", lambda: False)
    path = write_pdf(tmp_path / "a.pdf", [["x"], ["y"]])

    with (
        caplog.at_level(logging.WARNING),
        LoaderPool(LoadOptions(ocr="auto"), processes=0) as pool,
    ):
        list(pool.iter_events([asset_of(path)]))

    assert [record.message for record in caplog.records] == [ocr.MISSING]


def test_a_file_that_a_worker_died_of_is_not_blamed_for_good(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", [["x"]] * 40)

    with LoaderPool(NO_OCR, processes=1, queue_units=1) as pool:
        events = pool.iter_events([asset_of(path)])
        assert isinstance(next(events), Loaded)
        os.kill(pool.pids[0], signal.SIGKILL)
        last = list(events)[-1]

    assert isinstance(last, Failed)
    assert (last.content_hash, "killed" in last.reason) == (None, True)
