"""The processor: messages in, tensors out; Pillow and NumPy only.

torchvision is never imported: a CUDA build of it beside a CPU torch breaks `import transformers`.
The pixels equal those of the stock Qwen-VL image processor; sizes are snapped to
patch * merge * compression so that factor 2 removes exactly 75 % of the visual tokens.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from PIL import Image
from transformers import AutoProcessor, BatchFeature, PreTrainedTokenizerBase, ProcessorMixin

from embedder.compression import compressed_side
from embedder.inputs import ImagePart, Part, TextPart, VideoPart, to_parts
from embedder.media import Clip
from embedder.modeling import BTOK, CONTENT, PADDING

QWEN_MEAN, QWEN_STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)


def fit_size(
    width: int, height: int, *, multiple: int, min_pixels: int, max_pixels: int
) -> tuple[int, int]:
    """Return the size whose sides are multiples of `multiple` and whose area is in the budget.

    The aspect ratio is kept as closely as that allows; a strip too thin for the budget is squeezed.
    Where both bounds cannot hold, `max_pixels` does (one cell excepted).
    """
    fitted = [max(multiple, round(side / multiple) * multiple) for side in (width, height)]
    if math.prod(fitted) < min_pixels:
        scale = math.sqrt(min_pixels / (width * height))
        fitted = [-floor_to(-side * scale, multiple) for side in (width, height)]
    if math.prod(fitted) > max_pixels:
        scale = math.sqrt(max_pixels / (width * height))
        fitted = [max(multiple, floor_to(side * scale, multiple)) for side in (width, height)]
        longest = max(multiple, floor_to(max_pixels / min(fitted), multiple))
        fitted = [min(side, longest) for side in fitted]
    return fitted[0], fitted[1]


def floor_to(length: float, multiple: int) -> int:
    """Round a length down to a multiple; rounding errors of the length do not lose a whole one."""
    return math.floor(length / multiple + 1e-9) * multiple


@dataclass
class Row:
    """One input as ids, and the pixels that its placeholders stand for."""

    ids: list[int] = field(default_factory=list)
    images: list[tuple[np.ndarray, list[int]]] = field(default_factory=list)
    videos: list[tuple[np.ndarray, list[int]]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


class BTokProcessor(ProcessorMixin):
    """Renders messages, cuts pictures into patches and appends the places of the BToks.

    Budgets are pixels a picture, pixels a frame and frames a clip. `max_text_tokens` cuts text
    only; media are never cut. `timestamps` writes the time before each group of frames (Qwen3-VL).
    """

    def __init__(
        self,
        tokenizer: PreTrainedTokenizerBase,
        num_btoks: int = 4,
        visual_compression: int = 1,
        patch_size: int = 14,
        merge_size: int = 2,
        temporal_patch_size: int = 2,
        min_pixels: int = 4 * 28 * 28,
        max_pixels: int = 1280 * 28 * 28,
        max_frame_pixels: int = 768 * 28 * 28,
        num_frames: int = 8,
        max_text_tokens: int = 2048,
        image_mean: Sequence[float] = QWEN_MEAN,
        image_std: Sequence[float] = QWEN_STD,
        image_token: str = "<|image_pad|>",
        video_token: str = "<|video_pad|>",
        vision_start_token: str = "<|vision_start|>",
        vision_end_token: str = "<|vision_end|>",
        timestamps: bool = False,
    ) -> None:
        super().__init__(tokenizer)
        self.num_btoks = num_btoks
        self.visual_compression = visual_compression
        self.patch_size = patch_size
        self.merge_size = merge_size
        self.temporal_patch_size = temporal_patch_size
        self.min_pixels = min_pixels
        self.max_pixels = max_pixels
        self.max_frame_pixels = max_frame_pixels
        self.num_frames = num_frames
        self.max_text_tokens = max_text_tokens
        self.image_mean = list(image_mean)
        self.image_std = list(image_std)
        self.image_token = image_token
        self.video_token = video_token
        self.vision_start_token = vision_start_token
        self.vision_end_token = vision_end_token
        self.timestamps = timestamps

    @property
    def multiple(self) -> int:
        """Pixels that the sides of every picture are multiples of."""
        return self.patch_size * self.merge_size * self.visual_compression

    @property
    def pad_id(self) -> int:
        """The id that fills padding and the places of the BToks."""
        return self.tokenizer.pad_token_id or 0

    def __call__(
        self, text: str | Sequence[str] | None = None, images: Any = None, **kwargs: Any
    ) -> BatchFeature:
        """Process plain texts or pictures; everything else goes through messages."""
        if (text is None) == (images is None):
            raise ValueError("give either text or images here; mixed content goes as messages")
        kind, values = ("text", text) if images is None else ("image", images)
        if isinstance(values, (str, Image.Image)):
            values = [values]
        messages = [
            [{"role": "user", "content": [{"type": kind, kind: value}]}] for value in values
        ]
        return self.apply_chat_template(messages, **kwargs)

    def apply_chat_template(
        self,
        conversation: Sequence[Any],
        chat_template: str | None = None,
        *,
        tokenize: bool = True,
        processor_kwargs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> BatchFeature:
        """Turn conversations into a right-padded batch; see `BTokMixin.forward` for its keys.

        Of `processor_kwargs` only `text_kwargs["max_length"]` is honoured: budgets are settings of
        the model folder, because other budgets give other vectors.
        """
        if not tokenize:
            raise ValueError("BToks have no text form: call with tokenize=True")
        if conversation and isinstance(conversation[0], dict):
            conversation = [conversation]
        text_kwargs = (processor_kwargs or {}).get("text_kwargs", {})
        limit = min(self.max_text_tokens, text_kwargs.get("max_length") or self.max_text_tokens)
        rows = [
            self.to_row(to_parts(messages, num_frames=self.num_frames), limit)
            for messages in conversation
        ]
        return BatchFeature(self.collate(rows))

    def to_row(self, parts: Sequence[Part], max_text_tokens: int) -> Row:
        """Lay the parts of one input out as ids and patches."""
        row = Row()
        room = max_text_tokens
        for index, part in enumerate(parts):
            if index:
                row.ids += self.text_ids("\n")
            if isinstance(part, TextPart):
                ids = self.text_ids(part.text)[:room]
                room -= len(ids)
                row.ids += ids
            elif isinstance(part, ImagePart):
                self.add_image(row, part.image)
            elif isinstance(part, VideoPart):
                self.add_clip(row, part.clip)
        if not row.ids:  # an empty text still has one position to pool from
            row.ids.append(self.tokenizer.eos_token_id or self.pad_id)
        return row

    def text_ids(self, text: str) -> list[int]:
        """Tokenise text as data: control tokens that it spells stay letters."""
        return self.tokenizer(text, add_special_tokens=False, split_special_tokens=True)[
            "input_ids"
        ]

    def token_id(self, token: str) -> int:
        """Return the id of one of our placeholder tokens."""
        return self.tokenizer.convert_tokens_to_ids(token)

    def add_image(self, row: Row, image: Image.Image) -> None:
        """Append a picture: its patches, and start, placeholders, end."""
        size = fit_size(
            *image.size,
            multiple=self.multiple,
            min_pixels=self.min_pixels,
            max_pixels=self.max_pixels,
        )
        patches, grid = self.to_patches([resize(image, size)])
        row.images.append((patches, grid))
        row.ids += self.placeholders(self.image_token, grid)

    def add_clip(self, row: Row, clip: Clip) -> None:
        """Append a clip; all frames take the size of the first."""
        size = fit_size(
            *clip.frames[0].size,
            multiple=self.multiple,
            min_pixels=min(self.min_pixels, self.max_frame_pixels),
            max_pixels=self.max_frame_pixels,
        )
        patches, grid = self.to_patches([resize(frame, size) for frame in clip.frames])
        seconds = clip.seconds_per_frame * self.temporal_patch_size
        row.videos.append((patches, grid))
        row.seconds.append(seconds)
        if not self.timestamps:
            row.ids += self.placeholders(self.video_token, grid)
            return
        for group in range(grid[0]):
            middle = group * seconds + clip.seconds_per_frame * (self.temporal_patch_size - 1) / 2
            row.ids += self.text_ids(f"<{middle:.1f} seconds>")
            row.ids += self.placeholders(self.video_token, [1, *grid[1:]])

    def placeholders(self, token: str, grid: list[int]) -> list[int]:
        """Return start, one placeholder per token left after compression, end."""
        t, h, w = grid
        sides = [
            compressed_side(side // self.merge_size, self.visual_compression) for side in (h, w)
        ]
        start, end = self.token_id(self.vision_start_token), self.token_id(self.vision_end_token)
        return [start, *[self.token_id(token)] * (t * sides[0] * sides[1]), end]

    def to_patches(self, frames: Sequence[Image.Image]) -> tuple[np.ndarray, list[int]]:
        """Cut equal-sized frames into flattened patches in the merger's block order.

        Returns (t*h*w, 3*T*P*P) float32 and the grid [t, h, w]; a last odd frame is repeated.
        """
        T, P, M = self.temporal_patch_size, self.patch_size, self.merge_size
        # Centre on the mean, then one multiplication: a third of the passes over the pixels.
        pixels = np.stack([np.asarray(frame, dtype=np.float32) for frame in frames])
        pixels -= np.asarray(self.image_mean, dtype=np.float32) * 255
        pixels *= 1 / (np.asarray(self.image_std, dtype=np.float32) * 255)  # (F, H, W, 3)
        if len(frames) % T:
            last = np.repeat(pixels[-1:], T - len(frames) % T, axis=0)
            pixels = np.concatenate([pixels, last])
        t, h, w = len(pixels) // T, pixels.shape[1] // P, pixels.shape[2] // P
        blocks = pixels.reshape(t, T, h // M, M, P, w // M, M, P, 3)
        blocks = blocks.transpose(0, 2, 5, 3, 6, 8, 1, 4, 7)  # (t, h/M, w/M, M, M, 3, T, P, P)
        return blocks.reshape(t * h * w, -1), [t, h, w]

    def collate(self, rows: Sequence[Row]) -> dict[str, torch.Tensor]:
        """Pad rows on the right: content, then K BToks, then pads."""
        lengths = [len(row.ids) + self.num_btoks for row in rows]
        ids = torch.full((len(rows), max(lengths)), self.pad_id)
        segments = torch.full_like(ids, PADDING)
        for line, row in enumerate(rows):
            content = len(row.ids)
            ids[line, :content] = torch.tensor(row.ids)
            segments[line, :content] = CONTENT
            segments[line, content : content + self.num_btoks] = BTOK
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


def resize(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Resize as the stock processors do: bicubic, antialiased."""
    return image if image.size == size else image.resize(size, Image.Resampling.BICUBIC)


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


def register() -> None:
    """Make the processor known to `AutoProcessor` for every BTok architecture."""
    from embedder.modeling import BACKBONES, BTokTinyConfig

    for config in (*(entry[0] for entry in BACKBONES.values()), BTokTinyConfig):
        AutoProcessor.register(config, BTokProcessor, exist_ok=True)
