"""Makes model folders: BToks on a backbone of the hub, or on random weights for tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from sentence_transformers import SentenceTransformer
from torch import nn
from transformers import AutoConfig, AutoTokenizer, PreTrainedConfig, PreTrainedModel
from transformers.utils import logging as transformers_logging

from embedder.bytes_tokenizer import PLACEHOLDERS, bytes_tokenizer
from embedder.configs import BTokTinyConfig
from embedder.folder import assemble, seal, write_folder
from embedder.geometries import GEOMETRIES
from embedder.modeling import BTokTinyModel
from embedder.processing import BTokProcessor
from embedder.registration import BACKBONES
from embedder.towers import EfficientNetTower

# model type -> how its tower was shown pixels, where that is not Qwen2-VL's way
MEAN_AND_STD = {
    "btok_qwen3_vl": {"image_mean": (0.5,) * 3, "image_std": (0.5,) * 3},
    "btok_tiny": {"image_mean": (127 / 255,) * 3, "image_std": (128 / 255,) * 3},
}
TINY_BUDGETS = {
    "min_pixels": 256 * 256,
    "max_pixels": 256 * 256,
    "max_frame_pixels": 256 * 256,
    "num_frames": 5,
    "max_text_tokens": 256,
}


@dataclass(frozen=True, slots=True)
class Settings:
    """What a person chooses for a new folder; pixels are of a picture and of a frame of a clip."""

    num_btoks: int = 4
    visual_compression: int = 1
    min_pixels: int = 4 * 28 * 28
    max_pixels: int = 1280 * 28 * 28
    max_frame_pixels: int = 256 * 28 * 28
    num_frames: int = 8
    max_text_tokens: int = 2048

    def __post_init__(self) -> None:
        for name in type(self).__slots__:
            least = 0 if name == "num_btoks" else 1
            if getattr(self, name) < least:
                raise ValueError(f"{name} is {getattr(self, name)}, the least is {least}")
        if self.max_pixels < self.min_pixels:
            raise ValueError(f"max_pixels {self.max_pixels} is below min_pixels {self.min_pixels}")


def create_from_backbone(backbone: str, out: Path, settings: Settings) -> None:
    """Write a sealed folder with BToks on a Qwen-VL checkpoint, a hub id or a folder.

    Everything but the BToks comes from the checkpoint, in its own precision. Raises ValueError for
    another family and for a checkpoint that lacks weights.
    """
    stock = AutoConfig.from_pretrained(backbone)
    if stock.model_type not in BACKBONES:
        raise ValueError(
            f"{backbone} is a {stock.model_type}, backbones are {', '.join(BACKBONES)}"
        )
    write_backbone(backbone, stock, out, settings)
    seal(out)


def write_backbone(backbone: str, stock: PreTrainedConfig, out: Path, settings: Settings) -> None:
    """Write the folder in the checkpoint's own precision."""
    tokenizer = AutoTokenizer.from_pretrained(backbone)
    if getattr(stock.text_config, "eos_token_id", None) is None:
        stock.text_config.eos_token_id = tokenizer.eos_token_id
    model = load_backbone(backbone, stock, settings)
    made = assemble(model, processor_for(model.config, tokenizer, settings))
    write_folder(made, out, dtype=model.dtype)


def load_backbone(backbone: str, stock: PreTrainedConfig, settings: Settings) -> PreTrainedModel:
    """Load a stock checkpoint into our architecture and start its BToks."""
    entry = BACKBONES[stock.model_type]
    config = to_btok_config(stock, settings)
    verbosity = transformers_logging.get_verbosity()
    transformers_logging.set_verbosity_error()  # the report of missing keys is read below
    try:
        model, report = entry.model.from_pretrained(
            backbone, config=config, output_loading_info=True, dtype="auto"
        )
    finally:
        transformers_logging.set_verbosity(verbosity)
    missing = sorted(set(report["missing_keys"]) - {"btok.weight"})
    if missing:
        raise ValueError(
            f"{backbone} lacks {len(missing)} weights, the first is {missing[0]}: is it a "
            f"checkpoint of {stock.model_type}?"
        )
    model.reset_btoks()
    return model


def to_btok_config(stock: PreTrainedConfig, settings: Settings) -> PreTrainedConfig:
    """Return our configuration with the sizes and tokens of a stock one."""
    given = stock.to_dict()
    for key in ("model_type", "architectures", "transformers_version", "_name_or_path"):
        given.pop(key, None)
    return BACKBONES[stock.model_type].config(
        **given,
        num_btoks=settings.num_btoks,
        visual_compression=settings.visual_compression,
    )


