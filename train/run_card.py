"""The card of a model that was trained on a person's own data, written from the run's files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sentence_transformers import SentenceTransformer

from train.recipe import HUB_IDS

CARD = """---
library_name: sentence-transformers
pipeline_tag: sentence-similarity
tags: [bottleneck-tokens, multimodal]
---
# {name}

An embedding model for text, pictures and clips in one space: K = {btoks} Bottleneck Tokens
(arXiv 2604.11095), {parameters:,.1f} M parameters, vectors of {dimension} numbers.

## Training

It starts from {start}. {adapters}

{stages}

| source | samples | from |
|---|---|---|
{sources}

{bad} samples could not be used. Code at commit {commit}; {versions}.

## Results

{results}

## Limits

What it was trained on decides what it finds. Licences of the start and of the training data apply.
Not evaluated for bias; do not use it to judge people.
"""


def run_card(
    model: SentenceTransformer,
    name: str,
    records: Sequence[Mapping[str, Any]],
    *,
    results: Mapping[str, Any] | None = None,
) -> str:
    """Return the card of an exported run, given the records of its stages.

    `results` is a report of MMEB-mini on its model.
    """
    inner, last = model[0].model, records[-1]
    versions = ", ".join(f"{package} {number}" for package, number in last["versions"].items())
    return CARD.format(
        name=name,
        btoks=inner.config.num_btoks,
        parameters=sum(one.numel() for one in inner.parameters()) / 1e6,
        dimension=model.get_embedding_dimension(),
        start=start_sentence(last["settings"]),
        adapters=adapter_sentence(last["settings"]),
        stages="\n".join(stage_sentence(record) for record in records),
        sources="\n".join(source_lines(records)),
        results=results_text(name, results),
        bad=last["bad_samples"],
        commit=last["commit"],
        versions=versions,
    )


def start_sentence(settings: Mapping[str, Any]) -> str:
    """Say what a run started from."""
    backbone = settings["backbone"]
    return f"`{backbone['name']}` with new BToks" if backbone else f"`{settings['model']}`"


def adapter_sentence(settings: Mapping[str, Any]) -> str:
    """Say what learned."""
    lora = settings["lora"]
    if lora is None:
        return "All weights learned but those of the tower, unless a stage says otherwise."
    kind = "DoRA" if lora["dora"] else "LoRA"
    return (
        f"Adapters ({kind}, rank {lora['rank']}, alpha {lora['alpha']:g}, dropout "
        f"{lora['dropout']:g}) learned on {', '.join(lora['targets'])}, with the BToks beside "
        "them; they are merged."
    )


def stage_sentence(record: Mapping[str, Any]) -> str:
    """Return one sentence about a finished stage."""
    stage = record["stage"]
    counts = ", ".join(f"{name} {count:,}" for name, count in record["samples"].items())
    return (
        f"* `{stage['name']}`: {stage['steps']:,} steps of {stage['batch_size']:,} pairs, learning "
        f"rate {stage['learning_rate']:g}, {record['seconds'] / 3600:.2f} hours on "
        f"{record['device']}{flops_clause(record)}, seed {record['seed']}; samples: {counts}."
        f"{condensation_of(record)}"
    )


def flops_clause(record: Mapping[str, Any]) -> str:
    """Return `, N FLOPs`, nothing for a record from before they were counted."""
    counted = record.get("flops", 0.0)
    return f", {counted:.2e} FLOPs" if counted else ""


def source_lines(records: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a row a source: how many samples, and whose licence applies."""
    counts = {name: count for record in records for name, count in record["samples"].items()}
    own = records[-1]["settings"]["sources"]
    for name, count in counts.items():
        yield f"| {name} | {count:,} | {origin_of(own.get(name))} |"


def origin_of(source: Mapping[str, Any] | None) -> str:
    """Say where a source's samples come from."""
    if source is None:
        return "drawn by the program, or its prepared folder (see `manifest.json` there)"
    if source["adapter"]:
        return f"`{HUB_IDS[source['adapter']]}`, under the licences stated there"
    return f"`{source['samples']}`, the trainer's own: its licence is not known here"


def results_text(name: str, results: Mapping[str, Any] | None) -> str:
    """Return the results with their intervals, and the command that makes them."""
    if results is None:
        return f"Not measured yet: `python -m train evaluate {name} --benchmark mini`."
    from train.evaluation.mini.results import command_of, table_of

    return f"MMEB-mini, `{command_of(results)}`:\n\n{table_of({name: results})}"


def condensation_of(record: Mapping[str, Any]) -> str:
    """Say what part GIC had in a stage and what the BToks knew of their targets at its end."""
    stage = record["stage"]
    if not stage.get("gic_weight"):
        return ""
    told = [line["eval_condensed_information"] for line in record["log"]
            if "eval_condensed_information" in line]  # fmt: skip
    known = f"; condensed information at the end {float(told[-1]):.2g} nats a token" if told else ""
    share = stage.get("target_share", 1.0)
    whose = "the BToks" if share == 1 else f"the BToks of {share:.0%} of the rows"
    return (
        f" In the first {stage['gic_share']:.0%} of the steps {whose} also had to predict the "
        f"targets (GIC, weight {stage['gic_weight']:g}){known}."
    )
