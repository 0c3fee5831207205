"""What may be encoded, and how a chat message becomes a flat list of parts.

BToks read content as it is: no chat template, no roles (as the authors' code does). An instruction
comes first, each visual stands on a line of its own, texts follow each other by line breaks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypedDict

from PIL import Image

from embedder.media import Clip, open_clip, open_image

Modality = Literal["text", "image", "video", "mixed"]


class MediaInput(TypedDict, total=False):
    """One thing to encode: any of a text, a picture (or its path) and a clip (frames or a path)."""

    text: str
    image: Image.Image | str
    video: list[Image.Image] | str


@dataclass(frozen=True, slots=True)
class TextPart:
    """Text as the user gave it; never opened as a path, its control tokens are inert."""

    text: str


@dataclass(frozen=True, slots=True)
class ImagePart:
    """A decoded picture, upright and RGB."""

    image: Image.Image


@dataclass(frozen=True, slots=True)
class VideoPart:
    """A decoded clip."""

    clip: Clip


Part = TextPart | ImagePart | VideoPart


def modality_of(item: Any) -> Modality:
    """Name what an input holds, for scheduling; `mixed` for more than one kind."""
    if isinstance(item, str):
        return "text"
    if isinstance(item, dict):
        kinds = [kind for kind in ("text", "image", "video") if kind in item]
        return kinds[0] if len(kinds) == 1 else "mixed"  # type: ignore[return-value]
    return "image" if isinstance(item, Image.Image) else "mixed"


def to_parts(messages: Sequence[dict[str, Any]], *, num_frames: int) -> list[Part]:
    """Flatten chat messages (system first) into parts, opening pictures and clips.

    Raises ValueError for a kind of content that is not text, image or video.
    """
    parts: list[Part] = []
    for message in messages:
        content = message.get("content", ())
        if isinstance(content, str):
            content = ({"type": "text", "text": content},)
        parts.extend(to_part(item, num_frames=num_frames) for item in content)
    return parts


def to_part(item: dict[str, Any], *, num_frames: int) -> Part:
    """Turn one content item, `{"type": kind, kind: value}`, into a part."""
    kind = item.get("type")
    if kind == "text":
        return TextPart(str(item["text"]))
    if kind == "image":
        return ImagePart(open_image(item["image"]))
    if kind == "video":
        return VideoPart(open_clip(item["video"], num_frames=num_frames))
    raise ValueError(f"cannot encode content of type {kind!r}: give text, image or video")
