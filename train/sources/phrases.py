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


# What people say of a picture: a quality, what the thing does, where and when.
QUALITIES = (
    "old", "young", "big", "small", "tiny", "huge", "fresh", "broken", "wooden", "golden", "shiny",
    "happy", "sad", "tall", "round", "striped", "colourful", "dark", "bright", "empty", "full",
    "beautiful", "ancient", "modern", "wild", "hungry", "cold", "hot", "wet", "dirty", "long",
    "short", "thick", "thin", "angry", "rusty", "funny", "sleepy", "simple", "pretty", "ripe",
    "spotted", "narrow", "wide", "pointed", "curly", "heavy", "plain", "fluffy", "sharp",
)  # fmt: skip
DOINGS = (
    "sitting on", "standing next to", "lying on", "flying over", "crossing", "hanging from",
    "growing in", "swimming in", "running through", "driving along", "climbing", "sleeping under",
    "floating on", "falling on", "looking at", "jumping over", "waiting at", "rolling down",
    "rising behind", "parked in front of", "surrounded by", "covered with", "filled with",
    "made of", "tied to", "leaving", "landing on", "walking towards", "hiding behind", "above",
    "below", "between a {c} wall and", "inside", "behind", "beside", "on top of", "leaning on",
)  # fmt: skip
SETTINGS = (
    "at night", "in the evening", "at sunset", "in winter", "in the snow", "in the rain",
    "under a blue sky", "in the city", "in the forest", "by the sea", "on the beach",
    "in the mountains", "in the garden", "in the kitchen", "on a table", "on the grass",
    "in the water", "in the desert", "in spring", "in autumn", "in the fog", "on a sunny day",
    "in the sky", "in the morning", "in a storm", "on the road", "at home", "in the countryside",
    "in the dark", "over the town", "with clouds", "in summer",
)  # fmt: skip
SEEN = (
    "{q} {a}s", "a {q} {a}", "a {a} {w}", "a {a} {d} a {b}", "a {q} {a} {d} a {b}", "{a}s {w}",
    "a {a} {d} a {b} {w}", "a {q} {a} {w}", "{a} and {b} {w}", "the {a} {d} the {b}",
    "a {q} {c} {a}", "a {c} {a} {w}", "a {c} and {e} {a}", "somebody {d} a {a}", "{q} {a}",
    "a {a} with a {q} {b}", "a {q} {a} with {b}s", "a {a} {g}", "a {q} {a} {g} {w}", "{a}s {g} {w}",
)  # fmt: skip
ALONE = (
    "sleeping", "running", "flying", "jumping", "swimming", "burning", "growing", "smiling",
    "eating", "dancing", "falling", "moving", "waving", "singing", "playing", "taking off",
    "landing", "spinning", "shining", "turning", "opening", "rising", "setting", "passing by",
)  # fmt: skip


# What surrounds a thing in a description of its picture, and says little about it.
NEAR = ("branch", "hill", "rock", "table", "roof", "wall", "field", "river", "bridge", "lake",
        "floor", "box", "tree", "street", "beach", "garden", "window", "chair", "shelf", "meadow",
        "door", "road", "sofa", "fence")  # fmt: skip
DESCRIBED = (
    "a {q} {a}", "{a} {w}", "a {a} {w}", "a {a} {d} a {b}", "a {q} {a} {w}", "{q} {a}",
    "photo of a {a}", "a picture of a {a}", "drawing of a {a}", "a {a} {g}", "a {a} {g} {w}",
    "a {a} with a {b}", "the {a} {d} the {b}", "a {q} {a} {d} a {b}", "{a} {g} {w}", "one {q} {a}",
    "a {a} {d} a {b} {w}", "a {a} near a {b}", "the {q} {a} {g}",
)  # fmt: skip


def described(name: str, random: Random) -> str:
    """Say a plain name as one describes a picture: `owl` is `an old owl sitting on a hill`."""
    words = {"a": name, "b": random.choice(NEAR), "q": random.choice(QUALITIES)}
    words |= {"w": random.choice(SETTINGS), "g": random.choice(ALONE)}
    words["d"] = random.choice([doing for doing in DOINGS if "{" not in doing])
    return with_articles(random.choice(DESCRIBED).format(**words))


def with_articles(text: str) -> str:
    """Say `an` before a vowel."""
    return re.sub(r"\b(a)(?= [aeiou])", "an", text)


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
        phrases[with_articles(text)] = None
    return list(phrases)


def build_sentences(nouns: Sequence[str], *, count: int, seed: int) -> list[str]:
    """Return `count` short descriptions of pictures, about the first 4,000 nouns."""
    random = Random(seed)
    common = nouns[:4000]
    sentences: dict[str, None] = {}
    for _ in range(count):
        a, b = random.sample(common, 2)
        c, e = random.sample(list(COLOURS), 2)
        words = {"a": a, "b": b, "c": c, "e": e, "q": random.choice(QUALITIES)}
        words |= {"w": random.choice(SETTINGS), "g": random.choice(ALONE)}
        words["d"] = random.choice(DOINGS).format(c=c)
        text = random.choice(SEEN).format(**words)
        sentences[with_articles(text)] = None
    return list(sentences)


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
