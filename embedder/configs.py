"""The registered architectures' settings: a stock configuration, K BToks, visual compression."""

from __future__ import annotations

from huggingface_hub.dataclasses import strict
from transformers import PreTrainedConfig, Qwen2_5_VLConfig, Qwen2VLConfig, Qwen3VLConfig

CELL_PIXELS = 32  # a cell of EfficientNet's last map, in pixels a side


@strict
class BTokQwen2VLConfig(Qwen2VLConfig):
    """Qwen2-VL with `num_btoks` BToks and `visual_compression` (1 = off)."""

    model_type = "btok_qwen2_vl"
    num_btoks: int = 4
    visual_compression: int = 1


@strict
class BTokQwen2_5_VLConfig(Qwen2_5_VLConfig):
    """Qwen2.5-VL with `num_btoks` BToks and `visual_compression` (1 = off)."""

    model_type = "btok_qwen2_5_vl"
    num_btoks: int = 4
    visual_compression: int = 1


@strict
class BTokQwen3VLConfig(Qwen3VLConfig):
    """Qwen3-VL with `num_btoks` BToks and `visual_compression` (1 = off)."""

    model_type = "btok_qwen3_vl"
    num_btoks: int = 4
    visual_compression: int = 1


@strict
class EfficientNetTowerConfig(PreTrainedConfig):
    """The tower of btok-tiny; `hidden_size` is the decoder's width.

    A `glance_width` of 0 does without a `Glance`. Of training only: `blind_share` of the visuals
    lose all their cells, so that the prior must know them; the others lose `cell_dropout` of the
    channels.
    """

    model_type = "btok_efficientnet"
    base_config_key = "vision_config"
    hidden_size: int = 256
    cell_width: int = 320
    patch_size: int = CELL_PIXELS
    temporal_patch_size: int = 1
    spatial_merge_size: int = 2
    prior_temperature: float = 2.0
    cell_dropout: float = 0.0
    blind_share: float = 0.0
    glance_width: int = 0
    glance_dropout: float = 0.0
    frozen: bool = True
    initializer_range: float = 0.02


@strict
class BTokTinyConfig(Qwen2VLConfig):
    """Qwen2-VL's text model behind an EfficientNet-Lite tower.

    Words have a root mean square of 1, so the logits of GIC are scaled: `output_scale` of the text
    configuration, 1 / sqrt(width) where a folder states none.
    """

    model_type = "btok_tiny"
    sub_configs_defaults = {  # noqa: RUF012 - Hugging Face reads a plain class attribute
        **Qwen2VLConfig.sub_configs_defaults,
        "vision_config": EfficientNetTowerConfig,
    }
    num_btoks: int = 4
    visual_compression: int = 1

    def __post_init__(self, **kwargs) -> None:
        super().__post_init__(**kwargs)
        if not hasattr(self.text_config, "output_scale"):
            self.text_config.output_scale = self.text_config.hidden_size**-0.5
