"""Type faces that come with Pillow and reportlab; no font of the system is used."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import reportlab
from PIL import ImageFont

# Family: the files of its regular and bold face in reportlab's folder; Pillow's own has one face.
FACES: dict[str, tuple[str, str] | None] = {
    "Arial": ("_a______.pfb", "_ab_____.pfb"),
    "Times": ("_er_____.pfb", "_eb_____.pfb"),
    "Courier": ("com_____.pfb", "cob_____.pfb"),
    "Vera": ("Vera.ttf", "VeraBd.ttf"),
    "Aileron": None,
}
FAMILIES = tuple(FACES)


@lru_cache(maxsize=64)
def load_font(family: str, size: int, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    """Open a face of a family at a size in pixels.

    Laid out by Pillow itself: what Raqm does depends on the HarfBuzz of the system.
    """
    files = FACES[family]
    if files is None:
        return ImageFont.load_default(size).font_variant(layout_engine=ImageFont.Layout.BASIC)
    path = Path(reportlab.__file__).parent / "fonts" / files[bold]
    return ImageFont.truetype(str(path), size, layout_engine=ImageFont.Layout.BASIC)
