"""Bottleneck Tokens on the Qwen-VL base models, as registered Hugging Face architectures.

K learnable tokens (BToks) follow the content; the mean of their last-layer states is the
embedding (arXiv 2604.11095, section 3.1). The model hands out the K states as
`last_hidden_state` (B, K, D), so stock Sentence Transformers pooling makes the vector.

BToks are an `nn.Embedding` inside the model, not vocabulary entries and not a bare parameter:
PEFT trains and saves a module that is named in `modules_to_save`, and silently ignores parameters.
K = 0 is last-token pooling on the same code path.

Segment ids say what a position is: -1 padding, 0 content, 1 BTok.

Given `gic_ids`, the forward pass also predicts these target texts from the BToks alone and keeps
what it found for `take_generated`; see `embedder.condensation`.
"""

from __future__ import annotations

from contextlib import nullcontext

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import Qwen2_5_VLModel, Qwen2VLModel, Qwen3VLModel
from transformers.modeling_outputs import BaseModelOutputWithPooling
from transformers.models.qwen2_vl.modeling_qwen2_vl import Qwen2VLPreTrainedModel, Qwen2VLTextModel

from embedder.compression import compress, compressed_grid, compressing, install
from embedder.condensation import (
    NO_TARGET,
    Generated,
    Sequence,
    Target,
    build_target,
    encode,
    encode_with_target,
)
from embedder.configs import (
    BTokQwen2_5_VLConfig,
    BTokQwen2VLConfig,
    BTokQwen3VLConfig,
    BTokTinyConfig,
)
from embedder.segments import BTOK, CONTENT, PADDING
from embedder.towers import EfficientNetTower

BTOK_NOISE = 0.02  # standard deviation of the initial noise, relative to the row it starts from


