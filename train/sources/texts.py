"""All texts of the distillation, each once, with the split it belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from train.motions import motion_captions, plan_motion
from train.samples import Sample, hashed_share
from train.scenes import plan_scene, scene_captions
from train.sources import imagenet, phrases, wordnet

HELD_OUT_SHARE = 0.1
MAX_LETTERS = 1000


@dataclass(frozen=True, slots=True)
class Text:
    """One text for the student to place where the teacher places it."""

    text: str
    split: str
    source: str


@dataclass(frozen=True, slots=True)
class Amounts:
    """How many texts are generated; everything else is taken whole."""

    queries: int = 24_000
    sentences: int = 40_000
    passages: int = 3_000
    scenes: int = 9_000
    motions: int = 2_500


def collect_texts(
    synsets: list[wordnet.Synset], samples: Iterable[Sample], *, amounts: Amounts, seed: int
) -> list[Text]:
    """Return the distinct texts; one is held out when everything that says it is held out."""
    found: dict[str, Text] = {}
    for text in iter_texts(synsets, samples, amounts, seed):
        words = " ".join(text.text.split())[:MAX_LETTERS]
        known = found.get(words)
        if known is None or (known.split != "train" and text.split == "train"):
            found[words] = Text(words, text.split, known.source if known else text.source)
    return [text for words, text in found.items() if words]


def iter_texts(
    synsets: list[wordnet.Synset], samples: Iterable[Sample], amounts: Amounts, seed: int
) -> Iterator[Text]:
    """Yield the texts of every source, repeats included."""
    for synset in synsets:
        yield Text(synset.definition, split_of(synset.definition), "gloss")
    for sample in samples:
        split = "train" if sample.split == "train" else "held_out"
        yield from (Text(caption, split, sample.source) for caption in sample.captions)
    yield from (Text(phrase, "train", "imagenet") for phrase in imagenet.class_phrases())
    nouns = phrases.common_first(wordnet.visible_nouns(synsets), synsets)
    for query in phrases.build_queries(nouns, count=amounts.queries, seed=seed):
        yield Text(query, "train", "query")
    for sentence in phrases.build_sentences(nouns, count=amounts.sentences, seed=seed):
        yield Text(sentence, "train", "sentence")
    for synset in synsets:
        yield from (Text(text, split_of(text), "example") for text in synset.examples)
    seen = [synset for synset in synsets if split_of(synset.definition) == "train"]
    for passage in phrases.build_passages(seen, count=amounts.passages, seed=seed):
        yield Text(passage, "train", "passage")
    for number in range(amounts.scenes):
        captions = scene_captions(plan_scene(number))
        yield from (Text(text, "train", "scene") for text in captions[:: len(captions) - 1])
    for number in range(amounts.motions):
        yield from (Text(c, "train", "motion") for c in motion_captions(plan_motion(number))[:3:2])


def split_of(definition: str) -> str:
    """Hold out a tenth of the definitions by their hash."""
    return "held_out" if hashed_share(definition, salt="gloss") < HELD_OUT_SHARE else "train"
