"""Clip art, emoji and own drawings as samples, their pictures of training size.

Split rules, all by hash of the name, so that they stay as data grows:

* Clip art: a title, numbers and case aside, is on one side. Held out are `CLIPART_SHARE` of all
  titles, icons, flags and series as they fall. The kinds `KEPT_OUT_KINDS`, with every drawing of a
  title that occurs in them, are on neither side. Of a series at most `SERIES_CAP` drawings are
  used.
* Emoji: held out are the names on the held-out side of the axis `concept` of `train.held_out`.
* Own drawings: none is held out; those with the name of an emoji or of clip art that is not
  trained on are left out. Some show such a thing beside others, as clip art does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from hashlib import sha256
from pathlib import Path

from PIL import Image, ImageFont

from train.held_out import is_held_out
from train.samples import Sample, hashed_share
from train.sources import emoji, openclipart
from train.sources.drawings import OwnDrawing, render

PICTURE_PX = 384
CLIPART_SHARE = 0.12
SERIES_CAP = 40
KEPT_OUT_KINDS = frozenset({"tools", "office"})


def clipart_samples(drawings: list[openclipart.Drawing]) -> Iterator[tuple[Sample, Path]]:
    """Yield a sample for each drawing to be used, and the file its picture comes from."""
    kept_out = {drawing.group for drawing in drawings if KEPT_OUT_KINDS & set(drawing.kinds)}
    taken: Counter[str] = Counter()
    for drawing in sorted(drawings, key=lambda drawing: hashed_share(drawing.path.name, salt="")):
        taken[drawing.group] += 1
        if taken[drawing.group] <= SERIES_CAP:
            split = "kept_out_kind" if drawing.group in kept_out else split_of(drawing.group)
            yield clipart_sample(drawing, split), drawing.path


def split_of(group: str) -> str:
    """Return the side of a title group: a share of all is held out, by hash."""
    return "held_out" if hashed_share(group, salt="clipart") < CLIPART_SHARE else "train"


def clipart_sample(drawing: openclipart.Drawing, split: str) -> Sample:
    """Make the sample of a drawing; its picture is named by the hash of the file's bytes."""
    name = sha256(drawing.path.read_bytes()).hexdigest()[:16]
    return Sample(
        query={"text": drawing.captions[0]},
        positive={"image": f"pictures/clipart/{name}.png"},
        source="clipart",
        split=split,
        key=drawing.group,
        captions=drawing.captions,
    )


def emoji_samples(found: Iterable[emoji.Emoji]) -> Iterator[Sample]:
    """Yield a sample for each emoji: its name is the query, names and keywords the captions."""
    for item in found:
        words = ", ".join(item.keywords[:6])
        captions = (item.name, f"{item.name}, {words}", words) if words else (item.name,)
        yield Sample(
            query={"text": item.name},
            positive={"image": f"pictures/emoji/{ord(item.character):05x}.png"},
            source="emoji",
            split="held_out" if is_held_out("concept", item.name) else "train",
            key=concept_key(item.name),
            captions=captions,
        )


def concept_key(name: str) -> str:
    """Return the key of an emoji's pictures, drawings of its concept included."""
    return f"emoji {name}"


def drawing_samples(
    found: Iterable[OwnDrawing], *, held_out: Collection[str]
) -> Iterator[tuple[Sample, Path]]:
    """Yield a sample for each drawing whose name is no held-out one, and its file.

    `held_out` are the keys of the clip art that training leaves out. A picture is named by the
    hash of the file's bytes: one that was drawn again is another picture.
    """
    for drawing in found:
        group = openclipart.group_of(drawing.name)
        if is_held_out("concept", drawing.name) or group in held_out:
            continue
        name = sha256(drawing.path.read_bytes()).hexdigest()[:16]
        sample = Sample(
            query={"text": drawing.name},
            positive={"image": f"pictures/drawing/{name}.png"},
            source="scenery" if drawing.is_place else "drawing",
            key=concept_key(drawing.name),
            captions=(drawing.shown, drawing.name),
        )
        yield sample, drawing.path


def write_clipart(pairs: Iterable[tuple[Sample, Path]], out: Path) -> int:
    """Shrink the pictures that are not there yet, alpha kept; return how many were written."""
    written = 0
    for sample, source in pairs:
        target = out / str(sample.positive["image"])
        if not target.exists():
            with Image.open(source) as picture:
                save_whole(shrunk(picture), target)
            written += 1
    return written


def write_emoji(samples: Iterable[Sample], out: Path) -> None:
    """Draw the emoji that are not there yet at the font's own size."""
    face = ImageFont.truetype(str(emoji.FONT), emoji.STRIKE_PX)
    for sample in samples:
        target = out / str(sample.positive["image"])
        picture = emoji.draw_emoji(chr(int(target.stem, 16)), face)
        if picture is not None and not target.exists():
            save_whole(picture, target)


def write_drawings(pairs: Iterable[tuple[Sample, Path]], out: Path) -> None:
    """Render the own drawings that are not there yet."""
    for sample, source in pairs:
        target = out / str(sample.positive["image"])
        if not target.exists():
            save_whole(render(source, pixels=PICTURE_PX), target)


def shrunk(picture: Image.Image) -> Image.Image:
    """Return the drawn part of a picture, at most `PICTURE_PX` wide and high: RGBA."""
    picture = picture.convert("RGBA")
    picture = picture.crop(picture.getchannel("A").getbbox())
    scale = min(1.0, PICTURE_PX / max(picture.size))
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    premultiplied = picture.convert("RGBa")  # else transparent pixels bleed into the edges
    return premultiplied.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0).convert("RGBA")


def save_whole(picture: Image.Image, target: Path) -> None:
    """Write a PNG that is there whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(target.name + ".part")
    picture.save(partial, format="PNG", compress_level=3)
    partial.replace(target)
