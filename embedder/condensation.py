"""Generative Information Condensation: a target text is predicted from the K BToks alone.

arXiv 2604.11095, section 3.2. Q is the content of one side, B its BToks, T the text of the other:

    row attends ->   Q        B        T
    Q                causal   -        -
    B                all      causal   -
    T                blocked  all      causal

Two implementations, equal in value and gradient, each the other's test oracle:

* `handover` encodes Q and B with a cache, keeps the key/values of B's K slots in every layer and
  runs T as a continuation over them. It needs no mask, so it works with FlashAttention; it needs a
  cache, so it excludes gradient checkpointing.
* `dense` runs Q, B and T as one sequence under the Condensation Mask, a 4-D tensor. FlashAttention
  ignores such a mask without a word and lets T see Q, so the attention in use is asserted.

B never sees T, so one encoding yields the embedding and the target loss. The decoder's output
matrix is the embedding matrix: a base model holds no other, and the 2B and 3B backbones tie them.
btok-tiny ties them too: a matrix of its own would be half of the model again, for training only.
Its rows have a root mean square of 1, so its text configuration states an `output_scale` for the
logits.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import DynamicCache
from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS, eager_mask, sdpa_mask

from embedder.segments import BTOK, CONTENT, PADDING, TARGET

NO_TARGET = -1  # where `Target.ids` hold nothing


@dataclass(frozen=True, slots=True)
class Sequence:
    """A batch right before the first layer; `deepstack` are Qwen3-VL's visual features."""

    embeds: Tensor  # (B, L, D)
    positions: Tensor  # (3, B, L)
    segments: Tensor  # (B, L)
    deepstack: dict[str, Any]

    @property
    def next_position(self) -> Tensor:
        """Return where a text would go on: (B,)."""
        real = self.segments != PADDING
        return self.positions.amax(0).masked_fill(~real, 0).amax(1) + 1


@dataclass(frozen=True, slots=True)
class Target:
    """Texts to predict: a header that is read only, the text, an end mark; see `build_target`."""

    ids: Tensor  # (B, T), NO_TARGET after the end
    labels: Tensor  # (B, T) bool: what is predicted, from the position before it

    @property
    def rows(self) -> Tensor:
        """Return which rows have a target: (B,) bool."""
        return (self.ids != NO_TARGET).any(1)

    @property
    def segments(self) -> Tensor:
        """Return TARGET or PADDING: (B, T)."""
        return torch.where(self.ids == NO_TARGET, PADDING, TARGET)

    def positions(self, start: Tensor) -> Tensor:
        """Return M-RoPE positions from `start` (B,) on: (3, B, T)."""
        steps = torch.arange(self.ids.shape[1], device=self.ids.device)
        return (start[:, None] + steps)[None].expand(3, -1, -1)

    def of(self, rows: Tensor) -> Target:
        """Return some rows, by mask or number."""
        return Target(self.ids[rows], self.labels[rows])


def build_target(gic_ids: Tensor, *, header: int, unpredicted: tuple[int, ...]) -> Target:
    """Make a target of ids (B, 1, T) whose first `header` are read, never predicted.

    Nor are the ids in `unpredicted` (visual placeholders, padding) wherever they stand.
    """
    ids = gic_ids[:, 0]
    longest = int((ids != NO_TARGET).sum(1).max())  # a mini-batch may hold the short ones
    ids = ids[:, : max(longest, 1)]
    labels = ids != NO_TARGET
    labels[:, :header] = False
    for never in unpredicted:
        labels &= ids != never
    return Target(ids, labels)


@dataclass(frozen=True, slots=True)
class Slots:
    """The key/values of the K BToks in every layer: all that a target may see of the content."""

    layers: list[tuple[Tensor, Tensor]]  # keys and values, (B, heads, K, d) each
    next_position: Tensor  # (B,)

    def of(self, rows: Tensor) -> Slots:
        """Return some rows, by mask or number."""
        layers = [(keys[rows], values[rows]) for keys, values in self.layers]
        return Slots(layers, self.next_position[rows])


