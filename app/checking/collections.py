"""The two collections that answers are checked and tuned on, indexed in a folder of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from app.checking.questions import Question, missing_manuals, read_questions, unpack_manuals
from indexer import Index


@dataclass(frozen=True, slots=True)
class Collection:
    """An indexed folder and the questions about it; `skipped` says why some are missing."""

    corpus: Path
    home: Path
    questions: tuple[Question, ...]
    skipped: tuple[str, ...] = ()

    def open(self) -> Index:
        """Open its index."""
        return Index.open(self.home)


def collections(
    folder: Path, *, package_file: str, say: Callable[[str], None]
) -> Iterator[Collection]:
    """Make and index the demo corpus, then the manuals of the packages that are here."""
    yield demo_collection(folder, package_file, say)
    manuals = manual_collection(folder, package_file, say)
    if manuals is not None:
        yield manuals


def demo_collection(folder: Path, file: str, say: Callable[[str], None]) -> Collection:
    """Draw and index the demo corpus."""
    from indexer.demo_corpus import draw

    corpus, home = folder / "demo" / "corpus", folder / "demo" / "home"
    say("drawing and indexing the demo corpus")
    draw(corpus)
    with Index.open(home) as index:
        index.ingest([corpus])
    asked = (*read_questions(file, "demo"), *read_questions(file, "unanswerable"))
    return Collection(corpus, home, asked)


def manual_collection(folder: Path, file: str, say: Callable[[str], None]) -> Collection | None:
    """Unpack and index the manuals that are here, None when there are none."""
    asked = read_questions(file, "package")
    absent = missing_manuals(question.package for question in asked)
    kept = tuple(question for question in asked if question.package not in absent)
    for reason in absent.values():
        say(f"skipped: {reason}")
    corpus, home = folder / "manuals" / "corpus", folder / "manuals" / "home"
    files = list(unpack_manuals((question.package for question in kept), corpus))
    if not files:
        return None
    say(f"indexing {len(files)} manuals of Debian packages")
    with Index.open(home) as index:
        index.ingest([corpus])
    return Collection(corpus, home, kept, tuple(absent.values()))
