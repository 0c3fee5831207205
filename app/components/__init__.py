"""What Streamlit has no widget for: answers, chips, the grid of results, page viewer and player.

Each is one script and one style sheet beside this file. They build their elements with
`textContent` and attributes only, never from markup, so names and snippets cannot inject any.
`elements.js` and `tokens.css` go in front of each: what they share.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import streamlit as st

from app.highlights import Highlight

HERE = Path(__file__).parent


def source(*names: str) -> str:
    """Read scripts or style sheets of this folder, one after the other."""
    return "\n".join((HERE / name).read_text(encoding="utf-8") for name in names)


def component(name: str):  # type: ignore[no-untyped-def]
    """Declare the component of a script and a style sheet."""
    return st.components.v2.component(
        f"btok_{name}",
        html='<div class="root"></div>',
        css=source("tokens.css", f"{name}.css"),
        js=source("elements.js", f"{name}.js"),
    )


mount_answer = component("answer")
mount_chips = component("chips")
mount_gallery = component("gallery")
mount_page = component("page")
mount_player = component("player")


def answer(
    paragraphs: Sequence[Sequence[Mapping[str, object]]],
    sources: Sequence[Mapping[str, object]],
    *,
    key: str,
    on_cite: Callable[[int], None],
) -> None:
    """Draw an answer and its sources; `on_cite` is called with the number of a chosen page."""

    def cited() -> None:
        number = st.session_state[key].cited
        if number is not None:
            on_cite(int(number))

    data = {
        "paragraphs": [[dict(part) for part in parts] for parts in paragraphs],
        "sources": [dict(source) for source in sources],
    }
    mount_answer(data=data, key=key, on_cited_change=cited)


def chips(
    shown: Sequence[Mapping[str, object]],
    *,
    most_bytes: int,
    on_remove: Callable[[str, str], None],
    on_drop: Callable[[Mapping[str, object]], None],
) -> None:
    """Draw removable chips, and take pictures that are pasted into the page or dropped on it.

    `on_remove` is called with the chip's kind and value, `on_drop` with the file in base64 as
    `data`, or with its `size` alone when it has more than `most_bytes`.
    """

    def removed() -> None:
        chip = st.session_state["chips"].removed
        if chip:
            on_remove(str(chip["kind"]), str(chip["value"]))

    def dropped() -> None:
        file = st.session_state["chips"].dropped
        if file:
            on_drop(file)

    data = {"chips": [dict(chip) for chip in shown], "most_bytes": most_bytes}
    mount_chips(data=data, key="chips", on_removed_change=removed, on_dropped_change=dropped)


def gallery(
    cards: Sequence[Mapping[str, object]],
    *,
    good: int | None,
    focus: str | None,
    on_open: Callable[[str], None],
    on_judge: Callable[[str, str], None],
) -> None:
    """Draw the grid of cards, the line after the first `good` ones, and give `focus` the focus.

    `on_open` is called with the id of the unit that was chosen, `on_judge` with `more`, `less` or
    `alone` and an id.
    """

    def opened() -> None:
        chosen = st.session_state["gallery"].opened
        if chosen:
            on_open(str(chosen))

    def judged() -> None:
        chosen = st.session_state["gallery"].judged
        if chosen:
            on_judge(str(chosen["act"]), str(chosen["id"]))

    mount_gallery(
        data={"cards": [dict(card) for card in cards], "good": good, "focus": focus},
        key="gallery",
        on_opened_change=opened,
        on_judged_change=judged,
    )


def page(
    picture: str,
    *,
    size: tuple[int, int],
    alt: str,
    boxes: Sequence[Highlight] = (),
    boxed: tuple[str, str] = ("matched word", "matched words"),
    whole: bool = False,
) -> None:
    """Draw a page or a picture (a data URI of `size`), zoomable, with boxes laid over it.

    `boxed` says what is in one box and in several. It starts as wide as its place, or small enough
    to be seen as a `whole`.
    """
    mount_page(
        data={
            "picture": picture,
            "width": size[0],
            "height": size[1],
            "alt": alt,
            "whole": whole,
            "boxed": list(boxed),
            "boxes": [asdict(box) for box in boxes],
        },
        key="page",
    )


def player(data: Mapping[str, object], *, on_frame: Callable[[float], None]) -> None:
    """Draw a video with its relevance curve and its moments, as `timeline.player_data` says.

    `on_frame` is called with the second of the frame to search with.
    """

    def framed() -> None:
        second = st.session_state["player"].framed
        if second is not None:
            on_frame(float(second))

    mount_player(data=dict(data), key="player", on_framed_change=framed)