def encode(language_model: nn.Module, sequence: Sequence, cache: DynamicCache | None = None):
    """Run the decoder over content and BToks: -> (B, L, D); fills the cache if there is one."""
    mask = (sequence.segments != PADDING).long()  # (B, L)
    return language_model(
        inputs_embeds=sequence.embeds,
        position_ids=sequence.positions,
        # With right padding causality alone keeps pads out, and the fastest kernels apply.
        attention_mask=None if bool(mask[:, 0].all()) else mask,
        past_key_values=cache,
        use_cache=cache is not None,
        **sequence.deepstack,
    ).last_hidden_state


def encode_slots(language_model: nn.Module, sequence: Sequence) -> tuple[Tensor, Slots]:
    """Run the decoder and keep the BToks' key/values: -> states (B, L, D), slots.

    Raises ValueError where gradient checkpointing has turned the cache off.
    """
    check(language_model.config, mode="handover")
    cache = DynamicCache(config=language_model.config)
    states = encode(language_model, sequence, cache)
    if cache.get_seq_length() != states.shape[1]:
        raise ValueError(
            "no key/values came back, because gradient checkpointing turns the cache off: use "
            "gic_mode='dense', or train without gradient checkpointing"
        )
    is_btok = sequence.segments == BTOK
    at = is_btok.nonzero()[:, 1].view(len(is_btok), 1, -1, 1)  # (B, 1, K, 1)

    def taken(states: Tensor) -> Tensor:
        return states.gather(2, at.expand(-1, states.shape[1], -1, states.shape[3]))

    layers = [(taken(layer.keys), taken(layer.values)) for layer in cache.layers]
    return states, Slots(layers, sequence.next_position)


def target_loss(language_model: nn.Module, slots: Slots, target: Target) -> Tensor:
    """Return the mean cross-entropy of each target given only its slots, in nats per token: (B,).

    Rows without a target cost nothing and get 0.
    """
    rows = target.rows
    loss = torch.zeros(len(rows), device=rows.device)
    if not bool(rows.any()):
        return loss
    slots, target = slots.of(rows), target.of(rows)
    cache = DynamicCache(config=language_model.config)
    for layer, (keys, values) in enumerate(slots.layers):
        cache.update(keys, values, layer)
    states = language_model(
        inputs_embeds=embed(language_model, target),
        position_ids=target.positions(slots.next_position),
        past_key_values=cache,  # targets are padded on the right: causality keeps their pads out
        use_cache=True,
    ).last_hidden_state  # (rows, T, D)
    return loss.index_put((rows.nonzero()[:, 0],), cross_entropy(language_model, states, target))


@dataclass(frozen=True, slots=True)
class Generated:
    """What one forward pass found out about its targets."""

    loss: Tensor  # (B,) nats per token, float32, 0 for rows without a target
    target: Target
    slots: Slots | None  # None under the dense mask


def encode_by_handover(
    language_model: nn.Module, sequence: Sequence, target: Target
) -> tuple[Tensor, Generated]:
    """Encode, then decode the targets over the slots: -> states (B, L, D), what was generated."""
    states, slots = encode_slots(language_model, sequence)
    return states, Generated(target_loss(language_model, slots, target), target, slots)


def encode_under_mask(
    language_model: nn.Module, sequence: Sequence, target: Target
) -> tuple[Tensor, Generated]:
    """Encode content, BToks and targets at once: -> states (B, L, D), what was generated."""
    check(language_model.config, mode="dense")
    joint = append(language_model, sequence, target)
    mask = condensation_mask(joint.segments)
    states = language_model(
        inputs_embeds=joint.embeds,
        position_ids=joint.positions,
        attention_mask=to_attention(mask, language_model.config, joint.embeds.dtype),
        use_cache=False,
        **joint.deepstack,
    ).last_hidden_state  # (B, L + T, D)
    L = sequence.segments.shape[1]
    loss = cross_entropy(language_model, states[:, L:], target)
    return states[:, :L], Generated(loss, target, None)


ENCODINGS = {"handover": encode_by_handover, "dense": encode_under_mask}


def encode_with_target(
    language_model: nn.Module, sequence: Sequence, target: Target, *, mode: str
) -> tuple[Tensor, Generated]:
    """Encode a batch and predict its targets, by one of ENCODINGS; see `check` for refusals."""
    check(language_model.config, mode=mode)
    return ENCODINGS[mode](language_model, sequence, target)


