"""A model folder for those who do not have this package: BToks baked into spare vocabulary rows.

The K BToks become K special tokens that the chat template puts behind the content; their rows of
the embedding matrix are the BToks. Stock Sentence Transformers modules take the mean of their
states: `WordWeights` (1 for a BTok, 0 for every other token), `Pooling("mean")`, `Normalize`. So
the folder loads with plain transformers and Sentence Transformers, no import, no flag.

Its processor is a stock one that needs no torchvision: `PaddleOCRVLProcessor`, which counts a
picture's placeholders exactly as the Qwen-VL processors do, over Qwen2-VL's own image processor.

What a stock folder cannot do:
* btok-tiny and `visual_compression` above 1: tower and compression are code of ours;
* clips: the stock Qwen-VL processors read them through torchvision only;
* size a picture in every case as we do: the stock rule loses a row of tokens where the budget would
  be met exactly (a square picture, say), and exceeds the budget for strips thinner than 1 : 60;
* cut long texts: stock truncation counts the BToks and placeholders as well;
* tell a text part from the line break beside it: where a text beside a picture ends in punctuation,
  a tokenizer may join the two, and vectors of such mixed inputs differ a little;
* prove itself: there is no self-test on load (`fingerprint.json` is ours).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import (
    Normalize,
    Pooling,
    Transformer,
    WordWeights,
)
from transformers import AutoTokenizer, PreTrainedConfig, PreTrainedModel
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

from embedder.fingerprint import golden_inputs
from embedder.processing import BTokProcessor
from embedder.registration import BACKBONES

STOCK_NOTE = """## Without this package

This folder holds stock classes only, the BToks are rows of its vocabulary:
`SentenceTransformer("{name}")` needs no import of ours and no flag. Its golden vectors (a text, a
picture) differ by at most {difference:.1e} from those of the run's model. It takes texts, pictures
and both together, no clips; texts are not cut; it does not check itself when it is loaded.

## Limits
"""
BTOK_TOKEN = "<|btok_{number}|>"
STATES = {"method": "forward", "method_output_name": "last_hidden_state"}
MODALITIES = {
    "text": STATES,
    "image": STATES,
    "message": {**STATES, "format": "structured"},
}
# What `embedder.processing` does: parts joined by line breaks, the end mark alone where there is
# nothing, then the BToks.
TEMPLATE = (
    "{%- set seen = namespace(parts=0, some=false) -%}"
    "{%- for message in messages -%}"
    "{%- set content = [{'type': 'text', 'text': message.content}]"
    " if message.content is string else message.content -%}"
    "{%- for item in content -%}"
    "{%- if seen.parts -%}{{- '\\n' -}}{%- set seen.some = true -%}{%- endif -%}"
    "{%- set seen.parts = seen.parts + 1 -%}"
    "{%- if item.type == 'image' -%}{{- 'IMAGE' -}}{%- set seen.some = true -%}"
    "{%- elif item.type == 'text' -%}{{- item.text -}}"
    "{%- if item.text -%}{%- set seen.some = true -%}{%- endif -%}"
    "{%- else -%}{{- raise_exception('this folder takes texts and pictures, got ' + item.type) -}}"
    "{%- endif -%}{%- endfor -%}{%- endfor -%}"
    "{%- if not seen.some -%}{{- 'EMPTY' -}}{%- endif -%}"
    "{{- 'BTOKS' -}}"
)


def export_stock(model: SentenceTransformer, out: Path, *, dtype: torch.dtype) -> None:
    """Write a model as a folder that needs no import of ours, weights in `dtype`.

    Raises ValueError, with the reason, for a model that stock classes cannot express.
    """
    inner, processor = model[0].model, model[0].processor
    refuse_inexpressible(inner, processor)
    out.mkdir(parents=True, exist_ok=True)
    tokens = [BTOK_TOKEN.format(number=number) for number in range(inner.config.num_btoks)]
    tokenizer = with_tokens(processor, tokens, out)
    ids = tokenizer.convert_tokens_to_ids(tokens)
    write_weights(inner, out, ids=ids, vocabulary=len(tokenizer), dtype=dtype)
    write_processor(processor, tokenizer, tokens, out)
    transformer = Transformer(
        str(out),
        modality_config=MODALITIES,
        module_output_name="token_embeddings",
        unpad_inputs=False,
        # Control tokens that a text spells stay letters.
        processing_kwargs={
            "chat_template": {"restore_suffix": False, "sanitize_control_tokens": True}
        },
    )
    width = inner.config.text_config.hidden_size
    modules = [transformer, *pooling_modules(tokenizer, tokens, width), Normalize()]
    stock = SentenceTransformer(
        modules=modules, prompts=dict(model.prompts), similarity_fn_name="cosine", device="cpu"
    )
    stock.save(str(out), create_model_card=False)


def refuse_inexpressible(inner: PreTrainedModel, processor: Any) -> None:
    """Raise ValueError for what stock classes cannot do."""
    kind = inner.config.model_type
    if kind.removeprefix("btok_") not in BACKBONES:
        raise ValueError(
            f"{kind} has no stock export: its vision tower is a class of this package, which plain "
            "transformers does not know; use the ordinary folder, or trust_remote_code=True"
        )
    if inner.config.visual_compression > 1:
        raise ValueError(
            f"visual_compression is {inner.config.visual_compression}, and stock models do not "
            "compress: export without --stock"
        )
    if not isinstance(processor, BTokProcessor):
        raise ValueError(f"expected a BToks model, got one with {type(processor).__name__}")


def with_tokens(processor: BTokProcessor, tokens: list[str], out: Path) -> Any:
    """Write the tokenizer with the BToks' tokens, and a name for its image token; return it."""
    processor.tokenizer.save_pretrained(out)
    path = out / "tokenizer_config.json"
    settings = json.loads(path.read_text())
    # The stock processor asks its tokenizer which token stands for a picture.
    settings["model_specific_special_tokens"] = {"image_token": processor.image_token}
    path.write_text(json.dumps(settings, indent=2) + "\n")
    tokenizer = AutoTokenizer.from_pretrained(out)
    if tokens:
        tokenizer.add_special_tokens({"extra_special_tokens": tokens})
    return tokenizer