class BTokMixin:
    """Adds BToks, visual compression and one explicit forward pass to a Qwen-VL base model."""

    compresses_patches = True  # False: the tower permutes its patches, so tokens are compressed

    def __init__(self, config) -> None:
        super().__init__(config)
        self.add_btoks()

    def add_btoks(self) -> None:
        """Create the K BToks, started from the end-of-sequence row; let the mergers compress."""
        if self.compresses_patches:
            install([self.visual.merger, *getattr(self.visual, "deepstack_merger_list", ())])
        config = self.config
        size = config.text_config.hidden_size
        self.btok = nn.Embedding(config.num_btoks, size) if config.num_btoks else None
        self.generated: Generated | None = None
        self.reset_btoks()

    @torch.no_grad()
    def reset_btoks(self) -> None:
        """Start every BTok from the end-of-sequence row plus small noise.

        Unconditional on purpose: rows that "still fit" a vocabulary are untrained ones.
        """
        if self.btok is None or self.btok.weight.is_meta:
            return
        rows = self.language_model.embed_tokens.weight
        eos = getattr(self.config.text_config, "eos_token_id", None)
        row = rows[eos[0] if isinstance(eos, list) else (eos or 0)].float()  # (D,)
        noise = torch.randn(self.btok.weight.shape, device=row.device)  # (K, D)
        scale = row.pow(2).mean().sqrt()
        self.btok.weight.copy_(row + BTOK_NOISE * scale * noise)

    def _init_weights(self, module: nn.Module) -> None:
        if module is self.__dict__.get("_modules", {}).get("btok"):
            self.reset_btoks()
        else:
            super()._init_weights(module)

    def forward(
        self,
        input_ids: Tensor,
        segment_ids: Tensor,
        attention_mask: Tensor | None = None,
        pixel_values: Tensor | None = None,
        image_grid_thw: Tensor | None = None,
        pixel_values_videos: Tensor | None = None,
        video_grid_thw: Tensor | None = None,
        seconds_per_grid: Tensor | None = None,
        gic_ids: Tensor | None = None,
        gic_header: int = 1,
        gic_mode: str = "handover",
        return_dict: bool = True,
    ) -> BaseModelOutputWithPooling:
        """Encode a batch into its BTok states.

        Args:
            input_ids: (B, L); positions of BToks hold any valid id.
            segment_ids: (B, L), -1 padding, 0 content, 1 BTok.
            attention_mask: accepted because callers pass it; the segments say the same.
            pixel_values, pixel_values_videos: flattened patches in block order, visuals in the
                order of their placeholders.
            image_grid_thw, video_grid_thw: (N, 3) patches in time, height and width.
            seconds_per_grid: (B, videos a row), seconds between temporal patches, 0 = no video.
            gic_ids: (B, 1, T) targets to predict, -1 after their end. The middle axis keeps callers
                from taking T for L.
            gic_header: how many ids of a target are read only, before those to predict.
            gic_mode: "handover" or "dense", see `embedder.condensation`.

        Returns:
            `last_hidden_state` (B, K, D), or (B, 1, D) with K = 0, and their mean (B, D).
        """
        images = self.encode_visuals(pixel_values, image_grid_thw)
        videos = self.encode_visuals(pixel_values_videos, video_grid_thw)
        x, deepstack = self.insert_visuals(input_ids, segment_ids, images, videos)  # (B, L, D)
        if self.btok is not None:
            is_btok = self.btok_positions(segment_ids)
            rows = self.btok_rows(input_ids, segment_ids, images, videos)  # (B, K, D)
            x = x.masked_scatter(is_btok[..., None], rows.to(x.dtype))
        mask = (segment_ids != PADDING).long()  # (B, L)
        positions = self.positions(
            input_ids, mask, image_grid_thw, video_grid_thw, seconds_per_grid
        )
        sequence = Sequence(x, positions, segment_ids, deepstack)
        target = self.target_of(gic_ids, header=gic_header)
        if target is None:
            states, self.generated = encode(self.language_model, sequence), None  # (B, L, D)
        else:
            states, self.generated = encode_with_target(
                self.language_model, sequence, target, mode=gic_mode
            )
        pooled = self.pooled_states(states, segment_ids)
        return BaseModelOutputWithPooling(last_hidden_state=pooled, pooler_output=pooled.mean(1))

    def target_of(self, gic_ids: Tensor | None, *, header: int) -> Target | None:
        """Return the targets of a batch, None where no row has one.

        Raises ValueError for a model that has nothing to predict from, or nothing to predict with.
        """
        if gic_ids is None or not bool((gic_ids != NO_TARGET).any()):
            return None
        if self.btok is None:
            raise ValueError(
                "num_btoks is 0, so there are no BToks to predict a target from: create the model "
                "with num_btoks above 0, or train without GIC (gic_weight=0)"
            )
        if not self.config.tie_word_embeddings:
            raise ValueError(
                "this backbone has an output matrix of its own, which a base model does not hold: "
                "GIC needs one with tied embeddings (the 2B and 3B models), or gic_weight=0"
            )
        return build_target(gic_ids, header=header, unpredicted=self.unpredicted_ids)

    @property
    def unpredicted_ids(self) -> tuple[int, ...]:
        """Return the ids that never are labels: visual placeholders, padding and BToks' filler."""
        names = ("image_token_id", "video_token_id", "vision_start_token_id", "vision_end_token_id")
        ids = [getattr(self.config, name, None) for name in names]
        ids.append(self.config.text_config.pad_token_id)
        return tuple(number for number in ids if number is not None)

    def take_generated(self) -> Generated | None:
        """Return what the last forward pass generated, and forget it: it holds a graph.

        An attribute, because Sentence Transformers hands on one output of a model only.
        """
        generated, self.generated = self.generated, None
        return generated

    def btok_rows(self, input_ids: Tensor, segment_ids: Tensor, images, videos) -> Tensor:
        """Return what stands at the places of the BToks, before the first layer: (B, K, D)."""
        return self.btok.weight.expand(len(input_ids), -1, -1)

    def btok_positions(self, segment_ids: Tensor) -> Tensor:
        """Return where the BToks are: (B, L) bool, exactly K a row."""
        is_btok = segment_ids == BTOK
        found = is_btok.sum(1)
        if bool((found != self.config.num_btoks).any()):
            raise ValueError(
                f"expected {self.config.num_btoks} BToks per row, found {found.tolist()}: "
                "was the batch made by this model's own processor?"
            )
        return is_btok

    def pooled_states(self, states: Tensor, segment_ids: Tensor) -> Tensor:
        """Pick the K BTok states, or the last content state with K = 0: -> (B, K or 1, D)."""
        B, L, D = states.shape
        if self.btok is not None:
            return states[segment_ids == BTOK].view(B, -1, D)
        order = torch.arange(L, device=states.device)
        last = torch.where(segment_ids == CONTENT, order, -1).argmax(1)  # (B,)
        return states[torch.arange(B, device=states.device), last][:, None]

    def encode_visuals(self, pixels: Tensor | None, grid_thw: Tensor | None):
        """Run the tower and compress: -> (tokens (T, D), deepstack list, prior or None)."""
        if pixels is None or grid_thw is None or not len(grid_thw):
            return None
        factor, merge = self.config.visual_compression, self.visual.spatial_merge_size
        early = factor > 1 and self.compresses_patches
        with compressing(grid_thw, factor=factor, merge_size=merge) if early else nullcontext():
            out = self.visual(pixels.to(self.visual.dtype), grid_thw)
        tokens = out.pooler_output
        if factor > 1 and not early:
            tokens = compress(tokens, grid_thw, factor=factor, merge_size=merge, block=1)
        return tokens, getattr(out, "deepstack_features", None) or [], getattr(out, "prior", None)

    def insert_visuals(self, input_ids: Tensor, segment_ids: Tensor, images, videos):
        """Embed the ids and put visual tokens in their places: -> (B, L, D), deepstack kwargs."""
        x = self.language_model.embed_tokens(input_ids)
        content = segment_ids == CONTENT
        places = []
        for visuals, token_id in (
            (images, self.config.image_token_id),
            (videos, self.config.video_token_id),
        ):
            place = content & (input_ids == token_id)  # (B, L)
            tokens = visuals[0] if visuals is not None else x.new_empty(0, x.shape[-1])
            if int(place.sum()) != len(tokens):
                raise ValueError(
                    f"{int(place.sum())} placeholders for {len(tokens)} visual tokens: do model "
                    f"and processor agree on visual_compression={self.config.visual_compression}?"
                )
            x = x.masked_scatter(place[..., None], tokens.to(x.dtype))
            places.append(place)
        return x, self.deepstack_inputs(images, videos, *places)

    def deepstack_inputs(self, images, videos, is_image: Tensor, is_video: Tensor) -> dict:
        """Build Qwen3-VL's features for its first layers; other families have none."""
        layers = max((len(v[1]) for v in (images, videos) if v is not None), default=0)
        if layers == 0:
            return {}
        at = is_image | is_video  # (B, L)
        stacked = []
        for layer in range(layers):
            first = (images or videos)[1][layer]
            joint = first.new_zeros(int(at.sum()), first.shape[-1])
            for visuals, place in ((images, is_image), (videos, is_video)):
                if visuals is not None:
                    joint[place[at]] = visuals[1][layer]
            stacked.append(joint)
        return {"visual_pos_masks": at, "deepstack_visual_embeds": stacked}

    def positions(
        self,
        input_ids: Tensor,
        mask: Tensor,
        image_grid_thw: Tensor | None,
        video_grid_thw: Tensor | None,
        seconds_per_grid: Tensor | None,
    ) -> Tensor:
        """Return explicit M-RoPE positions (3, B, L), pads at 0.

        Never left to the model: it caches an offset of the last batch with pictures.
        """
        if image_grid_thw is None and video_grid_thw is None:
            text = (mask.cumsum(-1) - 1).clamp(min=0)
            return text[None].expand(3, -1, -1)
        merge, factor = self.visual.spatial_merge_size, self.config.visual_compression
        grids = [
            None if grid is None else compressed_grid(grid, factor=factor, merge_size=merge)
            for grid in (image_grid_thw, video_grid_thw)
        ]
        types = (input_ids == self.config.image_token_id).int()
        types = types + 2 * (input_ids == self.config.video_token_id).int()
        timing = {}
        if seconds_per_grid is not None:
            timing["second_per_grid_ts"] = seconds_per_grid[seconds_per_grid > 0].tolist()
        positions, _ = self.get_rope_index(input_ids, types, *grids, attention_mask=mask, **timing)
        return positions


