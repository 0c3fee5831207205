"""Rows that a run watches: does what GIC predicts come from the BToks?

Condensed information is measured on further looks at the sources of a stage: scenes and clips that
the run never draws, and pictures of the training split as it never shows them. The held-out split
stays untouched, so that nothing is chosen by it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from train.collating import TargetCollator
from train.condensed import CondensedInformation
from train.recipe import Stage
from train.rows import open_sources

WATCHED = 32  # rows of a source
OTHER_LOOKS = 1_000_003  # added to the run's seed


def watches(stage: Stage) -> bool:
    """Say whether a stage measures condensed information."""
    return bool(stage.gic_weight and stage.watch_steps)


def watch(
    data: Path, stage: Stage, collator: TargetCollator, *, seed: int
) -> CondensedInformation | None:
    """Return the evaluator of a stage, None where nothing is predicted or nobody looks."""
    if not watches(stage):
        return None
    return CondensedInformation(watched_rows(data, stage, seed=seed + OTHER_LOOKS), collator)


def watched_rows(data: Path, stage: Stage, *, seed: int) -> dict[str, list[dict[str, Any]]]:
    """Return rows of every source that has targets."""
    names = [name for name in stage.sources if stage.side_of(name) != "none"]
    views = dict.fromkeys(names, WATCHED)
    sources = open_sources(data, names, rows=WATCHED, seed=seed, views=views)
    return {
        name: [
            {
                **source.load(row, np.random.default_rng((seed, row))),
                "ntp_side": stage.side_of(name),
            }
            for row in range(len(source))
        ]
        for name, source in sources.items()
    }
