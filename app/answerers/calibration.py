"""The support below which a collection has no answer: measured, or the one that is shipped."""

from __future__ import annotations

import json
from pathlib import Path

from app.answerers.extractive import MIN_SUPPORT

FILE = "answers.json"


def read_min_support(home: Path) -> float:
    """Return what `python -m app calibrate-answers` measured here, else the shipped value."""
    try:
        support = float(json.loads((home / FILE).read_text("utf-8"))["min_support"])
    except (OSError, ValueError, KeyError, TypeError):
        return MIN_SUPPORT
    return support if 0.0 < support < 1.0 else MIN_SUPPORT


def write_min_support(home: Path, support: float, *, questions: int) -> Path:
    """Keep a measured support for this collection; return the file."""
    file = home / FILE
    kept = {"min_support": round(support, 4), "questions": questions}
    file.write_text(json.dumps(kept) + "\n", "utf-8")
    return file
