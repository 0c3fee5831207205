"""Reports of MMEB-mini side by side as a document: docs/results.md is written by this."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from train.evaluation.mini.report import percent, share

Report = Mapping[str, Any]

HEAD = """# Results

MMEB-mini ([what it is](mmeb_mini.md)), {size}, in per cent: Hit@1, NDCG@5 for VisDoc; 95 %
bootstrap intervals over queries, which say nothing about other training seeds. A task is the mean
of its sets. The difference is paired, query by query; **bold** where its interval leaves out 0.
Everything below was written by

```
{write}
```

| | model | fingerprint | code at | command |
|---|---|---|---|---|
{models}

"""


def to_markdown(first: Report, second: Report, difference: Report, *, names: Sequence[str]) -> str:
    """Return the document for two reports and their comparison (`comparison.compare`)."""
    models = "\n".join(
        f"| {name} | `{report['model']}` | `{report['fingerprint'][:12]}` | "
        f"{report.get('commit', 'unknown')[:7]} | `{command_of(report)}` |"
        for name, report in zip(names, (first, second), strict=True)
    )
    size = "60 queries a set (--quick)" if first["quick"] else "up to 1,000 queries a set"
    old, new = (shlex.quote(name) for name in names)
    write = f"python -m train compare old.json new.json --names {old} {new} --write docs/results.md"
    text = HEAD.format(size=size, write=write, models=models)
    text += table_of(dict(zip(names, (first, second), strict=True)), difference) + "\n"
    return text + "".join(f"\n{line}\n" for line in notes_of(first, second, difference))


def table_of(reports: Mapping[str, Report], difference: Report | None = None) -> str:
    """Return a table with a column a report, and one for the difference of two."""
    return "\n".join(rows_of(reports, difference))


def rows_of(reports: Mapping[str, Report], difference: Report | None) -> Iterator[str]:
    """Yield the lines: the mean of the tasks, then every task with its sets."""
    first = next(iter(reports.values()))
    columns = ["", "queries", "chance", *reports, *(["difference"] if difference else [])]
    yield f"| {' | '.join(columns)} |"
    yield "|---|" + "---:|" * (len(columns) - 1)
    whole = [report["overall"] for report in reports.values()]
    yield line_of("**mean of the tasks**", "", whole, difference and difference["overall"])
    for task, found in first["tasks"].items():
        cells = [report["tasks"].get(task) for report in reports.values()]
        yield line_of(f"**{task}**", "", cells, difference and difference["tasks"].get(task))
        for name in found["sets"]:
            sets = [report["sets"].get(name) for report in reports.values()]
            cells = [one and one[one["primary"]] for one in sets]
            queries = f"{first['sets'][name]['queries']:,}"
            yield line_of(name, queries, cells, difference and difference["sets"].get(name))


def line_of(
    name: str, queries: str, cells: Sequence[Report | None], difference: Report | None
) -> str:
    """Return one line of the table."""
    known = next(cell for cell in cells if cell is not None)
    told = [name, queries, share(known["chance"])]
    told += ["-" if cell is None else percent(cell) for cell in cells]
    if difference:
        sure = not difference["low"] <= 0 <= difference["high"]
        told.append(f"**{signed(difference)}**" if sure else signed(difference))
    return f"| {' | '.join(told)} |"


def signed(difference: Report) -> str:
    """Return a difference in points with its interval."""
    value, low, high = (100 * difference[part] for part in ("value", "low", "high"))
    return f"{value:+.1f} [{low:+.1f}, {high:+.1f}]"


def notes_of(first: Report, second: Report, difference: Report) -> Iterator[str]:
    """Yield what one must know to read the table."""
    for key, told in (
        ("left_out", "In one report only, so without a difference"),
        ("drawn_differently", "Same items, pixels not the same to the last bit"),
    ):
        if difference[key]:
            yield f"{told}: {', '.join(difference[key])}."
    skipped = sorted({*first["skipped"], *second["skipped"]})
    if skipped:
        yield f"Left out for want of fonts or names: {', '.join(skipped)}."


def command_of(report: Report) -> str:
    """Return the command that wrote a report."""
    if "command" in report:
        return str(report["command"])
    quick = " --quick" if report["quick"] else ""
    return f"python -m train evaluate {report['model']} --benchmark mini{quick}"
