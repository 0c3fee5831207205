"""Emoji: drawn concepts with an agreed English name and keywords.

Pictures from Debian's `fonts-noto-color-emoji` (SIL OFL 1.1, bitmaps of 109 px), names from
`unicode-cldr-core` (Unicode licence). Only emoji of a single code point: they need no shaping.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from PIL import Image, ImageDraw, ImageFont

FONT = Path("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf")
ANNOTATIONS = Path("/usr/share/unicode/cldr/common/annotations/en.xml")
STRIKE_PX = 109  # the only size this bitmap font has
CANVAS_PX = 136
NOT_EMOJI = "🏻🏼🏽🏾🏿*#"  # lone skin tones, and the bases of keycaps


@dataclass(frozen=True, slots=True)
class Emoji:
    """One emoji: the character, its CLDR short name and its keywords."""

    character: str
    name: str
    keywords: tuple[str, ...]


def iter_emoji(annotations: Path = ANNOTATIONS, font: Path = FONT) -> Iterator[Emoji]:
    """Yield the emoji of one code point that the font draws in colour, in CLDR's order."""
    names, keywords = read_annotations(annotations)
    face = ImageFont.truetype(str(font), STRIKE_PX)
    for character, name in names.items():
        if len(character) == 1 and character not in NOT_EMOJI and draw_emoji(character, face):
            others = tuple(word for word in keywords.get(character, ()) if word != name)
            yield Emoji(character, name, others)


def read_annotations(path: Path) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """Return the short name and the keywords of each character of a CLDR annotation file."""
    names: dict[str, str] = {}
    keywords: dict[str, tuple[str, ...]] = {}
    for node in ElementTree.parse(path).iter("annotation"):
        text = (node.text or "").strip()
        if node.get("type") == "tts":
            names[node.get("cp", "")] = text
        else:
            keywords[node.get("cp", "")] = tuple(word.strip() for word in text.split("|"))
    return names, keywords


def draw_emoji(character: str, face: ImageFont.FreeTypeFont) -> Image.Image | None:
    """Draw one emoji on a transparent square, or return None when the font has no picture of it."""
    image = Image.new("RGBA", (CANVAS_PX, CANVAS_PX))
    draw = ImageDraw.Draw(image)
    centre = (CANVAS_PX / 2, CANVAS_PX / 2)
    draw.text(centre, character, font=face, anchor="mm", embedded_color=True)
    box = image.getbbox()
    if box is None or image.getchannel("A").getextrema()[1] < 255:
        return None
    return image.crop(box)
