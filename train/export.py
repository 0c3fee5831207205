"""A finished run becomes a model folder: weights, processor, prompts, card, self-test."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from sentence_transformers import SentenceTransformer

from embedder.folder import seal, write_folder
from train.evaluation.recall import evaluate, to_table
from train.records import DONE
from train.run_card import condensation_of, flops_clause, run_card

CARD = """---
license: apache-2.0
language: en
library_name: sentence-transformers
pipeline_tag: sentence-similarity
tags: [bottleneck-tokens, image-retrieval, multimodal]
---
# {name}

A small embedding model for text, pictures and short clips in one space: K = {btoks} Bottleneck
Tokens (arXiv 2604.11095) behind an EfficientNet-Lite0 tower and a decoder of {layers} layers,
{width} wide, {parameters:.1f} M parameters in all. It was aligned on clip art, emoji, drawings of
the same concepts and drawn scenes, and it is that good: it finds everyday things in pictures; it
does not read text, knows few proper names, and is no substitute for a model trained on photographs
with captions.

## Results

With 95 % bootstrap intervals over queries, one training seed. "Unseen" and "kinds never seen" are
pictures that training never saw, nor their titles; a few of these titles are names of emoji that
it saw. "Plain" are the short names of things among them; scenes and clips
are drawn from seeds that it never saw.
Command: `python -m train evaluate {name} --data {data_folder}`.

```
{table}
```

## Training

{stages}

| source | items | origin and licence |
|---|---|---|
{data}

Clip art of these kinds never entered training: {kinds}.

The tower's weights start from EfficientNet-Lite0's (ImageNet, Apache-2.0){tower}. The text side is
distilled from all-MiniLM-L6-v2 (Apache-2.0), whose WordPiece vocabulary it uses. The pictures
themselves are not part of this folder.

## Limits

Drawings are found more reliably than photographs, single things more reliably than crowded scenes.
Text in pictures and on pages is not read: pages are found through their text layer or OCR. English
only. A clip is seen as {frames} frames. Not evaluated for bias; do not use it to judge people.
"""


def export(run: Path, out: Path, *, data: Path | None) -> dict[str, Any]:
    """Write the last stage of a finished run as a sealed model folder; return its results.

    `data` is the prepared folder that the run learned from. Without one the weights keep their
    precision, and nothing is measured.
    """
    if data is None:
        return export_plain(run, out)
    records = read_records(run)
    last = run / records[-1]["stage"]["name"] / "model"
    model = SentenceTransformer(str(last), device="cpu", model_kwargs={"dtype": torch.float32})
    write_folder(model, out, dtype=torch.float16)
    seal(out)
    shipped = SentenceTransformer(str(out), device="cpu", model_kwargs={"dtype": torch.float32})
    report = evaluate(shipped, data)
    (out / "results.json").write_text(json.dumps(report, indent=1) + "\n")
    (out / "README.md").write_text(card(shipped, out.name, records, report, data))
    return report


def export_plain(
    run: Path, out: Path, *, results: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Write the last stage of a run on anybody's data, in its own precision.

    `results` is a report of MMEB-mini on the run's model, for the card.
    """
    records = read_records(run)
    model = open_last(run, records)
    write_folder(model, out, dtype=model[0].model.dtype)
    (out / "README.md").write_text(run_card(model, out.name, records, results=results))
    del model  # a seal loads the folder
    return {"fingerprint": seal(out)}


def export_bare(
    run: Path, out: Path, *, results: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Write the last stage of a run as a folder that needs no import of ours; see `train.stock`.

    Returns how far the golden vectors are from those of the run's model.
    """
    from train.stock import STOCK_NOTE, export_stock, largest_difference

    records = read_records(run)
    model = open_last(run, records)
    export_stock(model, out, dtype=model[0].model.dtype)
    difference = largest_difference(model, out)
    text = run_card(model, out.name, records, results=results)
    note = STOCK_NOTE.format(name=out.name, difference=difference)
    (out / "README.md").write_text(text.replace("## Limits\n", note, 1))
    return {"stock": str(out), "largest_difference": difference}


def open_last(run: Path, records: list[dict[str, Any]]) -> SentenceTransformer:
    """Load the model of a run's last stage."""
    return SentenceTransformer(str(run / records[-1]["stage"]["name"] / "model"), device="cpu")


def read_records(run: Path) -> list[dict[str, Any]]:
    """Return the records of a run's stages in the order of its recipe.

    Raises ValueError when one of them is not finished.
    """
    found = {path.parent.name: json.loads(path.read_text()) for path in run.glob(f"*/{DONE}")}
    names = next(iter(found.values()))["stages"] if found else []
    missing = [name for name in names if name not in found]
    if missing or not found:
        raise ValueError(
            f"{run} is not a finished run (missing: {', '.join(missing) or 'every stage'}): "
            "run `python -m train fit` to its end"
        )
    return [found[name] for name in names]


def card(
    model: SentenceTransformer,
    name: str,
    records: list[dict[str, Any]],
    report: dict[str, Any],
    data: Path,
) -> str:
    """Write the model card from the run's own files."""
    inner = model[0].model
    manifest = json.loads((data / "manifest.json").read_text())
    return CARD.format(
        name=name,
        data_folder=f"data/{data.name}",
        tower=tower_sentence(records),
        btoks=inner.config.num_btoks,
        layers=inner.config.text_config.num_hidden_layers,
        width=inner.config.text_config.hidden_size,
        parameters=sum(p.numel() for p in inner.parameters()) / 1e6,
        frames=model[0].processor.num_frames,
        table=to_table(report),
        stages="\n".join(describe(record) for record in records),
        kinds=", ".join(manifest["kept_out_kinds"]),
        data="\n".join(
            f"| {name} | {source['items']:,} | {source['origin']} |"
            for name, source in manifest["sources"].items()
        ),
    )


def tower_sentence(records: list[dict[str, Any]]) -> str:
    """Say whether any stage trained the tower."""
    trained = any(record["stage"]["train_tower"] for record in records)
    return " and were trained further" if trained else " and were not trained further"


def describe(record: dict[str, Any]) -> str:
    """Return one sentence about a finished stage, in CPU hours where it ran on a CPU."""
    stage = record["stage"]
    seen = stage["steps"] * stage["batch_size"]
    hours = sum(one["seconds"] * one["threads"] for one in record["sessions"]) / 3600
    shares = ", ".join(f"{name} {share:g}" for name, share in stage["sources"].items())
    return (
        f"* `{stage['name']}`: {stage['steps']} steps of {stage['batch_size']} ({seen:,} samples), "
        f"{record['seconds'] / 3600:.2f} hours of wall time on {record['device']} "
        f"({hours:.2f} thread hours, other work beside it){flops_clause(record)}, seed "
        f"{record['seed']}; shares of batches: {shares}.{condensation_of(record)}"
        f"{glance_of(stage)}"
    )


def glance_of(stage: Mapping[str, Any]) -> str:
    """Say how the glance was fitted before a stage, where it was."""
    plan = stage.get("glance")
    if not plan:
        return ""
    shares = ", ".join(f"{name} {share:g}" for name, share in plan["sources"].items())
    return (
        f" Before it, the glance was fitted alone, and then kept: {plan['steps']} steps of "
        f"{plan['batch_size']} on {shares}."
    )
