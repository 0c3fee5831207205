"""Open Clip Art Library 0.18: thousands of drawings with the words people gave them.

Debian packages `openclipart-png` (pictures) and `openclipart-svg` (their metadata); public domain.
Many titles were left over from the file that a drawing was saved over, or name a whole collection
("Lemon SVG theme"): there the words of the file name stand in for the title.
"""

from __future__ import annotations

import html
import re
import struct
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path("/usr/share/openclipart")
COLLECTION_STEMS = 3  # a title over so many differently named files names a collection
MAX_SUBJECTS = 4
MAX_PIXELS = 50_000_000
CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
SUITS = {"c": "clubs", "d": "diamonds", "h": "hearts", "s": "spades"}
RANKS = {"a": "ace", "j": "jack", "q": "queen", "k": "king"}
NOISE = {  # words of file names that say who drew it or which theme it belongs to
    *("aiga", "gnome", "mime", "stock", "kde", "gg", "etiquette", "ell", "bwh", "sm", "bb", "svg"),
    *("architetto", "francesco", "rollandin", "nicu", "buculei", "benji", "ganson", "zazou", "kim"),
    *("linda", "jarno", "vasamaa", "lumen", "http", "clipart", "symbol", "led", "fc", "plastik"),
}
NOT_SUBJECTS = {  # keywords that say nothing about one picture
    *("hash", "unsorted", "theme", "signs and symbols", "united nations member", "mapsym"),
    *("lemon theme icon", "special", "magick", "geometry", "etiquette", "clip art", "clipart"),
    *("map symbol", "mimetypes", "mime-types", "mimeicon", "appicon", "filesystem", "icons"),
    *("externalsource", "action", "application", "device", "networksym", "desktop"),
}
FOREIGN_WORDS = {"de", "di", "del", "della", "con", "des", "du", "la", "le", "il", "pour", "ne"}
EMPTY_WORDS = {"and", "the", "with", "for", "from", "part", "new", "simple", "example"}
TITLES = {
    "gramastar": "many-pointed star",
    "card": "",
    "people": "people",
    "stick man": "stick man",
}
SHORT_WORDS = {"tv", "cd", "pc", "ox", "uk", "us", "no", "up", "in", "on", "of"}


@dataclass(frozen=True, slots=True)
class Drawing:
    """One distinct picture: its file, the kinds (top folders) it stands in, its words.

    `given_title` is the title of the metadata, `title` the one to use; `named` says whether most
    of its words are known English words.
    """

    path: Path
    kinds: tuple[str, ...]
    given_title: str
    title: str
    subjects: tuple[str, ...]
    description: str
    named: bool = False

    @property
    def group(self) -> str:
        """The title without numbers, case and punctuation: one group, one side of the split."""
        return group_of(self.title)

    @property
    def captions(self) -> tuple[str, ...]:
        """What may be asked for this drawing; the first is the title when the title says much."""
        subjects = ", ".join(self.subjects[:MAX_SUBJECTS])
        both = f"{self.title}, {subjects}" if subjects else self.title
        wanted = (self.title if self.named else both, both, self.description, subjects)
        return tuple(dict.fromkeys(text for text in wanted if text))


def group_of(title: str) -> str:
    """Return lower-case words of a title without digits; the title itself if nothing is left."""
    return " ".join(re.findall(r"[^\W\d_]+", title.lower())) or title.lower()


def load_drawings(root: Path = ROOT, *, known: set[str]) -> list[Drawing]:
    """Read all distinct drawings, in path order; `known` are the words that count as English."""
    places = distinct_pictures(root / "png")
    drawings = [read_drawing(root, path, kinds) for path, kinds in places.items()]
    collections = collection_titles(drawings)
    return [titled(drawing, collections, known) for drawing in drawings]


def distinct_pictures(folder: Path) -> dict[Path, tuple[str, ...]]:
    """Map each picture to the kinds it stands in: a link is another place of the same picture.

    The few of more than `MAX_PIXELS` are left out; one of them has 623 million.
    """
    kinds: dict[Path, set[str]] = defaultdict(set)
    for path in sorted(folder.rglob("*.png")):
        if pixel_count(path) <= MAX_PIXELS:
            kinds[path.resolve()].add(path.relative_to(folder).parts[0])
    return {path: tuple(sorted(found)) for path, found in sorted(kinds.items())}


def pixel_count(path: Path) -> int:
    """Return width times height as a PNG's header states them."""
    with path.open("rb") as file:
        width, height = struct.unpack(">16x2I", file.read(24))
    return width * height


def read_drawing(root: Path, path: Path, kinds: tuple[str, ...]) -> Drawing:
    """Read the metadata of the SVG beside a picture; without one, the file name must do."""
    svg = (root / "svg" / path.relative_to(root / "png")).with_suffix(".svg")
    work = metadata_of(svg.read_bytes()) if svg.is_file() else {}
    title = (work.get("title") or [""])[0]
    subjects = (clean_subject(text) for text in work.get("subject", []))
    description = clean_description((work.get("description") or [""])[0])
    distinct = tuple(dict.fromkeys(text for text in subjects if text))
    return Drawing(path, kinds, title, title, distinct, description)


