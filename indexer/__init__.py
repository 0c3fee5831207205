"""The index: corpus -> units -> vectors -> collection, and search over it.

`from indexer import Index` is the public door; it is opened lazily, so that `python -m indexer
--help` imports no model library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from indexer.index import Index as Index

__all__ = ["Index"]


def __getattr__(name: str) -> object:
    if name == "Index":
        from indexer.index import Index

        return Index
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
