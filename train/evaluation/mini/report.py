"""A report of MMEB-mini as a plain table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

Report = Mapping[str, Any]
SIDES = ("held out", "others")


def to_table(report: Report) -> str:
    """Return the table: sets by task with controls, averages, held-out parts, what is missing."""
    return "\n".join([*set_lines(report), "", *axis_lines(report), "", *note_lines(report)])


def set_lines(report: Report) -> Iterator[str]:
    """Yield a line a set, and a line a task with its mean."""
    yield (f"{'':27}{'N':>5}{'of':>6}  {'primary [95 %]':20}{'chance':>7}{'R@5':>7}{'R@10':>7}"
           f"{'blank':>8}{'shuffled':>10}{'question':>10}")  # fmt: skip
    for name, task in report["tasks"].items():
        label = f"{name}, {task['primary']}"
        yield f"{label:27}{'':11}  {percent(task):20}{share(task['chance']):>7}{sets_in(task)}"
        for chosen in task["sets"]:
            yield set_line(chosen, report["sets"][chosen])
    overall = report["overall"]
    yield f"{'mean of the tasks':27}{'':11}  {percent(overall):20}{share(overall['chance']):>7}"


def set_line(name: str, one: Report) -> str:
    """Return the line of a set."""
    primary, controls = one[one["primary"]], one["controls"]
    pool = f"{one['candidates']:.0f}" + ("*" if one["local"] else "")
    cells = "".join(
        f"{control(controls.get(kind)):>{width}}"
        for kind, width in (("blank", 8), ("shuffled", 10), ("question only", 10))
    )
    recalls = "".join(f"{share(one[f'recall@{k}']['value']):>7}" for k in (5, 10))
    return (f"  {name:25}{one['queries']:>5}{pool:>6}  {percent(primary):20}"
            f"{share(primary['chance']):>7}{recalls}{cells}")  # fmt: skip


def axis_lines(report: Report) -> Iterator[str]:
    """Yield lines an axis: the mean over sets of the held-out part and of the others; its rule."""
    for name, axis in report["axes"].items():
        parts = [one["axes"][name] for one in report["sets"].values() if name in one["axes"]]
        parts = [part for part in parts if len(part) == 2]
        if parts:
            held_out, others = (mean_of_sets([part[side] for part in parts]) for side in SIDES)
            yield f"held out on {name}: {held_out}; others: {others}; mean of {len(parts)} sets"
            yield f"  {axis['held_out']}; {axis['training']}"


def mean_of_sets(parts: Sequence[Report]) -> str:
    """Return the mean of the parts of some sets in per cent, and their queries in all."""
    mean = float(np.mean([part["value"] for part in parts]))
    return f"{share(mean)} ({sum(part['queries'] for part in parts):,} queries)"


def note_lines(report: Report) -> Iterator[str]:
    """Yield what one must know to read the table."""
    overall = report["overall"]
    yield (f"{overall['sets']} of {overall['of']} sets took part, in {overall['tasks']} tasks, "
           f"{report['seconds']:.0f} s; clips {report['encoding']['clips']}, text beside media "
           f"{report['encoding']['text beside media']}.")  # fmt: skip
    yield "Per cent. * every query ranks its own list. ! the interval of a control is above chance."
    for name, reason in report["skipped"].items():
        yield f"skipped: {name}: {reason}"


def sets_in(task: Report) -> str:
    """Say how many sets of a task took part, where some did not."""
    return "" if len(task["sets"]) == task["of"] else f"  {len(task['sets'])} of {task['of']} sets"


def percent(figure: Report) -> str:
    """Return `value [low, high]` in per cent."""
    return f"{share(figure['value'])} [{share(figure['low'])}, {share(figure['high'])}]"


def control(figure: Report | None) -> str:
    """Return a control in per cent, marked when its interval lies above chance."""
    if figure is None:
        return "-"
    return share(figure["value"]) + ("!" if figure["low"] > figure["chance"] else "")


def share(value: float) -> str:
    """Return a share in per cent."""
    return f"{100 * value:.1f}"
