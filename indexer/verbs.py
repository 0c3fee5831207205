"""What each verb of `python -m indexer` does: call the index, print, return the exit code."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from tqdm import tqdm

from indexer.index import Index
from indexer.moments import build_moments, to_csv, to_webvtt
from indexer.plan import Plan
from indexer.progress import ProgressBar
from indexer.shell import OK, SOME_QUARANTINED
from indexer.types import Hit, IngestReport, Modality, Quarantined, UsageError

UNSOUND = 1


def ingest(options: argparse.Namespace) -> int:
    """Index, or with `--dry-run` say what would be done."""
    if options.dry_run:
        return plan(options)
    with Index.open() as index, ProgressBar() as bar:
        report = index.ingest(options.paths, prune=options.prune, progress=bar)
    _show(options, _report_fields(report), _report_lines(report))
    return SOME_QUARANTINED if report.quarantined else OK


def plan(options: argparse.Namespace) -> int:
    """Say what an ingest would do."""
    with Index.open() as index:
        return _show_plan(index.plan(options.paths), options)


def search(options: argparse.Namespace) -> int:
    """Print hits, best first; as JSON, one object per line; or the moments of videos."""
    if options.moments and options.json:
        raise UsageError("--moments writes WebVTT or CSV: leave --json out")
    modality = options.modality or (Modality.VIDEO if options.moments else None)
    with Index.open() as index:
        hits = index.search(
            options.text,
            image=options.image,
            like=[index.find_unit(place).id for place in options.like],
            unlike=[index.find_unit(place).id for place in options.unlike],
            modality=modality,
            folder=options.folder,
            paths=options.document,
            modified_after=_moment("--after", options.after),
            modified_before=_moment("--before", options.before),
            limit=options.limit,
        )
        nothing_indexed = not hits and index.status().files == 0
    if options.moments:
        moments = build_moments(hits)
        written = to_csv(moments) if options.moments == "csv" else to_webvtt(moments)
        print(written, end="")
    elif options.json:
        for hit in hits:
            print(json.dumps(_hit_fields(hit), ensure_ascii=False))
    elif hits:
        print("\n".join(_hit_lines(hits)))
    else:
        todo = "nothing is indexed yet: run `python -m indexer ingest PATH`"
        print(todo if nothing_indexed else "nothing found")
    return OK


def status(options: argparse.Namespace) -> int:
    """Print what the collection holds."""
    with Index.open() as index:
        found = index.status()
    fields = {
        "files": found.files,
        "units": dict(found.units),
        "quarantined": _quarantined_fields(found.quarantined),
        "model": found.model,
        "store": found.store,
    }
    units = ", ".join(f"{count} {kind}s" for kind, count in found.units.items())
    lines = [
        f"{found.files} files: {units}",
        f"model {found.model}",
        f"store {found.store}",
        *_quarantined_lines(found.quarantined),
    ]
    _show(options, fields, lines)
    return OK


def delete(options: argparse.Namespace) -> int:
    """Forget files."""
    with Index.open() as index:
        removed = index.delete(options.paths)
    _show(options, {"removed": removed}, [f"{removed} files removed from the index"])
    return OK


def doctor(options: argparse.Namespace) -> int:
    """Print every check; exit code 1 when one of them fails."""
    with Index.open() as index:
        report = index.doctor(repair=options.repair)
    checks = [
        {"name": check.name, "ok": check.is_ok, "detail": check.detail} for check in report.checks
    ]
    lines = [f"{'ok ' if c.is_ok else 'BAD'} {c.name}: {c.detail}" for c in report.checks]
    _show(options, {"ok": report.is_ok, "checks": checks}, lines)
    return OK if report.is_ok else UNSOUND


def demo_corpus(options: argparse.Namespace) -> int:
    """Draw the demo corpus."""
    folder = Path(options.folder).expanduser()
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{options.folder!r} is a file: name a folder")
    from indexer.demo_corpus import draw

    with tqdm(unit="file", desc="draw", dynamic_ncols=True) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        files = draw(folder, progress=show)
    _show(options, {"folder": str(folder), "files": files}, [f"{files} files in {folder}"])
    return OK


VERBS: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "ingest": ingest,
    "plan": plan,
    "search": search,
    "status": status,
    "delete": delete,
    "doctor": doctor,
    "demo-corpus": demo_corpus,
}


def _show(options: argparse.Namespace, fields: Mapping[str, object], lines: list[str]) -> None:
    print(json.dumps(fields, ensure_ascii=False) if options.json else "\n".join(lines))


def _show_plan(plan: Plan, options: argparse.Namespace) -> int:
    fields = {
        "todo": [str(asset.path) for asset in plan.todo],
        "unchanged": len(plan.unchanged),
        "quarantined": _quarantined_fields(plan.quarantined),
        "vanished": list(plan.vanished),
    }
    lines = [
        *(f"would read {asset.path}" for asset in plan.todo),
        *(f"has vanished {path}" for path in plan.vanished),
        f"{len(plan.todo)} to read, {len(plan.unchanged)} unchanged, "
        f"{len(plan.quarantined)} quarantined, {len(plan.vanished)} vanished",
    ]
    _show(options, fields, lines)
    return OK


def _report_fields(report: IngestReport) -> dict[str, object]:
    fields = dataclasses.asdict(report)
    fields["quarantined"] = _quarantined_fields(report.quarantined)
    return fields


def _report_lines(report: IngestReport) -> list[str]:
    counts = (
        f"{report.added} added, {report.updated} updated, {report.unchanged} unchanged, "
        f"{report.removed} removed, {len(report.quarantined)} quarantined"
    )
    spent = ", ".join(f"{stage} {seconds:.1f} s" for stage, seconds in report.seconds.items())
    return [
        counts,
        f"{report.units} units written; {spent}",
        *_quarantined_lines(report.quarantined),
    ]


def _quarantined_fields(entries: tuple[Quarantined, ...]) -> list[dict[str, str]]:
    return [{"path": str(entry.path), "reason": entry.reason} for entry in entries]


def _quarantined_lines(entries: tuple[Quarantined, ...]) -> list[str]:
    return [f"not indexed: {entry.path}: {entry.reason}" for entry in entries]


def _hit_fields(hit: Hit) -> dict[str, object]:
    return {
        "rank": hit.rank,
        "score": hit.score,
        "path": str(hit.path),
        "modality": hit.modality.value,
        "page": hit.page,
        "start_seconds": hit.start_seconds,
        "end_seconds": hit.end_seconds,
        "snippet": hit.snippet,
    }


def _hit_lines(hits: Sequence[Hit]) -> list[str]:
    """Write hits for people, with a line where good matches end."""
    lines: list[str] = []
    is_above: bool | None = True
    for hit in hits:
        if is_above and hit.above_cutoff is False:
            lines.append("---- good matches end here ----" if lines else "---- no good match ----")
        is_above = hit.above_cutoff
        lines.append(_hit_line(hit))
    return lines


def _hit_line(hit: Hit) -> str:
    place = ""
    if hit.page is not None:
        place = f" page {hit.page}"
    if hit.start_seconds is not None and hit.end_seconds is not None:
        place = f" {hit.start_seconds:.1f}-{hit.end_seconds:.1f} s"
    legs = ", ".join(f"{leg.leg} {leg.rank}" for leg in hit.legs)
    line = f"{hit.rank:3}  {hit.score:.4f}  {hit.path}{place}  [{legs}]"
    return f"{line}\n     {hit.snippet}" if hit.snippet else line


def _moment(name: str, value: str | None) -> datetime | None:
    """Read a date or a date with time, local unless it says otherwise."""
    if value is None:
        return None
    with contextlib.suppress(ValueError, OverflowError):
        return datetime.fromisoformat(value).astimezone(UTC)
    raise UsageError(f"{name} is {value!r}: give a date like 2026-01-31")
