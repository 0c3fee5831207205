"""The card of a model that was trained on a person's own data, written from the run's files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sentence_transformers import SentenceTransformer

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

{bad} samples could not be used. Code at commit {commit}; {versions}.

## Results

Not measured yet: `python -m train evaluate {name} --benchmark mini`.

## Limits

What it was trained on decides what it finds. Licences of the start and of the training data apply.
Not evaluated for bias; do not use it to judge people.
"""


def run_card(model: SentenceTransformer, name: str, records: Sequence[Mapping[str, Any]]) -> str:
    """Return the card of an exported run, given the records of its stages."""
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
        f"rate {stage['learning_rate']:g}, GIC {stage['gic_weight']:g} for "
        f"{stage['gic_share']:.0%} of the steps, {record['seconds'] / 3600:.2f} hours on "
        f"{record['device']}, seed {record['seed']}; samples: {counts}."
    )
