"""The library page: what is indexed, is being added, could not be read; add and remove."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from pathlib import Path

import streamlit as st

from app import cards, jobs, library, library_moves, session, troubles
from app.jobs import Job
from indexer.types import Quarantined, Status

LOOK_S = 1.0  # between two looks at a running job
GLANCE_S = 15.0  # at whether another session has started one
LOADING_S = 5.0  # at whether the model is there; every look costs it time
SHOWN_QUARANTINED = 50


def draw_head(status: Status) -> None:
    """Draw the title and what the collection holds."""
    st.subheader("Library", anchor=False)
    held = cards.holdings(status)
    files = cards.counted(status.files, "file", "files")
    st.html(f'<p class="quiet">{f"{held} in {files}" if held else "Nothing is indexed yet."}</p>')
    for notice in library_moves.take_notices():
        st.warning(cards.plain(notice), icon=":material/info:")


def draw_job(home: Path) -> None:
    """Draw the running job, or how the last one ended; it looks again by itself."""
    running = jobs.is_running(home)

    @st.fragment(run_every=LOOK_S if running else GLANCE_S)
    def watched() -> None:
        job = jobs.read(home)
        if jobs.is_running(home) != running:
            st.rerun(scope="app")
        with st.container(key="job"):
            if job is not None and running:
                draw_running(home, job)
            elif job is not None and not job.is_dismissed:
                draw_ended(job)

    watched()


def draw_running(home: Path, job: Job) -> None:
    """Draw how far the job is, and the way to stop it."""
    stopping = jobs.is_cancelled(home)
    line = "Stopping…" if stopping else library.progress_line(job)
    st.progress(min(job.share, 1.0), text=cards.plain(line))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Cancel",
            key="cancel",
            icon=":material/close:",
            disabled=stopping,
            on_click=library_moves.cancel,
        )
        if job.path and not stopping:
            st.html(f'<p class="quiet clipped">{escape(Path(job.path).name)}</p>')


def draw_ended(job: Job) -> None:
    """Draw how the last job ended, the way to go on, and the way to put it aside."""
    draw = {"done": st.success, "failed": st.error}.get(job.phase, st.warning)
    icon = {"done": "check_circle", "failed": "error"}.get(job.phase, "pause_circle")
    draw(cards.plain(library.outcome(job)), icon=f":material/{icon}:")
    with st.container(horizontal=True):
        if job.phase != "done":
            st.button(
                "Go on" if job.phase == "stopped" else "Try again",
                key="go_on",
                icon=":material/play_arrow:",
                on_click=library_moves.go_on,
                args=(job,),
            )
        st.button("Dismiss", key="dismiss", type="tertiary", on_click=library_moves.dismiss)


def draw_first_run() -> None:
    """Draw the offer that fills an empty library by one click."""
    with st.container(border=True, key="first_run"):
        st.markdown("**Look around in a collection that is drawn for you**")
        st.markdown(
            "Pictures, documents and videos of a harbour town that does not exist. Drawing and "
            "indexing them takes a few minutes."
        )
        st.button(
            "Make and index the demo corpus",
            key="demo",
            type="primary",
            on_click=library_moves.make_demo,
        )


def draw_adding(*, disabled: bool) -> None:
    """Draw the two ways to add: a folder by its path, files by dropping them."""
    st.markdown("##### Add to the library")
    by_path, by_hand = st.columns(2, gap="medium")
    with by_path, st.form("folder", border=True):
        st.text_input(
            "A folder on the computer that runs this app",
            key="folder_path",
            placeholder="/home/you/Pictures",
            max_chars=4096,
        )
        st.form_submit_button(
            "Add folder",
            key="add_folder",
            icon=":material/create_new_folder:",
            disabled=disabled,
            on_click=library_moves.add_folder,
        )
    with by_hand, st.form("files", border=True, clear_on_submit=True):
        limit = session.app_settings().library.max_upload_megabytes
        st.file_uploader(
            f"Pictures, PDFs and videos of up to {limit} MB",
            key="files_dropped",
            type=library_moves.SUFFIXES,
            accept_multiple_files=True,
            max_upload_size=limit,
        )
        st.form_submit_button(
            "Index these files",
            key="add_files",
            icon=":material/add:",
            disabled=disabled,
            on_click=library_moves.add_files,
        )


def draw_folders(home: Path, *, disabled: bool) -> None:
    """Draw the folders that were added here, each to be looked through again."""
    folders = library.remembered_folders(home)
    if not folders:
        return
    st.markdown("##### Folders")
    for number, folder in enumerate(folders):
        with st.container(horizontal=True, vertical_alignment="center", key=f"folder_{number}"):
            st.html(f'<p class="path">{escape(str(folder))}</p>')
            st.button(
                "Look for changes",
                key=f"update_{number}",
                icon=":material/sync:",
                disabled=disabled,
                on_click=library_moves.update,
                args=(folder,),
                help="Adds what is new, replaces what has changed, removes what is gone.",
            )
            st.button(
                "Forget",
                key=f"forget_{number}",
                type="tertiary",
                disabled=disabled,
                on_click=library_moves.forget,
                args=(folder,),
                help="Removes everything below this folder from the library; the files stay.",
            )


def draw_documents(*, disabled: bool) -> None:
    """Draw the table of what is indexed, and the removal of what is chosen in it."""
    documents = session.open_index().documents()
    if not documents:
        return
    st.markdown("##### Indexed files")
    wanted = st.text_input(
        "Find in names and folders",
        key="wanted",
        placeholder="Find in names and folders",
        label_visibility="collapsed",
        type="search",
    )
    table = library.table_of(documents, wanted=wanted)
    if table.matching > len(table.rows):
        st.html(f'<p class="quiet">The first {len(table.rows):,} of {table.matching:,}</p>')
    if not table.rows:
        st.html('<p class="quiet">No indexed file is called like this.</p>')
        return
    chosen = st.dataframe(
        library.columns_of(table),
        key=library_moves.table_key(),
        hide_index=True,
        height=min(38 + 35 * len(table.rows), 420),
        on_select="rerun",
        selection_mode="multi-row",
        column_config={
            "Name": st.column_config.TextColumn(width="medium"),
            "Kind": st.column_config.TextColumn(width="small"),
            "Units": st.column_config.NumberColumn(width="small"),
            "Size": st.column_config.NumberColumn(width="small", format="bytes"),
        },
        alt="Indexed files with their kind, number of units, size and folder",
    )
    paths = [table.rows[row].path for row in chosen.selection.rows if row < len(table.rows)]
    draw_removal(paths, sorted(table.gone), disabled=disabled)


def draw_removal(chosen: list[Path], gone: list[Path], *, disabled: bool) -> None:
    """Draw the buttons that remove what is chosen, and what is no longer there."""
    with st.container(horizontal=True, vertical_alignment="center"):
        number = cards.counted(len(chosen), "file", "files")
        st.button(
            f"Remove {number}" if chosen else "Remove",
            key="remove",
            icon=":material/delete:",
            disabled=disabled or not chosen,
            on_click=library_moves.ask_to_remove,
            args=(chosen,),
            help="Choose files in the table first." if not chosen else None,
        )
        if gone:
            number = cards.counted(len(gone), "file that is", "files that are")
            st.button(
                f"Remove {number} gone",
                key="remove_gone",
                disabled=disabled,
                on_click=library_moves.ask_to_remove,
                args=(gone,),
            )


def draw_quarantined(files: tuple[Quarantined, ...], *, disabled: bool) -> None:
    """Draw what could not be read and why, to try again or to remove."""
    if not files:
        return
    said = cards.counted(len(files), "file", "files")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"##### {said} could not be read", width="content")
        st.button(
            "Try all again",
            key="retry_all",
            icon=":material/refresh:",
            disabled=disabled,
            on_click=library_moves.retry,
            args=([file.path for file in files],),
        )
    for number, file in enumerate(files[:SHOWN_QUARANTINED]):
        draw_quarantined_file(number, file, disabled=disabled)
    if len(files) > SHOWN_QUARANTINED:
        st.html(f'<p class="quiet">and {len(files) - SHOWN_QUARANTINED:,} more</p>')


def draw_quarantined_file(number: int, file: Quarantined, *, disabled: bool) -> None:
    """Draw one file that could not be read, with its reason and what can be done."""
    with st.container(border=True, key=f"bad_{number}"):
        st.html(
            f'<p class="path"><strong>{escape(file.path.name)}</strong></p>'
            f'<p class="reason">{escape(file.reason)}</p>'
            f'<p class="path quiet">{escape(str(file.path.parent))}</p>'
        )
        with st.container(horizontal=True):
            st.button(
                "Try again",
                key=f"retry_{number}",
                disabled=disabled,
                on_click=library_moves.retry,
                args=([file.path],),
            )
            st.button(
                "Remove",
                key=f"drop_{number}",
                type="tertiary",
                disabled=disabled,
                on_click=library_moves.ask_to_remove,
                args=([file.path],),
            )


@st.dialog("Remove from the library?", on_dismiss=library_moves.keep)
def confirm_removal(paths: list[Path]) -> None:
    """Ask once more, saying what will and what will not be deleted."""
    number = cards.counted(len(paths), "file leaves", "files leave")
    st.markdown(f"{number} the index: {cards.plain(library.uploaded_names(paths))}.")
    st.markdown("Files in your folders stay where they are; what was dropped here is deleted.")
    with st.container(horizontal=True):
        if st.button("Remove", type="primary", key="remove_now"):
            with st.spinner("Removing…"):
                library_moves.remove(paths)
            st.rerun()
        if st.button("Keep", key="keep"):
            library_moves.keep()
            st.rerun()


def draw_facts(home: Path, status: Status) -> None:
    """Draw the model and its self-test, what the index takes, how fast it was made."""
    st.markdown("##### Model, storage and speed")
    model, storage, speed = st.columns(3, gap="medium")
    with storage:
        taken = library_moves.storage(home, units=sum(status.units.values()))
        st.html(cards.facts_html([*taken, ("Store", status.store)]))
    with speed:
        facts = library.speed_facts(jobs.read(home)) + library_moves.measured()
        st.html(cards.facts_html(facts or [("Speed", "Nothing was measured yet.")]))
        if st.button("Check the index", key="check"):
            with st.spinner("Checking…"):
                library_moves.check()
            st.rerun()
    with model:
        st.html(cards.facts_html([("Model", status.model)]))
        draw_self_test()
    draw_checks()


def draw_self_test() -> None:
    """Draw what the model's test of itself has found; until then it is being loaded."""
    checked = library_moves.model_check()
    loading = not checked.done()

    @st.fragment(run_every=LOADING_S if loading else None)
    def watched() -> None:
        if not checked.done():
            st.html(cards.facts_html([("Self-test", "The model is being loaded…")]))
            return
        if loading:
            st.rerun(scope="app")
        test = checked.result()
        if test.is_ok:
            st.html(cards.facts_html([("Self-test", test.detail)]))
        else:
            st.error(cards.plain(f"Model: {test.detail}"), icon=":material/error:")

    watched()


