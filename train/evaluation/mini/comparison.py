"""Two reports of MMEB-mini query by query: the paired difference, with its bootstrap interval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from train.evaluation.mini.catalogue import META_TASKS
from train.evaluation.mini.report import share
from train.evaluation.mini.running import per_query
from train.evaluation.ranking import bootstrap_means, interval

Report = Mapping[str, Any]


def compare(first: Report, second: Report) -> dict[str, Any]:
    """Return second minus first per set, per task and overall, over the sets that both have.

    Raises:
        ValueError: the reports are not of the same items.
    """
    check_same_items(first, second)
    rng = np.random.default_rng(2)
    common = [name for name in first["sets"] if name in second["sets"]]
    sets, means = {}, {}
    for name in common:
        change = per_query(second["sets"][name]) - per_query(first["sets"][name])
        means[name] = bootstrap_means(change, rng)
        sets[name] = difference(float(change.mean()), means[name])
    tasks, resampled = {}, []
    for task in META_TASKS:
        mine = [name for name in common if first["sets"][name]["task"] == task]
        if mine:
            resampled.append(np.mean([means[name] for name in mine], axis=0))
            value = float(np.mean([sets[name]["value"] for name in mine]))
            tasks[task] = difference(value, resampled[-1])
    value = float(np.mean([task["value"] for task in tasks.values()]))
    return {
        "overall": difference(value, np.mean(resampled, axis=0)),
        "tasks": tasks,
        "sets": sets,
        "left_out": sorted(set(first["sets"]) ^ set(second["sets"])),
        "drawn_differently": [
            name
            for name in common
            if first["sets"][name]["pixels"] != second["sets"][name]["pixels"]
        ],
    }


def difference(value: float, means: np.ndarray) -> dict[str, float]:
    """Return a difference with its interval; by chance there is none."""
    found = asdict(interval(value, means, 0.0))
    return {part: found[part] for part in ("value", "low", "high")}


def check_same_items(first: Report, second: Report) -> None:
    """Refuse reports whose queries are not the same, one by one."""
    for part in ("benchmark", "version", "quick"):
        if first.get(part) != second.get(part):
            raise ValueError(
                f"{part} is {first.get(part)!r} in one report and {second.get(part)!r} in the "
                "other: evaluate both models in the same way"
            )
    for name in set(first["sets"]) & set(second["sets"]):
        if first["sets"][name]["items"] != second["sets"][name]["items"]:
            raise ValueError(
                f"the items of {name!r} are not the same in the two reports: evaluate both models "
                "with one version of this program"
            )
    if not set(first["sets"]) & set(second["sets"]):
        raise ValueError("the reports have no set in common")


def to_table(report: Report) -> str:
    """Return a comparison as a table, in points of per cent."""
    rows = [("mean of the tasks", report["overall"]), *report["tasks"].items()]
    rows += [(f"  {name}", one) for name, one in report["sets"].items()]
    lines = [f"{'second minus first, points':28}{'':8}95 % interval"]
    for name, one in rows:
        low, high = share(one["low"]), share(one["high"])
        mark = "" if one["low"] <= 0 <= one["high"] else "  differs"
        lines.append(f"{name:28}{share(one['value']):>7} [{low}, {high}]{mark}")
    if report["left_out"]:
        lines.append(f"in one report only: {', '.join(report['left_out'])}")
    if report["drawn_differently"]:
        names = ", ".join(report["drawn_differently"])
        lines.append(f"same items, pixels not the same to the last bit: {names}")
    return "\n".join(lines)
