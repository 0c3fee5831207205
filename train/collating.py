"""Samples become a batch: columns to encode, and the target texts of GIC as ids.

`ntp_side` says whose text is predicted: "positive" (from the query's BToks), "query" (from the
positive's), "both", "none". The supervised side is the one that carries pixels.

A target is a header, which is read only, the side's instruction and text, and an end mark: the
assistant's turn in Qwen's chat format, or BERT's sentence marks. Media are not part of it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.data_collator import SentenceTransformerDataCollator
from torch import Tensor

from embedder.condensation import NO_TARGET
from embedder.processing import BTokProcessor
from embedder.rows import Row, collate
from train.preprocessing import Preprocess
from train.reading import to_messages
from train.samples import NTP_SIDES
from train.sides import words_in

# column -> the other one, and the values of ntp_side that make the column predict its text
PREDICTS = {"query": ("positive", {"positive", "both"}), "positive": ("query", {"query", "both"})}
# first token of the header -> text of the header after it, end mark
HEADERS = {"<|im_start|>": ("assistant\n", "<|im_end|>"), "[CLS]": ("", "[SEP]")}
# column -> the field of a sample that is put before it
INSTRUCTIONS = {
    "query": "instruction",
    "positive": "document_instruction",
    "negative": "document_instruction",
}


class MissingTarget(ValueError):
    """A row's `ntp_side` asks for a text that is not there; the message names row and column."""


@dataclass(frozen=True, slots=True)
class Marks:
    """What stands around a target, as ids."""

    header: tuple[int, ...]
    end: int


def marks_of(processor: BTokProcessor) -> Marks:
    """Return the marks that a tokenizer has; ValueError for one without any."""
    unknown = {None, processor.tokenizer.unk_token_id}
    for start, (rest, end) in HEADERS.items():
        first, last = processor.token_id(start), processor.token_id(end)
        if not unknown & {first, last}:
            return Marks((first, *processor.text_ids(rest)), last)
    known = ", ".join(f"{start} ... {end}" for start, (_, end) in HEADERS.items())
    raise ValueError(f"the tokenizer has no marks around a target, known are {known}")


