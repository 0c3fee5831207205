"""Light augmentation of cut-out pictures: other grounds, places, sizes, tilts, colours, wear.

Everything draws from one `random.Random`, so a sample is the same for the same seed. A caption that
speaks of sides, letters or directions forbids the mirror.
"""

from __future__ import annotations

import io
import re
from random import Random

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter

from train.shapes import COLOURS, TEXTURES, near_colour, paint_ground

SIZE_PX = 256
SIDED = re.compile(
    r"left|right|arrow|icon|letter|sign|flag|number|digit|clock|map|word|logo|button|playing card"
    r"|\b[b-z]\b|\d",
    re.I,
)


def augment(
    picture: Image.Image,
    random: Random,
    *,
    caption: str = "",
    size: tuple[int, int] = (SIZE_PX, SIZE_PX),
) -> Image.Image:
    """Put a cut-out (RGBA) on some ground and vary it: RGB of `size` (width, height)."""
    picture = warped(mirrored(picture, random, caption), random, size)
    canvas = pick_ground(random, max(size)).crop((0, 0, *size))
    spare_x, spare_y = size[0] - picture.width, size[1] - picture.height
    corner = (round(spare_x * spread(random)), round(spare_y * spread(random)))
    canvas.paste(picture, corner, picture)
    return worn(recoloured(canvas, random), random)


def augment_scenery(
    picture: Image.Image,
    random: Random,
    *,
    caption: str = "",
    size: tuple[int, int] = (SIZE_PX, SIZE_PX),
) -> Image.Image:
    """Vary a picture that fills its canvas: a large part of it, of the proportions of `size`."""
    picture = mirrored(picture, random, caption)
    stretch = random.uniform(0.88, 1.14)  # as much as a cut-out is stretched
    whole = min(picture.width * stretch / size[0], picture.height / size[1])
    share = whole * random.uniform(0.8, 1.0)
    width, height = size[0] * share / stretch, size[1] * share
    left, top = (picture.width - width) * spread(random), (picture.height - height) * spread(random)
    box = (left, top, left + width, top + height)
    part = picture.convert("RGB").resize(size, Image.Resampling.BILINEAR, box)
    return worn(recoloured(part, random), random)


def mirrored(picture: Image.Image, random: Random, caption: str) -> Image.Image:
    """Mirror half of the pictures whose caption allows it."""
    if not SIDED.search(caption) and random.random() < 0.5:
        return picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return picture


def plain(picture: Image.Image, *, size: int = SIZE_PX, margin: float = 0.06) -> Image.Image:
    """Put a cut-out in the middle of a white square without any variation, as for evaluation."""
    room = size * (1 - 2 * margin)
    scale = room / max(picture.size)
    fitted = resized(picture, scale, scale)
    canvas = Image.new("RGB", (size, size), "white")
    corner = ((size - fitted.width) // 2, (size - fitted.height) // 2)
    canvas.paste(fitted, corner, fitted)
    return canvas


def warped(picture: Image.Image, random: Random, size: tuple[int, int]) -> Image.Image:
    """Scale, stretch and tilt: usually within the canvas, now and then a little beyond it."""
    share = random.triangular(0.45, 1.1, 0.9)
    scale = share * min(size[0] / picture.width, size[1] / picture.height)
    stretch = random.uniform(0.88, 1.14)
    picture = resized(picture, scale * stretch**0.5, scale / stretch**0.5)
    if random.random() < 0.4:
        angle = random.uniform(-12, 12)
        picture = picture.rotate(angle, resample=Image.Resampling.BILINEAR, expand=True)
    return picture


def resized(picture: Image.Image, by_x: float, by_y: float) -> Image.Image:
    """Return a cut-out of another size without dark edges: RGBA."""
    target = (max(1, round(picture.width * by_x)), max(1, round(picture.height * by_y)))
    soft = picture.convert("RGBa").resize(target, Image.Resampling.BILINEAR, reducing_gap=2.0)
    return soft.convert("RGBA")


def spread(random: Random) -> float:
    """Return a place between the edges, the middle more often: 0..1."""
    return random.triangular(0, 1, 0.5)


def pick_ground(random: Random, size: int) -> Image.Image:
    """Return white half of the time, else a plain, shaded or textured ground of any colour."""
    if random.random() < 0.5:
        return Image.new("RGB", (size, size), "white")
    colour = near_colour(random.choice(list(COLOURS)), random)
    pale = random.uniform(0, 0.8)
    colour = tuple(round(value + (255 - value) * pale) for value in colour)
    texture = random.choices(TEXTURES, weights=(4, 4, 1, 1, 1, 3))[0]
    return paint_ground(texture, colour, size, random)


def recoloured(image: Image.Image, random: Random) -> Image.Image:
    """Vary brightness, contrast and saturation; hues stay, captions name colours."""
    for kind in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
        if random.random() < 0.3:
            image = kind(image).enhance(random.uniform(0.75, 1.25))
    return image


def worn(image: Image.Image, random: Random) -> Image.Image:
    """Blur, add noise or compress, one of them and not often."""
    kind = random.choices(("none", "blur", "noise", "jpeg"), weights=(6, 1, 1, 2))[0]
    if kind == "blur":
        return image.filter(ImageFilter.GaussianBlur(random.uniform(0.4, 1.4)))
    if kind == "noise":
        noise = np.random.default_rng(random.getrandbits(32))
        grain = noise.standard_normal((image.height, image.width, 1), dtype=np.float32)
        pixels = np.asarray(image, dtype=np.float32) + grain * random.uniform(3, 12)
        return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    if kind == "jpeg":
        buffer = io.BytesIO()
        image.save(buffer, format="JPEG", quality=random.randint(30, 85))
        return Image.open(buffer).convert("RGB")
    return image
