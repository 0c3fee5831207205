"""The library page: what is indexed, by which model, and what could not be read and why."""

from __future__ import annotations

import streamlit as st

from app import cards, session, troubles
from indexer.types import Status


def draw_contents(status: Status) -> None:
    """Draw what the collection holds and what it was made with."""
    st.subheader("Library", anchor=False)
    files = cards.counted(status.files, "file", "files")
    held = cards.holdings(status)
    st.markdown(f"{files} indexed: {held}." if held else "Nothing is indexed yet.")
    listed = [("Model", status.model), ("Store", status.store)]
    st.html(cards.facts_html(listed))


def draw_quarantined(status: Status) -> None:
    """Name the files that are not searchable, and why."""
    if not status.quarantined:
        return
    number = cards.counted(len(status.quarantined), "file", "files")
    st.subheader(f"{number} could not be read", anchor=False)
    for file in status.quarantined:
        st.markdown(f"**{cards.plain(file.path.name)}**  \n{cards.plain(file.reason)}")


try:
    found = session.status()
    draw_contents(found)
    draw_quarantined(found)
except troubles.EXPECTED as error:
    st.error(cards.plain(troubles.sentence(error)), icon=":material/error:")
