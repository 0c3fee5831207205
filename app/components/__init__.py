"""What Streamlit has no widget for: the grid of results and the page viewer.

Each is one script and one style sheet beside this file. They build their elements with
`textContent` and attributes only, never from markup, so names and snippets cannot inject any.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import streamlit as st

from app.highlights import Highlight

HERE = Path(__file__).parent


def source(name: str) -> str:
    """Read a script or a style sheet of this folder."""
    return (HERE / name).read_text(encoding="utf-8")


mount_gallery = st.components.v2.component(
    "btok_gallery", html="<ul></ul>", css=source("gallery.css"), js=source("gallery.js")
)
mount_page = st.components.v2.component(
    "btok_page", html='<div class="viewer"></div>', css=source("page.css"), js=source("page.js")
)


def gallery(cards: Sequence[dict[str, object]], *, on_open: Callable[[str], None]) -> None:
    """Draw the grid of cards; `on_open` is called with the id of the unit that was chosen."""

    def opened() -> None:
        chosen = st.session_state["gallery"].opened
        if chosen:
            on_open(chosen)

    mount_gallery(data={"cards": list(cards)}, key="gallery", on_opened_change=opened)


def page(
    picture: str,
    *,
    size: tuple[int, int],
    alt: str,
    boxes: Sequence[Highlight] = (),
    whole: bool = False,
) -> None:
    """Draw a page or a picture (a data URI of `size`), zoomable, with boxes laid over it.

    It starts as wide as its place, or small enough to be seen as a `whole`.
    """
    mount_page(
        data={
            "picture": picture,
            "width": size[0],
            "height": size[1],
            "alt": alt,
            "whole": whole,
            "boxes": [asdict(box) for box in boxes],
        },
        key="page",
    )
