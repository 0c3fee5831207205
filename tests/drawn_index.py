"""A small index of drawn units for the tests of the app: words decide, nothing is encoded."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from PIL import Image, ImageDraw

from indexer.facets import FacetCount, Facets
from indexer.moments import CurvePoint, Moment, build_moments
from indexer.types import (
    Box,
    DocumentHits,
    Hit,
    LegRank,
    Modality,
    Neighbours,
    Status,
    UnreadableFile,
    UsageError,
    Word,
    point_id,
)

PAGE_SIZE = (1000, 1400)
LINE_HEIGHT = 0.05


def png(size: tuple[int, int], mode: str = "RGB", colour: object = "red") -> bytes:
    """Return a PNG of one colour."""
    buffer = io.BytesIO()
    Image.new(mode, size, colour).save(buffer, "PNG")
    return buffer.getvalue()


@dataclass
class DrawnIndex:
    """Units in a folder, each with the text it is found by.

    Where `good` is given, hits with that word are good matches and all others are not.
    """

    units: list[tuple[Hit, str]] = field(default_factory=list)
    collection: str = "drawn"
    home: Path = field(default_factory=Path(".btok").absolute)
    failure: Exception | None = None
    good: str | None = None
    asked: list[dict[str, object]] = field(default_factory=list)

    def add(self, path: Path, locator: str, modality: Modality, text: str, **place: float) -> Hit:
        """Add a unit; `place` is page, start_seconds, end_seconds."""
        unit_id = point_id(self.collection, path, locator)
        hit = Hit(0, 0.0, unit_id, path, locator, modality, **place)  # type: ignore[arg-type]
        self.units.append((hit, text))
        return hit

    def status(self) -> Status:
        kinds = [hit.modality.value for hit, _ in self.units]
        counts = {kind.value: kinds.count(kind.value) for kind in Modality}
        return Status(len({hit.path for hit, _ in self.units}), counts, (), "drawn", "memory")

    def search(
        self, text=None, *, image=None, like=(), unlike=(), limit=10, **narrowing
    ) -> list[Hit]:
        """Find the units that share a word with the query or a liked unit; a picture finds all.

        Good matches come first; what shares a word with an unliked unit comes last.
        """
        asked = {"text": text, "image": image, "like": like, "unlike": unlike, "limit": limit}
        self.asked.append({**asked, **narrowing})
        if self.failure:
            raise self.failure
        wanted = set((text or "").lower().split()) | self._words_of(like)
        avoided = self._words_of(unlike)
        found = []
        for hit, body in self.units:
            words = body.lower().split()
            matched = tuple(word for word in words if word in wanted)
            legs = [LegRank("words", 1, 1.0)] if matched else []
            legs += [LegRank("image", 1, 1.0)] if image and hit.modality == "image" else []
            if legs and hit.id not in {*like, *unlike} and _lies_in(hit, **narrowing):
                above = None if self.good is None else self.good in words
                worst = bool(avoided.intersection(words))
                kept = replace(
                    hit, snippet=body, legs=tuple(legs), matched=matched, above_cutoff=above
                )
                found.append((not above, worst, kept))
        found.sort(key=lambda each: each[:2])
        return [replace(hit, rank=n) for n, (_, _, hit) in enumerate(found[:limit], start=1)]

    def search_documents(self, text=None, *, limit=10, **how) -> list[DocumentHits]:
        """Find up to `limit` documents."""
        hits = self.search(text, limit=10 * limit, **how)
        paths = list(dict.fromkeys(hit.path for hit in hits))[:limit]
        return [DocumentHits(p, tuple(hit for hit in hits if hit.path == p)) for p in paths]

    def facets(self, **narrowing: object) -> Facets:
        """Count the units; only the kind is narrowed here."""
        left = [hit for hit, _ in self.units if _lies_in(hit, **{**narrowing, "modality": None})]
        kinds = Counter(hit.modality for hit in left)
        return Facets(
            units=len(left),
            kinds={kind: kinds[kind] for kind in Modality},
            folders=_counts(hit.path.parent for hit, _ in self.units),
            documents=_counts(hit.path for hit, _ in self.units),
            months=(),
        )

    def neighbours(self, hit: Hit) -> Neighbours:
        around = [each for each, _ in self.units if each.path == hit.path]
        place = [each.id for each in around].index(hit.id)
        beside = [None, *around, None]
        return Neighbours(beside[place], beside[place + 2], place + 1, len(around))

    def original(self, hit: Hit) -> Path:
        if not hit.path.exists():
            raise UnreadableFile(f"{hit.path.name} is gone")
        return hit.path

    def curve(self, path: Path, text=None, **_: object) -> list[CurvePoint]:
        """Score clips by whether they share a word with the text."""
        wanted = set((text or "").lower().split())
        return [
            CurvePoint(
                hit.start_seconds, hit.end_seconds, float(bool(wanted & set(body.split()))), hit.id
            )
            for hit, body in self.units
            if hit.path == path and hit.start_seconds is not None and hit.end_seconds is not None
        ]

    def moments(self, hits: Iterable[Hit]) -> list[Moment]:
        return build_moments(hits)

    def hit(self, unit_id: str) -> Hit | None:
        return next((hit for hit, _ in self.units if hit.id == unit_id), None)

    def words(self, hit: Hit) -> list[Word]:
        """Place the words of a page one per line, as `media` draws them."""
        body = next((text for known, text in self.units if known.id == hit.id), "")
        return [
            Word(word, Box(0.1, 0.1 + n * LINE_HEIGHT, 0.5, 0.13 + n * LINE_HEIGHT))
            for n, word in enumerate(body.split())
        ]

    def media(self, hit: Hit, *, max_pixels: int = 1_000_000) -> Image.Image:
        if not hit.path.exists():
            raise UnreadableFile(f"{hit.path.name} is gone")
        if hit.modality != Modality.PAGE:
            return Image.new("RGB", (320, 240), "teal")
        page = Image.new("RGB", PAGE_SIZE, "white")
        pen = ImageDraw.Draw(page)
        for word in self.words(hit):
            corner = (word.box.x0 * PAGE_SIZE[0], word.box.y0 * PAGE_SIZE[1])
            pen.text(corner, word.text, fill="black", font_size=36)
        return page

    def frame(self, hit: Hit, second: float, *, max_pixels: int = 1_000_000) -> Image.Image:
        """Draw a frame whose width is its second."""
        return Image.new("RGB", (round(second), 10), "teal")

    def thumbnail(self, hit: Hit) -> bytes:
        picture = self.media(hit)
        picture.thumbnail((320, 320))
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG")
        return buffer.getvalue()

    def _words_of(self, ids: Iterable[str]) -> set[str]:
        known = {hit.id: body for hit, body in self.units}
        for unit in ids:
            if unit not in known:
                raise UsageError(f"unit {unit} is not indexed (any more): search again")
        return {word for unit in ids for word in known[unit].lower().split()}


def _lies_in(hit: Hit, *, modality=None, folder=None, path=None, paths=(), **_: object) -> bool:
    inside = folder is None or folder in hit.path.parents
    chosen = not paths or hit.path in paths
    return inside and chosen and modality in (None, hit.modality) and path in (None, hit.path)


def _counts(paths: Iterable[Path]) -> tuple[FacetCount, ...]:
    return tuple(FacetCount(path, units) for path, units in sorted(Counter(paths).items()))
