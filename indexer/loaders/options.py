"""How a corpus is read: budgets, limits and the OCR mode, handed to every loader.

Plain values only, so that they travel to the worker processes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from indexer.types import MediaBudget

OcrMode = Literal["off", "auto", "all"]
HEADROOM = 2  # in pixels: 1.4 times the sides
OCR_MODES: tuple[OcrMode, ...] = ("off", "auto", "all")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadOptions:
    """Budgets of what the embedder sees, and limits of what is opened at all.

    `max_pixels` bounds one picture or page, `max_frame_pixels` one frame of a clip. `ocr` is `off`,
    `auto` (pages without a usable text layer) or `all` (pictures too); its results are kept below
    `ocr_cache`, or nowhere when that is None. A file above `max_file_bytes`, or a picture that
    claims more than `max_image_pixels` (room for a 108-megapixel phone), is refused unread.

    Raises:
        ValueError: a budget that cannot be met, or an unknown OCR mode.
    """

    max_pixels: int = 1_003_520
    max_frame_pixels: int = 200_704
    frames_per_clip: int = 8
    min_clip_seconds: float = 2.0
    max_clip_seconds: float = 20.0
    ocr: OcrMode = "auto"
    ocr_cache: Path | None = None
    max_file_bytes: int = 8 << 30
    max_image_pixels: int = 128_000_000

    def within(self, budget: MediaBudget | None) -> LoadOptions:
        """Return options that read no finer than a model looks.

        A little more than the model needs is left: it resizes once more, and well only downwards.
        """
        if budget is None:
            return self
        return replace(
            self,
            max_pixels=min(self.max_pixels, HEADROOM * budget.max_pixels),
            max_frame_pixels=min(self.max_frame_pixels, HEADROOM * budget.max_frame_pixels),
            frames_per_clip=min(self.frames_per_clip, budget.frames_per_clip),
        )

    def __post_init__(self) -> None:
        if self.ocr not in OCR_MODES:
            raise ValueError(f"ocr is {self.ocr!r}, choose one of {', '.join(OCR_MODES)}")
        if not 0 < self.min_clip_seconds <= self.max_clip_seconds:
            raise ValueError(
                f"min_clip_seconds is {self.min_clip_seconds} and max_clip_seconds is "
                f"{self.max_clip_seconds}: give 0 < min <= max"
            )
        budgets = (self.max_pixels, self.max_frame_pixels, self.frames_per_clip)
        limits = (self.max_file_bytes, self.max_image_pixels)
        if min(*budgets, *limits) < 1:
            raise ValueError("pixels, frames and bytes are counts: give at least 1")
