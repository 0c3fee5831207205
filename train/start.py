"""The untrained btok-tiny: parts that others trained, put together.

* the tower: EfficientNet-Lite0's ImageNet weights, batch norms folded into the convolutions;
* the text table: word vectors whose bags lie where the teacher puts whole texts (`train.words`);
* the class names: the teacher's sentence vectors of the 1,000 ImageNet names.

The decoder between them starts from random weights.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from torch import Tensor, nn
from transformers import AutoTokenizer

from embedder.creating import TINY_BUDGETS, Settings, config_for, processor_for
from embedder.folder import assemble
from embedder.modeling import BTokTinyModel
from train.glancing import measure_statistics
from train.prepare import DIMENSION, GLANCE, save_array, top_directions
from train.rows import SceneSource
from train.sources.efficientnet import imagenet_weights
from train.sources.imagenet import class_names
from train.sources.minilm import load_teacher, word_vectors

# The teacher's WordPiece vocabulary has unused entries; four become placeholders.
PLACEHOLDERS = {
    "image_token": "[unused1]",
    "video_token": "[unused2]",
    "vision_start_token": "[unused3]",
    "vision_end_token": "[unused4]",
}
WORDS = "words.npy"
DRAWN_LOOKS = 100
CONTROL_TOKENS = {"bos_token_id": "[CLS]", "eos_token_id": "[SEP]", "pad_token_id": "[PAD]"}


def build_tiny(prepared: Path, *, seed: int = 0, frozen: bool = True) -> SentenceTransformer:
    """Build the untrained model from a prepared training folder (see `train.prepare`)."""
    torch.manual_seed(seed)
    tokenizer = AutoTokenizer.from_pretrained(prepared / "tokenizer")
    words = torch.from_numpy(np.load(prepared / WORDS)).float()  # (V, D)
    classes = class_vectors(np.load(prepared / "projection.npy"))  # (1000, D)
    settings = Settings(**TINY_BUDGETS)
    number_of = tokenizer.convert_tokens_to_ids
    control = {name: number_of(token) for name, token in CONTROL_TOKENS.items()}
    config = config_for(
        "tiny",
        "btok_tiny",
        settings,
        text={"vocab_size": len(words), **control},
        placeholders={name: number_of(token) for name, token in PLACEHOLDERS.items()},
        vision={"frozen": frozen},
    )
    refuse_other_width(words.shape[1], config.text_config.hidden_size)
    model = BTokTinyModel(config)
    scale_residual_branches(model)
    model.visual.frames.load_state_dict(imagenet_weights())
    with torch.no_grad():
        # Rows with a root mean square of 1: smaller ones drown in what the first layer adds.
        unit = math.sqrt(words.shape[1])
        model.language_model.embed_tokens.weight.copy_(words * unit / words.norm(dim=1).mean())
        model.visual.class_names.weight.copy_(classes)
        model.visual.prior.weight.copy_(unit * torch.eye(words.shape[1]))
        mean, spread = torch.from_numpy(np.load(prepared / GLANCE))
        model.visual.glance.mean.copy_(mean)
        model.visual.glance.spread.copy_(spread)
    model.reset_btoks()
    return assemble(model, processor_for(config, tokenizer, settings))


def make_bare(folder: Path) -> Path:
    """Write what `build_tiny` needs of a prepared folder: from a vocabulary and drawn scenes.

    Word vectors are the teacher's own, in the directions that most of them share.
    """
    teacher = load_teacher()
    vectors = word_vectors(teacher)  # (V, 384)
    projection = top_directions(vectors, DIMENSION)
    folder.mkdir(parents=True, exist_ok=True)
    teacher.tokenizer.save_pretrained(str(folder / "tokenizer"))
    save_array(folder / "projection.npy", projection)
    looks = SceneSource(rows=DRAWN_LOOKS, views=DRAWN_LOOKS, seed=0)
    save_array(folder / GLANCE, measure_statistics([looks]))
    save_array(folder / WORDS, vectors @ projection)
    return folder


def refuse_other_width(found: int, expected: int) -> None:
    """Raise ValueError where the prepared vectors are not as wide as the model."""
    if found != expected:
        raise ValueError(
            f"words.npy is {found} wide, the model {expected}: build the folder anew by "
            "`python -m train prepare`"
        )


def class_vectors(projection: np.ndarray) -> Tensor:
    """Encode the ImageNet class names, in weight order, by the teacher: -> (1000, D), unit rows."""
    vectors = load_teacher().encode(class_names(), normalize_embeddings=True)  # (1000, 384)
    return nn.functional.normalize(torch.from_numpy(vectors @ projection.astype(np.float32)), dim=1)


@torch.no_grad()
def scale_residual_branches(model: BTokTinyModel) -> None:
    """Initialise by fan-in, and the branches that end in the residual stream smaller by depth.

    The stock 0.02 is made for widths of thousands.
    """
    depth = len(model.language_model.layers)
    for name, module in model.named_modules():
        if isinstance(module, nn.Linear) and "frames" not in name:
            nn.init.normal_(module.weight, std=1 / math.sqrt(module.in_features))
            if module.bias is not None:
                nn.init.zeros_(module.bias)
            if name.endswith(("o_proj", "down_proj")):
                module.weight.div_(math.sqrt(2 * depth))