def metadata_of(raw: bytes) -> dict[str, list[str]]:
    """Return the Dublin Core texts of an SVG's own description.

    Read with regular expressions on purpose: entities are not expanded and broken XML is no error.
    """
    text = raw.decode("utf-8", errors="replace")
    block = re.search(r"<metadata.*?</metadata>", text, re.S)
    work = re.sub(
        r"<dc:(publisher|creator|rights|contributor)\b.*?</dc:\1>",
        "",
        block.group() if block else "",
        flags=re.S,
    )
    found: dict[str, list[str]] = {}
    for name in ("title", "description", "subject"):
        node = re.search(rf"<dc:{name}\b[^>/]*>(.*?)</dc:{name}>", work, re.S)
        pieces = re.split(r"<[^>]*>", node.group(1)) if node else []
        found[name] = [
            words
            for piece in pieces
            if (words := " ".join(html.unescape(html.unescape(piece)).split()))
        ]
    return found


def clean_subject(text: str) -> str:
    """Return a keyword in plain words, or nothing when it is an artefact of the collection."""
    text = text.lower().replace("_", " ").strip()
    odd = re.search(r"hash\(|0x|\d|@|http|architetto", text)
    return "" if odd or text in NOT_SUBJECTS or len(text) > 40 else text


def clean_description(text: str) -> str:
    """Return a description that says something about one picture, or nothing."""
    odd = re.search(r"HASH\(|@|https?:|www\.|EPS converted|Part of|contact", text)
    return "" if odd or not 8 <= len(text) <= 160 else text


def collection_titles(drawings: Iterable[Drawing]) -> set[str]:
    """Return the given titles that stand over files of several different names."""
    stems: dict[str, set[str]] = defaultdict(set)
    for drawing in drawings:
        stems[drawing.given_title].add(" ".join(file_words(drawing.path)))
    return {title for title, names in stems.items() if len(names) >= COLLECTION_STEMS or not title}


def titled(drawing: Drawing, collections: set[str], known: set[str]) -> Drawing:
    """Settle the title: the given one, or the file name's words where that one is of no use."""
    bare = given_name(drawing, collections) or " ".join(file_words(drawing.path))
    words = set(group_of(bare).split()) - EMPTY_WORDS
    telling = {word for word in words if len(word) > 2}
    named = not words & FOREIGN_WORDS and 2 * len(telling & known) > len(telling)
    title = in_context(bare, drawing.path) or ", ".join(drawing.subjects[:2]) or drawing.kinds[0]
    said = set(group_of(title).split())
    subjects = tuple(text for text in drawing.subjects if not said.issuperset(text.split()))
    return replace(drawing, title=title, subjects=subjects, named=named)


def given_name(drawing: Drawing, collections: set[str]) -> str:
    """Return the given title in plain words, or nothing when it does not belong to this drawing."""
    if drawing.given_title in TITLES:
        return TITLES[drawing.given_title]
    prefix = re.match(r"clip\s?art by [\w ]+? - ", drawing.given_title, flags=re.I)
    title = drawing.given_title[prefix.end() :] if prefix else drawing.given_title
    own = letters_of(title) == letters_of(" ".join(file_words(drawing.path)))
    if drawing.given_title in collections or (prefix and not own):
        return ""
    spaced = CAMEL.sub(" ", title.replace("_", " "))
    return re.sub(r"(?<=\w)[ -]*\d+(?=$| pattern$)", "", spaced).strip()


def letters_of(text: str) -> str:
    """Return the letters alone, lower case: `European Union` is `europeanunion`."""
    return re.sub(r"[\W\d_]+", "", text.lower())


def file_words(path: Path) -> list[str]:
    """Return the telling words of a file name: no numbers, no theme or artist names."""
    words = re.findall(r"[^\W\d_]+", CAMEL.sub(" ", path.stem).lower())
    return [word for word in words if word not in NOISE and (len(word) > 2 or word in SHORT_WORDS)]


def in_context(title: str, path: Path) -> str:
    """Say what the folder knows: a flag, a playing card, an icon, a map, a road sign."""
    place = path.parent.as_posix()
    card = re.fullmatch(r"\w+?_([cdhs])_([ajqk]|\d+)", path.stem)
    if "/cards/" in place and card:
        return f"{RANKS.get(card[2], card[2])} of {SUITS[card[1]]} playing card"
    for folder, phrase, word in (
        ("/flags/semaphore", "{} flag signal", "signal"),
        ("/flags", "flag of {}", "flag"),
        ("/roadsigns", "{} road sign", "sign"),
        ("/special/gradients", "{}", "gradient"),
        ("/computer/icons", "{} icon", "icon"),
        ("/map_symbols", "{} symbol", "symbol"),
        ("/signs_and_symbols/led", "{} led light", "led"),
        ("/cards/", "{} playing card", "card"),
        ("/chess", "chess {}", "chess"),
        ("/clocks", "{} clock", "clock"),
    ):
        if folder in place and title and word not in title.lower():
            return phrase.format(title)
    return title
