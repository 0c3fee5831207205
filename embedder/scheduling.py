"""The order in which inputs are encoded: by kind, by true length, as many as are worth padding.

A row of a batch costs as much as the longest. Sentence Transformers sorts by characters, pixels and
the length of paths; here the processor is asked how many positions an input will have.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modality import is_message_dict
from tqdm.auto import tqdm

from embedder.inputs import contents
from embedder.lanes import count_lanes, open_lanes
from embedder.media import size_of_clip, size_of_image
from embedder.processing import BTokProcessor

ST_BATCH_SIZE = 32  # Sentence Transformers' default stands for "as many as the budget holds"
KINDS = ("video", "mixed", "image", "text")  # the costliest first, so that lanes end together
SHARES = 2  # batches of a kind for each lane, at least
LEAST_POSITIONS = 128  # of a batch that was made smaller for that


@dataclass(frozen=True, slots=True)
class Budget:
    """Positions of one batch, padding included, and the padding that is cheaper than a call."""

    positions: int
    padding: int


CPU_BUDGET = Budget(positions=1024, padding=24)
GPU_BUDGET = Budget(positions=16_384, padding=256)


@dataclass(frozen=True, slots=True)
class Load:
    """What an input costs: its kind and its length in positions."""

    kind: str
    positions: int


def plan(
    loads: Sequence[Load], budget: Budget, *, most_rows: int | None = None, shares: int = 1
) -> list[list[int]]:
    """Return batches of indices: one kind each, longest first, within the budget.

    A row joins a batch while padding it to the longest costs less than a call of its own. Every
    index is in exactly one batch; a row beyond the budget is alone. With more than one of `shares`
    batches get smaller, so that there are about as many of each kind.
    """
    budgets = budgets_by_kind(loads, budget, shares)
    order = sorted(
        range(len(loads)), key=lambda i: (KINDS.index(loads[i].kind), -loads[i].positions, i)
    )
    batches: list[list[int]] = []
    for index in order:
        first = loads[batches[-1][0]] if batches else None
        own = budgets[loads[index].kind]
        if first is not None and joins(loads[index], first, len(batches[-1]), own, most_rows):
            batches[-1].append(index)
        else:
            batches.append([index])
    return batches


def budgets_by_kind(loads: Sequence[Load], budget: Budget, shares: int) -> dict[str, Budget]:
    """Return the budget of each kind's batches: less where they could not be dealt out evenly."""
    if shares == 1:
        return dict.fromkeys(KINDS, budget)
    totals = dict.fromkeys(KINDS, 0)
    for load in loads:
        totals[load.kind] += load.positions
    fair = {kind: max(LEAST_POSITIONS, total // shares) for kind, total in totals.items()}
    return {
        kind: replace(budget, positions=min(budget.positions, share))
        for kind, share in fair.items()
    }


def joins(load: Load, first: Load, rows: int, budget: Budget, most_rows: int | None) -> bool:
    """Say whether an input belongs in the batch that `first`, its longest row, opened."""
    return (
        load.kind == first.kind
        and (most_rows is None or rows < most_rows)
        and (rows + 1) * first.positions <= budget.positions
        and first.positions - load.positions <= budget.padding
    )


class BTokEncoder(SentenceTransformer):
    """A `SentenceTransformer` that schedules its batches and takes every string as text.

    Results equal those of the plain class. `batch_size` bounds the rows of a batch; left at its
    default, only the budget does. `fingerprint` names the vector space.
    """

    fingerprint: str = ""
    is_sealed: bool = False

    def preprocess(
        self, inputs: Sequence[Any], prompt: str | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        """Preprocess inputs; a string is never opened as a path or fetched as an address."""
        return super().preprocess([as_text(item) for item in inputs], prompt=prompt, **kwargs)

    def _inference(
        self,
        inputs: list[Any],
        *,
        batch_size: int,
        show_progress_bar: bool,
        output_value: str | None,
        prompt: str | None = None,
        **kwargs: Any,
    ) -> Any:
        """Run the planned batches and put their results in the order given."""
        options = {"prompt": prompt, "output_value": output_value, **kwargs}
        if not inputs or not isinstance(getattr(self[0], "processor", None), BTokProcessor):
            options |= {"batch_size": batch_size, "show_progress_bar": show_progress_bar}
            return super()._inference(inputs, **options)
        if (device := kwargs.get("device")) is not None:
            self.to(device)  # as the plain class does, but before batches are planned for it
        stock = super()._inference

        def run(batch: list[int]) -> Any:
            rows = [inputs[index] for index in batch]
            return stock(rows, batch_size=len(rows), show_progress_bar=False, **options)

        batches = self.schedule(inputs, prompt=prompt, batch_size=batch_size)
        out: list[Any] = [None] * len(inputs)
        bar = tqdm(total=len(inputs), desc="Inputs", disable=not show_progress_bar)
        with bar, open_lanes(self) if len(batches) > 1 else nullcontext((None, 1)) as (pool, _):
            results = pool.map(run, batches) if pool else map(run, batches)
            for batch, found in zip(batches, results, strict=True):
                for index, vector in zip(batch, found, strict=True):
                    out[index] = vector
                bar.update(len(batch))
        return torch.stack(out) if output_value == "sentence_embedding" else out

    def schedule(
        self, inputs: Sequence[Any], *, prompt: str | None = None, batch_size: int = ST_BATCH_SIZE
    ) -> list[list[int]]:
        """Return the batches, as indices into the inputs."""
        budget = GPU_BUDGET if self.device.type == "cuda" else CPU_BUDGET
        most_rows = None if batch_size == ST_BATCH_SIZE else batch_size
        loads, lanes = self.weigh(inputs, prompt=prompt), count_lanes(self)
        shares = SHARES * lanes if lanes > 1 else 1
        return plan(loads, budget, most_rows=most_rows, shares=shares)

    def weigh(self, inputs: Sequence[Any], *, prompt: str | None = None) -> list[Load]:
        """Return the loads of inputs without decoding a picture."""
        formatter, processor = self[0].input_formatter, self[0].processor
        rows: list[list[dict[str, Any]]] = []
        for item in inputs:
            modality, parsed, _ = formatter.parse_inputs([as_text(item)])
            if modality != "message":
                _, parsed = formatter.batch_to_message(modality, parsed)
            rows.append(list(contents(parsed["message"][0])))
        before = [prompt] if prompt else []
        texts = [str(item["text"]) for row in rows for item in row if item.get("type") == "text"]
        lengths = iter(text_lengths(processor, before + texts))
        fixed = processor.num_btoks + sum(next(lengths) for _ in before)
        return [weigh_row(row, processor, lengths, fixed) for row in rows]


def as_text(item: Any) -> Any:
    """Mark a string as text; refuse pairs, which are for rerankers."""
    if isinstance(item, str):
        return {"text": item}
    if isinstance(item, (tuple, list)) and any(not is_message_dict(part) for part in item):
        raise ValueError(
            "an input is a list of things that are no messages: to encode several as one give a "
            'dict, for example {"text": ..., "image": ...}'
        )
    return item


def text_lengths(processor: BTokProcessor, texts: list[str]) -> list[int]:
    """Return the tokens of texts, as many as the processor keeps."""
    if not texts:
        return []
    ids = processor.tokenizer(texts, add_special_tokens=False, split_special_tokens=True)
    limit = processor.text_limit({})
    return [min(len(row), limit) for row in ids["input_ids"]]


def weigh_row(
    row: Iterable[dict[str, Any]], processor: BTokProcessor, lengths: Iterator[int], fixed: int
) -> Load:
    """Return the load of one input: `fixed` positions, its texts' `lengths`, its visuals."""
    kinds, positions = set(), fixed
    for item in row:
        kinds.add(item.get("type"))
        match item:
            case {"type": "text"}:
                positions += next(lengths)
            case {"type": "image", "image": image}:
                size = processor.image_size(*size_of_image(image))
                positions += processor.visual_tokens(size)
            case {"type": "video", "video": clip}:
                size, frames = size_of_clip(clip, num_frames=processor.num_frames)
                positions += processor.visual_tokens(processor.frame_size(*size), frames=frames)
    only = kinds.pop() if len(kinds) == 1 else "mixed"
    return Load(only if only in KINDS else "mixed", positions)
