"""The page "Ask": a conversation whose answers stand on pages that can be opened."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app import cards, components, conversation, exporting, session, troubles
from app.answerers import choosing
from app.answers import Answer, Citation
from app.rag import MAX_QUESTION
from app.views import opened
from indexer.types import Status

PAGE_PIXELS = 3_600_000


def draw_head() -> None:
    """Draw who answers, from which documents, and the way to start over."""
    conversation.show_in_widgets()
    with st.container(horizontal=True, vertical_alignment="center", key="ask_head"):
        ready = choosing.available(conversation.ask_settings())
        if len(ready) > 1:
            st.segmented_control(
                "Who answers",
                ready,
                key="answerer",
                required=True,
                format_func=conversation.LABELS.__getitem__,
                on_change=conversation.choose,
                label_visibility="collapsed",
            )
        draw_scope()
        if conversation.talk().answers:
            st.button(
                "New conversation",
                key="start_over",
                type="tertiary",
                icon=":material/add:",
                on_click=conversation.start_over,
            )


def draw_scope() -> None:
    """Draw the choice of documents; nothing chosen means all of them."""
    chosen = conversation.talk().scope
    number = cards.counted(len(chosen), "document", "documents")
    label = number if chosen else "All documents"
    with st.popover(label, type="tertiary", icon=":material/folder_open:"):
        st.multiselect(
            "Answer from these documents only",
            list(conversation.documents()),
            key="scope",
            placeholder="All documents",
            on_change=conversation.choose,
        )


def draw_welcome(status: Status) -> None:
    """Draw what can be asked, before the first question."""
    with st.container(key="ask_welcome"):
        st.subheader("What would you like to know?", anchor=False)
        st.markdown(
            f"Answers are taken from {conversation.asked_pages(status)}. Every statement names its "
            "page: choose its number to see the words where they stand. What the pages do not say "
            "is not answered."
        )


def draw_empty() -> None:
    """Draw the screen of a collection without pages."""
    with st.container(key="ask_welcome"):
        st.subheader("There are no pages to ask yet", anchor=False)
        st.markdown("Questions are answered from documents. Put a folder of PDFs in:")
        st.code(session.ingest_command(), language=None)


def draw_turn(turn: int, answer: Answer) -> None:
    """Draw a question and its answer."""
    with st.chat_message("user", avatar=":material/person:"):
        st.markdown(cards.plain(answer.question))
    with st.chat_message("assistant", avatar=":material/menu_book:"):
        st.html(cards.quiet(conversation.status_line(answer)))
        if answer.text:
            components.answer(
                conversation.paragraphs(answer),
                conversation.sources(answer),
                key=f"answer_{turn}",
                on_cite=lambda number: conversation.open_citation(turn, number),
            )
        if answer.trouble:
            st.warning(cards.plain(answer.trouble), icon=":material/cloud_off:")
        for note in exporting.check_notes(answer):
            st.html(cards.quiet(note))
        draw_acts(turn, answer)


def draw_acts(turn: int, answer: Answer) -> None:
    """Draw what can be done with an answer: look at what was sent, take it away, ask again."""
    with st.container(horizontal=True, key=f"turn_acts_{turn}", gap="small"):
        with st.popover("What was read", type="tertiary", icon=":material/data_object:"):
            draw_sent(answer)
        if answer.citations:
            st.download_button(
                "Markdown",
                lambda: conversation.export(turn),
                file_name=conversation.export_name(answer),
                mime="application/zip",
                icon=":material/download:",
                key=f"export_{turn}",
                type="tertiary",
                on_click="ignore",
            )
        if answer.trouble or answer.is_stopped:
            st.button(
                "Ask again",
                key=f"again_{turn}",
                type="tertiary",
                icon=":material/refresh:",
                on_click=conversation.ask_again,
                args=(turn,),
            )


def draw_sent(answer: Answer) -> None:
    """Draw the pages that an answer was made from, and the messages that went to a model."""
    st.html(cards.facts_html(conversation.read_facts(answer)))
    for message in answer.prompt:
        st.caption(message.role)
        st.code(message.text, language=None, wrap_lines=True, height=220)


def draw_waiting() -> None:
    """Answer the waiting question, showing it as it comes."""
    kept = conversation.talk()
    with st.chat_message("user", avatar=":material/person:"):
        st.markdown(cards.plain(kept.waiting))
    with st.chat_message("assistant", avatar=":material/menu_book:"):
        step, draft = st.empty(), st.empty()
        step.html(cards.quiet("Searching…"))
        st.button("Stop", key="stop", icon=":material/stop:", on_click=conversation.stop)
        session.load_model()
        draft.html(conversation.draft_html(kept.shown))
        for event in conversation.events():
            if said := conversation.step(event):
                step.html(cards.quiet(said))
            elif kept.waiting:
                draft.html(conversation.draft_html(kept.shown))  # where a stop is noticed, too
    st.rerun()


def draw_page(citation: Citation) -> None:
    """Draw a cited page with the quoted words boxed."""
    try:
        data, size = session.encoded(citation.hit, max_pixels=PAGE_PIXELS)
    except troubles.EXPECTED as error:
        st.error(cards.plain(troubles.sentence(error, hit=citation.hit)), icon=":material/error:")
        return
    components.page(
        cards.data_uri(data),
        size=size,
        alt=cards.alternative_text(citation.hit),
        boxes=conversation.quote_boxes(citation),
        boxed=("quoted line", "quoted lines"),
    )
    opened.draw_original(citation.hit)


def draw(status: Status) -> None:
    """Draw the page."""
    if not any(status.units.values()):
        draw_empty()
        return
    draw_head()
    kept = conversation.talk()
    if not kept.answers and not kept.waiting:
        draw_welcome(status)
    with st.container(key="talk"):
        for turn, answer in enumerate(kept.answers):
            draw_turn(turn, answer)
        if said := conversation.take_notice():
            st.warning(cards.plain(said), icon=":material/info:")
        waiting = st.container()
    st.chat_input(
        "Ask about your documents",
        key="question",
        max_chars=MAX_QUESTION,
        on_submit=conversation.ask,
    )
    if citation := conversation.opened_citation():
        title = cards.plain(conversation.label_of(citation))
        st.dialog(title, width="large", on_dismiss=conversation.close_citation)(draw_page)(citation)
    if kept.waiting:
        with waiting:
            draw_waiting()


st.html(Path(__file__).parents[1] / "ask.css")
try:
    draw(session.status())
except troubles.EXPECTED as error:
    st.error(cards.plain(troubles.sentence(error)), icon=":material/error:")
