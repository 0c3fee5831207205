"""Files that are there completely or not at all, whoever else writes them at the same time."""

from __future__ import annotations

import tempfile
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Write beside the place and move there: no reader ever sees half of it.

    Each writer has a draft of its own name, threads of one process included.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".draft-", delete=False) as draft:
        draft.write(content)
    Path(draft.name).replace(path)
