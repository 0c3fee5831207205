"""The questions that answers are checked and tuned on, and where their documents lie."""

from __future__ import annotations

import gzip
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
MANUALS = {  # the manual of each Debian package, and what it is called here
    "bzip2-doc": ("bzip2/manual.pdf.gz", "manual.pdf"),
    "fontconfig": ("fontconfig/fontconfig-user.pdf.gz", "fontconfig-user.pdf"),
    "libtasn1-doc": ("libtasn1-doc/libtasn1.pdf", "libtasn1.pdf"),
    "nettle-dev": ("nettle-dev/nettle.pdf.gz", "nettle.pdf"),
    "shared-mime-info": ("shared-mime-info/shared-mime-info-spec.pdf", "shared-mime-info-spec.pdf"),
}
DOCUMENTATION = Path("/usr/share/doc")


@dataclass(frozen=True, slots=True)
class Question:
    """A question with the pages that answer it: (path below the corpus, page number).

    `says` are wordings of which a useful answer quotes one. Without accepted pages the collection
    has no answer. `package` names the package whose manual answers it.
    """

    text: str
    accepted: frozenset[tuple[str, int]] = frozenset()
    says: tuple[str, ...] = ()
    package: str = ""


def read_questions(file: str, kind: str) -> list[Question]:
    """Return the questions of one kind (`demo`, `package`, `unanswerable`) of a file here."""
    listed = tomllib.loads((HERE / file).read_text("utf-8")).get(kind, [])
    return [
        Question(
            each["text"],
            frozenset((page["path"], page["page"]) for page in each.get("accepted", [])),
            tuple(each.get("says", [])),
            each.get("package", ""),
        )
        for each in listed
    ]


def missing_manuals(packages: Iterable[str]) -> dict[str, str]:
    """Return why manuals are not here: the package, and what would bring it."""
    return {
        package: f"{DOCUMENTATION / MANUALS[package][0]} is not here: apt-get install {package}"
        for package in sorted(set(packages))
        if not (DOCUMENTATION / MANUALS[package][0]).exists()
    }


def unpack_manuals(packages: Iterable[str], folder: Path) -> Iterator[Path]:
    """Put the manuals that are here into a folder, one folder per package; yield the files."""
    for package in sorted(set(packages) - set(missing_manuals(packages))):
        source, name = DOCUMENTATION / MANUALS[package][0], MANUALS[package][1]
        target = folder / package / name
        target.parent.mkdir(parents=True, exist_ok=True)
        data = source.read_bytes()
        target.write_bytes(gzip.decompress(data) if source.suffix == ".gz" else data)
        yield target
