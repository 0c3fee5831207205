"""What an ingest would do, decided from names, sizes and times alone; no file is opened."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from indexer.ledger import DONE, QUARANTINED, FileRow, Ledger, path_text
from indexer.types import Asset, Quarantined

if TYPE_CHECKING:
    from indexer.loaders.options import LoadOptions

UPLOADS = "uploads"  # the one folder of a home that is a corpus: what programs were handed
READING_VERSION = 2  # raise it when the loaders cut or render differently


@dataclass(frozen=True, slots=True)
class Plan:
    """Files to read, files left alone, and known files that are gone."""

    todo: tuple[Asset, ...]
    unchanged: tuple[Asset, ...]
    quarantined: tuple[Quarantined, ...]
    vanished: tuple[str, ...]


def reading_of(options: LoadOptions) -> str:
    """Digest what of the load options decides how a file is read."""
    values = dataclasses.asdict(options)
    for name in ("ocr_cache", "max_file_bytes", "max_image_pixels"):
        values.pop(name, None)
    text = repr((READING_VERSION, sorted(values.items())))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def make_plan(
    paths: Sequence[Path | str], *, ledger: Ledger, options: LoadOptions, home: Path
) -> Plan:
    """Scan the paths and plan; raise `UsageError` for one that does not exist.

    What lies in the index's own home (thumbnails) is no corpus, but its `uploads` are.
    """
    from indexer.scan import iter_assets

    own = home.resolve()
    handed = own / UPLOADS
    assets = [
        asset
        for asset in iter_assets(paths)
        if own not in asset.path.parents or handed in asset.path.parents
    ]
    roots = [Path(path).expanduser().resolve() for path in paths]
    return plan_ingest(assets, ledger.files(), roots, reading=reading_of(options))


def plan_ingest(
    assets: Sequence[Asset], known: Mapping[str, FileRow], roots: Sequence[Path], *, reading: str
) -> Plan:
    """Compare the files found below `roots` with the ledger.

    A quarantined file is left alone until it changes, unless its content was never read: what kept
    it from being read (permissions, a lost disk) shows in neither size nor time. A file read with
    other load options than now is read again. Only what is surely gone counts as vanished.
    """
    todo: list[Asset] = []
    unchanged: list[Asset] = []
    quarantined: list[Quarantined] = []
    for asset in assets:
        row = known.get(path_text(asset.path))
        if row is None or not row.is_version(asset) or row.reading != reading:
            todo.append(asset)
        elif row.state == DONE:
            unchanged.append(asset)
        elif row.state == QUARANTINED and row.content_hash is not None:
            quarantined.append(Quarantined(Path(row.path), row.reason or "no reason recorded"))
        else:
            todo.append(asset)
    seen = {path_text(asset.path) for asset in assets}
    missing = (path for path in known if path not in seen and is_below(path, roots))
    vanished = sorted(path for path in missing if is_gone(Path(path)))
    return Plan(tuple(todo), tuple(unchanged), tuple(quarantined), tuple(vanished))


def is_gone(path: Path) -> bool:
    """Tell whether a file is surely not there; what cannot be looked at may come back."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def is_below(path: Path | str, roots: Iterable[Path]) -> bool:
    """Tell whether a path is one of the roots or inside one."""
    place = Path(path)
    return any(place == root or root in place.parents for root in roots)
