"""A side of a sample: any of a text, a picture, a clip; what it says, and where its files are.

Paths in a sample file belong to the file's folder and must not leave it. What makes samples itself
(an adapter) may name absolute paths, and hand over the bytes of an encoded picture.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path, PurePath
from typing import Any

MEDIA_KEYS: dict[str, Any] = {"text": str, "image": (str, bytes), "video": (str, list)}
# What stands in a text for a picture or a clip: `<|image_1|>`, `<|vision_start|>`, `<video>`.
PLACEHOLDER = re.compile(r"<\|[\w-]+\|>|</?(?:image|img|video)>", re.I)

Side = Mapping[str, object]


def check_media(media: object, name: str) -> None:
    """Refuse what is not a mapping of `text`, `image`, `video` to strings (or frame paths)."""
    if not isinstance(media, Mapping) or not media:
        raise ValueError(f"{name} is {media!r}, expected an object with {', '.join(MEDIA_KEYS)}")
    for key, value in media.items():
        if key not in MEDIA_KEYS:
            raise ValueError(f"{name} has {key!r}, allowed are {', '.join(MEDIA_KEYS)}")
        if key == "video" and value == []:
            raise ValueError(f"{name}.video has no frames")
        if not isinstance(value, MEDIA_KEYS[key]) or not value:
            raise ValueError(f"{name}.{key} is {value!r}, expected text that is not empty")
        if isinstance(value, list) and not all(isinstance(one, str) and one for one in value):
            raise ValueError(f"{name}.{key} is {value!r}, expected the paths of frames")
    if not is_visual(media) and not bare_text(media):
        raise ValueError(f"{name} is empty: {media['text']!r} says nothing")


def is_visual(side: Side) -> bool:
    """Say whether a side has a picture or a clip."""
    return "image" in side or "video" in side


def bare_text(side: Side) -> str:
    """Return what a side says in words; empty when its text is only placeholders."""
    return words_in(str(side.get("text", "")))


def words_in(text: str | None) -> str:
    """Return a text without placeholders and without white space at its ends."""
    return PLACEHOLDER.sub("", text or "").strip()


def content_of(side: Side) -> str:
    """Return what identifies a side: its text, else its paths or the hash of its bytes."""
    if set(side) == {"text"}:
        return str(side["text"]).strip()
    named = {
        key: sha256(value).hexdigest() if isinstance(value, bytes) else value
        for key, value in side.items()
    }
    return json.dumps(named, sort_keys=True, ensure_ascii=False)


def paths_of(side: Side) -> list[str]:
    """Return the paths of a side: its picture, then its clip or the frames of it."""
    paths = [side.get("image")]
    video = side.get("video")
    paths += video if isinstance(video, list) else [video]
    return [path for path in paths if isinstance(path, str)]


def refuse_outside(path: str, name: str) -> None:
    """Raise ValueError for a path that may leave the folder of its file; links are followed."""
    if "://" in path:
        raise ValueError(f"{name} is at {path!r}: download it first, nothing is fetched here")
    if PurePath(path).is_absolute() or ".." in PurePath(path).parts:
        raise ValueError(
            f"{name} is at {path!r}, which leaves the file's folder: put it (or a link) inside "
            "and give the path from there"
        )


def in_folder(side: Side, folder: Path) -> dict[str, object]:
    """Return a side whose relative paths are those of files in `folder`."""
    placed = dict(side)
    for kind in ("image", "video"):
        value = side.get(kind)
        if isinstance(value, str):
            placed[kind] = str(folder / value)
        elif isinstance(value, list):
            placed[kind] = [str(folder / one) for one in value]
    return placed
