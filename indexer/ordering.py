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
WITNESSES = 3  # best hits of a kind whose words are counted


def order_found(points: Sequence[ScoredPoint], shares: Mapping[str, float]) -> list[ScoredPoint]:
    """Order what a text found, and score it 1 / (K + place).

    `shares[id]` is the share of the question's telling words that a unit holds, 0..1. Pictures and
    clips are ranked together, pages apart. The n-th of a kind comes at place n, less up to
    `LEAD_PLACES` when a best hit holds more than half of the words. Pages that hold fewer fall
    behind by up to `LAG_PLACES`: a page is found by its words, while a picture without them may
    still show what is asked for.
    """
    by_kind: dict[str | None, list[ScoredPoint]] = defaultdict(list)
    for point in points:
        by_kind[kind_of(Modality(str(point.payload["modality"])))].append(point)
    placed: list[tuple[float, ScoredPoint]] = []
    for kind, found in by_kind.items():
        ranked = by_score(found, shares, is_read=kind == READ)
        lead = 2.0 * max(shares[point.id] for point in ranked[:WITNESSES]) - 1.0
        if kind != READ:
            lead = max(lead, 0.0)
        ahead = lead * (LEAD_PLACES if lead > 0 else LAG_PLACES)
        placed += ((place - ahead, point) for place, point in enumerate(ranked, start=1))
    placed.sort(key=lambda pair: (pair[0], pair[1].id))
    return [replace(point, score=1.0 / (K + place)) for place, (_, point) in enumerate(placed, 1)]


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
