"""Makes the architectures known to the Hugging Face auto classes.

Two names are paired with each: the stock configuration's model type, by which a backbone is
recognised, and the stock base model, whose renaming of checkpoint keys ours shares.
"""

from __future__ import annotations

from dataclasses import dataclass

from transformers import AutoConfig, AutoModel, AutoProcessor, PreTrainedConfig, PreTrainedModel
from transformers.conversion_mapping import (
    get_checkpoint_conversion_mapping,
    register_checkpoint_conversion_mapping,
)

from embedder.configs import (
    BTokQwen2_5_VLConfig,
    BTokQwen2VLConfig,
    BTokQwen3VLConfig,
    BTokTinyConfig,
)
from embedder.modeling import (
    BTokQwen2_5_VLModel,
    BTokQwen2VLModel,
    BTokQwen3VLModel,
    BTokTinyModel,
)
from embedder.processing import BTokProcessor


@dataclass(frozen=True, slots=True)
class Backbone:
    """Our classes on one stock family, and the name of the stock base model."""

    config: type[PreTrainedConfig]
    model: type[PreTrainedModel]
    stock: str


# model type of a stock checkpoint -> ours
BACKBONES = {
    "qwen2_vl": Backbone(BTokQwen2VLConfig, BTokQwen2VLModel, "Qwen2VLModel"),
    "qwen2_5_vl": Backbone(BTokQwen2_5_VLConfig, BTokQwen2_5_VLModel, "Qwen2_5_VLModel"),
    "qwen3_vl": Backbone(BTokQwen3VLConfig, BTokQwen3VLModel, "Qwen3VLModel"),
}


def register() -> None:
    """Register configurations, models, processor and key renaming; twice does no harm."""
    pairs = [(entry.config, entry.model) for entry in BACKBONES.values()]
    for config, model in [*pairs, (BTokTinyConfig, BTokTinyModel)]:
        AutoConfig.register(config.model_type, config, exist_ok=True)
        AutoModel.register(config, model, exist_ok=True)
        AutoProcessor.register(config, BTokProcessor, exist_ok=True)
    for entry in BACKBONES.values():
        # Renaming of checkpoint keys is looked up by class name.
        mapping = get_checkpoint_conversion_mapping(entry.stock)
        if mapping is not None:
            register_checkpoint_conversion_mapping(entry.model.__name__, mapping, overwrite=True)
