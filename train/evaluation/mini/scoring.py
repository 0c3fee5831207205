"""From scores to measures: Hit@1, Recall@k, NDCG@5 with linear gain, and what guessing reaches."""

from __future__ import annotations

import numpy as np

CUTOFFS = (5, 10)
DISCOUNTS = 1 / np.log2(np.arange(2, 7))  # of ranks 1 to 5


def measures(scores: np.ndarray, gains: np.ndarray, allowed: np.ndarray) -> dict[str, np.ndarray]:
    """Return every measure per query; all arguments are (queries, candidates).

    Candidates that are not `allowed` do not take part. Of equal scores the worse candidate comes
    first. Hit@1 takes any gain above 0 for right; Recall@k is the share of the right candidates.
    """
    ranked = ranked_gains(np.where(allowed, scores, -np.inf), np.where(allowed, gains, 0))
    right = (ranked > 0).cumsum(1)  # (Q, C): right ones among the first k
    found = {f"recall@{k}": right[:, :k][:, -1] / right[:, -1] for k in CUTOFFS}
    ndcg = discounted(ranked) / discounted(-np.sort(-np.where(allowed, gains, 0), axis=1))
    return {"hit@1": (ranked[:, 0] > 0).astype(float), **found, "ndcg@5": ndcg}


def ranked_gains(scores: np.ndarray, gains: np.ndarray) -> np.ndarray:
    """Return the gains of every query in the order of its scores, ties against the model."""
    order = np.lexsort((gains, -scores), axis=1)
    return np.take_along_axis(gains, order, axis=1)


def discounted(ranked: np.ndarray) -> np.ndarray:
    """Return DCG@5 with linear gain: (Q, C) -> (Q,)."""
    first = ranked[:, : len(DISCOUNTS)]
    return first @ DISCOUNTS[: first.shape[1]]


def chances(gains: np.ndarray, allowed: np.ndarray) -> dict[str, np.ndarray]:
    """Return what a random order reaches on average in every measure, per query, exactly."""
    gains, count = np.where(allowed, gains, 0), allowed.sum(1)  # (Q, C), (Q,)
    places = np.arange(len(DISCOUNTS)) < count[:, None]  # (Q, 5): ranks that there are
    mean_dcg = gains.sum(1) / count * (places @ DISCOUNTS)
    return {
        "hit@1": (gains > 0).sum(1) / count,
        **{f"recall@{k}": np.minimum(1, k / count) for k in CUTOFFS},
        "ndcg@5": mean_dcg / discounted(-np.sort(-gains, axis=1)),
    }
