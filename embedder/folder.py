"""A model folder: stock Sentence Transformers modules around a registered architecture."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
from transformers import PreTrainedModel

from embedder.processing import BTokProcessor

BTOK_STATES = {"method": "forward", "method_output_name": "last_hidden_state"}
MODALITIES = {
    "text": BTOK_STATES,
    "image": BTOK_STATES,
    "video": BTOK_STATES,
    "message": {**BTOK_STATES, "format": "structured"},
}
# Loaded by `trust_remote_code=True` where nobody has imported embedder.
SHIM = '''"""Finds this model's classes in the installed package `embedder`."""

from embedder.configs import {config}
from embedder.modeling import {model}
from embedder.processing import BTokProcessor
'''
SHIM_NAME = "modeling_btok"


def assemble(
    model: PreTrainedModel,
    processor: BTokProcessor,
    *,
    prompts: dict[str, str] | None = None,
) -> SentenceTransformer:
    """Wrap a BTok model and its processor: Transformer -> Pooling(mean) -> Normalize."""
    pooling = Pooling(model.config.text_config.hidden_size, pooling_mode="mean")
    return SentenceTransformer(
        modules=[to_transformer(model, processor), pooling, Normalize()],
        prompts=prompts or {"query": "", "document": ""},
        similarity_fn_name="cosine",
        device=str(model.device),
    )


def to_transformer(model: PreTrainedModel, processor: BTokProcessor) -> Transformer:
    """Return a stock `Transformer` module around a model in memory, which stays the only copy."""

    class InMemory(Transformer):
        def _load_model(self, *_: Any, **__: Any) -> PreTrainedModel:
            return model

    with tempfile.TemporaryDirectory() as folder:
        model.config.save_pretrained(folder)
        processor.save_pretrained(folder)
        transformer = InMemory(
            folder,
            modality_config=MODALITIES,
            module_output_name="token_embeddings",
            # Rows without padding have no BTok places of their own.
            unpad_inputs=False,
            # There is no chat template whose end truncation could cut.
            processing_kwargs={"chat_template": {"restore_suffix": False}},
        )
    transformer.__class__ = Transformer  # the name that `modules.json` states
    return transformer


def write_folder(model: SentenceTransformer, out: Path, *, dtype: torch.dtype) -> None:
    """Save a model with its weights in `dtype`; the model itself is not changed."""
    inner = model[0].model
    with cast(inner, dtype):
        model.save(str(out), create_model_card=False)
    names = {"config": type(inner.config).__name__, "model": type(inner).__name__}
    (out / f"{SHIM_NAME}.py").write_text(SHIM.format(**names))
    auto = {"AutoConfig": names["config"], "AutoModel": names["model"]}
    add_auto_map(out / "config.json", {**auto, "AutoProcessor": "BTokProcessor"})
    add_auto_map(out / "processor_config.json", {"AutoProcessor": "BTokProcessor"})


@contextmanager
def cast(model: PreTrainedModel, dtype: torch.dtype) -> Iterator[None]:
    """Hold a model's weights in another precision; afterwards they are bit for bit what they were.

    Casting forth and back would round them, and the rotary frequencies with them.
    """
    weights = [(parameter, parameter.data) for parameter in model.parameters()]
    buffers = [
        (module, name, buffer)
        for module in model.modules()
        for name, buffer in module.named_buffers(recurse=False)
    ]
    stated = model.config.dtype
    model.to(dtype)
    try:
        yield
    finally:
        for parameter, data in weights:
            parameter.data = data
        for module, name, buffer in buffers:  # `to` has put other tensors in their places
            setattr(module, name, buffer)
        model.config.dtype = stated


def add_auto_map(path: Path, classes: dict[str, str]) -> None:
    """Point a configuration file at the classes in the shim."""
    config = json.loads(path.read_text())
    config["auto_map"] = {auto: f"{SHIM_NAME}.{name}" for auto, name in classes.items()}
    path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")


def seal(folder: Path) -> str:
    """Write the folder's fingerprint and golden vectors, and return the fingerprint."""
    from embedder.fingerprint import write_seal
    from embedder.loading import load

    # Resolved: a bare name would be looked for among the shipped models first.
    return write_seal(load(str(folder.resolve()), device="cpu", verify=False), folder)
