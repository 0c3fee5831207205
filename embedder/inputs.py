"""What may be encoded, and how a chat message becomes a flat list of parts.

BToks read content as it is: no chat template, no roles (as the authors' code does). An instruction
comes first, each visual stands on a line of its own, texts follow each other by line breaks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from PIL import Image

from embedder.media import Clip, open_clip, open_image


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


def to_parts(
    messages: Sequence[dict[str, Any]], *, num_frames: int, fps: Iterator[float | None]
) -> list[Part]:
    """Flatten chat messages (system first) into parts, opening pictures and clips.

    `fps` yields the frames a second of each clip that comes as frames, None where unknown. Raises
    ValueError for a kind of content that is not text, image or video.
    """
    parts: list[Part] = []
    for item in contents(messages):
        kind = item.get("type")
        if kind == "text":
            parts.append(TextPart(str(item["text"])))
        elif kind == "image":
            parts.append(ImagePart(open_image(item["image"])))
        elif kind == "video":
            clip = open_clip(item["video"], num_frames=num_frames, fps=next(fps, None))
            parts.append(VideoPart(clip))
        else:
            raise ValueError(f"cannot encode content of type {kind!r}: give text, image or video")
    return parts


def contents(messages: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the content items of messages, `{"type": kind, kind: value}`, in order."""
    for message in messages:
        content = message.get("content", ())
        if isinstance(content, str):
            yield {"type": "text", "text": content}
        else:
            yield from content
