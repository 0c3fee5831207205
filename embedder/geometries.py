"""The sizes of models: btok-tiny, miniatures for tests, the published 2B and 3B models."""

from __future__ import annotations

from typing import Any


def text_sizes(
    width: int, ffn: int, layers: int, heads: tuple[int, int], sections: list[int], **more: Any
) -> dict[str, Any]:
    """Return a text configuration; `heads` are those of queries and of keys."""
    rope = {"rope_type": "default", "rope_theta": 1e6, "mrope_section": sections}
    return {
        "hidden_size": width,
        "intermediate_size": ffn,
        "num_hidden_layers": layers,
        "num_attention_heads": heads[0],
        "num_key_value_heads": heads[1],
        "rope_parameters": rope | more.pop("rope", {}),
        "max_position_embeddings": 32768,
        "rms_norm_eps": 1e-6,
        **more,
    }


INTERLEAVED = {"mrope_interleaved": True}

# (size, family) -> text configuration, vision configuration
GEOMETRIES: dict[tuple[str, str], tuple[dict[str, Any], dict[str, Any]]] = {
    ("tiny", "btok_tiny"): (  # the shipped model's own
        text_sizes(
            256,
            1024,
            4,
            (8, 4),
            [4, 6, 6],
            rope={"rope_theta": 1e4},
            max_position_embeddings=2048,
            rms_norm_eps=1e-5,
        ),
        {
            "hidden_size": 256,
            "cell_dropout": 0.4,
            "blind_share": 0.5,
            "glance_width": 896,
            "glance_dropout": 0.5,
        },
    ),
    ("tiny", "qwen2_vl"): (
        text_sizes(64, 128, 2, (4, 2), [2, 3, 3]),
        {"depth": 2, "embed_dim": 32, "num_heads": 2, "hidden_size": 64},
    ),
    ("tiny", "qwen2_5_vl"): (
        text_sizes(64, 128, 2, (4, 2), [2, 3, 3]),
        {
            "depth": 2,
            "hidden_size": 32,
            "num_heads": 2,
            "intermediate_size": 64,
            "out_hidden_size": 64,
            "fullatt_block_indexes": [1],
        },
    ),
    ("tiny", "qwen3_vl"): (
        text_sizes(64, 128, 3, (4, 2), [4, 2, 2], head_dim=16, rope=INTERLEAVED),
        {
            "depth": 3,
            "hidden_size": 32,
            "num_heads": 2,
            "intermediate_size": 64,
            "out_hidden_size": 64,
            "num_position_embeddings": 64,
            "deepstack_visual_indexes": [0, 1],
        },
    ),
    ("2b", "qwen2_vl"): (
        text_sizes(1536, 8960, 28, (12, 2), [16, 24, 24], vocab_size=151936),
        {"depth": 32, "embed_dim": 1280, "num_heads": 16, "hidden_size": 1536},
    ),
    ("2b", "qwen2_5_vl"): (  # the family's smallest has 3B
        text_sizes(2048, 11008, 36, (16, 2), [16, 24, 24], vocab_size=151936),
        {"depth": 32, "hidden_size": 1280, "num_heads": 16, "out_hidden_size": 2048},
    ),
    ("2b", "qwen3_vl"): (
        text_sizes(
            2048,
            6144,
            28,
            (16, 8),
            [24, 20, 20],
            head_dim=128,
            rope=INTERLEAVED,
            vocab_size=151936,
        ),
        {
            "depth": 24,
            "hidden_size": 1024,
            "num_heads": 16,
            "intermediate_size": 4096,
            "out_hidden_size": 2048,
            "deepstack_visual_indexes": [5, 11, 17],
        },
    ),
}
