"""Ask the twenty demo queries and tell, without mercy, where the right unit was found."""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from indexer.types import Hit, Modality

QUERIES = Path(__file__).with_name("queries.toml")
DEPTH = 10  # how far down the list a right unit is looked for
TOP = 3  # a query counts as answered when the right unit is this high


class Searchable(Protocol):
    """What is asked: an `Index`, or anything with the same search."""

    def search(self, query: str, /, *, limit: int = ...) -> Sequence[Hit]: ...


@dataclass(frozen=True, slots=True)
class Expected:
    """A unit that answers a query: a file of the corpus, with its page or its time span."""

    path: str
    page: int | None = None
    seconds: tuple[float, float] | None = None

    def is_found_in(self, hit: Hit) -> bool:
        """Tell whether a hit is this unit; of a clip, at least half of the span is in both."""
        parts = PurePosixPath(self.path).parts
        if hit.path.parts[-len(parts) :] != parts or hit.page != self.page:
            return False
        if self.seconds is None:
            return True
        start, end = hit.start_seconds, hit.end_seconds
        if start is None or end is None:
            return False
        shared = min(end, self.seconds[1]) - max(start, self.seconds[0])
        return shared >= 0.5 * max(end - start, self.seconds[1] - self.seconds[0])

    def __str__(self) -> str:
        return place(self.path, self.page, self.seconds)


@dataclass(frozen=True, slots=True)
class DemoQuery:
    """A question and the units that answer it."""

    text: str
    kind: Modality
    accepted: tuple[Expected, ...]


@dataclass(frozen=True, slots=True)
class DemoResult:
    """What the search gave: `rank` of the first right unit, 1-based, None when not found."""

    query: DemoQuery
    rank: int | None
    hits: tuple[Hit, ...]

    @property
    def answered(self) -> bool:
        return self.rank is not None and self.rank <= TOP


def load_queries(path: Path = QUERIES) -> tuple[DemoQuery, ...]:
    """Read the queries and their right answers."""
    entries = tomllib.loads(path.read_text(encoding="utf-8"))["query"]
    return tuple(
        DemoQuery(
            entry["text"],
            Modality(entry["kind"]),
            tuple(_expected(unit) for unit in entry["accepted"]),
        )
        for entry in entries
    )


def _expected(unit: dict[str, object]) -> Expected:
    seconds, page = unit.get("seconds"), unit.get("page")
    return Expected(
        str(unit["path"]),
        page if isinstance(page, int) else None,
        (float(seconds[0]), float(seconds[1])) if isinstance(seconds, list) else None,
    )


def run_demo_queries(
    index: Searchable, *, queries: Iterable[DemoQuery] | None = None, limit: int = DEPTH
) -> list[DemoResult]:
    """Ask every query of the whole index, without a filter, and look for its right unit."""
    results = []
    for query in load_queries() if queries is None else queries:
        hits = tuple(index.search(query.text, limit=limit))
        right = (i for i, hit in enumerate(hits, 1) if _is_right(query, hit))
        results.append(DemoResult(query, next(right, None), hits))
    return results


def _is_right(query: DemoQuery, hit: Hit) -> bool:
    return any(unit.is_found_in(hit) for unit in query.accepted)


def to_markdown(results: Sequence[DemoResult], *, model: str, command: str) -> str:
    """Show every result: the query, the right unit, its rank, and the first three hits."""
    answered = sum(result.answered for result in results)
    lines = [
        "# The demo queries",
        "",
        f"Written by `{command}` with the model `{model}`. The queries and their right answers",
        "(`indexer/demo_corpus/queries.toml`) were fixed together with the corpus, before any",
        "model was trained; every query is asked of the whole corpus, without a filter.",
        "",
        f"**The right unit is in the top {TOP} for {answered} of {len(results)} queries.**",
        "",
        f"| | query | right unit | rank | top {TOP} (score) |",
        "|---|---|---|---|---|",
        *(_row(result) for result in results),
        "",
        *_by_kind(results),
    ]
    return "\n".join(lines) + "\n"


def _row(result: DemoResult) -> str:
    right = "<br>or ".join(f"`{unit}`" for unit in result.query.accepted)
    depth = len(result.hits)
    rank = f"not in {depth}" if result.rank is None else str(result.rank)
    hits = "<br>".join(_hit_cell(result.query, hit) for hit in result.hits[:TOP])
    mark = "yes" if result.answered else "**no**"
    return f"| {mark} | {result.query.text} | {right} | {rank} | {hits or 'nothing found'} |"


def _hit_cell(query: DemoQuery, hit: Hit) -> str:
    span = None
    if hit.start_seconds is not None and hit.end_seconds is not None:
        span = (hit.start_seconds, hit.end_seconds)
    name = place("/".join(hit.path.parts[-2:]), hit.page, span)
    cell = f"`{name}` ({hit.score:.4f})"
    return f"**{cell}**" if _is_right(query, hit) else cell


def _by_kind(results: Sequence[DemoResult]) -> list[str]:
    lines = []
    for kind in Modality:
        asked = [result for result in results if result.query.kind is kind]
        if asked:
            answered = sum(result.answered for result in asked)
            lines.append(f"* {kind.value}: {answered} of {len(asked)}")
    return lines


def place(path: str, page: int | None, seconds: tuple[float, float] | None) -> str:
    """Write a unit as `file`, `file page 3` or `file 0:04-0:08.5`."""
    if page is not None:
        return f"{path} page {page}"
    if seconds is not None:
        return f"{path} {_clock(seconds[0])}-{_clock(seconds[1])}"
    return path


def _clock(seconds: float) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{int(minutes)}:{rest:04.1f}"


def write_results(
    index: Searchable, path: Path, *, model: str, command: str = "make demo-queries"
) -> list[DemoResult]:
    """Ask the queries and write the page that shows them all."""
    results = run_demo_queries(index)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(to_markdown(results, model=model, command=command), encoding="utf-8")
    return results


def main() -> None:
    """Ask queries of the index that the settings name: write the page of the twenty, or count."""
    from indexer import Index

    parser = argparse.ArgumentParser(description=main.__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--write", type=Path, help="the page to write about the twenty")
    what.add_argument("--count", type=Path, help="a file of other queries (tuning.toml) to count")
    args = parser.parse_args()
    with Index.open() as index:
        if args.write is not None:
            results = write_results(index, args.write, model=index.status().model)
        else:
            results = run_demo_queries(index, queries=load_queries(args.count))
    answered = sum(result.answered for result in results)
    print(f"{answered} of {len(results)} have the right unit in the top {TOP}")
    print("\n".join(_by_kind(results)))


if __name__ == "__main__":
    main()
