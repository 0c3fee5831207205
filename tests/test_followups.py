"""Follow-up questions: which lean on the conversation, and what they are about."""

from __future__ import annotations

import pytest
from asking import page_of

from app.answers import Answer, Citation, Quote
from app.followups import leans, with_topic


@pytest.mark.parametrize("question", ["And how heavy is it?", "Why?", "What about the glass?"])
def test_questions_that_lean_on_what_was_said(question: str) -> None:
    assert leans(question)


@pytest.mark.parametrize(
    "question", ["How deep is the lake in the quarry?", "Who is the treasurer of the society?"]
)
def test_questions_that_stand_alone_are_left_as_they_are(question: str) -> None:
    last = Answer("Which clock is red?", "Which clock is red?", "None.", "x", False)
    assert not leans(question)
    assert with_topic(question, [last]) == question


def test_a_leaning_question_takes_over_the_title_and_the_words_that_were_answered() -> None:
    page = page_of(1, "Corley tide clock", "", "One alkaline cell drives the clock for two years.")
    said = "One alkaline cell drives the clock for two years."
    last = Answer(
        "How long does the cell last?",
        "How long does the cell last?",
        f"“{said}” [1]",
        "extractive",
        True,
        citations=(Citation(1, page.hit, (Quote(said, True),)),),
        pages=(page,),
    )
    assert with_topic("And how heavy is it?", [last]) == (
        "And how heavy is it? (cell corley tide clock)"
    )


def test_without_an_answer_the_words_of_the_last_question_are_taken_over() -> None:
    last = Answer("Where is the anchor?", "Where is the anchor?", "Not found.", "x", False)
    assert with_topic("And who has it?", [last]) == "And who has it? (anchor)"


def test_the_first_question_of_a_conversation_stays() -> None:
    assert with_topic("And how heavy is it?", []) == "And how heavy is it?"
