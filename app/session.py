"""The one cached `Index` that every session shares, and what the page asks of it."""

from __future__ import annotations

import io
import shlex
from pathlib import Path

import streamlit as st
from PIL import Image

from app.page_state import PageState
from app.pictures import PictureShelf
from indexer import Index
from indexer.types import DocumentHits, Hit, IndexerError, Status, point_id


@st.cache_resource(show_spinner=False)
def open_index() -> Index:
    """Open the index once for all sessions."""
    return Index.open()


@st.cache_resource(show_spinner=False)
def picture_shelf() -> PictureShelf:
    """Return the shelf that all sessions share; ids are hashes, so nothing is found by guessing."""
    return PictureShelf()


@st.cache_resource(show_spinner="Loading the model…")
def load_model() -> None:
    """Have the model loaded, once for all sessions: the first thing it encodes does it."""
    open_index().search("ready", limit=1)


def ingest_command() -> str:
    """Return the command that puts a folder into this index, also when it is not the default."""
    home = open_index().home
    command = "python -m indexer ingest ~/Pictures"
    if home == Path(".btok").absolute():
        return command
    return f"BTOK_HOME={shlex.quote(str(home))} {command}"


def status() -> Status:
    """Say what the collection holds right now."""
    return open_index().status()


def query_picture(state: PageState) -> Image.Image | None:
    """Return the picture that is being searched with, if there is one and it is still here."""
    return picture_shelf().find(state.picture) if state.picture else None


def find(state: PageState) -> list[DocumentHits]:
    """Search for what the state asks. Raises IndexerError."""
    return open_index().search_documents(
        state.text or None,
        image=query_picture(state),
        modality=state.modality,
        limit=state.limit,
    )


def thumbnails(documents: list[DocumentHits]) -> dict[str, bytes]:
    """Return the thumbnail of every document's best hit; unreadable ones are left out."""
    found = {}
    for document in documents:
        try:
            found[document.hits[0].id] = open_index().thumbnail(document.hits[0])
        except (IndexerError, OSError):
            continue
    return found


def encoded(hit: Hit, *, max_pixels: int) -> tuple[bytes, tuple[int, int]]:
    """Render a unit at reading size: JPEG bytes and (width, height)."""
    picture = open_index().media(hit, max_pixels=max_pixels).convert("RGB")
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=88, subsampling=0)
    return buffer.getvalue(), picture.size


def neighbour(hit: Hit, step: int) -> Hit | None:
    """Return the page `step` pages further in the same document, None beyond its ends."""
    if hit.page is None:
        return None
    index = open_index()
    return index.hit(point_id(index.collection, hit.path, f"page={hit.page + step}"))
