"""Where bfloat16 is fast: GPUs, and CPUs with instructions for it (others are slower with it).

On such a CPU matrix products take a third of the time, but the fused attention's backward pass over
short rows takes ten times as long as in single precision, so attention stays there
(docs/decisions.md).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.masking_utils import sdpa_mask

PRECISE_ATTENTION = "sdpa_float32"


def has_fast_bfloat16() -> bool:
    """Tell whether bfloat16 is worth it here."""
    if torch.cuda.is_available():
        return torch.cuda.is_bf16_supported()
    return torch.cpu._is_avx512_bf16_supported()


def bfloat16_where_fast() -> torch.autocast:
    """Return a context of mixed precision that does nothing where it would not help."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.autocast(device, torch.bfloat16, enabled=has_fast_bfloat16())


def precise_attention(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    is_causal: bool | None = None,
    **_: object,
) -> tuple[Tensor, None]:
    """Attend in single precision whatever the context: (B, H, L, d) -> (B, L, H, d)."""
    causal = query.shape[2] > 1 and attention_mask is None and getattr(module, "is_causal", True)
    if is_causal is not None:
        causal = is_causal
    with torch.autocast(query.device.type, enabled=False):
        states = F.scaled_dot_product_attention(
            query.float(),
            key.float(),
            value.float(),
            attn_mask=attention_mask,
            dropout_p=dropout,
            scale=scaling,
            is_causal=causal,
            enable_gqa=key.shape[1] != query.shape[1],
        )
    return states.transpose(1, 2).to(query.dtype), None


AttentionInterface.register(PRECISE_ATTENTION, precise_attention)
AttentionMaskInterface.register(PRECISE_ATTENTION, sdpa_mask)  # else no mask ever reaches it
