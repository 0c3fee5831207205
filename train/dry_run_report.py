"""A dry run as lines for a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from train.dry_run import DryRun, StagePlan
from train.typical import FRAME, PAGE, PHOTO

PREFIXES = ((1e18, "E"), (1e15, "P"), (1e12, "T"), (1e9, "G"))


def to_text(found: DryRun) -> str:
    """Return the whole report."""
    return "\n".join(lines_of(found))


def lines_of(found: DryRun) -> Iterator[str]:
    """Yield the lines: start, stages, the whole, what was assumed, what is missing."""
    yield (
        f"{found.recipe}: from {found.start}, {found.parameters / 1e6:,.1f} M parameters, "
        f"{found.learning / 1e6:,.1f} M learn"
    )
    for stage in found.stages:
        yield ""
        yield from stage_lines(stage, found)
    yield ""
    total = sum(stage.flops["total"] + stage.views_flops for stage in found.stages)
    seconds = sum(stage.seconds for stage in found.stages)
    yield (
        f"in all: {flops(total)}, {duration(seconds)} on {found.devices} x {found.device.name} "
        f"({found.devices * seconds / 3600:,.1f} device hours)"
    )
    yield from assumptions(found)
    if found.problems:
        yield ""
        yield from (f"cannot run: {problem}" for problem in found.problems)


def stage_lines(stage: StagePlan, found: DryRun) -> Iterator[str]:
    """Yield what a stage would do."""
    pairs = stage.steps * stage.batch_size
    yield f"stage {stage.name}: {stage.steps:,} steps of {stage.batch_size:,}, {pairs:,} pairs"
    yield f"  samples   {samples(stage.samples)}"
    yield f"  a step    {flops(stage.flops_with_gic)} with GIC, {flops(stage.flops_without_gic)} " \
          "without"  # fmt: skip
    parts = ", ".join(
        f"{part} {value / stage.flops['total']:.0%}"
        for part, value in stage.flops.items()
        if part != "total" and value
    )
    yield f"  FLOPs     {flops(stage.flops['total'])}: {parts}"
    if stage.views_flops:
        yield f"  views     {flops(stage.views_flops)}, the tower's looks, once"
    held = ", ".join(
        f"{name} {gigabytes(value)}" for name, value in stage.memory.items() if name != "total"
    )
    total = stage.memory["total"]
    fits = "" if total < found.device.memory else ", TOO MUCH: lower mini_batch_size or pixels"
    most = gigabytes(found.device.memory)
    yield f"  memory    {gigabytes(total)} of {most} a device{fits} ({held})"
    yield f"  time      {duration(stage.seconds)}"


def samples(counts: Mapping[str, int | None]) -> str:
    """Return how many samples each source has."""
    known = [f"{name} {count:,}" for name, count in counts.items() if count is not None]
    unknown = [name for name, count in counts.items() if count is None]
    told = [", ".join(known)] if known else []
    if unknown:
        told.append(f"not counted (drawn anew, or not here): {', '.join(unknown)}")
    return "; ".join(told)


def assumptions(found: DryRun) -> Iterator[str]:
    """Yield what the figures rest on."""
    device = found.device
    measured = "measured by a matrix product" if device.name == "cpu" else "by its data sheet"
    yield (
        f"assumed: {device.utilisation:.0%} of {flops(device.peak)}/s "
        f"({measured}) are reached, and samples are made as fast as they are used"
    )
    if found.assumed:
        sizes = ", ".join(
            f"{name} {width} x {height}"
            for name, (width, height) in (("photographs", PHOTO), ("pages", PAGE),
                                          ("frames", FRAME))
        )  # fmt: skip
        yield f"assumed: {sizes} pixels, and lengths of texts, of {len(found.assumed)} sources"
    yield "memory is without workspace, fragmentation and pixels"


def flops(value: float) -> str:
    """Return FLOPs with their prefix."""
    for size, prefix in PREFIXES:
        if value >= size:
            return f"{value / size:,.3g} {prefix}FLOP"
    return f"{value:,.0f} FLOP"


def gigabytes(value: float) -> str:
    return f"{value / 1e9:,.1f} GB"


def duration(seconds: float) -> str:
    """Return seconds as a person would say them."""
    if seconds < 120:
        return f"{seconds:,.0f} s"
    return f"{seconds / 60:,.0f} min" if seconds < 7200 else f"{seconds / 3600:,.1f} h"
