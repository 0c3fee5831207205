"""The check of an answer: strays dropped, quotes looked for, nothing believed."""

from __future__ import annotations

import pytest
from asking import page_of, words_of_lines
from hypothesis import example, given
from hypothesis import strategies as st

from app.citations import UNSUPPORTED, Gate, check, locate
from indexer.types import Box, Word

PAGES = (
    page_of(1, "One alkaline AA cell drives the clock for", "two years. Change it then."),
    page_of(2, "The rim is lacquered and needs no polish."),
)


def test_a_citation_of_no_page_is_dropped_and_counted() -> None:
    checked = check("The rim needs no polish [2]. It is gold [7][2].", PAGES)
    assert checked.text == "The rim needs no polish [2]. It is gold [2]."
    assert checked.dropped == 1
    assert [citation.number for citation in checked.citations] == [2]


@pytest.mark.parametrize(
    ("written", "text", "dropped"),
    [
        ("A [1, 2].", "A [1][2].", 0),
        ("A [1-2].", "A [1][2].", 0),
        ("A [1–4].", "A [1][2].", 2),
        ("A [0].", "A.", 1),
        ("A [99].", "A.", 1),
        ("A [1-9999].", "A [1].", 1),
        ("An array[12] of x[y].", "An array of x[y].", 1),
    ],
)
def test_citations_are_written_one_by_one(written: str, text: str, dropped: int) -> None:
    checked = check(written, PAGES)
    assert (checked.text, checked.dropped) == (text, dropped)


def test_quoted_words_get_the_boxes_where_they_stand() -> None:
    checked = check("“drives the clock for two years” [1]", PAGES)
    (quote,) = checked.citations[0].quotes
    assert quote.is_supported
    assert len(quote.boxes) == 2  # one per line
    first, second = quote.boxes
    words = {word.text: word.box for word in PAGES[0].words}
    assert (first.x0, first.x1) == (words["drives"].x0, words["for"].x1)
    assert (second.x0, second.x1) == (words["two"].x0, words["years."].x1)


def test_quoted_words_that_are_not_on_the_cited_page_are_marked() -> None:
    checked = check("“drives the clock for two years” [2], “needs no polish” [2].", PAGES)
    assert checked.unsupported == 1
    assert checked.text.startswith("“drives the clock for two years”" + UNSUPPORTED + " [2]")
    wrong, right = checked.citations[0].quotes
    assert (wrong.is_supported, wrong.boxes) == (False, ())
    assert right.is_supported


def test_a_quote_of_words_from_both_ends_of_a_page_is_not_on_it() -> None:
    assert check("“One alkaline cell” [1]", PAGES).unsupported == 1
    assert check("“One alkaline … two years” [1]", PAGES).unsupported == 0
    assert check("“two years … One alkaline” [1]", PAGES).unsupported == 1


def test_half_a_word_is_no_quote_of_it() -> None:
    words = words_of_lines(["The boathouse stands."])
    assert locate("boat", words) is None
    assert locate("boathouse", words) is not None


def test_hyphens_case_and_typographic_marks_do_not_matter() -> None:
    words = words_of_lines(["The so-called “Halcyon” isn’t here."])
    assert locate("so called 'halcyon' isn't", words) is not None


def test_a_quote_inside_an_ocr_line_is_found() -> None:
    line = [Word("one accordion, red, without straps", Box(0.1, 0.1, 0.6, 0.13))]
    assert locate("accordion, red", line) == (line[0].box,)
    assert locate("ccordion", line) is None


def test_quotes_in_a_list_share_the_citation_at_its_end() -> None:
    assert check('"needs no polish" and "The rim is lacquered" [2]', PAGES).unsupported == 0


def test_an_uncited_quote_is_looked_for_on_every_page() -> None:
    assert check("It says “needs no polish”.", PAGES).unsupported == 0
    assert check("It says “needs much polish”.", PAGES).unsupported == 1


def test_sentences_without_a_citation_are_counted() -> None:
    checked = check("The cell lasts two years [1]. It is made of gold. The rim shines. [2]", PAGES)
    assert checked.uncited == 1


def test_a_text_without_pages_keeps_no_citation() -> None:
    checked = check("“All of it” is true [1].", ())
    assert (checked.citations, checked.dropped, checked.unsupported) == ((), 1, 1)


@given(st.text(alphabet='ab [](),–-0123456789.“”"\n', max_size=80))
@example("x [7[9]] “y” [8 [9], [9]3] z")
def test_whatever_is_written_every_citation_left_names_a_page(written: str) -> None:
    checked = check(written, PAGES)
    assert {citation.number for citation in checked.citations} <= {1, 2}
    assert check(checked.text, PAGES).dropped == 0


@given(st.text(alphabet="ab [](),0123456789.", max_size=60), st.integers(1, 7))
@example("x [7[9]] [1[9]] [[9] 2] [8[1][9]]", 1)
def test_the_gate_shows_what_the_check_leaves(written: str, size: int) -> None:
    gate = Gate([1, 2])
    pieces = [written[at : at + size] for at in range(0, len(written), size)]
    shown = "".join(map(gate.feed, pieces)) + gate.close()
    assert shown == check(written, PAGES).text.replace(UNSUPPORTED, "")
