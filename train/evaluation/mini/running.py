"""Run MMEB-mini on a model: every set with its controls and held-out parts, then the averages."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from train.evaluation.mini.catalogue import META_TASKS, VERSION, primary_measure
from train.evaluation.mini.controls import CONTROLS
from train.evaluation.mini.encoding import Encoder
from train.evaluation.mini.items import FULL, QUICK, EvaluationSet, Unavailable
from train.evaluation.mini.report import SIDES
from train.evaluation.mini.scoring import chances, measures
from train.evaluation.ranking import Model, bootstrap_means, figure, interval
from train.held_out import AXES

log = logging.getLogger(__name__)

TIE_NOISE = 1e-5  # above the rounding of float32 scores, below what vectors say
Report = dict[str, Any]


def run(model: Model, *, quick: bool = False) -> Report:
    """Measure a model on all sets that this installation can draw."""
    started = time.perf_counter()
    limits = QUICK if quick else FULL
    encoder = Encoder(model)
    sets: dict[str, Report] = {}
    skipped: dict[str, str] = {}
    for task, builds in META_TASKS.items():
        for name, build in builds.items():
            try:
                one = build(limits)
            except Unavailable as reason:
                skipped[name] = str(reason)
                continue
            found = measure(encoder, one, primary_measure(task), controls=limits.controls)
            sets[name] = {"task": task, **found}
            log.info("%s, %s: %.3f, %.1f s", task, name, *summary(found))
        encoder.forget()  # sets of one task share items, tasks do not
    return {
        "benchmark": "mmeb-mini",
        "version": VERSION,
        "quick": quick,
        "encoding": encoder.how(),
        "seconds": round(time.perf_counter() - started, 1),
        **averages(sets),
        "sets": sets,
        "skipped": skipped,
        "axes": {name: describe_axis(name) for name in AXES},
    }


def summary(found: Report) -> tuple[float, float]:
    """Return the primary measure of a set, and how long it took."""
    return found[found["primary"]]["value"], found["seconds"]


def measure(encoder: Encoder, one: EvaluationSet, primary: str, *, controls: int) -> Report:
    """Measure a model on one set, and on `controls` of its queries without what they ask about."""
    started = time.perf_counter()
    found, chance = rank(encoder, one)
    items = [*(query.item for query in one.queries), *used_candidates(one)]
    return {
        "primary": primary,
        "queries": len(one.queries),
        "candidates": float(one.allowed().sum(1).mean()),
        "local": one.is_local,
        **{name: asdict(figure(values, chance[name])) for name, values in found.items()},
        "controls": measure_controls(encoder, one.first(controls), primary),
        "axes": measure_axes(one, found[primary], chance[primary]),
        "items": one.digest(),
        "pixels": encoder.digest(items),
        "per_query": " ".join(f"{value:.4g}" for value in found[primary]),
        "seconds": round(time.perf_counter() - started, 1),
    }


Measured = tuple[dict[str, np.ndarray], dict[str, np.ndarray]]


def rank(encoder: Encoder, one: EvaluationSet, *, ties_by_lot: bool = False) -> Measured:
    """Return every measure per query, and what guessing reaches.

    Ties count against the model; in a control, where whole sets are tied, they are drawn by lot.
    """
    gains, allowed = one.gains(), one.allowed()
    used = allowed.any(0)
    gains, allowed = gains[:, used], allowed[:, used]
    queries = encoder.encode([query.item for query in one.queries], "query")  # (Q, D)
    documents = encoder.encode(used_candidates(one), "document")  # (C, D)
    scores = queries @ documents.T
    if ties_by_lot:
        scores = scores + TIE_NOISE * np.random.default_rng(0).random(scores.shape)
    return measures(scores, gains, allowed), chances(gains, allowed)


def used_candidates(one: EvaluationSet) -> list:
    """Return the candidates that any query ranks."""
    used = one.allowed().any(0)
    return [item for item, use in zip(one.candidates, used, strict=True) if use]


def measure_controls(encoder: Encoder, one: EvaluationSet, primary: str) -> Report:
    """Measure a set without what it asks about."""
    report = {}
    for name, control in CONTROLS.items():
        changed = control(one)
        if changed is not None:
            found, chance = rank(encoder, changed, ties_by_lot=True)
            report[name] = as_part(found[primary], chance[primary])
    return report


def measure_axes(one: EvaluationSet, values: np.ndarray, chance: np.ndarray) -> Report:
    """Report held-out and other queries apart, on every axis of a set."""
    report = {}
    for axis in one.axes:
        held_out = np.array([query.is_held_out(axis) for query in one.queries])
        report[axis] = {
            side: as_part(values[rows], chance[rows])
            for side, rows in zip(SIDES, (held_out, ~held_out), strict=True)
            if rows.any()
        }
    return report


def as_part(values: np.ndarray, chance: np.ndarray) -> Report:
    """Report the primary measure of some queries."""
    return {"queries": len(values), **asdict(figure(values, chance))}


def averages(sets: Mapping[str, Report]) -> Report:
    """Return the mean of every task's sets and the mean of the tasks, with intervals.

    The resamples of a task are the means of its sets' resamples, so every set counts the same
    however many queries it has.
    """
    rng = np.random.default_rng(1)
    tasks: dict[str, Report] = {}
    resampled = []
    for task in META_TASKS:
        mine = {name: one for name, one in sets.items() if one["task"] == task}
        if not mine:
            continue
        means = np.mean([bootstrap_means(per_query(one), rng) for one in mine.values()], axis=0)
        value, chance = (
            float(np.mean([one[one["primary"]][part] for one in mine.values()]))
            for part in ("value", "chance")
        )
        tasks[task] = {
            "primary": primary_measure(task),
            "sets": list(mine),
            "of": len(META_TASKS[task]),
            **asdict(interval(value, means, chance)),
        }
        resampled.append(means)
    value, chance = (
        float(np.mean([task[part] for task in tasks.values()])) for part in ("value", "chance")
    )
    overall = asdict(interval(value, np.mean(resampled, axis=0), chance))
    of = sum(map(len, META_TASKS.values()))
    counts = {"sets": len(sets), "of": of, "tasks": len(tasks)}
    return {"overall": {**counts, **overall}, "tasks": tasks}


def per_query(one: Mapping[str, Any]) -> np.ndarray:
    """Return the primary measure of every query of a set's report: (Q,)."""
    return np.array(one["per_query"].split(), dtype=np.float64)


def describe_axis(name: str) -> Report:
    """Say what is held out on an axis, and whether training left it out."""
    axis = AXES[name]
    return {"held_out": axis.rule, "excluded": axis.excluded, "training": axis.training}
