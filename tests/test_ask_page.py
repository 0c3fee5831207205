"""The page "Ask" without a browser: what it shows and says in each of its states."""

from __future__ import annotations

import json
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from asking import Scripted
from fakes import FakeEmbedder
from make_files import write_pdf
from streamlit.testing.v1 import AppTest

from app import conversation, session
from app.answers import NOT_FOUND
from app.exporting import to_zip
from indexer import Index
from indexer.settings import Settings
from indexer.types import StoreLocked

ASK = Path(__file__).parents[1] / "app" / "views" / "ask.py"
PAGES = (
    ["Tide clock manual", "", "One alkaline cell drives the clock for two years."],
    ["Tide clock manual", "", "The gasket costs 4.10 crowns."],
)


@pytest.fixture
def index(tmp_path, monkeypatch) -> Index:
    """A real index of two small documents in the place of the app's one."""
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    write_pdf(corpus / "clock.pdf", PAGES)
    write_pdf(corpus / "report.pdf", [["The treasurer is Joren Fell."]])
    settings = Settings(home=tmp_path / "home", ocr="off")
    with Index.open(settings=settings, embedder=FakeEmbedder()) as opened:
        opened.ingest([corpus])
        monkeypatch.setattr(session, "open_index", lambda: opened)
        session.load_model.clear()
        conversation.answerer.clear()
        session.app_settings.clear()
        yield opened


def page() -> AppTest:
    opened = AppTest.from_file(str(ASK), default_timeout=60).run()
    assert not opened.exception
    return opened


def ask(opened: AppTest, question: str) -> AppTest:
    opened.chat_input[0].set_value(question).run()
    assert not opened.exception
    return opened


def answers(opened: AppTest) -> list[dict]:
    """Return what the page hands to its answers."""
    protos = [mounted.proto for mounted in opened.get("bidi_component")]
    return [json.loads(p.json) for p in protos if p.component_name == "btok_answer"]


def shown(opened: AppTest) -> str:
    kinds = (opened.markdown, opened.subheader, opened.warning, opened.error, opened.info)
    said = [element.value for elements in kinds for element in elements]
    return "\n".join([*said, *(html.proto.body for html in opened.get("html"))])


def test_a_question_is_answered_with_its_sources(index: Index) -> None:
    opened = ask(page(), "How long does the cell drive the clock?")
    (answer,) = answers(opened)
    kinds = [part["kind"] for part in answer["paragraphs"][0]]
    assert kinds == ["quote", "text", "citation"] or kinds == ["quote", "citation"]
    assert answer["paragraphs"][0][0]["text"].startswith("One alkaline cell")
    assert answer["sources"][0]["label"] == "clock.pdf, page 1"
    assert answer["sources"][0]["thumbnail"].startswith("data:image/jpeg")


def test_what_is_not_there_is_said_not_to_be_there(index: Index) -> None:
    opened = ask(page(), "Who painted the Mona Lisa?")
    (answer,) = answers(opened)
    assert answer["paragraphs"] == [[{"kind": "text", "text": NOT_FOUND}]]
    assert answer["sources"] == []


def test_a_follow_up_shows_how_it_was_searched_for(index: Index) -> None:
    opened = ask(ask(page(), "How long does the cell drive the clock?"), "And what is its gasket?")
    assert len(answers(opened)) == 2
    assert "Searched for: And what is its gasket? (" in shown(opened)


def test_answers_come_from_the_chosen_documents_only(index: Index) -> None:
    opened = page()
    opened.multiselect[0].set_value(["report.pdf"]).run()
    ask(opened, "How long does the cell drive the clock?")
    assert answers(opened)[0]["sources"] == []
    read = conversation.read_facts(opened.session_state["talk"].answers[0])
    assert [label for _, label in read[2:]] == ["report.pdf, page 1"]


def test_a_locked_store_keeps_the_question(index: Index, monkeypatch) -> None:
    opened = page()

    def locked(*_: object, **__: object) -> None:
        raise StoreLocked("held")

    monkeypatch.setattr(index, "search", locked)
    monkeypatch.setattr(session, "load_model", lambda: None)
    ask(opened, "How long does the cell drive the clock?")
    assert "being written to by another program" in shown(opened)
    monkeypatch.undo()
    (kept,) = opened.session_state["talk"].answers
    assert kept.question == "How long does the cell drive the clock?"


