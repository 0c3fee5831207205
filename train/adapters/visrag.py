"""VisRAG's in-domain set: a question, and the page or figure that answers it.

Schema (papers.md §1.6; columns as in the VLM2Vec parser `visrag_dataset.py` and the data pages of
the authors' repository): Parquet files in `data/` of openbmb/VisRAG-Ret-Train-In-domain-data,
columns

    query, image {bytes, path}, source

Ten sources. Query and document carry an instruction by source; PROMPTS says the same as those of
VLM2Vec-V2 in other and fewer words. For the very strings give your own `prompts`, from the
constants of that parser. A source without a prompt has none, as there.

The key is the length, beginning and end of the encoded page: to hash 123 thousand pages whole would
read them all. File names are no help, they seem to number the rows.
Not verified (no network): the names of the Parquet files, and the counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from train.adapters.mixture import MIXTURE
from train.adapters.tables import Row, TableSamples, open_table
from train.samples import Sample

if TYPE_CHECKING:
    from datasets import Dataset

NAME = "visrag-indomain"
ENDS = 4096  # bytes
Prompts = Mapping[str, tuple[str, str]]
# By source: what the query asks for, and what the document is.
PROMPTS: Prompts = {
    "ArxivQA": ("Find the figure of a research paper that answers:", "A figure of a paper."),
    "ChartQA": ("Find the chart that answers:", "A chart that compares values or shows trends."),
    "ICML Papers": ("Find the page of an ICML paper that answers:", "A page of an ICML paper."),
    "InfoVQA": ("Find the infographic that answers:", "An infographic with figures and notes."),
    "Manuallib": ("Find the page of a product manual that answers:", "A page of a manual."),
    "MP-DocVQA": ("Find the page of a document that answers:", "A page of a longer document."),
    "NeurIPS Papers": (
        "Find the page of a NeurIPS paper that answers:",
        "A page of a NeurIPS paper.",
    ),
    "PlotQA": ("Find the plot of numbers that answers:", "A plot of numbers."),
    "SlideVQA": ("Find the slide that answers:", "A slide of a presentation."),
    "Textbooks": ("Find the page of a textbook that answers:", "A page of a textbook."),
}


def open_samples(
    name: str, location: str | Path, *, prompts: Prompts = PROMPTS, split: str = "train"
) -> TableSamples:
    """Open the set in a local copy or by hub id; `prompts` are query's and document's by source."""
    table = open_table(location, files="data/*.parquet", split=split)
    to_sample_of = partial(to_sample, prompts=prompts)
    return TableSamples(name, table, to_sample=to_sample_of, keys=page_keys(table))


def page_keys(table: Dataset) -> list[str]:
    """Identify pages by length, beginning and end of their bytes, without reading the rest."""
    import pyarrow.compute as pc

    keys: list[str] = []
    for chunk in table.data.column("image").chunks:
        pages = pc.struct_field(chunk, "bytes")
        parts = (
            pc.binary_length(pages),
            pc.binary_slice(pages, 0, ENDS),
            pc.binary_slice(pages, -ENDS),
        )
        for length, head, tail in zip(*(part.to_pylist() for part in parts), strict=True):
            keys.append(f"page {length} {sha256((head or b'') + (tail or b'')).hexdigest()[:24]}")
    return keys


def to_sample(row: Row, *, prompts: Prompts) -> Sample:
    """Make a sample of a row; raises ValueError for one without question or page."""
    instruction, document_instruction = prompts.get(row["source"], ("", ""))
    return Sample(
        query={"text": row["query"]},
        positive={"image": (row["image"] or {}).get("bytes")},
        instruction=instruction,
        document_instruction=document_instruction,
        ntp_side=MIXTURE[NAME].ntp_side,
        source=NAME,
    )
