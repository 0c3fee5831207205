"""Follow-up questions: what `how heavy is it?` is about, without a language model."""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.answerers.passages import passages_of
from app.answerers.terms import stem, telling_words
from app.answers import Answer
from indexer.stores.layout import name_words
from indexer.words import fold

LEANING = re.compile(
    r"^(and|but|so|then|or|what about|how about|why not|what else|anything else|where exactly)\b"
    r"|\b(it|its|they|them|their|theirs|he|him|his|she|her|hers|this|that|these|those|there|one|ones"
    r"|same|former|latter)\b"
)
FEW_WORDS = 1
MOST_TOPIC_WORDS = 6


def leans(question: str) -> bool:
    """Tell whether a question cannot be understood without what was said before it."""
    asked = fold(question).strip()
    return LEANING.search(asked) is not None or len(telling_words(question)) <= FEW_WORDS


def with_topic(question: str, history: Sequence[Answer]) -> str:
    """Add in brackets what a leaning question is about: `How heavy is it? (tide clock)`.

    That is the title of the page that answered the last question, and those telling words of that
    question that the page's title or the quoted words hold; all of them without an answer.
    """
    if not history or not leans(question):
        return question
    last = history[-1]
    asked = telling_words(last.asked)
    title = telling_words(title_of(last)) if last.citations else []
    quoted = " ".join(quote.text for each in last.citations[:1] for quote in each.quotes)
    held = {stem(word) for word in telling_words(f"{quoted} {' '.join(title)}")}
    topic = [word for word in asked if stem(word) in held] if last.citations else asked
    known = {stem(word) for word in telling_words(question)}
    words = [word for word in dict.fromkeys([*topic, *title]) if stem(word) not in known]
    added = [word for word in words if word.isalpha() and len(word) > 2][:MOST_TOPIC_WORDS]
    return f"{question} ({' '.join(added)})" if added else question


def title_of(answer: Answer) -> str:
    """Return the first line of the page that an answer cites first, or the words of its name."""
    cited = answer.citations[0]
    page = next((page for page in answer.pages if page.number == cited.number), None)
    first = next(iter(passages_of(page.words)), None) if page else None
    if first is not None and not first.is_sentence:
        return first.text
    return name_words(cited.hit.path)