def append(language_model: nn.Module, sequence: Sequence, target: Target) -> Sequence:
    """Put the targets behind a batch: L becomes L + T."""
    deepstack = dict(sequence.deepstack)
    if deepstack:
        places = deepstack["visual_pos_masks"]  # (B, L)
        deepstack["visual_pos_masks"] = F.pad(places, (0, target.ids.shape[1]))
    embeds = embed(language_model, target).to(sequence.embeds.dtype)
    positions = target.positions(sequence.next_position)
    return replace(
        sequence,
        embeds=torch.cat([sequence.embeds, embeds], dim=1),
        positions=torch.cat([sequence.positions, positions], dim=2),
        segments=torch.cat([sequence.segments, target.segments], dim=1),
        deepstack=deepstack,
    )


def condensation_mask(segments: Tensor) -> Tensor:
    """Say which position may attend to which: (B, L) segments -> (B, 1, L, L) bool.

    The Condensation Mask: causal, and targets see content only through the BToks. Everything sees
    itself, because a row that sees nothing has no softmax.
    """
    L = segments.shape[1]
    causal = torch.ones(L, L, dtype=torch.bool, device=segments.device).tril()
    is_key = (segments != PADDING)[:, None, :]  # (B, 1, L)
    blocked = (segments == TARGET)[:, :, None] & (segments == CONTENT)[:, None, :]  # (B, L, L)
    itself = torch.eye(L, dtype=torch.bool, device=segments.device)
    return ((causal & is_key & ~blocked) | itself)[:, None]


def mask_maker(text_config: Any) -> Any:
    """Return the function that makes masks for the attention in use, None where none is known."""
    return ALL_MASK_ATTENTION_FUNCTIONS.get(text_config._attn_implementation)


def to_attention(mask: Tensor, config: Any, dtype: torch.dtype) -> Tensor:
    """Write a bool mask as the attention in use reads it: eager would add 0 and 1 to the scores."""
    if mask_maker(config) is sdpa_mask:
        return mask
    blocked = torch.finfo(dtype).min
    return torch.zeros(mask.shape, dtype=dtype, device=mask.device).masked_fill(~mask, blocked)


def embed(language_model: nn.Module, target: Target) -> Tensor:
    """Embed the ids of targets, any row where there is none: -> (B, T, D)."""
    return language_model.embed_tokens(target.ids.clamp(min=0))


def cross_entropy(language_model: nn.Module, states: Tensor, target: Target) -> Tensor:
    """Return each row's mean cross-entropy over its labels, float32: (B, T, D) -> (B,).

    Logits are made at labelled positions only: a vocabulary of 152k everywhere is what eats memory.
    """
    labels = target.labels[:, 1:]  # (B, T - 1), each predicted by the position before it
    logits = F.linear(states[:, :-1][labels], language_model.embed_tokens.weight)  # (labels, V)
    logits = logits * getattr(language_model.config, "output_scale", 1.0)
    loss = F.cross_entropy(logits.float(), target.ids[:, 1:][labels], reduction="none")
    spread = torch.zeros(labels.shape, device=loss.device).masked_scatter(labels, loss)
    return spread.sum(1) / labels.sum(1).clamp(min=1)


def check(text_config: Any, *, mode: str) -> None:
    """Raise ValueError, with the remedy, for a decoder in which a target could see content."""
    if mode not in ENCODINGS:
        raise ValueError(f"gic_mode is {mode!r}, allowed are {', '.join(ENCODINGS)}")
    other = set(getattr(text_config, "layer_types", None) or ()) - {"full_attention"}
    if other:
        raise ValueError(
            f"this decoder has layers of {', '.join(sorted(other))}, whose state carries content "
            "past the BToks: GIC needs a backbone with full attention in every layer"
        )
    attention = text_config._attn_implementation
    if mask_maker(text_config) is None:
        raise ValueError(
            f"attention {attention!r} has no function that makes its masks, so a target over the "
            "slots would see less than it may: register one with transformers' "
            "AttentionMaskInterface, or load with attn_implementation='sdpa'"
        )
    if mode == "dense" and mask_maker(text_config) not in (sdpa_mask, eager_mask):
        raise ValueError(
            f"attention {attention!r} does not obey the dense Condensation Mask, so targets would "
            "see the content: use gic_mode='handover', or load with attn_implementation='sdpa'"
        )