@dataclass
class TargetCollator(SentenceTransformerDataCollator):
    """Batches `query`, `positive`, flat `negatives`, `label`, and targets by `ntp_side`.

    A side is a text, a mapping with `text`, `image`, `video`, or a `Row` that was processed before.
    A row may have an `instruction` and a `document_instruction`. Rows without a `positive` are
    texts to distil. Build it by `TargetCollator.of(model)`; it holds no weights.

    Attributes:
        max_target: ids of a target's text; a longer one is cut and has no end mark.
        ntp_side: of rows that state none.
        target_share: of the rows of a batch, the first so many predict; the others' targets are
            left out, which saves time where the vocabulary costs more than the decoder.
    """

    processor: BTokProcessor = field(kw_only=True)
    max_target: int = 64
    ntp_side: str = "none"
    target_share: float = 1.0

    def __post_init__(self) -> None:
        self.marks = marks_of(self.processor)

    @classmethod
    def of(
        cls,
        model: SentenceTransformer,
        *,
        max_target: int = 64,
        ntp_side: str = "none",
        target_share: float = 1.0,
    ) -> TargetCollator:
        """Return the collator for a BTok model."""
        return cls(
            preprocess_fn=Preprocess(model),
            processor=model[0].processor,
            max_target=max_target,
            ntp_side=ntp_side,
            target_share=target_share,
        )

    def __call__(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Make a batch; raises MissingTarget where a row has no text that it asks to predict."""
        batch: dict[str, Any] = {}
        if "dataset_name" in rows[0]:
            batch["dataset_name"] = rows[0]["dataset_name"]
        if "label" in rows[0]:
            batch["label"] = torch.stack([torch.as_tensor(row["label"]) for row in rows])
        for column, inputs in columns_of(rows).items():
            if inputs:
                features = self.features_of(inputs)
                batch |= {f"{column}_{key}": value for key, value in features.items()}
        return batch | self.targets(rows)

    def features_of(self, inputs: Sequence[Any]) -> dict[str, Any]:
        """Preprocess inputs; rows that were processed before only need to be put together."""
        if not isinstance(inputs[0], Row):
            return self.preprocess_fn(inputs)
        processor = self.processor
        batch = collate(inputs, num_btoks=processor.num_btoks, pad_id=processor.pad_id)
        return {**batch, "modality": "message"}

    def targets(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Return the ids of each column's targets (B, 1, T); nothing for a column without any."""
        batch: dict[str, Any] = {}
        wanted = math.ceil(self.target_share * len(rows))
        for column in PREDICTS:
            texts = [self.target_of(row, column, number) for number, row in enumerate(rows)]
            texts[wanted:] = [None] * (len(rows) - wanted)
            if any(text is not None for text in texts):
                batch[f"{column}_gic_ids"] = self.target_ids(texts)
                batch[f"{column}_gic_header"] = len(self.marks.header)
        return batch

    def target_of(self, row: Mapping[str, Any], column: str, number: int) -> str | None:
        """Return the text that a column's BToks shall predict, None for none."""
        side = row.get("ntp_side", self.ntp_side)
        if side not in NTP_SIDES:
            raise ValueError(f"ntp_side is {side!r}, allowed are {', '.join(NTP_SIDES)}")
        other, sides = PREDICTS[column]
        if side not in sides:
            return None
        written = written_text(row.get(other))
        if not words_in(written):
            raise MissingTarget(
                f"row {number} has ntp_side {side!r}, but the text of its {other} is "
                f"{'only placeholders' if written else 'empty'}: give it one, or another ntp_side"
            )
        instruction = words_in(row.get(INSTRUCTIONS[other]))
        return "\n".join(part for part in (instruction, words_in(written)) if part)

    def target_ids(self, texts: Sequence[str | None]) -> Tensor:
        """Return header, text and end mark of each text, padded: (B, 1, T)."""
        rows = [self.ids_of(text) if text else [] for text in texts]
        ids = torch.full((len(rows), 1, max(map(len, rows))), NO_TARGET)
        for line, row in zip(ids, rows, strict=True):
            line[0, : len(row)] = torch.tensor(row, dtype=torch.long)
        return ids

    def ids_of(self, text: str) -> list[int]:
        """Return one target's ids; a text that was cut does not end where it is cut."""
        ids = self.processor.text_ids(text)
        end = [self.marks.end] if len(ids) <= self.max_target else []
        return [*self.marks.header, *ids[: self.max_target], *end]


def columns_of(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Return the inputs of each column; negatives are further documents, whoever's they are."""
    columns = {
        "query": [(row, row["query"]) for row in rows],
        "positive": [(row, row["positive"]) for row in rows if "positive" in row],
        "negative": [(row, side) for row in rows for side in row.get("negatives") or ()],
    }
    if len(columns["positive"]) not in (0, len(rows)):
        raise ValueError(
            f"{len(columns['positive'])} of {len(rows)} rows have a positive: a batch is of pairs "
            "or of texts alone (the sampler's block must be a whole batch)"
        )
    return {
        name: [to_input(side, row.get(INSTRUCTIONS[name], "")) for row, side in sides]
        for name, sides in columns.items()
    }


def to_input(side: Any, instruction: str) -> Any:
    """Return a side as messages; a bare text is never opened as a path or fetched as an address."""
    if isinstance(side, Row):
        return side
    return to_messages({"text": side} if isinstance(side, str) else side, instruction)


def written_text(side: Any) -> str:
    """Return the text of a side, empty for one without."""
    if isinstance(side, Mapping):
        side = side.get("text")
    return side.strip() if isinstance(side, str) else ""
