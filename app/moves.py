"""The moves on the page: each reads the state from the address bar and writes the next one into it.

The address bar is the truth. A move is a widget's callback; the run after it draws the new state.
What a move has to say (a refused upload, an empty question) waits in the session for that run.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from app import chips, filters, session
from app.page_state import (
    MAX_QUERY_CHARACTERS,
    Frame,
    PageState,
    clean_query,
    from_params,
    to_params,
)
from app.pictures import UnusablePicture, too_heavy
from indexer.types import Modality
from indexer.words import FUNCTION_WORDS, content_words, fold

LOST_PICTURE = "The picture of this search is no longer here: add it again."
CUT_QUERY = f"The search was cut to its first {MAX_QUERY_CHARACTERS:,} characters."
NOTHING_ASKED = "Type what you are looking for, or add a picture."
SAYS_LITTLE = "These words stand almost everywhere: name a thing, a place or a number as well."
NOT_KEPT = "The picture could not be kept: there may be no space left on the disk."


def read_state() -> PageState:
    """Return what the address bar asks for."""
    return from_params(st.query_params)


def go_to(state: PageState) -> None:
    """Put a state into the address bar."""
    st.query_params.from_dict(to_params(state))


def show_in_widgets(state: PageState) -> None:
    """Make the widgets show the state, also when a link or Back brought it.

    The filters are not there while a unit is open: a widget that comes back shows only what this
    run gives it. The box is always there, and what is being typed in it is left alone.
    """
    st.session_state["kind"] = state.modality.value if state.modality else "all"
    st.session_state["folder"] = str(state.folder or filters.EVERYTHING)
    st.session_state["document"] = str(state.document or filters.EVERYTHING)
    st.session_state["date"] = state.period or filters.EVERYTHING
    if st.session_state.get("text") != state.text:
        st.session_state["text"] = state.text


def ask() -> None:
    """Search for the words in the box, with the filters and the picture as they are."""
    typed = st.session_state["text"]
    state = read_state().asking(clean_query(typed))
    if len(typed.strip()) > MAX_QUERY_CHARACTERS:
        say(CUT_QUERY)
    if not state.asks:
        say(NOTHING_ASKED)
    go_to(state)


def narrow() -> None:
    """Show only what the filters say."""
    chosen = {key: st.session_state.get(key) for key in ("kind", "folder", "document", "date")}
    kind, folder, document = chosen["kind"] or "all", chosen["folder"], chosen["document"]
    state = read_state().narrowed(
        modality=Modality(kind) if kind != "all" else None,
        folder=Path(folder) if folder else None,
        document=Path(document) if document else None,
        period=chosen["date"] or "",
    )
    go_to(state)


def search_everything() -> None:
    """Drop the filters."""
    go_to(read_state().everywhere())


def add_upload() -> None:
    """Search with the uploaded picture, or keep the reason why that cannot be for the next run."""
    upload = st.session_state.get(uploader_key())
    if upload is not None:
        add_picture(upload.getvalue())


def add_dropped(dropped: Mapping[str, object]) -> None:
    """Search with a picture that was pasted or dropped: `data` in base64, or only its `size`."""
    size = dropped.get("size")
    if isinstance(size, int | float):
        refuse(too_heavy(int(size)))
        return
    try:
        add_picture(base64.b64decode(str(dropped.get("data")), validate=True))
    except binascii.Error:
        add_picture(b"")


def add_picture(data: bytes) -> None:
    """Search with a picture, or say why that cannot be."""
    try:
        go_to(read_state().picturing(session.picture_shelf().put(data)))
        return
    except UnusablePicture as error:
        refuse(str(error))
    except OSError:
        refuse(NOT_KEPT)


def refuse(reason: str) -> None:
    """Keep why a picture cannot be searched with for the next run, and empty the uploader."""
    say(reason)
    renew_uploader()


def use_frame(unit: str, second: float) -> None:
    """Search with a frame of a video."""
    go_to(PageState(modality=read_state().modality).picturing(Frame(unit, second)))


def judge(act: str, unit: str) -> None:
    """Search for more like a unit, for less like it, or with it alone."""
    state = read_state()
    known = {"more": state.liking, "less": state.disliking, "alone": state.only_like}
    if act in known:
        go_to(known[act](unit))


def take_away(kind: str, value: str) -> None:
    """Search without what a chip stands for."""
    if kind in ("picture", "all"):
        renew_uploader()
    go_to(chips.without(read_state(), kind, value))


def uploader_key() -> str:
    """Name the uploader; a new name is how Streamlit forgets the file in it."""
    return f"upload_{st.session_state.setdefault('uploads', 0)}"


def renew_uploader() -> None:
    """Empty the uploader."""
    st.session_state["uploads"] = st.session_state.get("uploads", 0) + 1


def show_more() -> None:
    """Ask for one more page of results."""
    go_to(read_state().showing_more())


def open_unit(unit: str) -> None:
    """Open a unit over the results."""
    go_to(read_state().opening(unit))


def close_unit() -> None:
    """Go back to the results, to the card that was opened."""
    st.session_state["closed"] = read_state().unit
    go_to(read_state().opening(None))


def just_closed() -> str | None:
    """Return the unit that was closed by the last move."""
    closed = st.session_state.get("closed")
    return str(closed) if closed else None


def say(sentence: str) -> None:
    """Keep a sentence for the next run."""
    st.session_state.setdefault("said", []).append(sentence)


def notices(state: PageState) -> list[str]:
    """Return what the user must know about the last move and the link they came by."""
    said = list(st.session_state.get("said", []))
    if state.picture and session.picture_shelf().encoded(state.picture) is None:
        said.append(LOST_PICTURE)
    if len(st.query_params.get("q", "")) > MAX_QUERY_CHARACTERS:
        said.append(CUT_QUERY)
    if says_little(state.text) and not (state.picture or state.frame or state.like):
        said.append(SAYS_LITTLE)
    return said


def end_of_run() -> None:
    """Drop what the last move left for this run: it is drawn. A run cut short leaves it."""
    for kept in ("said", "closed"):
        st.session_state.pop(kept, None)


def says_little(text: str) -> bool:
    """Tell whether a question has only words that stand almost everywhere."""
    words = content_words(text).split()
    return bool(words) and all(fold(word) in FUNCTION_WORDS for word in words)
