"""The search page: the question, then the opened unit, the results, or what to do first."""

from __future__ import annotations

import streamlit as st

from app import cards, chips, components, filters, finding, moves, session, troubles
from app.page_state import PageState
from app.pictures import MAX_MEGABYTES, MAX_MEGAPIXELS, SUFFIXES
from app.views import opened
from indexer.facets import Facets
from indexer.types import Status


def draw_question(state: PageState, status: Status) -> None:
    """Draw the search box, what else the search is made of, and the filters."""
    moves.show_in_widgets(state)
    is_first = not (state.asks or state.unit)
    with st.container(gap=None, key="hero" if is_first else "asked"):
        if is_first:
            st.header("What are you looking for?", anchor=False)
            st.markdown(f"{cards.holdings(status)} to search")
        draw_words()
        draw_chips(state)
        if not state.unit:
            draw_filters(state, finding.facets(state))


def draw_words() -> None:
    """Draw the search box."""
    with st.form("question", border=False), st.container(horizontal=True, key="question_row"):
        st.text_input(
            "Search for",
            key="text",
            type="search",
            placeholder="Describe what you are looking for",
            label_visibility="collapsed",
        )
        st.form_submit_button("Search", type="primary", on_click=moves.ask)


def draw_chips(state: PageState) -> None:
    """Draw what the search is made of beside its words; listens for pasted and dropped pictures."""
    picture = None
    if state.picture or state.frame:
        picture = chips.picture_chip(finding.picture_name(state), finding.picture_thumbnail(state))
    known = finding.units((*state.like, *state.unlike))
    shown = chips.chips(
        state, picture=picture, units=known, thumbnails=finding.thumbnails(known.values())
    )
    components.chips(
        shown,
        most_bytes=MAX_MEGABYTES * 1_000_000,
        on_remove=moves.take_away,
        on_drop=moves.add_dropped,
    )


def draw_filters(state: PageState, facets: Facets) -> None:
    """Draw the choice of a kind, and behind a button that of a folder, a document, a date."""
    with st.container(horizontal=True, vertical_alignment="center", key="filters"):
        kinds = filters.kinds(facets)
        st.segmented_control(
            "Kind",
            list(kinds),
            key="kind",
            required=True,
            format_func=kinds.__getitem__,
            on_change=moves.narrow,
            label_visibility="collapsed",
        )
        with st.popover("Filter", type="tertiary", icon=":material/tune:"):
            for key, label, choices in (
                ("folder", "Folder", filters.folders(facets, state)),
                ("document", "Document", filters.documents(facets, state)),
                ("date", "Changed", filters.periods(facets, state)),
            ):
                st.selectbox(
                    label,
                    list(choices),
                    key=key,
                    format_func=choices.__getitem__,
                    on_change=moves.narrow,
                )
        draw_upload()


def draw_upload() -> None:
    """Draw the upload of a picture to search with."""
    with st.popover("Search by picture", type="tertiary", icon=":material/image_search:"):
        st.file_uploader(
            "A picture of what you are looking for",
            type=list(SUFFIXES),
            key=moves.uploader_key(),
            on_change=moves.add_upload,
            max_upload_size=MAX_MEGABYTES,
        )
        st.caption(
            f"Up to {MAX_MEGAPIXELS} megapixels. You can also paste a picture anywhere on this "
            "page, or drop one on it. With words in the box, both count."
        )


def draw_first_steps() -> None:
    """Draw the screen of an empty collection: the two commands, then what to type."""
    with st.container(key="first_steps", width=640):
        st.header("Nothing is indexed yet", anchor=False)
        st.markdown(
            "Put a folder of pictures, documents and videos into the library, or look around in a "
            "collection that is drawn for you:"
        )
        st.page_link("views/library.py", label="Open the library", icon=":material/folder_open:")
        st.markdown("From a shell, the same is")
        st.code(session.ingest_command(), language=None)
        st.code("make demo", language=None)
        st.markdown(
            "Then search here by describing what you remember, such as *a red bicycle*, "
            "*rainfall by month* or a part number, or by a picture that looks like it."
        )
        st.button("Look again", icon=":material/refresh:")


def draw_welcome(status: Status) -> None:
    """Draw the screen before the first question: how to ask."""
    with st.container(key="welcome"):
        st.markdown(
            "- **What it shows**  \n*a boat on a lake*, *a bar chart*\n"
            "- **What it says**  \na name, a part number, a sentence you remember\n"
            "- **What it looks like**  \na picture, alone or together with words"
        )
        draw_quarantined(status)
        session.load_model()


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
    documents = finding.find(state)
    if not documents:
        draw_no_match(state)
        return
    st.html(f'<p class="quiet" role="status">{cards.found(documents)}</p>')
    thumbnails = finding.thumbnails(document.hits[0] for document in documents)
    components.gallery(
        [cards.card(document, thumbnails, state=state) for document in documents],
        good=cards.line_place(documents),
        focus=moves.just_closed(),
        on_open=moves.open_unit,
        on_judge=moves.judge,
    )
    if cards.may_have_more(documents, state):
        st.button("Show more", on_click=moves.show_more, key="more")


def draw_no_match(state: PageState) -> None:
    """Say that nothing matched and what could be loosened."""
    with st.container(key="no_match", width=640):
        st.subheader("Nothing matches", anchor=False)
        if state.is_narrowed:
            st.markdown("There is nothing like this where you are looking.")
            st.button("Search everything", on_click=moves.search_everything)
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


def draw(state: PageState, status: Status) -> None:
    """Draw what the state asks for below the question."""
    with st.container(key="notices"):
        for notice in moves.notices(state):
            st.warning(cards.plain(notice), icon=":material/info:")
    if state.unit:
        opened.draw(state)
    elif state.asks:
        draw_results(state)
    else:
        draw_welcome(status)


state = moves.read_state()
try:
    status = session.status()
    if any(status.units.values()):
        draw_question(state, status)
        draw(state, status)
    else:
        draw_first_steps()
except troubles.EXPECTED as error:
    draw_trouble(error)
moves.end_of_run()
