"""Pages cut into what can be quoted: sentences over line ends, rows, headings."""

from __future__ import annotations

from asking import words_of_lines

from app.answerers.passages import page_text, passages_of
from indexer.types import Box, Word


def texts(*lines: str) -> list[str]:
    return [passage.text for passage in passages_of(words_of_lines(lines))]


def test_a_sentence_runs_over_the_ends_of_lines() -> None:
    said = texts(
        "The herons nested again on Gull Holm after",
        "nineteen years. You will find the whole story",
        "in the bulletin.",
    )
    assert said == [
        "The herons nested again on Gull Holm after nineteen years.",
        "You will find the whole story in the bulletin.",
    ]


def test_abbreviations_initials_and_numbers_end_no_sentence() -> None:
    line = "Ask Mrs. Dray or D. Wheeler, e.g. The price is 3.80 crowns. Ring twice."
    assert texts(line) == [line.removesuffix(" Ring twice."), "Ring twice."]


def test_every_word_is_in_exactly_one_passage() -> None:
    words = words_of_lines(["A heading", "", "One. Two three.", "• item one", "Part      Price"])
    covered = [n for each in passages_of(words) for n in range(each.start, each.end)]
    assert covered == list(range(len(words)))


def test_the_rows_of_a_table_stay_apart_and_know_their_head() -> None:
    page = words_of_lines(
        ["Spare parts", "", "Part          Crowns", "Shear pin      3.80", "Key 2      2.50"]
    )
    head, pin, key = passages_of(page)[1:]
    assert head.is_table_head
    assert not pin.is_table_head
    assert (pin.text, pin.table_head) == ("Shear pin 3.80", "Part Crowns")
    assert (key.text, key.table_head) == ("Key 2 2.50", "Part Crowns")
    assert pin.heading == "Spare parts Part Crowns"


def test_a_heading_stands_above_what_follows_it() -> None:
    page = words_of_lines(["What herons eat", "", "Eel, flounder and a goldfish were found."])
    heading, sentence = passages_of(page)
    assert not heading.is_sentence
    assert sentence.is_sentence
    assert sentence.heading == "What herons eat"


def test_a_word_that_a_line_end_split_is_written_once() -> None:
    halves = [
        Word("the", Box(0.80, 0.100, 0.84, 0.116)),
        Word("customization", Box(0.85, 0.100, 0.90, 0.116)),
        Word("customization", Box(0.10, 0.125, 0.20, 0.141)),
        Word("ends.", Box(0.21, 0.125, 0.27, 0.141)),
    ]
    assert [each.text for each in passages_of(halves)] == ["the customization ends."]
    assert page_text(halves).split() == ["the", "customization", "customization", "ends."]


def test_a_word_said_twice_is_kept_twice() -> None:
    assert texts("It had had enough.") == ["It had had enough."]


def test_lines_from_ocr_are_put_together_to_sentences() -> None:
    lines = ["To be claimed at the harbour office,", "Mondays from nine to noon."]
    page = [
        Word(text, Box(0.1, 0.1 + 0.03 * n, 0.7, 0.12 + 0.03 * n)) for n, text in enumerate(lines)
    ]
    assert [each.text for each in passages_of(page)] == [" ".join(lines)]


def test_a_page_without_words_has_no_passages() -> None:
    assert passages_of([]) == []
