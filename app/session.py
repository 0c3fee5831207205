"""The one cached `Index` that every session shares, and what the page asks of it."""

from __future__ import annotations

import gc
import io
import shlex
from pathlib import Path

import streamlit as st

from app.pictures import PictureShelf
from app.settings import AppSettings, read_app_settings
from indexer import Index
from indexer.types import Hit, Status


@st.cache_resource(show_spinner=False)
def app_settings() -> AppSettings:
    """Return the settings of the app, read once."""
    return read_app_settings()


@st.cache_resource(show_spinner=False)
def open_index() -> Index:
    """Open the index once for all sessions."""
    return Index.open()


@st.cache_resource(show_spinner=False)
def picture_shelf() -> PictureShelf:
    """Return the shelf that all sessions share; ids are hashes, so nothing is found by guessing."""
    return PictureShelf(open_index().home / "pictures")


@st.cache_resource(show_spinner="Loading the model…")
def load_model() -> None:
    """Have the model loaded, once for all sessions: the first thing it encodes does it."""
    open_index().search("ready", limit=1)
    settle_memory()


def settle_memory() -> None:
    """Take what is in memory for good out of the collector's sight.

    Streamlit collects garbage after every run of a page; with a model loaded that walks over half
    a million objects, and holds up what the run has just drawn.
    """
    gc.collect()
    gc.freeze()


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


def encoded(hit: Hit, *, max_pixels: int) -> tuple[bytes, tuple[int, int]]:
    """Render a unit at reading size: JPEG bytes and (width, height)."""
    picture = open_index().media(hit, max_pixels=max_pixels).convert("RGB")
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=88, subsampling=0)
    return buffer.getvalue(), picture.size
