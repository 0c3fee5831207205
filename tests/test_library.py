"""The library page without a browser: what it shows, does and says in each of its states."""

from __future__ import annotations

import dataclasses
import gc
from pathlib import Path

import pytest
from drawn_index import png
from fakes import FakeEmbedder
from make_files import write_pdf, write_picture
from streamlit.testing.v1 import AppTest

from app import jobs, library, library_moves, session
from app.jobs import Job
from app.settings import LibrarySettings
from indexer import Index
from indexer.settings import Settings
from indexer.stores.lease import FileLock
from indexer.types import Document, Modality, StoreLocked, StoreUnavailable, UsageError

MAIN = Path(__file__).parents[1] / "app" / "main.py"
HOSTILE = ("<script>alert(1)<script>", "invoice \u202egnp.png", "long " * 40, "a*b_c`d`$e$ :red[f]")


@pytest.fixture
def index(tmp_path, monkeypatch) -> Index:
    """An empty index in the place of the app's one; its model can be computed by hand."""
    settings = Settings(home=tmp_path / "home", ocr="off")
    with Index.open(settings=settings, embedder=FakeEmbedder()) as opened:
        monkeypatch.setattr(session, "open_index", lambda: opened)
        monkeypatch.setattr(library_moves, "answers_others", lambda: False)
        for cached in (session.load_model, session.app_settings, library_moves.model_check):
            cached.clear()
        yield opened


@pytest.fixture
def started(monkeypatch) -> list[tuple[str, list[str], bool]]:
    """What jobs were asked for; none of them runs."""
    asked = []

    def start(_, task, paths=(), *, prune=False):
        asked.append((task, [str(path) for path in paths], prune))

    monkeypatch.setattr(jobs, "start", start)
    return asked


@pytest.fixture
def corpus(tmp_path) -> Path:
    """A folder with a picture, a document of two pages, and a program called picture."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    write_picture(folder / "boat.png", color=(200, 10, 10))
    write_pdf(folder / "report.pdf", [["rain"], ["sun"]])
    (folder / "renamed.png").write_bytes(b"MZ\x90 a program")
    return folder


def opened() -> AppTest:
    """Run the app and go to the library."""
    page = AppTest.from_file(str(MAIN), default_timeout=60)
    page.run()
    page.switch_page("views/library.py").run()
    library_moves.model_check().exception()  # waits until the model has tested itself
    page.run()
    assert not page.exception
    return page


def click(page: AppTest, key: str) -> AppTest:
    page.button(key=key).click().run()
    assert not page.exception
    return page


def said(page: AppTest) -> str:
    """Return everything the page says outside its widgets, without Markdown's escapes."""
    kinds = (page.markdown, page.subheader, page.error, page.warning, page.info, page.success)
    texts = [element.value for elements in kinds for element in elements]
    texts += [element.proto.body for element in page.get("html")]
    return "\n".join(texts).replace("\\", "").replace("\u2060", "")


def keys(page: AppTest) -> set[str]:
    return {button.key for button in page.button}


def test_an_empty_library_offers_the_demo_corpus(index, started):
    page = opened()
    assert "Nothing is indexed yet" in said(page)
    click(page, "demo")
    assert started == [("demo", [], False)]


def test_the_library_says_what_is_indexed_and_what_could_not_be_read(index, corpus):
    index.ingest([corpus])
    page = opened()
    assert "1 picture and 2 pages in 2 files" in said(page)
    (table,) = page.dataframe
    assert table.value.to_dict("list") == {
        "Name": ["boat.png", "report.pdf"],
        "Kind": ["Picture", "Document"],
        "Units": [1, 2],
        "Size": [(corpus / name).stat().st_size for name in ("boat.png", "report.pdf")],
        "Folder": [str(corpus)] * 2,
    }
    assert "renamed.png" in said(page)
    assert "no picture, PDF or video" in said(page)
    assert "fake fake-1, 32 dimensions, has no self-test" in said(page)
    assert "Ledger" in said(page)


