"""Rows that a run watches: does what GIC predicts come from the BToks?

Condensed information is measured on rows that the run does not learn from, where there are any:
scenes and clips that it never draws, pictures of the training split as it never shows them, the
held-out lines of a sample file. The held-out split of a prepared folder stays untouched, so that
nothing is chosen by it. Of other samples, rows of the training set are watched.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
from sentence_transformers import SentenceTransformer

from train.collating import TargetCollator
from train.condensed import CondensedInformation
from train.decoding import Detail
from train.feeding import Feed
from train.reading import SampleSource
from train.recipe import Stage
from train.rows import Source, open_sources

WATCHED = 32  # rows of a source
LEAST = 2  # a row is compared with another one
OTHER_LOOKS = 1_000_003  # added to the run's seed

Row = dict[str, Any]


def watch(
    feed: Feed, stage: Stage, model: SentenceTransformer, collator: TargetCollator
) -> CondensedInformation | None:
    """Return the evaluator of a stage, None where nothing is predicted or nobody looks."""
    if not (stage.gic_weight and stage.watch_steps):
        return None
    rows = watched_rows(feed, stage, Detail.for_model(model[0].processor))
    everyone = replace(collator, target_share=1.0)
    return CondensedInformation(rows, everyone) if rows else None


def watched_rows(feed: Feed, stage: Stage, detail: Detail) -> dict[str, list[Row]]:
    """Return rows of every source that has targets."""
    found: dict[str, list[Row]] = {}
    for name in stage.sources:
        side = feed.recipe.side_of(stage, name)
        if side == "none":
            continue
        rows = load_rows(watched_source(feed, name, detail, side), feed.recipe.seed + OTHER_LOOKS)
        rows = [row if side is None else {**row, "ntp_side": side} for row in rows]
        alike = of_one_side(rows)
        if len(alike) >= LEAST:
            found[name] = alike
    return found


def of_one_side(rows: list[Row]) -> list[Row]:
    """Return the rows that have targets on the same side, of the side that most have."""
    sides = Counter(row["ntp_side"] for row in rows if row["ntp_side"] != "none")
    most = next((side for side, _ in sides.most_common(1)), None)
    return [row for row in rows if row["ntp_side"] == most]


def load_rows(source: Source, seed: int) -> list[Row]:
    """Return all rows of a short source."""
    return [
        {"ntp_side": "none", **source.load(row, np.random.default_rng((seed, row)))}
        for row in range(len(source))
    ]


def watched_source(feed: Feed, name: str, detail: Detail, ntp_side: str | None) -> Source:
    """Open as much of a source as is watched."""
    seed = feed.recipe.seed + OTHER_LOOKS
    own = feed.recipe.sources.get(name)
    if own is None:
        return open_sources(feed.prepared, [name], rows=WATCHED, seed=seed, views={name: WATCHED})[
            name
        ]
    samples = feed.open_own(name)
    if own.samples is not None:
        held_out = feed.open_own(name, split="held_out")
        samples = held_out if len(held_out) >= LEAST else samples
    rows = min(WATCHED, len(samples))
    return SampleSource(
        samples,
        rows=rows,
        seed=seed,
        detail=detail,
        bad=feed.bad,
        batch_size=rows,
        ntp_side=ntp_side,
    )
