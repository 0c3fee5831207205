"""The moves on the page: each reads the state from the address bar and writes the next one into it.

The address bar is the truth. A move is a widget's callback; the run after it draws the new state.
"""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from app.page_state import MAX_QUERY_CHARACTERS, PageState, clean_query, from_params, to_params
from app.pictures import UnusablePicture
from app.session import picture_shelf, query_picture
from indexer.types import Modality

LOST_PICTURE = "The picture of this search is no longer here: add it again."
CUT_QUERY = f"The search was cut to its first {MAX_QUERY_CHARACTERS:,} characters."


def read_state() -> PageState:
    """Return what the address bar asks for."""
    return from_params(st.query_params)


def go_to(state: PageState) -> None:
    """Put a state into the address bar."""
    st.query_params.from_dict(to_params(state))


def show_in_widgets(state: PageState) -> None:
    """Make the search box and the filter show the state, also when a link or Back brought it."""
    shown = {"text": state.text, "kind": state.modality.value if state.modality else "all"}
    for key, value in shown.items():
        if st.session_state.get(key) != value:
            st.session_state[key] = value


def ask() -> None:
    """Search for the words in the box, with the filter and the picture as they are."""
    state = read_state()
    text = clean_query(st.session_state["text"])
    go_to(PageState(text=text, picture=state.picture, modality=state.modality))


def filter_by_kind() -> None:
    """Show only units of the chosen kind."""
    kind = st.session_state["kind"]
    modality = Modality(kind) if kind != "all" else None
    go_to(PageState(text=read_state().text, picture=read_state().picture, modality=modality))


def search_all_kinds() -> None:
    """Drop the filter."""
    go_to(replace(read_state(), modality=None))


def add_picture() -> None:
    """Search with the uploaded picture, or keep the reason why that cannot be for the next run."""
    upload = st.session_state.get(uploader_key())
    if upload is None:
        return
    try:
        picture = picture_shelf().put(upload.getvalue())
    except UnusablePicture as error:
        st.session_state["refused"] = str(error)
        renew_uploader()
        return
    go_to(PageState(text=read_state().text, picture=picture, modality=read_state().modality))


def remove_picture() -> None:
    """Search without the picture."""
    renew_uploader()
    go_to(replace(read_state(), picture=None, unit=None))


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
    """Go back to the results."""
    go_to(read_state().opening(None))


def refusals() -> list[str]:
    """Return why the last upload was refused, once."""
    return [st.session_state.pop("refused")] if "refused" in st.session_state else []


def notices(state: PageState) -> list[str]:
    """Return what the user must know about the link they came by."""
    said = []
    if state.picture and query_picture(state) is None:
        said.append(LOST_PICTURE)
    if len(st.query_params.get("q", "")) > MAX_QUERY_CHARACTERS:
        said.append(CUT_QUERY)
    return said