def test_a_folder_that_is_typed_is_indexed_and_kept_for_later(index, started, corpus):
    page = opened()
    page.text_input(key="folder_path").set_value(f' "{corpus}" ')
    click(page, "add_folder")
    assert started == [("ingest", [str(corpus)], False)]
    click(page, "update_0")
    assert started[1:] == [("ingest", [str(corpus)], True)]


def test_a_folder_that_is_not_there_is_one_sentence_and_the_page_stays(index, started, corpus):
    index.home.mkdir()
    page = opened()
    for typed, reason in (
        (str(corpus / "nowhere"), "There is nothing at"),
        ("Pictures", "start it with / or ~"),
        ("", "Type the path of a folder"),
        ("/\0", "check the path"),
        (str(index.home), "the index's own folder"),
    ):
        page.text_input(key="folder_path").set_value(typed)
        click(page, "add_folder")
        assert len(page.warning) == 1
        assert reason in said(page)
    assert started == []
    page.text_input(key="folder_path").set_value(str(corpus))
    click(page, "add_folder")
    assert len(started) == 1
    assert not page.warning


@pytest.mark.parametrize(
    ("folders", "answers_others", "refused"),
    [
        ("", False, None),
        ("", True, "answers other computers"),
        ("{tmp}/corpus", True, None),
        ("{tmp}/other", False, "Only folders below"),
    ],
)
def test_who_answers_others_adds_allowed_folders_only(
    tmp_path, corpus, folders, answers_others, refused
):
    settings = LibrarySettings(folders=folders.format(tmp=tmp_path))
    how = {"home": tmp_path / "h", "settings": settings, "answers_others": answers_others}
    if refused is None:
        assert library.folder_to_add(str(corpus), **how) == corpus
        return
    with pytest.raises(UsageError, match=refused):
        library.folder_to_add(str(corpus), **how)


def test_a_link_does_not_lead_out_of_the_allowed_folders(tmp_path, corpus):
    (corpus / "link").symlink_to(tmp_path)
    settings = LibrarySettings(folders=str(corpus))
    with pytest.raises(UsageError, match="Only folders below"):
        library.folder_to_add(
            str(corpus / "link"), home=tmp_path / "h", settings=settings, answers_others=True
        )


def test_what_lies_outside_the_allowed_folders_looks_the_same_there_or_not(tmp_path, corpus):
    settings = LibrarySettings(folders=str(corpus))
    told = set()
    for place in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(UsageError) as refused:
            library.folder_to_add(
                str(place), home=tmp_path / "h", settings=settings, answers_others=True
            )
        told.add(str(refused.value))
    assert len(told) == 1


def test_dropped_files_are_kept_and_the_refused_one_is_named(index, started):
    page = opened()
    page.file_uploader(key="files_dropped").set_value(
        [("../boat.png", png((3, 3)), "image/png"), ("renamed.png", b"MZ\x90", "image/png")]
    )
    click(page, "add_files")
    kept = index.home / "uploads" / "boat.png"
    assert started == [("ingest", [str(kept)], False)]
    assert kept.read_bytes() == png((3, 3))
    assert "renamed.png is no picture" in said(page)


def test_bad_files_are_tried_again_or_removed(index, started, corpus):
    index.ingest([corpus])
    page = opened()
    click(page, "retry_0")
    assert started == [("retry", [str(corpus / "renamed.png")], False)]
    click(page, "drop_0")
    assert index.status().quarantined
    click(page, "remove_now")
    assert index.status().quarantined == ()
    assert (corpus / "renamed.png").exists()
    assert "could not be read" not in said(opened())


def test_a_removal_can_be_thought_better_of(index, corpus):
    index.ingest([corpus])
    page = click(opened(), "drop_0")
    click(page, "keep")
    assert "remove_now" not in keys(page)
    assert index.status().quarantined


