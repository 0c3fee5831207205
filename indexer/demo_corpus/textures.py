"""Scenes computed from layered noise, close to photographs: cloud, water, mist, sand, stone."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image, ImageFilter

from indexer.demo_corpus.canvas import Canvas, rgba

Field = np.ndarray


def noise(width: int, height: int, *, seed: int, cell: float = 0.5, stretch: float = 1.0) -> Field:
    """Sum octaves of smooth noise: (height, width) in 0..1.

    `cell` is the largest cloud as a share of the height, `stretch` makes it wider than high.
    """
    chance = np.random.default_rng(seed)
    total = np.zeros((height, width), np.float32)
    weight = 1.0
    while cell * height > 2.5:
        rows = max(2, math.ceil(1 / cell) + 1)
        columns = max(2, math.ceil(width / height / cell / stretch) + 1)
        coarse = Image.fromarray(chance.random((rows, columns), np.float32))
        total += weight * np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC))
        weight, cell = weight * 0.52, cell / 2
    low, high = float(total.min()), float(total.max())
    return np.asarray((total - low) / (high - low))


def ramp(field: Field, *colours: str) -> Field:
    """Colour a field of 0..1: (H, W) -> (H, W, 3) in 0..255."""
    stops = np.array([rgba(colour)[:3] for colour in colours], np.float32)
    where = np.linspace(0, 1, len(stops))
    return np.stack([np.interp(field, where, stops[:, band]) for band in range(3)], axis=-1)


def blend(under: Field, over: Field, share: Field) -> Field:
    """Lay one picture over another: shares (H, W) of 0..1."""
    return np.asarray(under + (over - under) * share[..., None])


def to_image(pixels: Field, *, seed: int, grain: float = 5.0) -> Image.Image:
    """Round to a picture, with the grain of a film."""
    chance = np.random.default_rng(seed)
    rough = chance.normal(0, grain, pixels.shape[:2]).astype(np.float32)[..., None]
    return Image.fromarray(np.clip(pixels + rough, 0, 255).astype(np.uint8), "RGB")


def _rows(width: int, height: int) -> Field:
    return np.broadcast_to(np.linspace(0, 1, height, dtype=np.float32)[:, None], (height, width))


def clouds_over_sea(width: int, height: int) -> Image.Image:
    """A grey-blue sea under broken evening cloud."""
    down = _rows(width, height)
    air = ramp(np.clip(down * 1.8, 0, 1), "#3b6ea5", "#8fb4d0", "#f6d3ae")
    puff = np.clip((noise(width, height, seed=3, cell=0.45, stretch=2.2) - 0.45) * 3.2, 0, 1)
    light = noise(width, height, seed=4, cell=0.3, stretch=2.0)
    air = blend(air, ramp(light, "#7a8798", "#e6d9cf", "#fff6ea"), puff)
    swell = noise(width, height, seed=5, cell=0.06, stretch=7.0)
    far = np.clip((down - 0.58) / 0.42, 0, 1)
    water = ramp(np.clip(swell * 0.75 + 0.3 - 0.35 * far, 0, 1), "#16384f", "#2f6a86", "#a9c9d0")
    return to_image(np.where((down > 0.58)[..., None], water, air), seed=1)


def misty_ridges(width: int, height: int) -> Image.Image:
    """Blue mountain ridges one behind the other in morning mist."""
    down = _rows(width, height)
    pixels = ramp(down, "#f3c9a0", "#f9e3c4", "#dfe6ea")
    for k, tone in enumerate(("#b9c6d6", "#93a9c2", "#6b88a8", "#47678c", "#2a4868", "#152c45")):
        line = noise(width, height, seed=20 + k, cell=0.35)[height // 2]
        top = 0.3 + 0.115 * k - 0.2 * (line - 0.4)
        edge = np.clip((down - top[None, :]) * height / 1.5, 0, 1)
        mist = np.clip(1 - (down - top[None, :]) * 5.0, 0, 1)
        layer = blend(ramp(down, "#e9e6e2", "#e9e6e2"), ramp(down, tone, tone), 0.35 + 0.65 * mist)
        pixels = blend(pixels, layer, edge)
    return to_image(pixels, seed=2, grain=3.5)


def milky_way(width: int, height: int) -> Image.Image:
    """A night sky full of stars with a pale band across it."""
    v, u = np.mgrid[0:height, 0:width].astype(np.float32) / height
    across = (v - 0.95 + 0.62 * u) / 0.2
    dust = noise(width, height, seed=31, cell=0.3)
    band = np.exp(-(across**2)) * (0.35 + dust)
    pixels = ramp(np.clip(band, 0, 1), "#070b1e", "#2a2a55", "#8a7a9c", "#f3dcc8")
    chance = np.random.default_rng(7)
    sparks = chance.random((height, width)) - 0.0012 - 0.003 * band
    pixels[sparks < 0] = 255
    picture = to_image(pixels, seed=3, grain=3)
    glow = picture.filter(ImageFilter.GaussianBlur(1.2))
    merged = np.maximum(np.asarray(picture), np.asarray(glow)).astype(np.float32)
    line = 0.86 - 0.1 * noise(width, height, seed=33, cell=0.3)[height // 2]
    return to_image(
        blend(merged, np.zeros_like(merged), (_rows(width, height) > line).astype(np.float32)),
        seed=4,
        grain=2,
    )


def dunes(width: int, height: int) -> Image.Image:
    """Golden sand dunes with sharp crests under a blue sky."""
    down = _rows(width, height)
    pixels = ramp(down, "#3f86c6", "#a9d3ea", "#f0e8d8")
    x = np.linspace(0, 1, width, dtype=np.float32)
    for k in range(4):
        crest = 0.42 + 0.15 * k + 0.09 * np.sin(2.4 * math.pi * (x * (1 + 0.3 * k) + 0.31 * k))
        depth = (down - crest[None, :]) * 3.2
        slope = np.gradient(crest)[None, :] * width
        ripple = np.sin(
            2 * math.pi * (down * 46 + 2.2 * noise(width, height, seed=50 + k, cell=0.3))
        )
        light = np.clip(
            0.62 - 0.5 * np.tanh(slope * 2.2) * np.exp(-depth * 2) - 0.25 * depth + 0.035 * ripple,
            0,
            1,
        )
        sand = ramp(light, "#6b3f1f", "#c98a45", "#f6d690")
        pixels = blend(pixels, sand, np.clip(depth * height / 5, 0, 1))
    return to_image(pixels, seed=5, grain=4)


def stone_wall(width: int, height: int) -> Image.Image:
    """A dry wall of grey and brown field stones."""
    chance = np.random.default_rng(11)
    v, u = np.mgrid[0:height, 0:width].astype(np.float32)
    nearest = np.full((height, width), np.inf, np.float32)
    second, owner = nearest.copy(), np.zeros((height, width), np.int64)
    centres = chance.random((130, 2)) * (height + 60, width + 60) - 30
    for i, (y, x) in enumerate(centres.astype(np.float32)):
        reach = np.hypot(v - y, u - x)
        closer = reach < nearest
        second = np.where(closer, nearest, np.minimum(second, reach))
        nearest, owner = np.where(closer, reach, nearest), np.where(closer, i, owner)
    gap = second - nearest
    tones = np.array(
        [rgba(t)[:3] for t in ("#9a9792", "#c9c2b4", "#7b7470", "#a88a6b", "#5d5f66", "#d9d3c8")],
        np.float32,
    )
    stone = tones[chance.integers(0, len(tones), len(centres))[owner]]
    bulge = np.clip(gap / 26, 0, 1) ** 0.5
    speckle = noise(width, height, seed=12, cell=0.04)[..., None]
    return to_image(
        stone * (0.72 + 0.4 * speckle) * (0.16 + 0.92 * bulge[..., None]), seed=6, grain=4
    )


def autumn_leaves(width: int, height: int) -> Image.Image:
    """A forest floor of fallen leaves: drawn leaves in many tones, over dark earth."""
    canvas = Canvas(width, height, oversample=2)
    canvas.box(0, 0, canvas.width, 100, "#2b1d12")
    chance = np.random.default_rng(13)
    tones = ("#c8501e", "#e08a2a", "#a8321c", "#d9b23a", "#8a5a24", "#e8a23c", "#7a3a1c")
    for _ in range(420):
        x, y, turn = chance.uniform(0, canvas.width), chance.uniform(0, 100), chance.uniform(0, 360)
        size, tone = chance.uniform(0.5, 1.1), tones[chance.integers(len(tones))]
        one = canvas.at(float(x), float(y), float(size), turn=float(turn))
        one.blob([(1, 2), (-3.6, -1), (-1, -8), (4.5, -4)], "#00000038")
        one.blob([(0, 7), (-4.6, 1), (-2.4, -3), (0, -9), (2.4, -3), (4.6, 1)], tone)
        one.stroke([(0, 9), (0, -7)], "#00000040", 0.4)
    return to_image(np.asarray(canvas.finish()).astype(np.float32), seed=8, grain=6)
