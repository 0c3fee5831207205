"""Rows become a batch: content, then the places of the K BToks, then padding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from embedder.segments import BTOK, CONTENT, PADDING


@dataclass
class Row:
    """One input as ids, and the pixels that its placeholders stand for."""

    ids: list[int] = field(default_factory=list)
    images: list[tuple[np.ndarray, list[int]]] = field(default_factory=list)
    videos: list[tuple[np.ndarray, list[int]]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


def collate(rows: Sequence[Row], *, num_btoks: int, pad_id: int) -> dict[str, torch.Tensor]:
    """Pad rows on the right; see `BTokMixin.forward` for the keys."""
    lengths = [len(row.ids) + num_btoks for row in rows]
    ids = torch.full((len(rows), max(lengths)), pad_id)
    segments = torch.full_like(ids, PADDING)
    for line, row in enumerate(rows):
        content = len(row.ids)
        ids[line, :content] = torch.tensor(row.ids)
        segments[line, :content] = CONTENT
        segments[line, content : content + num_btoks] = BTOK
    batch = {
        "input_ids": ids,
        "segment_ids": segments,
        "attention_mask": (segments != PADDING).long(),
    }
    batch |= stack_visuals([v for row in rows for v in row.images], "pixel_values", "image")
    videos = [v for row in rows for v in row.videos]
    if videos:
        batch |= stack_visuals(videos, "pixel_values_videos", "video")
        batch["seconds_per_grid"] = pad_seconds([row.seconds for row in rows])
    return batch


def stack_visuals(
    visuals: Sequence[tuple[np.ndarray, list[int]]], pixels: str, kind: str
) -> dict[str, torch.Tensor]:
    """Concatenate the patches of a batch and list their grids; nothing for no visuals."""
    if not visuals:
        return {}
    return {
        pixels: torch.from_numpy(np.concatenate([patches for patches, _ in visuals])),
        f"{kind}_grid_thw": torch.tensor([grid for _, grid in visuals]),
    }


def pad_seconds(rows: Sequence[Sequence[float]]) -> torch.Tensor:
    """Pad seconds per temporal patch with 0: (B, most videos of a row)."""
    out = torch.zeros(len(rows), max(map(len, rows)))
    for line, seconds in enumerate(rows):
        out[line, : len(seconds)] = torch.tensor(seconds)
    return out
