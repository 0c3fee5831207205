"""What a vector space is made of, and the proof that a folder still makes it.

The fingerprint hashes everything that decides a vector: weights, tokenizer, processor settings
(pixel and frame budgets), K, compression, prompts, pooling. `fingerprint.json` states it together
with golden inputs, drawn by code, and their vectors: the files may be right and a library still
read them differently.
"""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw
from sentence_transformers import SentenceTransformer

SEAL_NAME = "fingerprint.json"
# Settings that change no vector: who wrote the file, and where the classes are found.
WITHOUT_EFFECT = {"transformers_version", "__version__", "auto_map", "architectures"}
WEIGHTS = ("*.safetensors", "*.bin", "*/*.safetensors", "*/*.bin")  # Dense has its own
SETTINGS = ("*.json", "*/config.json", "*.txt", "*.model", "*.jinja")
NOT_SETTINGS = {SEAL_NAME, "results.json"}
WHOLE_BYTES = 256 * 2**20  # larger files are sampled on load, and read whole by `selftest`
BLOCK_BYTES, NUM_BLOCKS = 2**20, 64
DTYPE_POLICY = "float32 on CPUs, bfloat16 on GPUs"
# cos(golden, now) must exceed these; bfloat16 and other CPUs' kernels stay well above.
EXACT_COSINE, REDUCED_COSINE = 0.9999, 0.98


class ModelDrift(ValueError):
    """A folder that makes other vectors than it was sealed with; the message says what differs."""


def golden_inputs() -> dict[str, Any]:
    """Draw the golden inputs: a text, a picture, a clip of three frames."""
    return {
        "text": {"text": "A red circle left of a blue square, 42 apples; naïve café."},
        "image": {"image": draw_picture(shift=0)},
        "video": {"video": [draw_picture(shift=24 * step) for step in range(3)]},
    }


def draw_picture(*, shift: int) -> Image.Image:
    """Draw a red disc, moved right by `shift` pixels, and a blue square on a pale ground."""
    picture = Image.new("RGB", (128, 96), (238, 232, 213))
    pen = ImageDraw.Draw(picture)
    pen.rectangle((84, 48, 116, 80), fill=(38, 80, 200))
    pen.ellipse((12 + shift, 20, 52 + shift, 60), fill=(220, 50, 47))
    return picture


def encode_golden(model: SentenceTransformer) -> dict[str, np.ndarray]:
    """Encode the golden inputs one by one: name -> (D,)."""
    return {
        name: model.encode(item, prompt="", normalize_embeddings=True, show_progress_bar=False)
        for name, item in golden_inputs().items()
    }


def hash_settings(folder: Path) -> dict[str, str]:
    """Return a hash for each settings file; formatting and library versions do not count."""
    paths = {path for pattern in SETTINGS for path in folder.glob(pattern)}
    return {
        path.relative_to(folder).as_posix(): sha256(canonical(path).encode()).hexdigest()
        for path in sorted(paths)
        if path.name not in NOT_SETTINGS and not path.name.endswith(".index.json")
    }


def canonical(path: Path) -> str:
    """Return a JSON file in one spelling, without what has no effect; other files as they are."""
    if path.suffix != ".json":
        return path.read_bytes().hex()
    settings = json.loads(path.read_text(encoding="utf-8"))
    if isinstance(settings, dict):
        settings = {key: value for key, value in settings.items() if key not in WITHOUT_EFFECT}
    return json.dumps(settings, sort_keys=True)


def weight_files(folder: Path) -> list[Path]:
    """Return the files of weights, in order."""
    return sorted(path for pattern in WEIGHTS for path in folder.glob(pattern))


