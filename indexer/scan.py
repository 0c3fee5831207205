"""From paths to assets: walk the corpus by name, without opening what is not needed.

A walk is absolute, sorted, and never leaves its root: symbolic links are not followed, because
what they point to inside the root is reached under its own name, and the rest is outside.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from indexer import loaders
from indexer.hashing import content_hash
from indexer.types import Asset, UsageError

logger = logging.getLogger(__name__)

__all__ = ["content_hash", "iter_assets"]


def iter_assets(paths: Iterable[Path | str]) -> Iterator[Asset]:
    """Yield every readable-looking file once, sorted by path.

    Hidden files and folders below a root are skipped, as are files that neither their suffix nor
    their first bytes announce as a picture, a PDF or a video. A file that is itself named in
    `paths` is always yielded, so that an unreadable one is reported rather than ignored.

    Raises:
        UsageError: a path does not exist or cannot be opened.
    """
    roots = sorted({resolve(Path(path)) for path in paths})
    return walk_roots(roots)


def resolve(path: Path) -> Path:
    """Return the absolute path behind `path`; raise UsageError when there is none."""
    try:
        resolved = path.expanduser().resolve(strict=True)
        if resolved.is_dir():
            os.scandir(resolved).close()
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"cannot read {str(path)!r}: {reason}; check the path") from error
    if not (resolved.is_dir() or resolved.is_file()):
        raise UsageError(f"{str(path)!r} is neither a file nor a folder")
    return resolved


def walk_roots(roots: list[Path]) -> Iterator[Asset]:
    """Walk sorted roots; a root inside another one was already seen unless it is hidden there."""
    seen: set[Path] = set()
    for root in roots:
        if root.is_dir():
            found = walk(root)
        else:
            status = root.stat()
            found = iter((Asset(root, status.st_size, status.st_mtime_ns),))
        for asset in found:
            if asset.path not in seen:
                seen.add(asset.path)
                yield asset


def walk(folder: Path | str) -> Iterator[Asset]:
    """Yield the assets below a folder, depth first, names sorted."""
    try:
        with os.scandir(folder) as entries:
            visible = sorted(
                (entry for entry in entries if not entry.name.startswith(".")),
                key=lambda entry: entry.name,
            )
    except OSError as error:
        logger.warning("skipped the folder %s: %s", folder, error.strerror)
        return
    for entry in visible:
        if entry.is_dir(follow_symlinks=False):
            yield from walk(entry.path)
        elif entry.is_file(follow_symlinks=False) and is_candidate(entry):
            yield from asset_of(entry)


def is_candidate(entry: os.DirEntry[str]) -> bool:
    """Tell whether a loader knows the suffix, or else the first bytes."""
    suffix = os.path.splitext(entry.name)[1].lower()  # noqa: PTH122  a Path per file is slow
    if suffix in loaders.SUFFIXES:
        return True
    try:
        return loaders.sniff(Path(entry.path)) is not None
    except OSError:
        return False


def asset_of(entry: os.DirEntry[str]) -> Iterator[Asset]:
    """Yield the asset of a directory entry, nothing when the file has just vanished."""
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError:
        return
    yield Asset(Path(entry.path), status.st_size, status.st_mtime_ns)