def test_removing_a_dropped_file_deletes_it(index):
    kept = index.home / "uploads" / "a.png"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"MZ")
    index.ingest([kept])
    click(click(opened(), "drop_0"), "remove_now")
    assert not kept.exists()


def test_files_deleted_since_are_said_to_be_gone_and_offered_for_removal(index, corpus):
    index.ingest([corpus])
    (corpus / "boat.png").unlink()
    page = opened()
    (table,) = page.dataframe
    assert table.value["Folder"].tolist()[0] == f"{corpus} (gone)"
    click(click(page, "remove_gone"), "remove_now")
    assert [one.path.name for one in index.documents()] == ["report.pdf"]


def test_while_another_program_writes_nothing_is_lost_and_one_sentence_says_so(index, corpus):
    index.ingest([corpus])
    lock = FileLock(index.home / "ingest.lock")
    assert lock.acquire()
    page = click(click(opened(), "drop_0"), "remove_now")
    assert library.BUSY in said(page)
    assert len(page.warning) == 1
    assert index.status().quarantined
    lock.release()
    click(click(page, "drop_0"), "remove_now")
    assert index.status().quarantined == ()


def test_a_running_job_is_shown_with_its_rate_and_can_be_cancelled(index, corpus):
    index.ingest([corpus])
    lock = FileLock(index.home / "job.lock")
    assert lock.acquire()
    job = Job("ingest", (str(corpus),), phase="indexing")
    pace = {"units": 12, "units_per_second": 4.0, "eta_seconds": 6.0, "path": "/x/<b>.png"}
    job = dataclasses.replace(job, files_done=3, files_total=9, **pace)
    jobs.write(index.home, job)
    page = opened()
    (bar,) = page.get("progress")
    assert bar.proto.value == 33
    text = bar.proto.text.replace("\\", "").replace("\u2060", "")
    assert text == "Indexing: 3 of 9 files · 12 units · 4.0 a second · about 6 s left"
    assert "&lt;b&gt;.png" in said(page)
    assert page.button(key="retry_0").disabled
    click(page, "cancel")
    assert jobs.is_cancelled(index.home)
    assert page.button(key="cancel").disabled
    lock.release()
    page.run()
    assert "What is indexed stays" in said(page)


def test_a_stopped_job_goes_on_or_is_put_aside(index, started, corpus):
    index.home.mkdir()
    job = Job("ingest", (str(corpus),), prune=True, phase="stopped", files_done=1, files_total=3)
    jobs.write(index.home, job)
    page = click(opened(), "go_on")
    assert started == [("ingest", [str(corpus)], True)]
    click(page, "dismiss")
    assert "Stopped" not in said(page)
    assert "Stopped" not in said(opened())


def test_a_failed_job_says_why(index):
    index.home.mkdir()
    jobs.write(index.home, Job("ingest", (), phase="failed", reason="the disk is <full>"))
    page = opened()
    assert "This did not work: the disk is <full>" in page.error[0].value.replace("\\", "").replace(
        "\u2060", ""
    )


def test_a_second_job_is_refused_in_one_sentence(index, corpus, monkeypatch):
    def start(*_, **__):
        raise jobs.JobRunning("something is already being added: wait until it is done")

    monkeypatch.setattr(jobs, "start", start)
    page = click(opened(), "demo")
    assert "Something is already being added" in said(page)
    assert library.remembered_folders(index.home) == []


def test_names_with_markup_and_of_any_length_stay_text(index, tmp_path):
    folder = tmp_path / "<img src=x onerror=alert(1)>"
    folder.mkdir()
    for name in HOSTILE:
        (folder / f"{name}.png").write_bytes(b"MZ")
    index.ingest([folder])
    page = opened()
    blocks = "\n".join(element.proto.body for element in page.get("html"))
    assert "<script>" not in blocks
    assert "<img" not in blocks
    assert "&lt;script&gt;alert(1)&lt;script&gt;" in blocks
    assert not any(element.proto.allow_html for element in page.markdown)


