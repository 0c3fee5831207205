"""What a pair of a source looks like, for estimates that open no picture.

Sides of sample files are measured from their lines; those of built-in sources are drawn by this
program, so their sizes are known; those of the paper's data sets are assumptions, which a dry run
prints: photographs of 640 x 480 pixels (COCO's), pages of 1240 x 1754 (A4 at 150 dots an inch),
frames of 640 x 360, and lengths of texts as read in the data sets' descriptions.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from train.samples import Sample, iter_lines

Size = tuple[int, int]
PHOTO, PAGE, FRAME = (640, 480), (1240, 1754), (640, 360)
DRAWN = (256, 256)
LINES = 2000  # of a sample file are looked at
LETTERS_A_TOKEN = 4.0  # of English text, roughly


@dataclass(frozen=True, slots=True)
class Side:
    """A side of a pair: tokens of text, the share of rows with a picture or a clip, their size."""

    tokens: float = 0.0
    pictures: float = 0.0
    clips: float = 0.0
    size: Size = PHOTO

    @property
    def is_visual(self) -> bool:
        return self.pictures + self.clips > 0


@dataclass(frozen=True, slots=True)
class Pair:
    """A typical pair of a source."""

    query: Side
    positive: Side | None = None

    @property
    def usual_ntp_side(self) -> str:
        """Return the default of a sample: the text side of a pair with one visual side."""
        if self.positive is None or self.query.is_visual == self.positive.is_visual:
            return "none"
        return "positive" if self.query.is_visual else "query"


def text(tokens: float) -> Side:
    return Side(tokens)


def photo(tokens: float = 0.0) -> Side:
    return Side(tokens, pictures=1.0)


def page(tokens: float = 0.0) -> Side:
    return Side(tokens, pictures=1.0, size=PAGE)


def clip(tokens: float = 0.0) -> Side:
    return Side(tokens, clips=1.0, size=FRAME)


DRAWN_PICTURE = Side(pictures=1.0, size=DRAWN)
DRAWN_CLIP = Side(clips=1.0, size=DRAWN)
BUILT_IN_PAIRS = {
    "texts": Pair(text(12)),
    "plain": Pair(text(5), DRAWN_PICTURE),
    "clipart": Pair(text(5), DRAWN_PICTURE),
    "emoji": Pair(text(4), DRAWN_PICTURE),
    "drawings": Pair(text(8), DRAWN_PICTURE),
    "staged": Pair(text(10), DRAWN_PICTURE),
    "staged_clips": Pair(text(10), DRAWN_CLIP),
    "scenes": Pair(text(10), DRAWN_PICTURE),
    "motion": Pair(text(8), DRAWN_CLIP),
}
ASSUMED_PAIRS = {
    "ImageNet_1K": Pair(photo(15), text(4)),
    "N24News": Pair(photo(60), text(4)),
    "HatefulMemes": Pair(photo(20), text(2)),
    "VOC2007": Pair(photo(15), text(3)),
    "SUN397": Pair(photo(15), text(4)),
    "OK-VQA": Pair(photo(30), text(3)),
    "A-OKVQA": Pair(photo(30), text(4)),
    "DocVQA": Pair(page(30), text(6)),
    "InfographicsVQA": Pair(page(30), text(5)),
    "ChartQA": Pair(photo(30), text(4)),
    "Visual7W": Pair(photo(30), text(5)),
    "VisDial": Pair(text(180), photo(10)),
    "CIRR": Pair(photo(35), photo(10)),
    "VisualNews_t2i": Pair(text(40), photo(10)),
    "VisualNews_i2t": Pair(photo(15), text(25)),
    "MSCOCO_t2i": Pair(text(30), photo(10)),
    "MSCOCO_i2t": Pair(photo(15), text(14)),
    "NIGHTS": Pair(photo(20), photo(10)),
    "WebQA": Pair(text(40), photo(40)),
    "MSCOCO": Pair(photo(25), photo(10)),
    "colpali_train_set": Pair(page(30), text(10)),
    "visrag-indomain": Pair(text(30), page(10)),
    "video_caption_300k": Pair(clip(15), text(130)),
    "video_caption_300k-video": Pair(text(145), clip(10)),
    "video_qa_240k": Pair(clip(30), text(25)),
}


def measure_file(path: Path) -> tuple[Pair, int]:
    """Return the typical pair of a file's first training samples, and how many of them it has.

    Lines that are no samples are left out, as a run leaves them out.
    """
    lines = (line.sample for line in iter_lines(path))
    found = (sample for sample in lines if sample is not None and sample.split == "train")
    samples = list(islice(found, LINES))
    if not samples:
        raise ValueError(f"{path} has no samples")
    query = measure_side(samples, "query", "instruction")
    positive = measure_side(samples, "positive", "document_instruction")
    return Pair(query, positive), len(samples) + sum(1 for _ in found)


def measure_side(samples: list[Sample], name: str, instruction: str) -> Side:
    """Return a typical side; pictures are not opened, so they are taken for photographs."""
    sides = [getattr(sample, name) for sample in samples]
    letters = sum(
        len(side.get("text", "")) + len(getattr(sample, instruction))
        for side, sample in zip(sides, samples, strict=True)
    )
    return Side(
        tokens=letters / LETTERS_A_TOKEN / len(sides),
        pictures=sum("image" in side for side in sides) / len(sides),
        clips=sum("video" in side for side in sides) / len(sides),
    )
