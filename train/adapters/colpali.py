"""The ColPali training set: a page and a question about it, and the answer in words.

Schema (papers.md §1.6; columns as in the VLM2Vec parser `vidore_dataset.py` and the data pages of
the authors' repository): Parquet files `data/train-*.parquet` of vidore/colpali_train_set, columns

    image {bytes, path}, image_filename, query, answer, source, options, page, model, prompt,
    answer_type

The query is page and question, the positive the answer as it stands: a letter for multiple choice,
a list in brackets for some sources. `prompt` is what a generator was told and is not used, as
there.

Not verified (no network): which columns may be null, and the split's 118 thousand rows.
"""

from __future__ import annotations

from pathlib import Path

from train.adapters.mixture import MIXTURE
from train.adapters.tables import Row, TableSamples, open_table
from train.samples import Sample

NAME = "colpali_train_set"


def open_samples(name: str, location: str | Path, *, split: str = "train") -> TableSamples:
    """Open the set in a local copy or by hub id."""
    table = open_table(location, files=f"data/{split}-*.parquet", split=split)
    keys = [(answer or "").strip() for answer in table["answer"]]
    return TableSamples(name, table, to_sample=to_sample, keys=keys)


def to_sample(row: Row) -> Sample:
    """Make a sample of a row; raises ValueError for one without question, page or answer."""
    return Sample(
        query={"image": (row["image"] or {}).get("bytes"), "text": row["query"]},
        positive={"text": row["answer"]},
        ntp_side=MIXTURE[NAME].ntp_side,
        source=NAME,
    )
