"""An opened unit: a page with its matched words, a picture, a video at the clip's second."""

from __future__ import annotations

import streamlit as st

from app import (
    cards,
    components,
    finding,
    highlights,
    moves,
    originals,
    session,
    timeline,
    troubles,
)
from app.page_state import PageState
from indexer.moments import Moment, to_csv, to_webvtt
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
    """Draw the way back to the results, the file's name, and the way to its neighbours."""
    with st.container(horizontal=True, vertical_alignment="center", key="way_back"):
        st.button(
            "Results" if state.asks else "Search",
            key="back",
            icon=":material/arrow_back:",
            on_click=moves.close_unit,
            shortcut="Esc",
        )
        if hit is not None:
            st.subheader(cards.plain(hit.path.name), anchor=False, width="stretch")
            draw_neighbours(hit, state)


def draw_neighbours(hit: Hit, state: PageState) -> None:
    """Draw the buttons to the unit before and the unit after, and where this one stands."""
    previous, following, where = finding.neighbours(hit, state)
    if previous is None and following is None:
        return
    with st.container(
        horizontal=True, vertical_alignment="center", width="content", gap="small", key="turn"
    ):
        st.html(f'<span class="quiet">{where}</span>', width="content")
        for key, neighbour, icon, shortcut in (
            ("previous", previous, ":material/chevron_left:", "Left"),
            ("next", following, ":material/chevron_right:", "Right"),
        ):
            st.button(
                key.capitalize(),
                key=key,
                icon=icon,
                disabled=neighbour is None,
                on_click=moves.open_unit,
                args=(neighbour.id if neighbour else None,),
                shortcut=shortcut,
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
        draw_beside(hit, size=size, matched=highlights.tally(boxes))


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
        draw_beside(hit, size=size)


def draw_video(hit: Hit, state: PageState) -> None:
    """Draw the player at the clip's second, the relevance over the whole video, its moments."""
    path = session.open_index().original(hit)
    media_type = originals.media_type_of(path)
    curve = finding.curve(hit, state)
    moments = finding.moments(hit, state, curve)
    poster, size = finding.poster(hit)
    large, beside = st.columns([3, 1], gap="medium")
    with large:
        if media_type is None:
            st.info("The browser cannot play this file: the frame that was found stands for it.")
        # Streamlit reads the whole file for it: once is enough.
        address = originals.address_of(path, media_type) if media_type else ""
        data = timeline.player_data(
            hit,
            address=address,
            poster=cards.data_uri(poster),
            size=size,
            curve=curve,
            moments=moments,
        )
        components.player(data, on_frame=lambda second: moves.use_frame(hit.id, second))
    with beside:
        draw_beside(hit, size=None, address=address)
        draw_exports(hit, moments)


def draw_beside(
    hit: Hit, *, size: tuple[int, int] | None, matched: str = "", address: str = ""
) -> None:
    """Draw what can be done with a unit, and its details."""
    with st.container(key="acts", gap=None):
        draw_original(hit, address=address)
        for act, label, icon in (
            ("more", "More like this", ":material/add:"),
            ("less", "Less like this", ":material/remove:"),
            ("alone", "Search with this", ":material/image_search:"),
        ):
            st.button(
                label,
                key=act,
                icon=icon,
                type="tertiary",
                on_click=moves.judge,
                args=(act, hit.id),
            )
    st.html(cards.facts_html(cards.facts(hit, size=size, matched=matched)))


def draw_original(hit: Hit, *, address: str = "") -> None:
    """Draw the link that opens the file itself in a tab of its own, where a browser shows it."""
    path = session.open_index().original(hit)
    media_type = originals.media_type_of(path)
    if media_type is None:
        return
    place = f"#page={hit.page}" if media_type == "application/pdf" else ""
    address = (address or originals.address_of(path, media_type)) + place
    icon = ":material/open_in_new:"
    st.link_button("Open original", address, icon=icon, type="tertiary")


def draw_exports(hit: Hit, moments: list[Moment]) -> None:
    """Draw the moments as files to take away: chapters for a player, rows for a table."""
    if not moments:
        return
    with st.container(key="exports", gap="xsmall"):
        number = cards.counted(len(moments), "moment", "moments")
        st.html(f'<p class="quiet">Take {number} away</p>')
        with st.container(horizontal=True, gap="small"):
            for label, data, suffix, media_type in (
                ("WebVTT", to_webvtt(moments), "vtt", "text/vtt"),
                ("CSV", to_csv(moments), "csv", "text/csv"),
            ):
                st.download_button(
                    label,
                    data,
                    file_name=f"{hit.path.stem}.{suffix}",
                    mime=media_type,
                    icon=":material/download:",
                    key=suffix,
                    on_click="ignore",
                )


DRAWERS = {
    Modality.PAGE: draw_page,
    Modality.IMAGE: draw_picture,
    Modality.VIDEO: draw_video,
}