def hash_file(path: Path, *, whole: bool) -> str:
    """Hash a file: all of it, or its size and blocks spread evenly over it."""
    digest = sha256()
    size = path.stat().st_size
    with path.open("rb") as stream:
        if whole or size <= WHOLE_BYTES:
            while block := stream.read(16 * BLOCK_BYTES):
                digest.update(block)
        else:
            digest.update(str(size).encode())
            for index in range(NUM_BLOCKS):
                stream.seek(index * (size - BLOCK_BYTES) // (NUM_BLOCKS - 1))
                digest.update(stream.read(BLOCK_BYTES))
    return digest.hexdigest()


def hash_weights(folder: Path, *, whole: bool) -> dict[str, str]:
    """Return a hash for each file of weights, those of single modules included; see `hash_file`."""
    return {
        path.relative_to(folder).as_posix(): hash_file(path, whole=whole)
        for path in weight_files(folder)
    }


def fingerprint_of(settings: dict[str, str], weights: dict[str, str]) -> str:
    """Join the hashes into one."""
    text = json.dumps([settings, weights, DTYPE_POLICY], sort_keys=True)
    return sha256(text.encode()).hexdigest()


def unsealed_fingerprint(folder: Path) -> str:
    """Return the fingerprint of a folder that states none; large weights are sampled."""
    return fingerprint_of(hash_settings(folder), hash_weights(folder, whole=False))


def write_seal(model: SentenceTransformer, folder: Path) -> str:
    """Write `fingerprint.json` for a folder and its loaded model; return the fingerprint."""
    settings, weights = hash_settings(folder), hash_weights(folder, whole=True)
    fingerprint = fingerprint_of(settings, weights)
    seal = {
        "fingerprint": fingerprint,
        "dtype_policy": DTYPE_POLICY,
        "settings": settings,
        "weights": weights,
        "weights_sampled": hash_weights(folder, whole=False),
        "golden": {
            name: [round(float(value), 6) for value in vector]
            for name, vector in encode_golden(model).items()
        },
    }
    (folder / SEAL_NAME).write_text(json.dumps(seal, sort_keys=True) + "\n")
    return fingerprint


def read_seal(folder: Path) -> dict[str, Any] | None:
    """Return what a folder states about itself, None where it was not sealed."""
    path = folder / SEAL_NAME
    return json.loads(path.read_text()) if path.is_file() else None


def check_files(folder: Path, seal: dict[str, Any], *, whole: bool = False) -> None:
    """Raise ModelDrift when a settings file or the weights are not those that were sealed."""
    if seal["fingerprint"] != fingerprint_of(seal["settings"], seal["weights"]):
        raise ModelDrift(f"{SEAL_NAME} in {folder} contradicts itself: {REMEDY}")
    compare("settings", seal["settings"], hash_settings(folder), folder)
    stated = seal["weights"] if whole else seal["weights_sampled"]
    compare("weights", stated, hash_weights(folder, whole=whole), folder)


REMEDY = "restore the folder, or seal it anew if the change is meant (its vectors are then others)"


def compare(kind: str, sealed: dict[str, str], found: dict[str, str], folder: Path) -> None:
    """Raise ModelDrift that names the files which differ."""
    names = sorted(sealed.keys() | found.keys())
    if differing := [name for name in names if sealed.get(name) != found.get(name)]:
        raise ModelDrift(
            f"{kind} of {folder} changed since it was sealed ({', '.join(differing)}): {REMEDY}"
        )


def check_golden(model: SentenceTransformer, seal: dict[str, Any], *, reduced: bool) -> None:
    """Raise ModelDrift when golden inputs give other vectors; `reduced` allows for int8, bf16."""
    floor = REDUCED_COSINE if reduced else EXACT_COSINE
    for name, vector in encode_golden(model).items():
        golden = np.asarray(seal["golden"][name], dtype=np.float32)
        cosine = float(golden @ vector / (np.linalg.norm(golden) * np.linalg.norm(vector)))
        if not cosine >= floor:
            raise ModelDrift(
                f"the golden {name} is encoded differently from when the model was sealed (cosine "
                f"{cosine:.4f}, at least {floor} expected): has a library changed how it reads "
                "weights, tokens or pixels?"
            )
