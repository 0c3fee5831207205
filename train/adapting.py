"""Low-rank adapters on named modules, the BToks trained beside them; merged when a stage is done.

Adapters are put into the model in place. A checkpoint holds what is trained and nothing else, bit
for bit, so resuming neither needs the base again nor PEFT's file format.
"""

from __future__ import annotations

from pathlib import Path

import torch
from peft import LoraConfig
from peft.tuners.tuners_utils import BaseTunerLayer
from peft.utils.other import ModulesToSaveWrapper
from safetensors.torch import load_file, save_file
from sentence_transformers import SentenceTransformer
from torch import Tensor, nn

from train.recipe import Lora, RecipeError

TRAINED = "trained.safetensors"
SHOWN = 12  # names in a message


def adapt(model: SentenceTransformer, lora: Lora, *, seed: int) -> None:
    """Freeze a model and put adapters on it, in place; what is trained is float32.

    Raises RecipeError for a target that matches no linear layer.
    """
    inner = model[0].model
    torch.manual_seed(seed)
    model.add_adapter(
        LoraConfig(
            r=lora.rank,
            lora_alpha=lora.alpha,
            lora_dropout=lora.dropout,
            use_dora=lora.dora,
            target_modules=find_targets(inner, lora.targets),
            modules_to_save=["btok"] if inner.btok is not None else None,
        )
    )
    for parameter in inner.parameters():
        if parameter.requires_grad:
            parameter.data = parameter.data.float()


def find_targets(model: nn.Module, targets: tuple[str, ...]) -> list[str]:
    """Return the full names of the linear layers that end in a target."""
    linear = [name for name, module in model.named_modules() if isinstance(module, nn.Linear)]
    found: list[str] = []
    for target in targets:
        matched = [name for name in linear if name == target or name.endswith(f".{target}")]
        if not matched:
            ends = sorted({name.rpartition(".")[2] for name in linear})
            raise RecipeError(
                f"lora.targets: {target!r} is the name of no linear layer of this model; names end "
                f"in {', '.join(ends[:SHOWN])}"
            )
        found += matched
    return sorted(set(found))


def merge(model: SentenceTransformer) -> None:
    """Add the adapters to the weights that they adapt, and take them out, in place.

    What was trained beside them returns to the model's precision.
    """
    inner = model[0].model
    for name, module in list(inner.named_modules()):
        if isinstance(module, BaseTunerLayer):
            module.merge()
            kept = module.get_base_layer()
        elif isinstance(module, ModulesToSaveWrapper):
            kept = module.modules_to_save[module.active_adapters[0]].to(inner.dtype)
        else:
            continue
        parent, _, child = name.rpartition(".")
        setattr(inner.get_submodule(parent), child, kept)
    inner._hf_peft_config_loaded = False
    del inner.peft_config


def is_adapted(model: SentenceTransformer) -> bool:
    """Say whether there are adapters on a model."""
    return bool(getattr(model[0].model, "_hf_peft_config_loaded", False))


def trained(model: SentenceTransformer) -> dict[str, Tensor]:
    """Return the parameters that learn, by name."""
    return {name: one for name, one in model.named_parameters() if one.requires_grad}


def save_trained(model: SentenceTransformer, folder: Path) -> None:
    """Write what is trained into a checkpoint."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = {name: one.detach().contiguous() for name, one in trained(model).items()}
    save_file(weights, folder / TRAINED)


@torch.no_grad()
def load_trained(model: SentenceTransformer, folder: Path) -> None:
    """Put back what `save_trained` wrote; raises ValueError for a checkpoint of another model."""
    weights, learning = load_file(folder / TRAINED), trained(model)
    if weights.keys() != learning.keys():
        raise ValueError(f"{folder} holds other adapters than the recipe's: give a new --out")
    for name, parameter in learning.items():
        parameter.copy_(weights[name])
