"""The paper's training sources as samples, from a local copy or the hub; see `mixture`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from train.adapters import colpali, llavahound, mmeb, visrag
from train.adapters.mixture import COLPALI, LLAVA_HOUND, MIXTURE, MMEB, VISRAG
from train.adapters.tables import TableSamples

FAMILIES = {
    MMEB: mmeb.open_samples,
    COLPALI: colpali.open_samples,
    VISRAG: visrag.open_samples,
    LLAVA_HOUND: llavahound.open_samples,
}


def open_part(name: str, location: str | Path | None = None, **options: Any) -> TableSamples:
    """Open one source of the mixture in a folder, or (by default) by the hub id it has there.

    `options` are those of the family: `media` is a folder of pictures or frames (MMEB,
    LLaVA-Hound), `prompts` are other instructions (VisRAG, LLaVA-Hound).

    Raises:
        ValueError: there is no such source, or its data are not there; says what to do.
    """
    if name not in MIXTURE:
        raise ValueError(f"no source {name!r}, allowed are {', '.join(MIXTURE)}")
    hub_id = MIXTURE[name].hub_id
    return FAMILIES[hub_id](name, location or hub_id, **options)
