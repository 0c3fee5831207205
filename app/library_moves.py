"""The moves on the library page: each is a widget's callback, and says what it could not do.

What is indexed lives in the index, a running job in the home; a session only keeps what it has
asked and been told: notices, files that are about to be removed, what a check has found.
"""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

import streamlit as st

from app import jobs, library, session, uploads
from app.jobs import Job
from indexer.doctor import Check
from indexer.loaders import SUFFIXES as KNOWN_SUFFIXES
from indexer.plan import is_below
from indexer.types import IndexerError

SUFFIXES = sorted(KNOWN_SUFFIXES)
SEARCHES = 5
EXPECTED = (IndexerError, uploads.RefusedUpload, OSError)


@st.cache_resource(show_spinner=False)
def model_check() -> Future[Check]:
    """Have the model loaded in the background, once for all sessions, and tested by itself."""
    checked: Future[Check] = Future()

    def load() -> None:
        try:
            found = session.open_index().check_model()
            session.settle_memory()
            checked.set_result(found)
        except Exception as error:  # whoever asks for the result meets it
            checked.set_exception(error)

    threading.Thread(target=load, name="model", daemon=True).start()
    return checked


@st.cache_data(ttl=30, show_spinner=False)
def storage(home: Path, *, units: int) -> list[tuple[str, str]]:
    """Say what the index takes on the disk; looking at every file of it, so not at every click."""
    return library.storage_facts(home, units=units)


def notice(text: str) -> None:
    """Keep a sentence for the next run of the page."""
    st.session_state.setdefault("library_notices", []).append(text)


def take_notices() -> list[str]:
    """Return what there is to say, once."""
    said: list[str] = st.session_state.pop("library_notices", [])
    return said


def attempt(action: Callable[[], object]) -> bool:
    """Do something; keep why it failed as a notice, and tell whether it did not."""
    try:
        action()
    except EXPECTED as error:
        notice(library.sentence(error))
        return False
    return True


def may_change() -> bool:
    """Tell whether this library may be changed from the page; a notice says when it may not."""
    if session.app_settings().library.read_only:
        notice("This library is read-only here.")
        return False
    return True


def home() -> Path:
    return session.open_index().home


def answers_others() -> bool:
    """Tell whether the server answers other computers than its own."""
    return str(st.get_option("server.address") or "") not in library.LOOPBACK


def begin(
    task: jobs.Task, paths: list[Path] | tuple[str, ...] = (), *, prune: bool = False
) -> bool:
    """Start a job; tell whether it runs."""
    return may_change() and attempt(lambda: jobs.start(home(), task, paths, prune=prune))


def make_demo() -> None:
    """Draw the demo corpus and index it."""
    begin("demo")


def add_folder() -> None:
    """Index the folder whose path was typed, and keep it for later looks."""

    def add() -> None:
        folder = library.folder_to_add(
            st.session_state["folder_path"],
            home=home(),
            settings=session.app_settings().library,
            answers_others=answers_others(),
        )
        if begin("ingest", [folder]):
            library.remember_folder(home(), folder)
            st.session_state["folder_path"] = ""

    attempt(add)


def add_files() -> None:
    """Keep the dropped files and index them; each refused one is named with its reason."""
    files = st.session_state.get("files_dropped") or []
    if not files:
        notice("Choose or drop files first.")
        return
    if not may_change():
        return
    limit = session.app_settings().library.max_upload_megabytes
    kept: list[Path] = []
    for file in files:
        attempt(
            lambda file=file: kept.append(  # type: ignore[misc]
                uploads.save_upload(home(), file.name, file.getvalue(), max_megabytes=limit)
            )
        )
    if kept:
        begin("ingest", kept)


def update(folder: Path) -> None:
    """Look through a folder again."""
    begin("ingest", [folder], prune=True)


def forget(folder: Path) -> None:
    """Ask whether everything below a folder shall be removed."""
    documents, quarantined = session.open_index().documents(), session.status().quarantined
    below = [one.path for one in documents if is_below(one.path, [folder])]
    bad = [one.path for one in quarantined if is_below(one.path, [folder])]
    if not below and not bad:
        if may_change():
            attempt(lambda: library.forget_folder(home(), folder))
        return
    st.session_state["forgotten_folder"] = folder
    ask_to_remove([*below, *bad])


def retry(paths: list[Path]) -> None:
    """Read files again that could not be read."""
    begin("retry", paths)


def go_on(job: Job) -> None:
    """Start a stopped or failed job again."""
    begin(job.task, job.paths, prune=job.prune)


def cancel() -> None:
    """Stop the running job."""
    if may_change():
        attempt(lambda: jobs.cancel(home()))


def dismiss() -> None:
    """Put the outcome of the last job aside."""
    attempt(lambda: jobs.dismiss(home()))


def ask_to_remove(paths: list[Path]) -> None:
    """Have the page ask whether these files shall be removed."""
    st.session_state["doomed"] = paths


def doomed() -> list[Path]:
    """Return the files that are about to be removed."""
    paths: list[Path] = st.session_state.get("doomed", [])
    return paths


def keep() -> None:
    """Remove nothing."""
    st.session_state.pop("doomed", None)
    st.session_state.pop("forgotten_folder", None)


def remove(paths: list[Path]) -> None:
    """Remove files from the index; those that were dropped here are deleted."""

    def go() -> None:
        session.open_index().delete(paths)
        for path in paths:
            uploads.discard(home(), path)
        if folder := st.session_state.get("forgotten_folder"):
            library.forget_folder(home(), folder)
        st.toast(f"{len(paths):,} removed", icon=":material/check:")

    if may_change():
        attempt(go)
    keep()
    st.session_state["table"] = st.session_state.get("table", 0) + 1


def table_key() -> str:
    """Name the table; a new name is how Streamlit forgets what was chosen in it."""
    return f"documents_{st.session_state.get('table', 0)}"


def check() -> None:
    """Check the index as `python -m indexer doctor` does, and time a few searches."""

    def go() -> None:
        index = session.open_index()
        st.session_state["library_checks"] = list(index.doctor().checks)
        seconds = []
        for number in range(SEARCHES):
            start = time.perf_counter()
            index.search(f"picture {number}", limit=24)
            seconds.append(time.perf_counter() - start)
        st.session_state["search_seconds"] = statistics.median(seconds)

    attempt(go)


def checks() -> list[Check]:
    """Return what the last check of this session has found."""
    found: list[Check] = st.session_state.get("library_checks", [])
    return found


def measured() -> list[tuple[str, str]]:
    """Return how long a search took in the last check of this session."""
    seconds = st.session_state.get("search_seconds")
    if seconds is None:
        return []
    return [("A search", f"{1000 * seconds:.0f} ms, median of {SEARCHES}")]