class BTokQwen2VLModel(BTokMixin, Qwen2VLModel):
    """BToks on Qwen2-VL, the paper's backbone."""

    config_class = BTokQwen2VLConfig


class BTokQwen2_5_VLModel(BTokMixin, Qwen2_5_VLModel):
    """BToks on Qwen2.5-VL, whose tower permutes patches by window: tokens are compressed."""

    config_class = BTokQwen2_5_VLConfig
    compresses_patches = False


class BTokQwen3VLModel(BTokMixin, Qwen3VLModel):
    """BToks on Qwen3-VL, with its DeepStack features."""

    config_class = BTokQwen3VLConfig


class BTokTinyModel(BTokMixin, Qwen2VLModel):
    """BToks on Qwen2-VL's text model behind an EfficientNet-Lite tower.

    What is known without the decoder is added to the BToks, whose residual stream carries it to the
    embedding: the bag of words of the text, whose table is fitted to the teacher's space, and the
    tower's class prior (ConSE), which also stands as the token that closes each visual, for the
    decoder to read.
    """

    config_class = BTokTinyConfig

    def __init__(self, config: BTokTinyConfig) -> None:
        Qwen2VLPreTrainedModel.__init__(self, config)
        self.visual = EfficientNetTower(config.vision_config)
        self.language_model = Qwen2VLTextModel._from_config(config.text_config)
        self.rope_deltas = None
        self.post_init()
        self.add_btoks()

    def insert_visuals(self, input_ids: Tensor, segment_ids: Tensor, images, videos):
        x, deepstack = super().insert_visuals(input_ids, segment_ids, images, videos)
        for prior, place in self.priors(input_ids, segment_ids, images, videos):
            x = x.masked_scatter(place[..., None], prior.to(x.dtype))
        return x, deepstack

    def btok_rows(self, input_ids: Tensor, segment_ids: Tensor, images, videos) -> Tensor:
        rows = super().btok_rows(input_ids, segment_ids, images, videos)  # (B, K, D)
        rows = rows + self.bag_of_words(input_ids, segment_ids)[:, None].to(rows.dtype)
        total = rows.new_zeros(len(rows), rows.shape[-1])  # (B, D)
        visuals = rows.new_zeros(len(rows))  # (B,)
        for prior, place in self.priors(input_ids, segment_ids, images, videos):
            owner = place.nonzero()[:, 0]  # (visuals,) the row that each belongs to
            total = total.index_add(0, owner, prior.to(rows.dtype))
            visuals = visuals + place.sum(1)
        return rows + (total / visuals.clamp(min=1)[:, None])[:, None]

    def bag_of_words(self, input_ids: Tensor, segment_ids: Tensor) -> Tensor:
        """Sum the rows of a row's words, scaled to a root mean square of 1: (B, L) -> (B, D)."""
        config = self.config
        marks = (config.image_token_id, config.video_token_id)
        marks += (config.vision_start_token_id, config.vision_end_token_id)
        is_word = (segment_ids == CONTENT) & ~torch.isin(input_ids, input_ids.new_tensor(marks))
        words = self.language_model.embed_tokens(input_ids) * is_word[..., None]  # (B, L, D)
        return F.rms_norm(words.sum(1), words.shape[-1:])

    def priors(self, input_ids: Tensor, segment_ids: Tensor, images, videos):
        """Yield the class priors (visuals, D) and where their closing tokens are: (B, L) bool."""
        closing = (input_ids == self.config.vision_end_token_id) & (segment_ids == CONTENT)
        opened_by = input_ids.roll(1, dims=1)  # the placeholder before the closing token
        for visuals, token_id in (
            (images, self.config.image_token_id),
            (videos, self.config.video_token_id),
        ):
            if visuals is not None:
                yield visuals[2], closing & (opened_by == token_id)
