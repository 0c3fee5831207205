"""MMEB-train, 20 subsets of pairs with pictures (TIGER-Lab/MMEB-train on the hub).

Schema (papers.md §3.7; rows as in the VLM2Vec parser `mmeb_dataset.py` and the data pages of the
authors' repository): a Parquet file a subset and split, `SUBSET/original-00000-of-00001.parquet`,
with the columns

    qry, qry_image_path, pos_text, pos_image_path, neg_text, neg_image_path    text, "" for none

Texts begin with the placeholder `<|image_1|>` where a picture belongs; some WebQA queries do
without having one. Paths are relative to the folder that the archives in `images_zip/` were
unpacked in: `images/SUBSET/Train/...`.

An instruction and what follows it stand in one column; they are taken apart where the subset's
wording lets them (SEPARATORS), so the wording is never repeated here. Deviations: white space at
the ends is removed and the instruction stands before the picture (`embedder.inputs`), the originals
have it after the picture, and a generated target does not repeat it.

Not verified (no network): the wording in all rows, whether other splits can be taken apart (they
are not: their text stays whole), and the counts.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from train.adapters.mixture import MIXTURE
from train.adapters.tables import Row, TableSamples, open_table
from train.samples import Sample
from train.sides import refuse_outside, words_in

COLON = ": "
# What ends the instruction of a subset's queries; None: the whole query is an instruction.
SEPARATORS: dict[str, str | None] = {
    "ImageNet_1K": None,
    "N24News": COLON,
    "HatefulMemes": None,
    "VOC2007": None,
    "SUN397": None,
    "OK-VQA": COLON,
    "A-OKVQA": COLON,
    "DocVQA": COLON,
    "InfographicsVQA": COLON,
    "ChartQA": COLON,
    "Visual7W": COLON,
    "VisDial": COLON,
    "CIRR": COLON,
    "VisualNews_t2i": ". ",
    "VisualNews_i2t": None,
    "MSCOCO_t2i": COLON,
    "MSCOCO_i2t": None,
    "NIGHTS": None,
    "WebQA": COLON,
    "MSCOCO": " as ",
}
DOCUMENT_SEPARATORS = {"WebQA": COLON}  # other documents with a picture are instructions only


def open_samples(
    subset: str, location: str | Path, *, media: Path | None = None, split: str = "original"
) -> TableSamples:
    """Open a subset in a local copy or by hub id; `media` holds `images/`, by default the copy."""
    if media is None:
        media = Path(location)
    if not media.is_dir():
        raise ValueError("the hub's tables name pictures only: unpack images_zip/, give `media`")
    table = open_table(
        location,
        files=f"{subset}/{split}-*.parquet",
        config=subset,
        split=split,
        most=MIXTURE[subset].most,
    )
    return TableSamples(
        subset,
        table,
        to_sample=partial(to_sample, subset=subset, media=media, parted=split == "original"),
        keys=[
            key_of(*pair) for pair in zip(table["pos_text"], table["pos_image_path"], strict=True)
        ],
    )


def key_of(text: str | None, path: str | None) -> str:
    """Identify a positive by its text without the placeholder, or by its picture and text."""
    return f"{path} {words_in(text)}" if path else words_in(text)


def to_sample(row: Row, *, subset: str, media: Path, parted: bool = True) -> Sample:
    """Make a sample of a row; `parted` takes instructions and texts apart."""
    instruction, query = taken_apart(words_in(row["qry"]), SEPARATORS[subset], parted)
    document_instruction, positive = "", words_in(row["pos_text"])
    if row["pos_image_path"]:
        separator = DOCUMENT_SEPARATORS.get(subset)
        document_instruction, positive = taken_apart(positive, separator, parted)
    negative = side_of(words_in(row.get("neg_text")), row.get("neg_image_path"), media)
    return Sample(
        query=side_of(query, row["qry_image_path"], media),
        positive=side_of(positive, row["pos_image_path"], media),
        negatives=(negative,) if negative else (),
        instruction=instruction,
        document_instruction=document_instruction,
        ntp_side=MIXTURE[subset].ntp_side,
        source=subset,
    )


def taken_apart(text: str, separator: str | None, parted: bool) -> tuple[str, str]:
    """Return the instruction of a text, and the rest; all of it is one without a separator."""
    if not parted:
        return "", text
    if separator is None:
        return text, ""
    instruction, found, rest = text.partition(separator)
    return ((instruction + found).strip(), rest.strip()) if found else ("", text)


def side_of(text: str, path: str | None, media: Path) -> dict[str, Any]:
    """Return a side of a text and a picture, either of which may be missing."""
    side: dict[str, Any] = {"text": text} if text else {}
    if path:
        refuse_outside(path, "a picture")
        side["image"] = str(media / path)
    return side
