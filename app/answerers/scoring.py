"""How well a passage supports an answer: a few features and their weights.

The score of a passage is w · f, its support sigmoid(w · f - `NO_ANSWER`): the weights come from a
softmax over the passages of a page set and the choice "none of them", fitted by
`python -m app tune-answers` on the questions of app/checking/tuning.toml and on generated
questions without an answer. No question of docs/ask.md is among them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields

from app.answerers.passages import Passage
from app.answerers.terms import NUMBER_WORDS, STEM_CREDIT, Term, covered, stem
from indexer.words import fold

# What a term of the question counts where it stands: in the passage itself 1, beside it less.
HEADING_CREDIT, NEIGHBOUR_CREDIT, TITLE_CREDIT, PAGE_CREDIT = 0.7, 0.5, 0.6, 0.3
ENOUGH_WORDS = 12

NUMBER_ASKED = re.compile(
    r"\bhow (much|many|long|far|old|large|big|tall|deep|heavy|high|wide|fast|often|thick|hot"
    r"|cold)\b|\b(what|which) (number|size|price|temperature|percentage|scale|weight|length|depth"
    r"|age|sum|value|version)\b|\b(cost|price|scale|sum)\b|\bnumber of\b"
)
NAME_ASKED = re.compile(r"\bwho(se|m)?\b")
TIME_ASKED = re.compile(r"\bwhen\b|\b(what|which) (time|day|date|year|month|hour|season)\b")
TIME = re.compile(
    r"\d{1,2}:\d\d|\b(1[5-9]|20)\d\d\b|\b(january|february|march|april|may|june|july|august|september"
    r"|october|november|december|monday|tuesday|wednesday|thursday|friday|saturday|sunday|spring"
    r"|summer|autumn|winter|morning|evening|noon|midnight|night)s?\b",
    re.IGNORECASE,
)
NAME = re.compile(r"\b[A-Z][a-z]+ [A-Z][a-z]+|\bM(r|rs|s)\.? [A-Z]")
UNITS = {  # what is measured, and the words that it is measured in
    "long": "second minute hour day night week month year cm mm m km metre meter mile length until",
    "old": "year month day age",
    "far": "cm mm m km metre meter mile apart",
    "deep": "cm mm m metre meter depth deep",
    "tall": "cm mm m metre meter height tall",
    "high": "cm mm m metre meter height high",
    "wide": "cm mm m metre meter width wide",
    "thick": "cm mm m metre meter",
    "heavy": "g kg gram kilogram ton weight weigh",
    "hot": "degree c celsius f temperature",
    "cold": "degree c celsius f temperature",
    "fast": "second minute km hour",
    "often": "once twice time day week month year every",
    "cost": "crown euro dollar pound price cost fee",
    "price": "crown euro dollar pound price cost fee",
    "temperature": "degree c celsius f temperature",
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage with where it stands: the page's number and rank, its neighbours, its title."""

    passage: Passage
    page: int
    rank: int
    before: str
    after: str
    title: str
    page_words: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Features:
    """What speaks for a passage, each 0 to 1 (`meaning` a difference of cosines).

    words:    share of the terms' weight in the passage and around it
    page:     share of the terms' weight anywhere on the page
    meaning:  cosine of the question and the passage with its heading, less that of its rivals
    fits:     holds a number, a name or a time where one is asked for
    rank:     reciprocal rank of the page
    length:   up to `ENOUGH_WORDS` words
    sentence: is a sentence or a row, no heading
    """

    words: float
    page: float
    meaning: float
    fits: float
    rank: float
    length: float
    sentence: float


WEIGHTS = Features(
    words=9.96, page=4.94, meaning=2.00, fits=3.52, rank=0.91, length=-0.40, sentence=1.08
)
NO_ANSWER = 13.58
NAMES = tuple(each.name for each in fields(Features))


def score(features: Features, *, weights: Features = WEIGHTS) -> float:
    """Return w · f."""
    return float(sum(getattr(weights, name) * getattr(features, name) for name in NAMES))


def support(score: float, *, no_answer: float = NO_ANSWER) -> float:
    """Return how far a passage beats having no answer, 0 to 1."""
    return 1.0 / (1.0 + math.exp(min(no_answer - score, 60.0)))


def features_of(
    candidate: Candidate, terms: Sequence[Term], fits: Callable[[str], float], *, meaning: float
) -> Features:
    """Return the features of a candidate; `fits` is what `asked_for` made of the question."""
    passage = candidate.passage
    held = dict.fromkeys(candidate.page_words, PAGE_CREDIT)
    around = (
        (f"{candidate.before} {candidate.after}", NEIGHBOUR_CREDIT),
        (candidate.title, TITLE_CREDIT),
        (passage.heading, HEADING_CREDIT),
        (passage.text, 1.0),
    )
    for text, worth in around:
        for stemmed, credit in credits(text, terms).items():
            held[stemmed] = max(held.get(stemmed, 0.0), worth * credit)
    return Features(
        words=covered(terms, held),
        page=covered(terms, candidate.page_words),
        meaning=meaning,
        fits=fits(passage.text),
        rank=1.0 / (1 + candidate.rank),
        length=min(len(passage.text.split()), ENOUGH_WORDS) / ENOUGH_WORDS,
        sentence=float(passage.is_sentence),
    )


def credits(text: str, terms: Sequence[Term]) -> dict[str, float]:
    """Return what each term counts in a text: 1 as it was asked, less in another form."""
    words = set(re.findall(r"[^\W_]+", fold(text)))
    stems = {stem(word) for word in words}
    held = (term for term in terms if term.stem in stems)
    return {term.stem: 1.0 if term.word in words else STEM_CREDIT for term in held}


def asked_for(question: str) -> Callable[[str], float]:
    """Return a rule that says how far a passage can answer what kind of thing is asked for."""
    asked = fold(question)
    if TIME_ASKED.search(asked):
        return lambda text: 1.0 if TIME.search(text) else 0.5 * has_number(text)
    if NUMBER_ASKED.search(asked):
        units = frozenset(" ".join(UNITS[w] for w in asked.split() if w in UNITS).split())
        return lambda text: has_number(text) * (1.0 if not units or has_unit(text, units) else 0.6)
    if NAME_ASKED.search(asked):
        return lambda text: float(NAME.search(text) is not None)
    return lambda text: 0.5


def has_number(text: str) -> float:
    """Tell whether a text names a number, in digits or in words."""
    spelled = re.findall(r"[a-z]+", text.lower())
    return float(any(char.isdigit() for char in text) or not NUMBER_WORDS.isdisjoint(spelled))


def has_unit(text: str, units: frozenset[str]) -> bool:
    """Tell whether a text names one of the units, also behind its number (`20g`)."""
    words = re.findall(r"[a-z]+", text.lower())
    return any(word in units or word.removesuffix("s") in units for word in words)
