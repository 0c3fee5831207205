"""The order in which what a text found is shown: by score within a kind, kinds in turn.

Ranks choose the candidates (`indexer.fusion`): of a whole collection only the best scores of each
leg are known. They do not tell how far apart two candidates are. A page that holds three of four
words and one that holds a single one may be first and second. So the legs' scores are added up
here, each with a weight (a convex combination, arXiv 2210.11934; docs/decisions.md has what it
changed):

* the cosines of picture and text as they are;
* of the words, the share of the question's telling words that the unit holds, rare ones counting
  more, times its BM25 score over the best one of its kind. BM25 alone says who is best, not whether
  the best is any good: of "snow-capped mountain above a lake", a clip of `first-snow.mp4` has the
  best score among pictures and clips.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from indexer.calibration import Calibration
from indexer.fusion import SAME_SCORE, K, kind_of
from indexer.stores.layout import IMAGE, TEXT, WORDS
from indexer.types import Modality, ScoredPoint

READ = kind_of(Modality.PAGE)
# What a leg's score weighs in each kind. Words decide a page, the picture of a page breaks ties; a
# picture or clip is decided by what it shows, and its words are those of its name (and of OCR).
WEIGHTS: Mapping[bool, Mapping[str, float]] = {
    True: {IMAGE: 0.1, TEXT: 0.4, WORDS: 1.0},  # is read
    False: {IMAGE: 1.0, TEXT: 0.5, WORDS: 0.2},  # is seen
}
LEAD_PLACES = 0.5  # how far ahead its words bring a kind: first, and from then on in turn
LAG_PLACES = 5.0  # how far behind pages fall that lack them
EVIDENCE_PLACES = 0.5  # by which pages come forward for each nat of evidence that they have more
MOST_EVIDENCE = 4.0  # more, or less, of it than the other kind has moves nothing further
WITNESSES = 3  # best hits of a kind that speak for it


def order_found(
    points: Sequence[ScoredPoint],
    shares: Mapping[str, float],
    calibration: Calibration | None,
) -> list[ScoredPoint]:
    """Order what a text found, and score it 1 / (K + place).

    `shares[id]` is the share of the question's telling words that a unit holds, 0..1. Pictures and
    clips are ranked together, pages apart. The n-th of a kind comes at place n, less up to
    `LEAD_PLACES` when a best hit holds more than half of the words. Pages that hold fewer fall
    behind by up to `LAG_PLACES`: a page is found by its words, while a picture without them may
    still show what is asked for. Where the collection's usual scores are known, pages also come
    forward when what they mean is better evidence than what the pictures show, and fall behind when
    it is worse: of questions that share a word or two with some page, this tells which are about
    pages.
    """
    by_kind: dict[str | None, list[ScoredPoint]] = defaultdict(list)
    for point in points:
        by_kind[kind_of(Modality(str(point.payload["modality"])))].append(point)
    ranking = {kind: by_score(own, shares, is_read=kind == READ) for kind, own in by_kind.items()}
    placed: list[tuple[float, ScoredPoint]] = []
    for kind, ranked in ranking.items():
        lead = 2.0 * max(shares[point.id] for point in ranked[:WITNESSES]) - 1.0
        if kind != READ:
            lead = max(lead, 0.0)
        ahead = lead * (LEAD_PLACES if lead > 0 else LAG_PLACES)
        if kind == READ and calibration is not None:
            ahead += EVIDENCE_PLACES * surplus_evidence(ranking, calibration)
        placed += ((place - ahead, point) for place, point in enumerate(ranked, start=1))
    placed.sort(key=lambda pair: (pair[0], pair[1].id))
    return [replace(point, score=1.0 / (K + place)) for place, (_, point) in enumerate(placed, 1)]


def surplus_evidence(
    ranking: Mapping[str | None, Sequence[ScoredPoint]], calibration: Calibration
) -> float:
    """Return how much more the meaning of the best pages tells than what the best pictures show.

    0 where one kind has found nothing; at most `MOST_EVIDENCE` either way.
    """
    if len(ranking) < 2:
        return 0.0
    surplus = 0.0
    for kind, ranked in ranking.items():
        leg, sign = (TEXT, 1.0) if kind == READ else (IMAGE, -1.0)
        surplus += sign * max(evidence_of(one, leg, calibration) for one in ranked[:WITNESSES])
    return max(-MOST_EVIDENCE, min(MOST_EVIDENCE, surplus))


def evidence_of(point: ScoredPoint, leg: str, calibration: Calibration) -> float:
    """Return the evidence of one leg's score of a point, see `Calibration.evidence`."""
    scores = {found.leg: found.score for found in point.legs if found.leg == leg}
    return calibration.evidence(Modality(str(point.payload["modality"])), scores)


def by_score(
    points: Sequence[ScoredPoint], shares: Mapping[str, float], *, is_read: bool
) -> list[ScoredPoint]:
    """Rank the candidates of one kind by the weighted sum of their legs' scores, best first.

    A leg that did not find a candidate gives it what it gave the last one that it found, which is
    the most it can be. Not so the text of pictures and clips: most of them have none.
    """
    legs: dict[str, dict[str, float]] = defaultdict(dict)
    for point in points:
        for leg in point.legs:
            legs[leg.leg][point.id] = round(leg.score, SAME_SCORE)
    totals = dict.fromkeys((point.id for point in points), 0.0)
    for name, scores in legs.items():
        last = 0.0 if name == TEXT and not is_read else min(scores.values())
        best = max(scores.values())
        for unit in totals:
            score = scores.get(unit, last)
            if name == WORDS:
                score *= shares[unit] / best if best > 0 else 0.0
            totals[unit] += WEIGHTS[is_read][name] * score
    return sorted(points, key=lambda point: (-round(totals[point.id], 9), point.id))