def draw_checks() -> None:
    """Draw what the check of the index has found, if it was asked for."""
    for check in library_moves.checks():
        icon = ":material/check:" if check.is_ok else ":material/error:"
        st.markdown(f"{icon} **{cards.plain(check.name)}** {cards.plain(check.detail)}")


def draw_safely(draw: Callable[[], None]) -> None:
    """Draw a part of the page; where it fails it says so, and the other parts stay usable."""
    try:
        draw()
    except troubles.EXPECTED as error:
        st.error(cards.plain(library.sentence(error)), icon=":material/error:")


def draw(status: Status) -> None:
    """Draw the page."""
    home = session.open_index().home
    busy = jobs.is_running(home)
    may_change = not session.app_settings().library.read_only
    empty = not any(status.units.values()) and not status.quarantined
    draw_head(status)
    draw_job(home)
    if status.pending and not busy:
        number = cards.counted(status.pending, "file waits", "files wait")
        st.info(f"{number} to be read: add the folder again.", icon=":material/info:")
    if may_change and empty and not busy:
        draw_first_run()
    if may_change:
        draw_adding(disabled=busy)
        draw_safely(lambda: draw_folders(home, disabled=busy))
    draw_safely(lambda: draw_quarantined(status.quarantined, disabled=busy or not may_change))
    draw_safely(lambda: draw_documents(disabled=busy or not may_change))
    if not empty:
        draw_safely(lambda: draw_facts(home, status))
    doomed = library_moves.doomed()
    if doomed:
        confirm_removal(doomed)


st.html(Path(__file__).parents[1] / "library.css")
draw_safely(lambda: draw(session.status()))
