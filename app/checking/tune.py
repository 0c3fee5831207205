"""Fit the weights of the extractive answerer, and set the support below which it has no answer.

The weights come from a softmax over the passages of every question and the choice that none of
them answers: a question of tuning.toml chooses the passages that say what its `says` names, a
question without an answer chooses none. The support is then set so that at most `SHARE` of
generated questions without an answer (app.answerers.foreign) are answered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from app import rag
from app.answerers import extractive, scoring
from app.answerers.foreign import THINGS, foreign_questions
from app.answerers.terms import ASKING_WORDS, spellings
from app.answers import Request
from app.checking.collections import collections
from app.checking.questions import Question
from indexer.types import Modality
from indexer.words import FUNCTION_WORDS, words_of

if TYPE_CHECKING:
    from indexer import Index

SHARE = 0.05
GENERATED_WEIGHT = 0.25  # of one generated question beside one that somebody wrote
PENALTY = 0.02
COMMON = 0.2  # share of the pages above which a word says little of a collection
SAMPLED_PAGES = 200


@dataclass(frozen=True, slots=True)
class Sample:
    """A question with its passages' features (P, F) and which of them answer it (P,)."""

    features: np.ndarray
    answers: np.ndarray
    weight: float


def sample(index: Index, question: Question, *, corpus: Path, weight: float = 1.0) -> Sample:
    """Ask a question and return what the answerer had to choose from."""
    pages = rag.find_pages(
        index,
        question.text,
        scope=(),
        limit=extractive.Extractive.max_pages,
        with_pictures=False,
    )
    draft = rag.Draft(question.text, "extractive", asked=question.text, pages=pages)
    request: Request = rag.to_request(index, draft)
    places = {page.number: place_of(page.hit.path, page.hit.page, corpus) for page in pages}
    ranked = extractive.rank(request)
    rows = [[getattr(each.features, name) for name in scoring.NAMES] for each in ranked]
    answers = [
        places[each.candidate.page] in question.accepted
        and any(said in each.passage.text for said in question.says)
        for each in ranked
    ]
    shape = (len(ranked), len(scoring.NAMES))
    return Sample(np.array(rows).reshape(shape), np.array(answers, dtype=bool), weight)


def place_of(path: Path, page: int | None, corpus: Path) -> tuple[str, int]:
    """Return a page as the questions name it."""
    below = path.relative_to(corpus) if path.is_relative_to(corpus) else path
    return str(below), page or 0


def known_words(index: Index) -> list[str]:
    """Return words that some, but not most pages of a collection hold: what it is about."""
    hits = index.search("page", modality=Modality.PAGE, limit=SAMPLED_PAGES)
    held: Counter[str] = Counter()
    for hit in hits:
        words = rag.words_of(index, hit) or []
        held.update({w for word in words for w in words_of(word.text) if len(w) > 3})
    most = max(3, int(COMMON * len(hits)))
    ignored = FUNCTION_WORDS | ASKING_WORDS
    return sorted(w for w, n in held.items() if 2 <= n <= most and w.isalpha() and w not in ignored)


def generated_questions(index: Index, *, number: int, seed: int) -> list[str]:
    """Return generated questions that the collection does not answer."""
    named = [
        thing
        for thing, pages in zip(
            THINGS, index.frequencies([spellings(thing) for thing in THINGS]), strict=True
        )
        if pages
    ]
    return foreign_questions(known_words(index), named=named, seed=seed, number=number)


def generated_samples(index: Index, *, corpus: Path, number: int, seed: int) -> Iterator[Sample]:
    """Yield samples of generated questions without an answer."""
    for text in generated_questions(index, number=number, seed=seed):
        yield sample(index, Question(text), corpus=corpus, weight=GENERATED_WEIGHT)


def fit(samples: Sequence[Sample]) -> tuple[scoring.Features, float, float]:
    """Return the weights, the score of having no answer, and the loss in nats."""
    from scipy.optimize import minimize

    start = [getattr(scoring.WEIGHTS, name) for name in scoring.NAMES]
    found = minimize(
        lambda weights: loss(weights, samples), np.append(start, scoring.NO_ANSWER), method="BFGS"
    )
    weights = [round(float(value), 2) for value in found.x]
    return scoring.Features(*weights[:-1]), weights[-1], float(found.fun)


def loss(weights: np.ndarray, samples: Sequence[Sample]) -> float:
    """Return the weighted cross-entropy (F + 1,) -> nats, with a penalty on large weights."""
    total = PENALTY * float(np.sum(weights[:-1] ** 2))
    for each in samples:
        scores = np.append(each.features @ weights[:-1], weights[-1])
        right = np.append(each.answers, not each.answers.any())
        total += each.weight * (log_sum_exp(scores) - log_sum_exp(scores[right]))
    return total


def log_sum_exp(scores: np.ndarray) -> float:
    """Return log(sum(exp(scores))) of (N,) scores."""
    top = float(scores.max())
    return top + float(np.log(np.exp(scores - top).sum()))


def support_of(each: Sample, weights: scoring.Features, no_answer: float) -> float:
    """Return the support of the best passage of a sample, 0 without passages."""
    if not len(each.features):
        return 0.0
    values = np.array([getattr(weights, name) for name in scoring.NAMES])
    return scoring.support(float((each.features @ values).max()), no_answer=no_answer)


def min_support(supports: Sequence[float], *, share: float = SHARE) -> float:
    """Return the support that at most `share` of questions without an answer reach."""
    return float(np.quantile(np.array(supports), 1.0 - share, method="higher"))


def measured_support(index: Index, *, number: int, seed: int = 0) -> float:
    """Return the support that at most `SHARE` of `number` generated questions reach."""
    samples = generated_samples(index, corpus=index.home, number=number, seed=seed)
    supports = [support_of(each, scoring.WEIGHTS, scoring.NO_ANSWER) for each in samples]
    return min_support(supports)


def tune(folder: Path, *, number: int, say: Callable[[str], None]) -> dict[str, object]:
    """Fit the weights on the demo corpus and on the manual of nettle-dev, made in a folder.

    Returns the weights, the score of no answer, the support, and the loss. `number` questions are
    generated for each collection.
    """
    samples: list[Sample] = []
    generated: list[Sample] = []
    for collection in collections(folder, package_file="tuning.toml", say=say):
        with collection.open() as index:
            for question in collection.questions:
                samples.append(sample(index, question, corpus=collection.corpus))
            generated += generated_samples(index, corpus=collection.corpus, number=number, seed=1)
    weights, no_answer, final = fit([*samples, *generated])
    supports = [support_of(each, weights, no_answer) for each in generated]
    return {
        "weights": asdict(weights),
        "no_answer": no_answer,
        "min_support": round(min_support(supports), 3),
        "loss": round(final, 2),
        "questions": len(samples),
        "generated": len(generated),
    }
