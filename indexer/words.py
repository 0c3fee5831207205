"""The words of a question and of a text: which say what it is about, where they match."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from indexer.types import Word

SNIPPET_WORDS = 36

# Without these a question's "the" finds every page. The index keeps them: dropping stop words
# there made results worse. They are dropped from a question only when other words remain.
_FUNCTION_WORDS = (
    "a an and are as at be been but by can did do does for from had has have how i if in into is"
    " it its many me much my not of on or our show so that the their them there these they this"
    " those to was we were what when where which who whose why will with would you your"
)
FUNCTION_WORDS = frozenset(_FUNCTION_WORDS.split())


def content_words(text: str) -> str:
    """Return the words of a question that say what it is about; all of them if none does."""
    words = re.findall(r"[^\W_]+", text)
    telling = [word for word in words if fold(word) not in FUNCTION_WORDS]
    return " ".join(telling or words)


def held_words(text: str, question: str) -> tuple[str, ...]:
    """Return the telling words of a question that a text holds, as the question writes them."""
    held = vocabulary(text)
    asked = dict.fromkeys(content_words(question).split())
    return tuple(word for word in asked if held.intersection(words_of(word)))


def matched_spans(text: str, question: str) -> list[tuple[int, int]]:
    """Return (start, end) of every word of a text that a question names: what to mark in it."""
    terms = terms_of(question)
    return [
        (match.start(), match.end())
        for match in re.finditer(r"[^\W_]+", text)
        if terms.intersection(words_of(match.group()))
    ]


def snippet_of(text: str, question: str, *, words: int = SNIPPET_WORDS) -> str:
    """Return the passage of `words` words that holds most of the question's words.

    The earliest such passage; the beginning of the text when none is held.
    """
    tokens = text.split()
    terms = terms_of(question)
    found = [first_term(token, terms) for token in tokens]
    places = [place for place, term in enumerate(found) if term]
    starts = {0} | {max(0, place - words // 4) for place in places}

    def worth(start: int) -> tuple[int, int, int]:
        inside = [term for term in found[start : start + words] if term]
        return (len(set(inside)), len(inside), -start)

    start = max(starts, key=worth)
    passage = " ".join(tokens[start : start + words])
    before = "… " if start else ""
    return before + passage + (" …" if start + words < len(tokens) else "")


def matched_words(words: Sequence[Word], question: str) -> list[Word]:
    """Return the words (or OCR lines) of a page that hold a word of the question.

    Case, accents and plural endings do not matter; function words count only when alone.
    """
    terms = terms_of(question)
    return [word for word in words if first_term(word.text, terms)]


def fold(text: str) -> str:
    """Drop case and accents: `Élan` -> `elan`."""
    if text.isascii():
        return text.lower()
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(part for part in parts if not unicodedata.combining(part))


@lru_cache(maxsize=1 << 16)  # a search reads the words of every unit it judges
def singular(word: str) -> str:
    """Return an English word without its plural ending, as far as its letters tell."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("sses", "xes", "zes", "ches", "shes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def terms_of(question: str) -> frozenset[str]:
    """Return the telling words of a question, folded and singular."""
    return frozenset(singular(word) for word in fold(content_words(question)).split())


def words_of(text: str) -> list[str]:
    """Return every word of a text, folded and singular."""
    return [singular(word) for word in re.findall(r"[^\W_]+", fold(text))]


def vocabulary(text: str) -> set[str]:
    """Return the different words of a text, folded and singular."""
    return {singular(word) for word in set(re.findall(r"[^\W_]+", fold(text)))}


def coverage(text: str, terms: frozenset[str]) -> float:
    """Return the share of the terms that a text holds, 0 without terms."""
    return len(terms & vocabulary(text)) / len(terms) if terms else 0.0


def first_term(text: str, terms: frozenset[str]) -> str | None:
    """Return the first of the terms that a text holds."""
    return next((word for word in words_of(text) if word in terms), None)
