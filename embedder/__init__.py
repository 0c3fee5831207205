"""Bottleneck Token embedding models; importing this registers their architectures.

import embedder
from sentence_transformers import SentenceTransformer

model = SentenceTransformer("btok-2b")   # any BTok folder, no trust_remote_code
model = embedder.load("btok-tiny")       # by name, verified, scheduled for CPUs
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from embedder.scheduling import BTokEncoder

__all__ = ["load"]


def load(name: str | Path, **options: Any) -> BTokEncoder:
    """Load a model by name, folder or hub id; see `embedder.loading.load`."""
    from embedder.loading import load

    return load(name, **options)


def _is_command() -> bool:
    """Say whether `python -m embedder` is starting: its help must not wait for torch."""
    return sys.argv[:1] == ["-m"] and "embedder" in sys.orig_argv


if not _is_command():
    from embedder.registration import register

    register()