def test_a_collection_of_another_model_is_one_sentence_and_the_page_stays(index, corpus):
    index.ingest([corpus])
    index._collection.embedder.fingerprint = "fake-2"
    page = opened()
    assert "Model: fake is not the model of this collection" in said(page)
    assert page.dataframe


def test_a_store_that_is_down_is_one_sentence(index, monkeypatch):
    def down():
        raise StoreUnavailable("the store at example is down: start it")

    monkeypatch.setattr(index, "status", down)
    monkeypatch.setattr(index, "check_model", down)
    assert "The store at example is down" in said(opened())


def test_a_read_only_library_shows_and_changes_nothing(index, corpus, monkeypatch, started):
    monkeypatch.setenv("BTOK_LIBRARY__READ_ONLY", "true")
    index.ingest([corpus])
    page = opened()
    assert {"add_folder", "add_files", "demo"}.isdisjoint(keys(page))
    assert page.button(key="retry_0").disabled


def test_the_check_shows_every_answer_and_the_time_of_a_search(index, corpus):
    index.ingest([corpus])
    page = click(opened(), "check")
    assert "1 random units" in said(page) or "random units found themselves" in said(page)
    assert "median of 5" in said(page)


def test_files_that_wait_to_be_read_are_counted(index, corpus):
    index.ingest([corpus])
    index.reopen([corpus / "boat.png"])
    assert "1 file waits to be read" in said(opened())


def test_a_table_finds_by_every_word_and_ends():
    documents = [
        Document(Path("/papers") / f"{n} report.pdf", 10, Modality.PAGE, 2)
        for n in range(library.MOST_ROWS + 5)
    ]
    table = library.table_of(documents, wanted="")
    assert (len(table.rows), table.matching) == (library.MOST_ROWS, library.MOST_ROWS + 5)
    found = library.table_of(documents, wanted="REPORT 17 ").rows
    assert found[0].path.name == "17 report.pdf"
    assert all("17" in one.path.name for one in found)


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(0.2, "1 s"), (89, "89 s"), (150, "2 min"), (3600, "1 h"), (7500, "2 h 5 min")],
)
def test_spans_of_time_are_written_as_people_say_them(seconds, written):
    assert library.duration(seconds) == written


@pytest.mark.parametrize(
    ("job", "line"),
    [
        (Job("ingest", ()), "Starting…"),
        (Job("ingest", (), phase="waiting"), "Waiting until another ingest is done…"),
        (Job("ingest", (), phase="indexing"), "Looking through the files and loading the model…"),
        (
            Job("demo", (), phase="drawing", files_done=4, files_total=97),
            "Drawing the demo corpus: 4 of 97 files",
        ),
        (
            Job("ingest", (), phase="indexing", files_done=1, files_total=1, units=1),
            "Indexing: 1 of 1 file · 1 unit · 0.0 a second · finishing…",
        ),
    ],
)
def test_a_running_job_says_what_it_does(job, line):
    assert library.progress_line(job) == line


@pytest.mark.parametrize(
    ("report", "sentence"),
    [
        ({"added": 1}, "1 file added."),
        ({"added": 2, "removed": 1}, "2 files added, 1 file removed."),
        ({}, "Nothing new was found."),
        ({"quarantined": 2}, "Nothing new was found; 2 files could not be read, see below."),
    ],
)
def test_a_finished_job_says_what_it_came_to(report, sentence):
    assert library.outcome(Job("ingest", (), phase="done", report=report)) == sentence


def test_settled_memory_is_not_looked_through_after_every_run():
    session.settle_memory()
    try:
        assert gc.get_freeze_count() > 10_000
    finally:
        gc.unfreeze()


def test_a_locked_store_is_said_without_its_place():
    assert library.sentence(StoreLocked("held in /secret")) == library.BUSY
