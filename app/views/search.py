"""The search page: the question, then the opened unit, the results, or what to do first."""

from __future__ import annotations

import streamlit as st

from app import cards, components, moves, session, troubles
from app.page_state import MAX_QUERY_CHARACTERS, PageState
from app.pictures import MAX_MEGAPIXELS, SUFFIXES
from app.views import opened
from indexer.types import Status

KINDS = {"all": "All", "image": "Pictures", "page": "Pages", "video": "Videos"}


def draw_question(state: PageState) -> None:
    """Draw the search box, the picture to search with, and the filter."""
    moves.show_in_widgets(state)
    with st.form("question", border=False), st.container(horizontal=True, key="question_row"):
        st.text_input(
            "Search for",
            key="text",
            type="search",
            max_chars=MAX_QUERY_CHARACTERS,
            placeholder="Describe what you are looking for",
            label_visibility="collapsed",
        )
        st.form_submit_button("Search", type="primary", on_click=moves.ask)
    with st.container(horizontal=True, vertical_alignment="center", key="filters"):
        st.segmented_control(
            "Kind",
            list(KINDS),
            key="kind",
            required=True,
            format_func=KINDS.__getitem__,
            on_change=moves.filter_by_kind,
            label_visibility="collapsed",
        )
        draw_picture_query(state)


def draw_picture_query(state: PageState) -> None:
    """Draw the upload, or the picture that is being searched with and its removal."""
    picture = session.query_picture(state)
    if picture is not None:
        with st.container(horizontal=True, vertical_alignment="center", width="content"):
            st.image(picture, width=40, alt="The picture you are searching with")
            st.button("Remove picture", type="tertiary", on_click=moves.remove_picture)
        return
    with st.popover("Search by picture", type="tertiary", icon=":material/image_search:"):
        st.file_uploader(
            "A picture of what you are looking for",
            type=list(SUFFIXES),
            key=moves.uploader_key(),
            on_change=moves.add_picture,
        )
        for refusal in moves.refusals():
            st.error(cards.plain(refusal), icon=":material/error:")
        st.caption(f"Up to {MAX_MEGAPIXELS} megapixels. With words in the box, both count.")


def draw_first_steps() -> None:
    """Draw the screen of an empty collection: the two commands, then what to type."""
    with st.container(key="first_steps", width=640):
        st.subheader("Nothing is indexed yet", anchor=False)
        st.markdown("Put a folder of pictures, documents and videos in:")
        st.code(session.ingest_command(), language=None)
        st.markdown("or look around in a collection that is drawn for you:")
        st.code("make demo", language=None)
        st.markdown(
            "Then search here by describing what you remember, such as *a red bicycle*, "
            "*rainfall by month* or a part number, or by a picture that looks like it."
        )
        st.button("Look again", icon=":material/refresh:")


def draw_welcome(status: Status) -> None:
    """Draw the screen before the first question: what is there and how to ask."""
    with st.container(key="welcome", width=640):
        st.subheader("What are you looking for?", anchor=False)
        st.markdown(f"{cards.holdings(status)} are indexed. Find them by")
        st.markdown(
            "- **what they show**: *a boat on a lake*, *a bar chart*\n"
            "- **what they say**: a name, a part number, a sentence you remember\n"
            "- **a picture** that looks like it, alone or together with words"
        )
        draw_quarantined(status)


def draw_quarantined(status: Status) -> None:
    """Name the files that are not searchable, if there are any."""
    if not status.quarantined:
        return
    number = cards.counted(len(status.quarantined), "file", "files")
    with st.popover(f"{number} could not be read", type="tertiary", icon=":material/info:"):
        for file in status.quarantined[:50]:
            st.markdown(f"**{cards.plain(file.path.name)}**  \n{cards.plain(file.reason)}")


def draw_results(state: PageState) -> None:
    """Draw the grid, or say that nothing matched."""
    session.load_model()
    with st.spinner("Searching…"):
        documents = session.find(state)
    if not documents:
        draw_no_match(state)
        return
    st.html(f'<p class="quiet" role="status">{cards.found(documents)}</p>')
    thumbnails = session.thumbnails(documents)
    components.gallery(
        [cards.card(document, thumbnails, state=state) for document in documents],
        on_open=moves.open_unit,
    )
    if cards.may_have_more(documents, state):
        st.button("Show more", on_click=moves.show_more, key="more")


def draw_no_match(state: PageState) -> None:
    """Say that nothing matched and what could be loosened."""
    with st.container(key="no_match", width=640):
        st.subheader("Nothing matches", anchor=False)
        if state.modality is not None:
            kind = KINDS[state.modality.value].lower()
            st.markdown(f"There is nothing like this among the {kind}.")
            st.button("Search everything", on_click=moves.search_all_kinds)
        else:
            st.markdown("Try fewer or other words, or search by a picture.")


def draw_trouble(error: Exception) -> None:
    """Say in one sentence what went wrong, and offer to try again where that may help."""
    said = cards.plain(troubles.sentence(error))
    if not troubles.is_temporary(error):
        st.error(said, icon=":material/error:")
    else:
        st.warning(said, icon=":material/hourglass_empty:")
        st.button("Try again", icon=":material/refresh:", key="again")


def draw(state: PageState) -> None:
    """Draw what the state asks for below the question."""
    status = session.status()
    if not any(status.units.values()):
        draw_first_steps()
        return
    for notice in moves.notices(state):
        st.warning(cards.plain(notice), icon=":material/info:")
    if state.unit:
        opened.draw(state)
    elif state.asks:
        draw_results(state)
    else:
        draw_welcome(status)
        session.load_model()


state = moves.read_state()
draw_question(state)
try:
    draw(state)
except troubles.EXPECTED as error:
    draw_trouble(error)