def test_an_empty_question_is_refused_in_a_sentence(index: Index) -> None:
    opened = ask(page(), "?!")
    assert "write a question" in shown(opened)
    assert answers(opened) == []


def test_markup_in_a_question_and_an_answer_stays_text(index: Index, monkeypatch) -> None:
    evil = "<img src=x onerror=alert(1)> ![x](http://evil.test/x.png) [link](http://evil.test)"
    monkeypatch.setattr(conversation, "answerer", lambda name: Scripted([evil]))
    opened = ask(page(), "<b>treasurer</b> ![x](http://evil.test)")
    (answer,) = answers(opened)
    assert answer["paragraphs"] == [[{"kind": "text", "text": evil}]]
    asked = next(m.value for m in opened.markdown if "treasurer" in m.value)
    assert "\\<b\\>" in asked
    assert "!\\[" in asked or "\\!\\[" in asked


def test_the_conversation_can_be_started_over(index: Index) -> None:
    opened = ask(page(), "Who is the treasurer?")
    opened.button(key="start_over").click().run()
    assert answers(opened) == []
    assert "What would you like to know?" in shown(opened)


def test_a_stop_keeps_what_had_arrived(index: Index, monkeypatch) -> None:
    kept = conversation.Talk()
    monkeypatch.setattr(conversation, "talk", lambda: kept)
    monkeypatch.setattr(conversation, "answerer", lambda name: Scripted(["Joren ", "Fell"]))
    kept.waiting = "Who is the treasurer?"
    events = conversation.events()
    for event in events:
        if getattr(event, "text", "") == "Joren":
            break
    conversation.stop()
    events.close()
    (answer,) = kept.answers
    assert answer.is_stopped
    assert answer.text == "Joren"
    assert (kept.answering, kept.waiting) == (None, "")


def test_a_click_meanwhile_goes_on_with_the_same_answer(index: Index, monkeypatch) -> None:
    kept, answerer = conversation.Talk(), Scripted(["Joren ", "Fell"])
    monkeypatch.setattr(conversation, "talk", lambda: kept)
    monkeypatch.setattr(conversation, "answerer", lambda name: answerer)
    kept.waiting = "Who is the treasurer?"
    first = conversation.events()
    while kept.shown != "Joren":
        next(first)
    first.close()  # a click ends the run that draws
    assert list(conversation.events())
    assert [answer.text for answer in kept.answers] == ["Joren Fell"]
    assert len(answerer.asked) == 1
    assert (kept.answering, kept.running, kept.waiting) == (None, None, "")


def test_a_question_asked_again_is_not_the_one_that_was_running(index: Index, monkeypatch) -> None:
    kept, answerer = conversation.Talk(), Scripted(["Joren ", "Fell"])
    monkeypatch.setattr(conversation, "talk", lambda: kept)
    monkeypatch.setattr(conversation, "answerer", lambda name: answerer)
    kept.waiting = "Who is the treasurer?"
    list(conversation.events())
    kept.waiting = "What does the gasket cost?"
    next(conversation.events())
    conversation.ask_again(0)
    list(conversation.events())
    assert [answer.question for answer in kept.answers] == ["Who is the treasurer?"]


def test_an_answer_is_taken_away_as_markdown_with_its_pages(index: Index) -> None:
    opened = ask(page(), "What does the gasket cost?")
    answer = opened.session_state["talk"].answers[0]
    with zipfile.ZipFile(BytesIO(to_zip(index, answer))) as packed:
        names = packed.namelist()
        text = packed.read("answer.md").decode()
    assert names == ["answer.md", f"page-{answer.citations[0].number}.png"]
    assert "4.10 crowns" in text
    assert conversation.export_name(answer) == "what-does-the-gasket-cost.zip"


def test_a_collection_without_pages_says_what_to_do(tmp_path, monkeypatch) -> None:
    settings = Settings(home=tmp_path / "home", ocr="off")
    with Index.open(settings=settings, embedder=FakeEmbedder()) as empty:
        monkeypatch.setattr(session, "open_index", lambda: empty)
        opened = page()
        assert "There are no pages to ask yet" in shown(opened)
        assert not opened.chat_input
