"""The processor: messages in, tensors out; Pillow and NumPy only.

torchvision is never imported: a CUDA build of it beside a CPU torch breaks `import transformers`.
Sizes are snapped to patch * merge * compression so that factor 2 removes exactly 75 % of the visual
tokens.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PIL import Image
from transformers import BatchFeature, PreTrainedTokenizerBase, ProcessorMixin

from embedder.compression import compressed_side
from embedder.inputs import ImagePart, Part, TextPart, VideoPart, to_parts
from embedder.media import Clip
from embedder.patches import fit_size, resize, to_patches
from embedder.rows import Row, collate

QWEN_MEAN, QWEN_STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)


METADATA = "video_metadata"
HONOURED = {
    "text_kwargs": {"padding", "truncation", "max_length"},
    "images_kwargs": set(),
    "videos_kwargs": {METADATA},
    "common_kwargs": {"return_tensors"},
}


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

        Of `processor_kwargs`, the text's `max_length` and `truncation` and the videos'
        `video_metadata` (its `fps`) are honoured. Budgets are settings of the model folder, because
        other budgets give other vectors: ValueError.
        """
        if not tokenize:
            raise ValueError("BToks have no text form: call with tokenize=True")
        if conversation and isinstance(conversation[0], dict):
            conversation = [conversation]
        given = processor_kwargs or {}
        check_options(given)
        fps = iter([fps_of(entry) for entry in given.get("videos_kwargs", {}).get(METADATA, ())])
        limit = self.text_limit(given.get("text_kwargs", {}))
        rows = [
            self.to_row(to_parts(messages, num_frames=self.num_frames, fps=fps), limit)
            for messages in conversation
        ]
        return BatchFeature(collate(rows, num_btoks=self.num_btoks, pad_id=self.pad_id))

    def text_limit(self, options: Mapping[str, Any]) -> int | None:
        """Return how many tokens of text are kept: no more than the tokenizer's own limit."""
        if options.get("truncation") in (False, "do_not_truncate"):
            return None
        most = min(self.max_text_tokens, self.tokenizer.model_max_length or self.max_text_tokens)
        return min(most, options.get("max_length") or most)

    def to_row(self, parts: Sequence[Part], max_text_tokens: int | None) -> Row:
        """Lay the parts of one input out as ids and patches."""
        row = Row()
        room = max_text_tokens
        for index, part in enumerate(parts):
            if index:
                row.ids += self.text_ids("\n")
            if isinstance(part, TextPart):
                ids = self.text_ids(part.text)[:room]
                room = None if room is None else room - len(ids)
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
        # Not verbose: it would warn of texts that are cut to the budget right after this.
        return self.tokenizer(
            text, add_special_tokens=False, split_special_tokens=True, verbose=False
        )["input_ids"]

    def token_id(self, token: str) -> int:
        """Return the id of one of our placeholder tokens."""
        return self.tokenizer.convert_tokens_to_ids(token)

    def image_size(self, width: int, height: int) -> tuple[int, int]:
        """Return the size at which a picture is seen."""
        return fit_size(
            width,
            height,
            multiple=self.multiple,
            min_pixels=self.min_pixels,
            max_pixels=self.max_pixels,
        )

    def frame_size(self, width: int, height: int) -> tuple[int, int]:
        """Return the size at which the frames of a clip are seen."""
        return fit_size(
            width,
            height,
            multiple=self.multiple,
            min_pixels=min(self.min_pixels, self.max_frame_pixels),
            max_pixels=self.max_frame_pixels,
        )

    def patches_of(self, frames: Sequence[Image.Image]) -> tuple[np.ndarray, list[int]]:
        """Cut frames of a fitting size into patches, see `to_patches`."""
        return to_patches(
            frames,
            patch_size=self.patch_size,
            merge_size=self.merge_size,
            temporal_patch_size=self.temporal_patch_size,
            mean=self.image_mean,
            std=self.image_std,
        )

    def add_image(self, row: Row, image: Image.Image) -> None:
        """Append a picture: its patches, and start, placeholders, end."""
        patches, grid = self.patches_of([resize(image, self.image_size(*image.size))])
        row.images.append((patches, grid))
        row.ids += self.placeholders(self.image_token, grid)

    def add_clip(self, row: Row, clip: Clip) -> None:
        """Append a clip; all frames take the size of the first."""
        size = self.frame_size(*clip.frames[0].size)
        patches, grid = self.patches_of([resize(frame, size) for frame in clip.frames])
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

    def visual_tokens(self, size: tuple[int, int], *, frames: int = 1) -> int:
        """Return how many visual tokens frames of a fitting size become, without their borders."""
        cell = self.patch_size * self.merge_size
        width, height = (compressed_side(side // cell, self.visual_compression) for side in size)
        return -(-frames // self.temporal_patch_size) * width * height

    def placeholders(self, token: str, grid: list[int]) -> list[int]:
        """Return start, one placeholder per token left after compression, end."""
        t, h, w = grid
        count = t * self.visual_tokens((w * self.patch_size, h * self.patch_size))
        start, end = self.token_id(self.vision_start_token), self.token_id(self.vision_end_token)
        return [start, *[self.token_id(token)] * count, end]


def check_options(given: Mapping[str, Mapping[str, Any]]) -> None:
    """Refuse processing options that would be ignored."""
    for kind, honoured in HONOURED.items():
        if unknown := set(given.get(kind, ())) - honoured:
            raise ValueError(
                f"{kind} has {sorted(unknown)}, honoured are {sorted(honoured)}: pixel and frame "
                "budgets are settings of the model folder (processor_config.json)"
            )


def fps_of(metadata: Any) -> float | None:
    """Return the frames a second that a clip's metadata state, if they do."""
    if metadata is None:
        return None
    stated = metadata.get("fps") if isinstance(metadata, Mapping) else metadata.fps
    return float(stated) if stated else None
