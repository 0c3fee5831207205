"""This project's own drawings: the concepts of emoji drawn again, as SVG, by other hands.

One picture of a thing teaches how that picture looks. `train/drawings` holds two more of every
concrete concept among the emoji, in flat shapes and in other styles, views and lights, each with
its CLDR name as `title` and what it shows as `desc`. `things` are cut out; `places` fill their
canvas. They were drawn from the names alone, to train on: no corpus or query was looked at.
"""

from __future__ import annotations

import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from PIL import Image

from train.held_out import is_held_out
from train.samples import Sample
from train.sources.openclipart import group_of

ROOT = Path(__file__).parents[1] / "drawings"
THINGS, PLACES = "things", "places"
SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True, slots=True)
class OwnDrawing:
    """One drawing: its file, the name of the concept, and a sentence that says what is seen."""

    path: Path
    name: str
    shown: str


def iter_drawings(root: Path = ROOT) -> Iterator[OwnDrawing]:
    """Yield the drawings by file name, things before places."""
    for folder in (THINGS, PLACES):
        for path in sorted((root / folder).glob("*.svg")):
            tree = ElementTree.parse(path)
            name, shown = (tree.findtext(f"{SVG}{tag}", "").strip() for tag in ("title", "desc"))
            yield OwnDrawing(path, name, shown)


def drawing_samples(
    drawings: Iterator[OwnDrawing], *, held_out: Collection[str]
) -> Iterator[tuple[Sample, Path]]:
    """Yield a sample for each drawing whose name is no held-out one, and its file.

    `held_out` are the keys of the clip art that training leaves out.
    """
    for drawing in drawings:
        if is_held_out("concept", drawing.name) or group_of(drawing.name) in held_out:
            continue
        sample = Sample(
            query={"text": drawing.name},
            positive={"image": f"pictures/drawing/{drawing.path.stem}.png"},
            source="drawing" if drawing.path.parent.name == THINGS else "scenery",
            key=f"emoji {drawing.name}",  # one batch never holds the emoji and its drawing
            captions=(drawing.shown, drawing.name),
        )
        yield sample, drawing.path


def render(path: Path, *, pixels: int) -> Image.Image:
    """Draw an SVG so that its longer side has so many pixels: RGBA.

    Raises:
        ValueError: the file is no SVG.
    """
    import resvg_py

    text = path.read_text(encoding="utf-8")
    width, height = map(float, ElementTree.fromstring(text).get("viewBox", "0 0 1 1").split()[2:])
    size = {"width": pixels} if width >= height else {"height": pixels}
    drawn = bytes(resvg_py.svg_to_bytes(svg_string=text, skip_system_fonts=True, **size))
    with Image.open(io.BytesIO(drawn)) as picture:
        return picture.convert("RGBA")
