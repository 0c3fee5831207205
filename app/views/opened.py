"""An opened unit: a page with its matched words, a picture, a video at the clip's second."""

from __future__ import annotations

import streamlit as st

from app import cards, components, highlights, moves, session, troubles
from app.page_state import PageState
from indexer.types import Hit, Modality

PAGE_PIXELS = 3_600_000
PICTURE_PIXELS = 4_000_000


def draw(state: PageState) -> None:
    """Draw the opened unit, or say that it is not in the collection any more."""
    hit = session.open_index().hit(state.unit) if state.unit else None
    draw_way_back(state, hit)
    if hit is None:
        st.warning("This link points to something that is no longer in the collection.")
        return
    try:
        DRAWERS[hit.modality](hit, state)
    except troubles.EXPECTED as error:
        st.error(cards.plain(troubles.sentence(error, hit=hit)), icon=":material/error:")


def draw_way_back(state: PageState, hit: Hit | None) -> None:
    """Draw the way back to the results, for a page its neighbours, and the file's name."""
    with st.container(horizontal=True, vertical_alignment="center", key="way_back"):
        label = "Results" if state.asks else "Search"
        st.button(label, key="back", icon=":material/arrow_back:", on_click=moves.close_unit)
        if hit is not None and hit.modality == Modality.PAGE:
            draw_neighbours(hit)
        if hit is not None:
            st.markdown(f"##### {cards.plain(hit.path.name)}", width="content")


def draw_neighbours(hit: Hit) -> None:
    """Draw the buttons to the page before and the page after."""
    for key, label, step in (("previous", "Previous", -1), ("next", "Next", 1)):
        neighbour = session.neighbour(hit, step)
        st.button(
            label,
            key=key,
            disabled=neighbour is None,
            on_click=moves.open_unit,
            args=(neighbour.id if neighbour else None,),
            shortcut="Left" if step < 0 else "Right",
        )


def draw_page(hit: Hit, state: PageState) -> None:
    """Draw a page large, with its matched words boxed, and its details beside it."""
    data, size = session.encoded(hit, max_pixels=PAGE_PIXELS)
    boxes = highlights.highlights(session.open_index().words(hit), state.text)
    large, beside = st.columns([3, 1], gap="medium")
    with large:
        alt = cards.alternative_text(hit)
        components.page(cards.data_uri(data), size=size, alt=alt, boxes=boxes)
    with beside:
        matched = highlights.tally(boxes)
        st.html(cards.facts_html(cards.facts(hit, size=size, matched=matched)))


def draw_whole(hit: Hit) -> tuple[int, int]:
    """Draw a picture, or the frame of a clip, so that all of it is seen; returns its size."""
    data, size = session.encoded(hit, max_pixels=PICTURE_PIXELS)
    alt = cards.alternative_text(hit)
    components.page(cards.data_uri(data), size=size, alt=alt, whole=True)
    return size


def draw_picture(hit: Hit, _: PageState) -> None:
    """Draw a picture large, and its details beside it."""
    large, beside = st.columns([3, 1], gap="medium")
    with large:
        size = draw_whole(hit)
    with beside:
        st.html(cards.facts_html(cards.facts(hit, size=size)))


def draw_video(hit: Hit, _: PageState) -> None:
    """Draw the player at the clip's second, or one frame where the browser has no player for it."""
    large, beside = st.columns([3, 1], gap="medium")
    with large:
        media_type = cards.player_format(hit.path)
        if media_type is None:
            st.info("The browser cannot play this file; this is the frame that was found.")
            draw_whole(hit)
        else:
            alt = f"{hit.path.name}, from {cards.place(hit)}"
            start = int(hit.start_seconds or 0)
            st.video(str(hit.path), format=media_type, start_time=start, alt=alt)
    with beside:
        st.html(cards.facts_html(cards.facts(hit, size=None)))


DRAWERS = {
    Modality.PAGE: draw_page,
    Modality.IMAGE: draw_picture,
    Modality.VIDEO: draw_video,
}
