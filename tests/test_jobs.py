"""Work beside the app: one at a time, watched, stopped anywhere, and gone on with."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from fakes import FakeEmbedder
from make_files import write_picture
from slow_job import boot, path_of_tests, until

from app import jobs
from indexer import Index
from indexer.settings import Settings
from indexer.stores.lease import FileLock

MANY = 60


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    """The home of the jobs, whose model needs no time."""
    monkeypatch.setenv("BTOK_OCR", "off")
    monkeypatch.setattr(jobs, "BOOT", boot())
    path_of_tests()
    return tmp_path / "home"


@pytest.fixture
def slow(home, monkeypatch) -> Path:
    """The same home, whose model needs a while."""
    monkeypatch.setattr(jobs, "BOOT", boot(seconds=0.05))
    return home


@pytest.fixture
def corpus(tmp_path) -> Path:
    """Sixty pictures, and one file that only calls itself a picture."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    for number in range(MANY):
        write_picture(folder / f"{number:02}.png", color=(number * 4, 250 - 4 * number, 90))
    (folder / "bad.png").write_bytes(b"MZ\x90 a program")
    return folder


def open_index(home: Path) -> Index:
    return Index.open(settings=Settings(home=home, ocr="off"), embedder=FakeEmbedder())


def ended(home: Path) -> jobs.Job:
    """Wait for the end of the job and return it."""
    until(lambda: not jobs.is_running(home))
    job = jobs.read(home)
    assert job is not None
    return job


def begun(home: Path) -> None:
    """Wait until the job has indexed something."""
    until(lambda: (job := jobs.read(home)) is not None and job.units > 0)


def test_a_job_indexes_and_leaves_its_counts(home, corpus):
    jobs.start(home, "ingest", [corpus])
    job = ended(home)
    assert (job.phase, job.files_done, job.files_total) == ("done", MANY + 1, MANY + 1)
    assert (job.report["added"], job.report["units"], job.report["quarantined"]) == (MANY, MANY, 1)
    with open_index(home) as index:
        assert index.status().files == MANY
        assert index.doctor().is_ok


def test_there_is_no_job_where_nothing_was_done(tmp_path):
    assert jobs.read(tmp_path / "nowhere") is None
    assert not jobs.is_running(tmp_path / "nowhere")


def test_a_second_job_is_refused_while_the_first_goes_on(slow, corpus):
    jobs.start(slow, "ingest", [corpus])
    with pytest.raises(jobs.JobRunning, match="already being added"):
        jobs.start(slow, "ingest", [corpus])
    begun(slow)
    jobs.cancel(slow)
    assert ended(slow).phase == "stopped"


def test_a_cancelled_job_stops_cleanly_and_the_same_job_goes_on(slow, corpus, monkeypatch):
    jobs.start(slow, "ingest", [corpus])
    begun(slow)
    jobs.cancel(slow)
    job = ended(slow)
    assert job.phase == "stopped"
    with open_index(slow) as index:
        assert index.status().files < MANY
        assert index.doctor().is_ok or index.status().pending
    monkeypatch.setattr(jobs, "BOOT", boot())
    jobs.start(slow, job.task, job.paths)
    assert ended(slow).phase == "done"
    with open_index(slow) as index:
        assert index.status().files == MANY
        assert index.status().pending == 0
        assert index.doctor().is_ok


def test_a_search_finds_what_is_there_while_a_job_goes_on(slow, corpus):
    with open_index(slow) as index:
        index.ingest([corpus / "00.png"])
        jobs.start(slow, "ingest", [corpus])
        begun(slow)
        found = 0
        while jobs.is_running(slow):
            found += len(index.search("green", limit=5)) > 0
        assert found > 3
        assert index.status().files == MANY


def test_a_killed_job_counts_as_stopped(slow, corpus):
    jobs.start(slow, "ingest", [corpus])
    begun(slow)
    os.kill(pid_of_job(slow), signal.SIGKILL)
    assert ended(slow).phase == "stopped"


def pid_of_job(home: Path) -> int:
    """Find the process by its home; only this test's own child has it on its command line."""
    found = subprocess.run(
        ["pgrep", "-f", "--", f"from app.work import main.* {home} "],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return int(found.stdout.split()[0])


def test_a_job_ends_with_the_app_that_started_it(slow, corpus):
    program = """
        import sys, time
        from pathlib import Path
        from app import jobs
        jobs.BOOT = sys.argv[1]
        jobs.start(Path(sys.argv[2]), "ingest", [sys.argv[3]])
        print("started", flush=True)
        time.sleep(600)
    """
    path = os.pathsep.join([str(Path(__file__).parents[1]), path_of_tests()])
    app = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program), jobs.BOOT, str(slow), str(corpus)],
        stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    assert app.stdout is not None
    assert app.stdout.readline() == "started\n"
    begun(slow)
    app.kill()
    app.communicate()
    assert ended(slow).phase == "stopped"


def test_a_retry_reads_again_what_could_not_be_read_and_forgets_what_is_gone(home, corpus):
    again = write_picture(corpus / "later.png", color=(1, 2, 3))
    good = again.read_bytes()
    (corpus / "later.png").write_bytes(b"MZ")
    jobs.start(home, "ingest", [corpus])
    assert ended(home).report["quarantined"] == 2
    (corpus / "later.png").write_bytes(good)
    (corpus / "bad.png").unlink()
    jobs.start(home, "retry", [corpus / "later.png", corpus / "bad.png"])
    job = ended(home)
    assert (job.phase, job.report["added"], job.report["removed"]) == ("done", 1, 1)
    with open_index(home) as index:
        assert index.status().quarantined == ()


def test_an_unchanged_bad_file_is_read_again_when_asked(home, corpus):
    jobs.start(home, "ingest", [corpus / "bad.png"])
    ended(home)
    jobs.start(home, "retry", [corpus / "bad.png"])
    job = ended(home)
    assert (job.files_done, job.report["quarantined"]) == (1, 1)


def test_a_job_waits_for_another_writer(home, corpus):
    lock = FileLock(home / "ingest.lock")
    assert lock.acquire()
    jobs.start(home, "ingest", [corpus])
    until(lambda: (job := jobs.read(home)) is not None and job.phase == "waiting")
    lock.release()
    assert ended(home).phase == "done"


def test_a_job_that_cannot_be_done_says_why(home, corpus, monkeypatch):
    jobs.start(home, "ingest", [corpus / "nowhere"])
    job = ended(home)
    assert job.phase == "failed"
    assert "nowhere" in job.reason
    jobs.start(home, "ingest", [corpus])
    assert ended(home).phase == "done"
    monkeypatch.setattr(jobs, "BOOT", boot(fingerprint="fake-2"))
    write_picture(corpus / "new.png", color=(9, 9, 9))
    jobs.start(home, "ingest", [corpus])
    job = ended(home)
    assert job.phase == "failed"
    assert "was built with another version of fake" in job.reason


def test_a_damaged_job_file_is_no_job(home):
    home.mkdir()
    for text in ("", "{", json.dumps({"task": "ingest"}), "[]"):
        (home / "job.json").write_text(text)
        assert jobs.read(home) is None


def test_files_of_the_home_are_no_corpus_but_its_uploads_are(home):
    home.mkdir()
    for folder in ("uploads", "thumbnails"):
        (home / folder).mkdir()
        write_picture(home / folder / "a.png", color=(1, 2, 3))
    with open_index(home) as index:
        index.ingest([home])
        assert [one.path for one in index.documents()] == [home / "uploads" / "a.png"]
