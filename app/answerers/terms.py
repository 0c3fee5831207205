"""The telling words of a question: their weight in the collection, where a passage holds them.

A word weighs by how rare it is among the pages (the idf of BM25), so that a question about
something the collection never names is told from one it answers. Endings are cut off by a few
rules, which make `baked`, `baking` and `bakes` one word.
"""

from __future__ import annotations

import math
import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass

from indexer.words import FUNCTION_WORDS, fold, singular

# Words that ask for something and say nothing of what: no page is about them.
ASKING_WORDS = frozenset(
    "long often far old large big tall deep heavy high wide kind sort time happen"
    " happened tell give given name named called please exactly mean means need needs must"
    " should could may might shall get got go goes make makes made take takes took use used one"
    " any some anybody somebody something anything there here about after before during between"
    " than then also only just ever most more less very own other another each every all both no"
    " yes without within up down out off over under again too same such am done doing like want"
    " know find found see".split()
)
ENDINGS = ("ingly", "edly", "ings", "ing", "ied", "est", "ed", "ly")
POSSESSIVE = re.compile(r"['’]s\b")
MIN_STEM = 3
STEM_CREDIT = 0.9  # what a word counts that is another form of the one asked for
SPELLED_ENDINGS = ("", "s", "es", "e", "ed", "ing", "ly", "y", "ied", "ies")
NUMBER_WORDS = frozenset(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    " sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety"
    " hundred thousand million half once twice first second third fourth fifth sixth dozen".split()
)


def stem(word: str) -> str:
    """Cut the ending off an English word, as far as its letters tell: `baked` -> `bak`."""
    word = singular(word)
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= MIN_STEM:
            word = word[: -len(ending)]
            break
    if len(word) > MIN_STEM and word[-1] == word[-2] and word[-1] not in "aeiouls":
        word = word[:-1]
    return word[:-1] if word.endswith(("e", "y")) and len(word) > MIN_STEM else word


def stems_of(text: str) -> list[str]:
    """Return every word of a text without its ending, in order."""
    return [stem(word) for word in re.findall(r"[^\W_]+", fold(text))]


def telling_words(question: str) -> list[str]:
    """Return the words of a question that say what it is about, each once, in order."""
    words = dict.fromkeys(re.findall(r"[^\W_]+", POSSESSIVE.sub("", fold(question))))
    told = [w for w in words if w not in FUNCTION_WORDS and w not in ASKING_WORDS]
    return told or [w for w in words if w not in FUNCTION_WORDS] or list(words)


def spellings(word: str) -> list[str]:
    """Return the forms in which a word may stand on a page, for an index that cuts no endings."""
    cut = stem(word)
    forms = [word, singular(word), *(cut + ending for ending in SPELLED_ENDINGS)]
    if cut and cut[-1] not in "aeiou":
        forms += [cut + cut[-1] + "ed", cut + cut[-1] + "ing"]
    return list(dict.fromkeys(forms))


TOPIC = re.compile(r"\s*\(([^()]*)\)\s*$")
QUANTITIES = {
    "heavy": "weight",
    "deep": "depth",
    "tall": "height",
    "high": "height",
    "wide": "width",
    "old": "age",
    "far": "distance",
    "hot": "temperature",
    "cold": "temperature",
    "expensive": "price",
}
TOPIC_WEIGHT = 0.4  # what a word counts that a follow-up question took over from the one before


@dataclass(frozen=True, slots=True)
class Term:
    """A telling word: its stem, and its weight among the pages of the collection."""

    word: str
    stem: str
    weight: float


def weigh(
    words: Sequence[str], frequencies: Sequence[int], *, pages: int, topic: Container[str] = ()
) -> list[Term]:
    """Return the terms of a question, weighted by the idf of BM25 over `pages` pages.

    Those of the `topic`, which the conversation added, weigh less than those that were asked.
    """
    return [
        Term(word, stem(word), idf(frequency, pages) * (TOPIC_WEIGHT if word in topic else 1.0))
        for word, frequency in zip(words, frequencies, strict=True)
    ]


def terms_asked(question: str) -> list[str]:
    """Return the telling words of a question, its topic included.

    A follow-up may ask with an adjective alone (`how heavy is it?`): then its noun is a term.
    """
    words = telling_words(question)
    if not TOPIC.search(question):
        return words
    bare = re.findall(r"[^\W_]+", fold(TOPIC.sub("", question)))
    return list(dict.fromkeys([*(QUANTITIES[word] for word in bare if word in QUANTITIES), *words]))


def topic_of(question: str) -> list[str]:
    """Return the words that `app.followups` added to a question in brackets at its end."""
    added = TOPIC.search(question)
    return telling_words(added[1]) if added else []


def idf(frequency: int, pages: int) -> float:
    """Return the inverse document frequency of BM25, in nats; positive for every frequency."""
    frequency = min(frequency, pages)
    return math.log(1.0 + (pages - frequency + 0.5) / (frequency + 0.5))


def covered(terms: Iterable[Term], held: Mapping[str, float]) -> float:
    """Return the share of the terms' weight that is held, 0 to 1; `held` credits stems."""
    total = found = 0.0
    for term in terms:
        total += term.weight
        found += term.weight * held.get(term.stem, 0.0)
    return found / total if total else 0.0
