"""The extractive answerer: quotes the best supported sentences, offline, without a language model.

Every passage of the pages is scored by the words it shares with the question (weighted by how rare
they are in the collection), by meaning, and by whether it holds the kind of thing asked for. The
best ones are quoted word for word; below a calibrated support the answer is that there is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median

from app.answerers import scoring
from app.answerers.passages import Passage, passages_of
from app.answerers.scoring import Candidate, Features
from app.answerers.terms import Term, spellings, stems_of, terms_asked, topic_of, weigh
from app.answers import NOT_FOUND, Delta, Event, Page, Request, Verdict
from app.followups import with_topic
from indexer.stores.layout import name_words

MIN_SUPPORT = 0.16  # what 5 % of generated questions without an answer reach: tune-answers
MOST_QUOTES = 3
CLOSE_SCORE = 1.5  # how far behind the best a passage may be that is quoted as well
MOST_ENCODED = 8  # passages whose meaning is compared: it decides between few, and takes time


@dataclass(frozen=True, slots=True)
class Scored:
    """A candidate with its features and its score."""

    candidate: Candidate
    features: Features
    score: float

    @property
    def passage(self) -> Passage:
        return self.candidate.passage


class Extractive:
    """Fulfils `Answerer`. `min_support` is the support below which there is no answer."""

    name = "extractive"
    looks_at_pictures = False
    max_pages = 12

    def __init__(self, *, min_support: float = MIN_SUPPORT) -> None:
        self._min_support = min_support

    def rewrite(self, request: Request) -> str:
        """Add what the conversation is about to a question that leans on it."""
        return with_topic(request.question, request.history)

    def stream(self, request: Request) -> Iterator[Event]:
        """Yield the verdict, then one quotation after the other."""
        best = rank(request)
        support = scoring.support(best[0].score) if best else 0.0
        is_found = support >= self._min_support
        yield Verdict(support, is_found)
        if not is_found:
            yield Delta(NOT_FOUND)
            return
        for number, scored in enumerate(chosen(best)):
            yield Delta(("\n\n" if number else "") + quotation(scored))


def rank(request: Request) -> list[Scored]:
    """Return the passages of the pages, best first."""
    words = terms_asked(request.question)
    frequencies = request.frequencies([spellings(word) for word in words])
    pages = max(request.collection_pages, len(request.pages))
    terms = weigh(words, frequencies, pages=pages, topic=topic_of(request.question))
    return rank_candidates(request, terms, list(candidates_of(request.pages)))


def rank_candidates(
    request: Request, terms: Sequence[Term], candidates: Sequence[Candidate]
) -> list[Scored]:
    """Score by words, then the best of them by meaning as well.

    Only what sets a passage apart from its rivals counts: a cosine says little by itself.
    """
    fits = scoring.asked_for(request.question)
    by_words = [
        to_scored(candidate, scoring.features_of(candidate, terms, fits, meaning=0.0))
        for candidate in candidates
    ]
    by_words.sort(key=lambda scored: -scored.score)
    likely, rest = by_words[:MOST_ENCODED], by_words[MOST_ENCODED:]
    texts = [in_context(scored.passage) for scored in likely]
    meanings = request.similarities(request.question, texts)
    usual = median(meanings) if texts else 0.0
    likely = [
        to_scored(scored.candidate, replace(scored.features, meaning=float(meaning - usual)))
        for scored, meaning in zip(likely, meanings, strict=True)
    ]
    return sorted([*likely, *rest], key=lambda scored: -scored.score)


def to_scored(candidate: Candidate, features: Features) -> Scored:
    return Scored(candidate, features, scoring.score(features))


def in_context(passage: Passage) -> str:
    """Return a passage with its heading, as its meaning is compared."""
    return f"{passage.heading}. {passage.text}" if passage.heading else passage.text


def candidates_of(pages: Sequence[Page]) -> Iterator[Candidate]:
    """Yield every passage of the pages with where it stands; pages come in the order of rank."""
    for rank, page in enumerate(pages):
        passages = passages_of(page.words)
        page_words = {word: 1.0 for passage in passages for word in stems_of(passage.text)}
        title = f"{passages[0].text if passages else ''} {name_words(page.hit.path)}"
        for place, passage in enumerate(passages):
            before = passages[place - 1].text if place else ""
            after = passages[place + 1].text if place + 1 < len(passages) else ""
            if not passage.is_table_head:
                yield Candidate(passage, page.number, rank, before, after, title, page_words)


def chosen(best: Sequence[Scored]) -> list[Scored]:
    """Return the best passage and those that come close to it, without repetitions."""
    kept: list[Scored] = []
    texts: set[str] = set()
    for scored in best:
        if len(kept) == MOST_QUOTES or scored.score < best[0].score - CLOSE_SCORE:
            break
        if scored.passage.text not in texts:
            texts.add(scored.passage.text)
            kept.append(scored)
    return kept


def quotation(scored: Scored) -> str:
    """Quote a passage with its citation; a row of a table with what stands above its columns."""
    passage, number = scored.passage, scored.candidate.page
    head = f"“{plain_quotes(passage.table_head)}”: " if passage.table_head else ""
    return f"{head}“{plain_quotes(passage.text)}” [{number}]"


def plain_quotes(text: str) -> str:
    """Replace quotation marks inside of what is quoted, so that a quote has two ends."""
    return text.replace("“", "‘").replace("”", "’").replace('"', "'").replace("„", "‚")
