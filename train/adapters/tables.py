"""Tables of original data sets: Parquet or JSON Lines in a folder, or a repository on the hub.

Rows stay on disk (memory-mapped by `datasets`) until a batch needs them; only what the keys are
made of is read before. `HF_HUB_OFFLINE` and `HF_HOME` are honoured by `datasets` itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from train.samples import Sample

if TYPE_CHECKING:
    from datasets import Dataset

HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")
READERS = {".parquet": "parquet", ".jsonl": "json", ".json": "json"}
Row = Mapping[str, Any]


class TableSamples(Sequence[Sample]):
    """The rows of a table as samples, each made when it is asked for.

    `to_sample` must be picklable: a function of a module, or a partial of one.
    """

    def __init__(
        self, name: str, table: Dataset, *, to_sample: Callable[[Row], Sample], keys: Sequence[str]
    ) -> None:
        self.name, self.table, self.to_sample, self.keys = name, table, to_sample, keys

    def __len__(self) -> int:
        return len(self.table)

    def __getitem__(self, number: Any) -> Any:
        """Make the sample of a row; raises ValueError when the row is none."""
        return replace(self.to_sample(self.table[number]), key=self.keys[number])

    def __iter__(self) -> Iterator[Sample]:
        return (self[number] for number in range(len(self)))

    def where(self, number: int) -> str:
        """Name a sample by its source and the row of the table, counted from 1."""
        return f"{self.name}, row {number + 1}"


def open_table(
    location: str | Path,
    *,
    files: str,
    config: str | None = None,
    split: str = "train",
    most: int | None = None,
) -> Dataset:
    """Open a table: the files of a folder that match the pattern `files`, or a hub id.

    On the hub, `config` and `split` choose the table, or `files` where the repository has none
    (`config` is None). At most the first `most` rows are used. Pictures stay encoded.

    Raises:
        ValueError: there is no such folder or file, or the hub cannot be reached.
    """
    from datasets import Image

    if Path(location).is_dir():
        table = open_folder(Path(location), files)
    else:
        table = open_hub(str(location), files=files, config=config, split=split)
    for column, feature in table.features.items():
        if isinstance(feature, Image):
            table = table.cast_column(column, Image(decode=False))
    return table if most is None else table.select(range(min(most, len(table))))


def open_folder(folder: Path, files: str) -> Dataset:
    """Open the files of a local copy, in the order of their names."""
    from datasets import load_dataset

    found = sorted(str(path) for path in folder.glob(files))
    if not found:
        raise ValueError(f"{folder} holds no {files}: is it a copy of the original data set?")
    return load_dataset(READERS[Path(found[0]).suffix], data_files=found, split="train")


def open_hub(name: str, *, files: str, config: str | None, split: str) -> Dataset:
    """Open a table of a repository on the hub."""
    from datasets import load_dataset
    from datasets.exceptions import DatasetNotFoundError

    if not HUB_ID.fullmatch(name):
        raise ValueError(f"there is no folder {name!r}: give a local copy or a hub id, owner/name")
    try:
        if config is None and not files.endswith(".parquet"):
            return load_dataset(name, data_files=files, split="train")
        return load_dataset(name, config, split=split)
    except (ConnectionError, DatasetNotFoundError, FileNotFoundError) as error:
        raise ValueError(
            f"{name} is neither in the cache nor reachable on the hub ({type(error).__name__}): "
            "give a local copy, or unset HF_HUB_OFFLINE"
        ) from error
