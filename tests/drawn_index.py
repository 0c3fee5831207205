"""A small index of drawn units for the tests of the app: words decide, nothing is encoded."""

from __future__ import annotations

import io
from dataclasses import dataclass, field, replace
from pathlib import Path

from PIL import Image, ImageDraw

from indexer.types import (
    Box,
    DocumentHits,
    Hit,
    LegRank,
    Modality,
    Status,
    UnreadableFile,
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
    """Units in a folder, each with the text it is found by."""

    units: list[tuple[Hit, str]] = field(default_factory=list)
    collection: str = "drawn"
    home: Path = field(default_factory=Path(".btok").absolute)
    failure: Exception | None = None
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

    def search(self, text=None, *, image=None, modality=None, limit=10, **_) -> list[Hit]:
        """Find the units that share a word with the query; a picture finds every picture."""
        self.asked.append({"text": text, "image": image, "modality": modality, "limit": limit})
        if self.failure:
            raise self.failure
        wanted = set((text or "").lower().split())
        found = []
        for hit, body in self.units:
            legs = [LegRank("words", 1, 1.0)] if wanted & set(body.lower().split()) else []
            legs += [LegRank("image", 1, 1.0)] if image and hit.modality == "image" else []
            if legs and modality in (None, hit.modality):
                found.append(replace(hit, rank=len(found) + 1, snippet=body, legs=tuple(legs)))
        return found[:limit]

    def search_documents(self, text=None, *, limit=10, **how) -> list[DocumentHits]:
        """Find up to `limit` documents."""
        hits = self.search(text, limit=10 * limit, **how)
        paths = list(dict.fromkeys(hit.path for hit in hits))[:limit]
        return [DocumentHits(p, tuple(hit for hit in hits if hit.path == p)) for p in paths]

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

    def thumbnail(self, hit: Hit) -> bytes:
        picture = self.media(hit)
        picture.thumbnail((320, 320))
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG")
        return buffer.getvalue()
