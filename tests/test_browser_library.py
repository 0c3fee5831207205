"""The library as a person uses it: the real app, model and store; jobs in their own process.

One server for the whole file: the tests follow each other as the days of a library do.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from drawn_index import png
from make_files import BLUE, write_pdf, write_picture

from app import jobs
from app.screenshots import served
from indexer import Index
from indexer.stores.lease import FileLock

pytestmark = pytest.mark.browser

MANY = 400
PATIENCE = 300_000  # ms; a model is loaded in five seconds, on a crowded machine in minutes
HOSTILE = "<img src=x onerror=alert(1)> \u202egnp.png"


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Path:
    """A report, a picture with a name that is markup, and a program called picture."""
    folder = tmp_path_factory.mktemp("corpus")
    write_pdf(folder / "town report.pdf", [["Heavy rainfall closed the northern road."]])
    write_picture(folder / HOSTILE, color=BLUE, size=(320, 240))
    (folder / "renamed.png").write_bytes(b"MZ\x90 a program")
    return folder


@pytest.fixture(scope="module")
def pictures(tmp_path_factory) -> Path:
    """A folder that takes a while."""
    folder = tmp_path_factory.mktemp("pictures")
    for number in range(MANY):
        write_picture(folder / f"{number:03}.png", color=(number % 256, number // 2, 90))
    return folder


@pytest.fixture(scope="module")
def address(home, tmp_path_factory) -> Iterator[str]:
    """The address of the app over an empty home."""
    log = tmp_path_factory.mktemp("server") / "log"
    settings = {"HF_HUB_OFFLINE": "1", "BTOK_OCR": "off", "OMP_NUM_THREADS": "1"}
    with served(home, log=log, settings=settings) as started:
        yield started


@pytest.fixture
def library(page, address):
    """The library page, opened by its address."""
    page.set_default_timeout(PATIENCE)
    page.goto(address + "library")
    page.get_by_role("heading", name="Library", exact=True).wait_for()
    return page


def add_folder(page, folder: Path) -> None:
    page.get_by_label("A folder on the computer").fill(str(folder))
    page.get_by_role("button", name="Add folder").click()


def outcome(page) -> str:
    """Wait for the end of a job, put its outcome aside and return what the page said of it."""
    page.get_by_role("progressbar").wait_for()
    page.get_by_role("button", name="Dismiss").wait_for()
    said = page.locator(".st-key-job [data-testid=stAlert]").inner_text().replace("\u2060", "")
    page.get_by_role("button", name="Dismiss").click()
    page.get_by_role("button", name="Dismiss").wait_for(state="detached")
    return said


def test_the_first_run_draws_the_demo_corpus_and_can_be_cancelled(library, home):
    library.get_by_role("button", name="Make and index the demo corpus").click()
    library.get_by_text("Drawing the demo corpus").wait_for()
    assert library.get_by_role("progressbar").is_visible()
    library.get_by_role("button", name="Cancel").click()
    assert "were drawn, none is indexed yet" in outcome(library)
    assert not jobs.is_running(home)
    assert library.get_by_role("button", name="Make and index the demo corpus").is_enabled()


def test_a_folder_is_added_by_keyboard_and_found(library, corpus, address):
    library.get_by_label("A folder on the computer").fill(str(corpus))
    library.keyboard.press("Enter")
    said = outcome(library)
    assert said.count("2 files added; 1 file could not be read") == 1
    library.get_by_text("1 picture and 1 page in 2 files").wait_for()
    bad = library.locator(".st-key-bad_0")
    assert "renamed.png" in bad.inner_text()
    assert "no picture, PDF or video" in bad.inner_text()
    library.get_by_text("self-test passed").wait_for()
    library.goto(address + "?q=rainfall")
    library.locator(".card.page").wait_for()
    assert "town report.pdf" in library.locator(".card .title").all_inner_texts()


def test_a_job_outlives_the_page_is_seen_by_others_and_can_be_cancelled(
    library, pictures, address, browser, home
):
    add_folder(library, pictures)
    library.get_by_text("Indexing: ").wait_for()
    library.reload()
    library.get_by_role("button", name="Cancel").wait_for()
    stranger = browser.new_context(reduced_motion="reduce").new_page()
    stranger.set_default_timeout(PATIENCE)
    stranger.goto(address + "?q=rainfall")
    stranger.locator(".card.page").wait_for()
    assert stranger.get_by_role("alert").count() == 0
    stranger.goto(address + "library")
    assert jobs.is_running(home), "the job was over before anything could be seen of it"
    stranger.get_by_role("button", name="Cancel").click()
    library.get_by_text("What is indexed stays").wait_for()
    stranger.context.close()
    assert 2 <= indexed(home) < MANY + 2
    library.get_by_role("button", name="Go on").click()
    assert "added" in outcome(library) or "updated" in outcome(library)
    assert indexed(home) == MANY + 2


def indexed(home: Path) -> int:
    """Return how many files the index holds, as another program sees it."""
    with Index.open(home) as index:
        return index.status().files


def test_a_bad_file_is_read_again_when_it_is_mended_and_removed_when_it_is_not(library, corpus):
    library.locator(".st-key-bad_0").get_by_role("button", name="Remove").click()
    library.get_by_role("dialog").get_by_role("button", name="Keep").click()
    (corpus / "renamed.png").write_bytes(png((64, 48), colour="orange"))
    library.locator(".st-key-bad_0").get_by_role("button", name="Try again").click()
    assert "1 file added" in outcome(library)
    assert library.locator(".st-key-bad_0").count() == 0


def test_dropped_files_are_indexed_and_refused_by_their_content(library, home, tmp_path):
    program = tmp_path / "holiday.png"
    program.write_bytes(b"MZ\x90 a program")
    torn = tmp_path / "torn.png"
    torn.write_bytes(png((64, 48))[:60])
    library.locator("input[type=file]").set_input_files([program, torn])
    library.get_by_role("button", name="Index these files").click()
    library.get_by_text("holiday.png is no picture").wait_for()
    assert "1 file could not be read" in outcome(library)
    assert [path.name for path in (home / "uploads").glob("*.png")] == ["torn.png"]
    library.locator(".st-key-bad_0").get_by_role("button", name="Remove").click()
    library.get_by_role("dialog").get_by_role("button", name="Remove").click()
    library.get_by_text("could not be read").wait_for(state="detached")
    assert not list((home / "uploads").glob("*.png"))


def test_another_program_that_writes_is_waited_for(library, home, corpus):
    lock = FileLock(home / "ingest.lock")
    assert lock.acquire()
    try:
        add_folder(library, corpus)
        library.get_by_text("Waiting until another ingest is done").wait_for()
        library.get_by_role("button", name="Cancel").click()
        assert "Stopped before anything was indexed" in outcome(library)
    finally:
        lock.release()


def test_names_with_markup_stay_text_and_a_folder_that_is_not_there_is_said(library):
    library.get_by_role("dialog").wait_for(state="detached")
    library.on("dialog", lambda box: pytest.fail(f"a name ran as a script: {box.message}"))
    add_folder(library, Path("/nowhere/<b>at all"))
    library.get_by_text("There is nothing at /nowhere/<b>at all").wait_for()
    library.get_by_label("Find in names and folders").fill("onerror")
    library.get_by_label("Find in names and folders").press("Enter")
    library.wait_for_timeout(500)
    assert library.locator("img[src=x]").count() == 0


def test_a_narrow_dark_window_holds_the_whole_page(browser, address):
    context = browser.new_context(viewport={"width": 400, "height": 800}, color_scheme="dark")
    narrow = context.new_page()
    narrow.set_default_timeout(PATIENCE)
    narrow.goto(address + "library")
    narrow.get_by_text("Model, storage and speed").wait_for()
    assert narrow.evaluate("() => document.documentElement.scrollWidth") <= 400
    paper = narrow.evaluate("() => getComputedStyle(document.querySelector('.stApp'))"
                            ".backgroundColor")  # fmt: skip
    assert paper == "rgb(16, 21, 20)"
    context.close()
