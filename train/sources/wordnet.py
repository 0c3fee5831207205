"""WordNet: real English definitions, example sentences and the names of things one can see.

Debian package `wordnet-base` (WordNet licence). File format: wndb(5WN).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path("/usr/share/wordnet")
PARTS = ("noun", "verb", "adj", "adv")
# Lexicographer files of nouns that can be pictured (lexnames(5WN)).
VISIBLE = {"05", "06", "08", "13", "17", "18", "20"}


@dataclass(frozen=True, slots=True)
class Synset:
    """One meaning: its lemmas, the lexicographer file it stands in, definition and examples."""

    lemmas: tuple[str, ...]
    lexname: str
    part: str
    definition: str
    examples: tuple[str, ...]


def iter_synsets(root: Path = ROOT) -> Iterator[Synset]:
    """Yield every meaning of the four data files, in file order."""
    for part in PARTS:
        with (root / f"data.{part}").open(encoding="utf-8") as lines:
            for line in lines:
                if not line.startswith("  "):  # the licence is indented by two blanks
                    yield parse_synset(line, part)


def parse_synset(line: str, part: str) -> Synset:
    """Read one line of a data file: offset lexname type count (word id)... | gloss."""
    head, _, gloss = line.partition(" | ")
    fields = head.split()
    count = int(fields[3], 16)
    lemmas = tuple(word_of(field) for field in fields[4 : 4 + 2 * count : 2])
    definition, *rest = gloss.strip().split('; "')
    examples = tuple(text for text in (piece.strip(' ";') for piece in rest) if text)
    return Synset(lemmas, fields[1], part, definition.strip(" ;"), examples)


def word_of(field: str) -> str:
    """Return a lemma as it is written: no underscores, no syntactic marker such as `(a)`."""
    return field.partition("(")[0].replace("_", " ")


def visible_nouns(synsets: list[Synset]) -> list[str]:
    """Return the names, lower case, of animals, artefacts, bodies, food, people and plants.

    Latin names and proper nouns (capitals), and names of four words or more, are left out.
    """
    names: dict[str, None] = {}
    for synset in synsets:
        if synset.part != "noun" or synset.lexname not in VISIBLE:
            continue
        for lemma in synset.lemmas:
            letters = lemma.replace(" ", "").replace("-", "").replace("'", "")
            if letters.isalpha() and lemma == lemma.lower() and len(lemma.split()) < 4:
                names[lemma] = None
    return list(names)


def known_words(synsets: list[Synset]) -> set[str]:
    """Return every single word, lower case, that is a lemma or part of one."""
    return {word.lower() for synset in synsets for lemma in synset.lemmas for word in lemma.split()}
