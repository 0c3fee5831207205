"""What the verbs of `python -m embedder` do."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np

from embedder.creating import TINY_BUDGETS, Settings, create_from_backbone, create_random
from embedder.fingerprint import (
    check_files,
    check_golden,
    read_seal,
    unsealed_fingerprint,
    weight_files,
)
from embedder.loading import find_folder, load

PROCESSOR_SETTINGS = (
    "visual_compression",
    "min_pixels",
    "max_pixels",
    "max_frame_pixels",
    "num_frames",
    "max_text_tokens",
)


def info(args: argparse.Namespace) -> None:
    """Print what a model folder states about itself; no weights are loaded."""
    folder = find_folder(args.model)
    config = json.loads((folder / "config.json").read_text())
    if "btok" not in config["model_type"]:
        raise ValueError(f"{folder} is a {config['model_type']}, not a BTok model")
    seal = read_seal(folder)
    facts: dict[str, Any] = {
        "model": args.model,
        "folder": str(folder),
        "architecture": config["model_type"],
        "dimension": config["text_config"]["hidden_size"],
        "num_btoks": config.get("num_btoks"),
    }
    processor = json.loads((folder / "processor_config.json").read_text())
    facts |= {name: processor.get(name) for name in PROCESSOR_SETTINGS}
    facts |= {
        "prompts": read_prompts(folder),
        "weights": config.get("dtype"),
        "megabytes": round(sum(path.stat().st_size for path in weight_files(folder)) / 1e6, 1),
        "sealed": seal is not None,
        "fingerprint": seal["fingerprint"] if seal else unsealed_fingerprint(folder),
    }
    show(facts, as_json=args.json)


def read_prompts(folder: Path) -> dict[str, str]:
    """Return the prompts of a folder by name."""
    path = folder / "config_sentence_transformers.json"
    return json.loads(path.read_text()).get("prompts", {}) if path.is_file() else {}


def show(facts: dict[str, Any], *, as_json: bool) -> None:
    """Print facts as JSON or as aligned lines."""
    if as_json:
        print(json.dumps(facts))
        return
    width = max(map(len, facts))
    for name, value in facts.items():
        print(f"{name:{width}}  {value}")


def encode(args: argparse.Namespace) -> None:
    """Print vectors as JSON lines, or the cosine similarities of all pairs."""
    labels = [*args.text, *map(str, args.image), *map(str, args.video)]
    inputs: list[Any] = [{"text": text} for text in args.text]
    for kind in ("image", "video"):
        for path in getattr(args, kind):
            if not path.is_file():
                raise FileNotFoundError(f"there is no file {path}")
            inputs.append({kind: str(path)})
    if not inputs:
        raise ValueError("nothing to encode: give texts, --image or --video")
    model = load(args.model, device=args.device, int8=args.int8)
    vectors = model.encode(inputs, normalize_embeddings=True, show_progress_bar=False)  # (N, D)
    if args.json:
        for label, vector in zip(labels, vectors, strict=True):
            print(json.dumps({"input": label, "vector": [round(float(x), 6) for x in vector]}))
    else:
        print_similarities(labels, vectors)


def print_similarities(labels: list[str], vectors: np.ndarray) -> None:
    """Print the cosine similarity of every pair of (N, D) vectors."""
    print(f"{len(labels)} vectors of {vectors.shape[1]} dimensions; cosine similarities:")
    for number, (label, row) in enumerate(zip(labels, vectors @ vectors.T, strict=True), start=1):
        print(f"{number:3}  " + " ".join(f"{value:6.3f}" for value in row) + f"  {label}")


def selftest(args: argparse.Namespace) -> None:
    """Check all bytes of a sealed folder, then its golden vectors."""
    folder = find_folder(args.model)
    seal = read_seal(folder)
    if seal is None:
        raise ValueError(f"{folder} is not sealed: `embedder.folder.seal(folder)` seals it")
    started = time.monotonic()
    check_files(folder, seal, whole=True)
    model = load(args.model, device="cpu", verify=False)
    check_golden(model, seal, reduced=False)
    facts = {
        "model": args.model,
        "passed": True,
        "files": len(seal["settings"]) + len(seal["weights"]),
        "golden": sorted(seal["golden"]),
        "seconds": round(time.monotonic() - started, 2),
        "fingerprint": seal["fingerprint"],
    }
    show(facts, as_json=args.json)


def create(args: argparse.Namespace) -> None:
    """Write a sealed folder on a backbone or on random weights."""
    if args.out.exists():
        raise FileExistsError(f"{args.out} exists: give a new folder or remove it")
    if args.backbone:
        create_from_backbone(args.backbone, args.out, settings_of(args, {}))
    else:
        family = args.family or {"tiny": "btok_tiny", "2b": "qwen2_vl"}[args.size]
        settings = settings_of(args, TINY_BUDGETS if family == "btok_tiny" else {})
        create_random(args.size, family, args.out, settings)
    seal = read_seal(args.out)
    assert seal is not None  # both ways seal
    show({"folder": str(args.out), "fingerprint": seal["fingerprint"]}, as_json=args.json)


def settings_of(args: argparse.Namespace, defaults: dict[str, int]) -> Settings:
    """Collect the options that were given, over a family's own defaults."""
    given = {
        "num_btoks": args.btoks,
        "visual_compression": args.compression,
        "min_pixels": args.min_pixels,
        "max_pixels": args.max_pixels,
        "max_frame_pixels": args.max_frame_pixels,
        "num_frames": args.frames,
    }
    chosen = {name: value for name, value in given.items() if value is not None}
    return Settings(**(defaults | chosen))