def config_for(
    size: str,
    family: str,
    settings: Settings,
    *,
    text: Mapping[str, int],
    placeholders: Mapping[str, int],
    vision: Mapping[str, Any] | None = None,
) -> PreTrainedConfig:
    """Return the configuration of a known geometry.

    `text` states the vocabulary (size, and ids of its begin, end and padding), `placeholders` the
    ids of the placeholder tokens, `vision` more settings of the tower. Raises ValueError for a
    geometry that is not known.
    """
    if (size, family) not in GEOMETRIES:
        known = ", ".join(f"{size} {family}" for size, family in GEOMETRIES)
        raise ValueError(f"there is no random {size} {family}: known are {known}")
    text_sizes, vision_sizes = GEOMETRIES[size, family]
    config_class, _ = classes_of(family)
    return config_class(
        text_config={**text, **text_sizes},  # the published sizes have a vocabulary of their own
        vision_config={**vision_sizes, **(vision or {})},
        tie_word_embeddings=True,
        num_btoks=settings.num_btoks,
        visual_compression=settings.visual_compression,
        **{f"{name}_id": number for name, number in placeholders.items()},
    )


def processor_for(config: PreTrainedConfig, tokenizer: Any, settings: Settings) -> BTokProcessor:
    """Return the processor that fits a configuration and its tokenizer."""
    vision = config.vision_config
    tokens = {
        name: tokenizer.convert_ids_to_tokens(getattr(config, f"{name}_id"))
        for name in ("image_token", "video_token", "vision_start_token", "vision_end_token")
    }
    return BTokProcessor(
        tokenizer,
        num_btoks=settings.num_btoks,
        visual_compression=settings.visual_compression,
        patch_size=vision.patch_size,
        merge_size=vision.spatial_merge_size,
        temporal_patch_size=vision.temporal_patch_size,
        min_pixels=settings.min_pixels,
        max_pixels=settings.max_pixels,
        max_frame_pixels=settings.max_frame_pixels,
        num_frames=settings.num_frames,
        max_text_tokens=settings.max_text_tokens,
        timestamps="qwen3" in config.model_type,
        **tokens,
        **MEAN_AND_STD.get(config.model_type, {}),
    )


def create_random(size: str, family: str, out: Path, settings: Settings) -> None:
    """Write a sealed folder of random weights; those of 2B parameters in bfloat16."""
    dtype = torch.float32 if size == "tiny" else torch.bfloat16
    write_folder(random_model(size, family, settings), out, dtype=dtype)
    seal(out)  # loads the folder: the model above is no longer in memory


def random_model(
    size: str, family: str, settings: Settings, *, seed: int = 0
) -> SentenceTransformer:
    """Return a model of random weights with a tokenizer of bytes, for tests and benchmarks."""
    torch.manual_seed(seed)
    tokenizer = bytes_tokenizer()
    end, pad = tokenizer.eos_token_id, tokenizer.pad_token_id
    vocabulary = {
        "vocab_size": len(tokenizer),
        "eos_token_id": end,
        "bos_token_id": pad,
        "pad_token_id": pad,
    }
    ids = {name: tokenizer.convert_tokens_to_ids(token) for name, token in PLACEHOLDERS.items()}
    config = config_for(size, family, settings, text=vocabulary, placeholders=ids)
    _, model_class = classes_of(family)
    model = model_class(config).eval()
    if isinstance(model.visual, EfficientNetTower):
        keep_variance(model)
    return assemble(model, processor_for(config, tokenizer, settings))


def classes_of(family: str) -> tuple[type[PreTrainedConfig], type[PreTrainedModel]]:
    """Return configuration and model of a family, our tiny one included."""
    if family == BTokTinyConfig.model_type:
        return BTokTinyConfig, BTokTinyModel
    return BACKBONES[family].config, BACKBONES[family].model


def keep_variance(model: PreTrainedModel) -> None:
    """Start as btok-tiny does: words of a root mean square of 1, convolutions by fan-in.

    The stock 0.02 fades to nothing over fifty convolutions.
    """
    nn.init.normal_(model.language_model.embed_tokens.weight)
    model.reset_btoks()
    for module in model.visual.frames.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
