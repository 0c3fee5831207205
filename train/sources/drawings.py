"""This project's own drawings: 517 concrete concepts of the emoji, two drawings each, as SVG.

One picture of a thing teaches how that picture looks. `train/drawings` holds two more, one in flat
shapes, one in another style, view or light, each with its CLDR name as `title` and what it shows
as `desc`. `things` are cut out; `places` fill their canvas. They were drawn from the names alone,
to train on, without a look at any corpus or query.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from PIL import Image

ROOT = Path(__file__).parents[1] / "drawings"
THINGS, PLACES = "things", "places"
SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True, slots=True)
class OwnDrawing:
    """One drawing: its file, the name of the concept, and a sentence that says what is seen."""

    path: Path
    name: str
    shown: str

    @property
    def is_place(self) -> bool:
        """Whether it fills its canvas, so that it cannot stand in front of anything."""
        return self.path.parent.name == PLACES


def iter_drawings(root: Path = ROOT) -> Iterator[OwnDrawing]:
    """Yield the drawings by file name, things before places."""
    for folder in (THINGS, PLACES):
        for path in sorted((root / folder).glob("*.svg")):
            tree = ElementTree.parse(path)
            name, shown = (tree.findtext(f"{SVG}{tag}", "").strip() for tag in ("title", "desc"))
            yield OwnDrawing(path, name, shown)


def render(path: Path, *, pixels: int) -> Image.Image:
    """Draw an SVG so that its longer side has so many pixels: RGBA.

    Raises:
        ValueError: the file is no SVG, or has no `viewBox`.
    """
    import resvg_py

    text = path.read_text(encoding="utf-8")
    try:
        box = ElementTree.fromstring(text).get("viewBox", "").split()
    except ElementTree.ParseError as error:
        raise ValueError(f"{path} is no SVG: {error}") from error
    if len(box) != 4:
        raise ValueError(f"{path} has no viewBox of four numbers: give it one")
    size = {"width": pixels} if float(box[2]) >= float(box[3]) else {"height": pixels}
    drawn = bytes(resvg_py.svg_to_bytes(svg_string=text, skip_system_fonts=True, **size))
    with Image.open(io.BytesIO(drawn)) as picture:
        return picture.convert("RGBA")
