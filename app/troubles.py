"""Failures in one sentence: what happened and what to do, for whoever sits before the page."""

from __future__ import annotations

from app.pictures import UnusablePicture
from indexer.types import Hit, IndexerError, ModelMismatch, StoreLocked, StoreUnavailable

EXPECTED = (IndexerError, UnusablePicture, OSError)
"""What a view catches; anything else is a fault of ours and reaches the log."""


def sentence(error: Exception, *, hit: Hit | None = None) -> str:
    """Return what to tell the user; `hit` is the unit whose media was asked for, if any."""
    if isinstance(error, StoreLocked):
        return (
            "The index is being written to by another program: "
            "searching works again when that is done."
        )
    if isinstance(error, ModelMismatch | StoreUnavailable | UnusablePicture):
        return str(error)
    if hit is not None and not hit.path.exists():
        return f"{hit.path.name} was moved or deleted since it was indexed: run the ingest again."
    if hit is not None:
        return f"{hit.path.name} can no longer be read: {error}"
    return str(error) or type(error).__name__


def is_temporary(error: Exception) -> bool:
    """Tell whether the same request may succeed a moment later."""
    return isinstance(error, StoreUnavailable)
