"""Draw the demo corpus into a folder: the same bytes every time, nothing twice.

A hidden file tells by which drawing code, and by which versions of the libraries, the folder was
made. When it fits and every file is there, nothing is drawn.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from functools import partial
from importlib.metadata import version
from pathlib import Path

from indexer.demo_corpus.documents import DOCUMENTS
from indexer.demo_corpus.films import FILMS
from indexer.demo_corpus.paper import Document
from indexer.demo_corpus.pictures import Picture, iter_pictures

STAMP = ".drawn-by"
LIBRARIES = ("pillow", "reportlab", "av", "numpy")
Progress = Callable[[int, int], None]
Writer = Callable[[Path], object]


def draw(folder: Path, *, progress: Progress | None = None) -> int:
    """Draw every file of the corpus below `folder` and return how many there are.

    Files that are already there and were drawn by this code are left alone; other files in the
    folder are never touched. `progress(done, total)` is called after each file.

    Raises:
        OSError: the folder cannot be written.
    """
    writers = dict(iter_writers())
    stamp, sign = folder / STAMP, signature()
    current = stamp.is_file() and stamp.read_text() == sign
    folder.mkdir(parents=True, exist_ok=True)
    if not current:
        stamp.unlink(missing_ok=True)
    for done, (name, write) in enumerate(writers.items(), start=1):
        target = folder / name
        if not (current and target.is_file()):
            write_whole(target, write)
        if progress is not None:
            progress(done, len(writers))
    stamp.write_text(sign)
    return len(writers)


def iter_writers() -> Iterator[tuple[str, Writer]]:
    """Yield every path of the corpus with what writes that file."""
    for picture in iter_pictures():
        yield picture.path, partial(write_bytes_of, picture)
    for document in DOCUMENTS:
        yield document.path, partial(write_bytes_of, document)
    for film in FILMS:
        yield film.path, film.write


def write_bytes_of(source: Picture | Document, target: Path) -> None:
    target.write_bytes(source.to_bytes())


def write_whole(target: Path, write: Writer) -> None:
    """Write a file under a hidden name first, so that a broken run leaves no half of it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.partial")
    try:
        write(draft)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def signature() -> str:
    """Identify the drawing: a hash of this package's code and its libraries' versions."""
    digest = hashlib.sha256()
    for source in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(source.read_bytes())
    for library in LIBRARIES:
        digest.update(f"{library} {version(library)}\n".encode())
    return digest.hexdigest()
