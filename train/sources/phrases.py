"""Short texts as people type them, and paragraphs as pages hold them, made from WordNet.

Definitions alone would teach the student dictionary prose; queries are names, small compositions
and questions, and the text of a page comes in pieces of some sixty words.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from random import Random

from train.shapes import COLOURS
from train.sources.wordnet import Synset

NAMES = ("{a}", "a {a}", "photo of a {a}", "a picture of a {a}", "drawing of a {a}", "{a} icon",
         "the {a}", "{a} clip art", "a small {a}", "an old {a}")  # fmt: skip
COMPOSED = (
    "a {c} {a}", "{c} {a}", "two {c} {a}s", "{n} {a}s", "a {a} and a {b}", "{a} with {b}",
    "a {a} on a {b}", "a {a} next to a {b}", "a person holding a {a}", "a {a} in front of a {b}",
    "a {c} {a} beside a {d} {b}", "a man with a {a}", "a woman and a {a}",
    "{a} on white background",
    "a child playing with a {a}", "a video of a {a}", "somebody using a {a}", "{a} or {b}",
)  # fmt: skip
ASKED = (
    "which page explains {a}?", "how does a {a} work", "what is a {a}?", "price of {a}",
    "chart of {a} by year", "table of {a} and {b}", "diagram of a {a}", "history of the {a}",
    "how to use a {a}", "how many {a}s are there?", "{a} report", "invoice for {a}", "map of {a}",
    "where is the {a}?", "who made the {a}?", "definition of {a}", "list of {a}s", "{a} versus {b}",
    "causes of {a}", "{a} safety instructions", "the total cost of {a}s", "letter about {a}",
)  # fmt: skip


def common_first(nouns: Sequence[str], synsets: Sequence[Synset]) -> list[str]:
    """Order nouns by how often definitions and examples use them; unused ones come last."""
    used: Counter[str] = Counter()
    for synset in synsets:
        for text in (synset.definition, *synset.examples):
            used.update(re.findall(r"[a-z]+", text.lower()))
    return sorted(nouns, key=lambda noun: (-min(used[word] for word in noun.split()), noun))


def build_queries(nouns: Sequence[str], *, count: int, seed: int) -> list[str]:
    """Return `count` query-like phrases: a third names, a third compositions, a third questions.

    Compositions and questions are about the first 6,000 nouns, names about all of them.
    """
    random = Random(seed)
    common = nouns[:6000]
    phrases: dict[str, None] = {}
    for number in range(count):
        templates = (NAMES, COMPOSED, ASKED)[number % 3]
        a, b = random.choice(nouns if templates is NAMES else common), random.choice(common)
        c, d = random.sample(list(COLOURS), 2)
        n = random.choice(("two", "three", "many", "several"))
        text = random.choice(templates).format(a=a, b=b, c=c, d=d, n=n)
        phrases[re.sub(r"\b(a)(?= [aeiou])", "an", text)] = None
    return list(phrases)


def build_passages(synsets: Sequence[Synset], *, count: int, seed: int) -> list[str]:
    """Return `count` paragraphs of two to five neighbouring meanings with their examples."""
    random = Random(seed)
    passages = []
    for _ in range(count):
        start, length = random.randrange(len(synsets) - 5), random.randint(2, 5)
        passages.append(" ".join(sentence_of(synset) for synset in synsets[start : start + length]))
    return passages


def sentence_of(synset: Synset) -> str:
    """Return `Lemma: definition. Example.`"""
    text = f"{synset.lemmas[0].capitalize()}: {synset.definition}."
    return f"{text} {synset.examples[0].capitalize()}." if synset.examples else text