def write_weights(
    inner: PreTrainedModel, out: Path, *, ids: list[int], vocabulary: int, dtype: torch.dtype
) -> None:
    """Write configuration and weights as the stock architecture, BToks in the rows `ids`.

    The embedding matrix grows only where it has no spare rows (the 2B models have some 270).
    """
    entry = BACKBONES[inner.config.model_type.removeprefix("btok_")]
    stock_class = getattr(transformers, entry.stock)
    weights = {name: tensor.to(dtype) for name, tensor in inner.state_dict().items()}
    btoks = weights.pop("btok.weight", None)
    rows = weights["language_model.embed_tokens.weight"]
    if vocabulary > len(rows):
        more = rows.new_zeros(vocabulary - len(rows), rows.shape[1])
        rows = torch.cat([rows, more])
    if btoks is not None:
        rows = rows.clone()
        rows[ids] = btoks
    weights["language_model.embed_tokens.weight"] = rows
    config = to_stock_config(inner.config, vocabulary=len(rows))
    config.dtype = dtype
    with torch.device("meta"):
        stock = stock_class(config)
    stock.config.architectures = [stock_class.__name__]
    stock.save_pretrained(out, state_dict=weights)


def to_stock_config(config: PreTrainedConfig, *, vocabulary: int) -> PreTrainedConfig:
    """Return the stock configuration of the same sizes."""
    stock_class = next(
        base for base in type(config).__mro__ if base.__module__.startswith("transformers.models")
    )
    given = config.to_dict()
    for key in ("model_type", "architectures", "auto_map", "num_btoks", "visual_compression"):
        given.pop(key, None)
    given["text_config"]["vocab_size"] = vocabulary
    return stock_class(**given)


def write_processor(processor: BTokProcessor, tokenizer: Any, tokens: list[str], out: Path) -> None:
    """Write tokenizer, image processor and chat template."""
    image = processor.vision_start_token + processor.image_token + processor.vision_end_token
    empty = tokenizer.eos_token or tokenizer.pad_token
    template = TEMPLATE
    for name, text in (("IMAGE", image), ("EMPTY", empty), ("BTOKS", "".join(tokens))):
        template = template.replace(f"'{name}'", json.dumps(text))
    images = Qwen2VLImageProcessorPil(
        patch_size=processor.patch_size,
        merge_size=processor.merge_size,
        temporal_patch_size=processor.temporal_patch_size,
        size={"shortest_edge": processor.min_pixels, "longest_edge": processor.max_pixels},
        image_mean=processor.image_mean,
        image_std=processor.image_std,
    )
    stock = transformers.PaddleOCRVLProcessor(images, tokenizer, chat_template=template)
    stock.save_pretrained(out)


def pooling_modules(tokenizer: Any, tokens: list[str], width: int) -> list[torch.nn.Module]:
    """Return the modules that take the mean of the BToks' states, or the last state for K = 0."""
    if not tokens:
        return [Pooling(width, pooling_mode="lasttoken")]
    by_id = {number: token for token, number in tokenizer.get_vocab().items()}
    names = [by_id.get(number, "") for number in range(len(tokenizer))]
    weights = WordWeights(names, dict.fromkeys(tokens, 1.0), unknown_word_weight=0.0)
    return [weights, Pooling(width, pooling_mode="mean")]


def largest_difference(model: SentenceTransformer, folder: Path) -> float:
    """Return how far the golden vectors of a stock folder are from a model's; clips left out."""
    stock = SentenceTransformer(
        str(folder), device="cpu", model_kwargs={"dtype": model[0].model.dtype}
    )
    inputs = [golden_inputs()[kind] for kind in ("text", "image")]
    ours, theirs = (
        one.encode(inputs, prompt="", show_progress_bar=False) for one in (model, stock)
    )
    return float(np.abs(ours - theirs).max())
