"""A model folder: stock Sentence Transformers modules around a registered architecture."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

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


def assemble(
    model: PreTrainedModel,
    processor: BTokProcessor,
    *,
    prompts: dict[str, str] | None = None,
) -> SentenceTransformer:
    """Wrap a BTok model and its processor: Transformer -> Pooling(mean) -> Normalize."""
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        processor.save_pretrained(folder)
        transformer = Transformer(
            folder,
            modality_config=MODALITIES,
            module_output_name="token_embeddings",
            model_kwargs={"dtype": model.dtype},
        )
    pooling = Pooling(model.config.text_config.hidden_size, pooling_mode="mean")
    return SentenceTransformer(
        modules=[transformer, pooling, Normalize()],
        prompts=prompts or {"query": "", "document": ""},
        similarity_fn_name="cosine",
        device=str(model.device),
    )


def write_folder(model: SentenceTransformer, out: Path, *, dtype: torch.dtype) -> None:
    """Save a model with its weights in `dtype`; the model itself is not changed."""
    inner = model[0].model
    before = inner.dtype
    inner.to(dtype)
    try:
        model.save(str(out), create_model_card=False)
    finally:
        inner.to(before)
    path = out / "config.json"
    config = json.loads(path.read_text())
    path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
