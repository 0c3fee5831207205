"""A leaflet that was scanned: its pages are pictures without a text layer, so OCR has work."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas as Sheetfeed

from indexer.demo_corpus.canvas import Canvas, mix
from indexer.demo_corpus.paper import Sheet
from indexer.demo_corpus.things.objects import anchor
from indexer.demo_corpus.things.transport import sailing_boat

WIDTH, HEIGHT = 1000, 1414
PAPER, INK = "#efe9db", "#2f2c2a"
FRONT = (
    (82, "Harbour Fete"),
    (46, "Saturday 16 August"),
    (30, "on the quay, from ten in the morning"),
    (30, ""),
    (34, "10:00  Opening with the brass band"),
    (34, "11:30  Knot tying for beginners"),
    (34, "13:00  Race of the washing tubs"),
    (34, "14:30  Smoked eel, bread and cider"),
    (34, "16:00  Tug of war, North Quay against South"),
    (34, "19:00  Dancing on the fish market floor"),
    (34, "22:30  Fireworks from the mole"),
)
BACK = (
    (64, "Lost and found"),
    (32, "What was left behind last year:"),
    (30, ""),
    (32, "one accordion, red, without straps"),
    (32, "seven left gloves and two right ones"),
    (32, "a parrot cage with the door open"),
    (32, "spectacles in a tin for peppermints"),
    (32, "a wooden leg, size 42"),
    (30, ""),
    (32, "To be claimed at the harbour office,"),
    (32, "Mondays from nine to noon."),
    (32, "Ask for Mrs Dray and ring twice."),
)


def sheets() -> list[Sheet]:
    return [_scanned(FRONT, "boat", 1.1, seed=3), _scanned(BACK, "anchor", -0.8, seed=4)]


def _scanned(words: tuple[tuple[int, str], ...], sign: str, tilt: float, *, seed: int) -> Sheet:
    def plate(feed: Sheetfeed, width: float, height: float) -> None:
        feed.drawImage(ImageReader(_scan(words, sign, tilt, seed)), 0, 0, width, height)

    return Sheet([], bare=True, plate=plate)


def _scan(words: tuple[tuple[int, str], ...], sign: str, tilt: float, seed: int) -> io.BytesIO:
    """Print the leaflet as a picture: tilted, stained at the edge, with the noise of a scanner."""
    sheet = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    brush, y = ImageDraw.Draw(sheet), 470
    for size, line in words:
        brush.text((WIDTH / 2, y), line, fill=INK, font=ImageFont.load_default(size), anchor="ma")
        y += round(size * 1.75)
    brush.rectangle((50, 50, WIDTH - 50, HEIGHT - 50), outline=INK, width=4)
    sheet.paste(_stamp(sign), (WIDTH // 2 - 170, 100))
    sheet = sheet.rotate(tilt, Image.Resampling.BICUBIC, fillcolor=mix(PAPER, "#6b6455", 0.5))
    chance = np.random.default_rng(seed)
    v, u = np.mgrid[0:HEIGHT, 0:WIDTH]
    edge = np.minimum.reduce([u, v, WIDTH - 1 - u, HEIGHT - 1 - v])
    dim = 0.82 + 0.18 * np.clip(edge / 70, 0, 1)
    pixels = np.asarray(sheet) * dim[..., None] + chance.normal(0, 5, (HEIGHT, WIDTH, 1))
    buffer = io.BytesIO()
    Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(buffer, "JPEG", quality=72)
    buffer.seek(0)
    return buffer


def _stamp(sign: str) -> Image.Image:
    canvas = Canvas(340, 340, oversample=2)
    canvas.box(0, 0, canvas.width, 100, PAPER)
    (sailing_boat if sign == "boat" else anchor)(canvas.at(canvas.width / 2, 50, 0.9))
    return canvas.finish()
