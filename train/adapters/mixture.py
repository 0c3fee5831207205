"""The paper's training mixture: sources, their weights, what is generated, how batches are filled.

Weights and `ntp_side` are those of the authors' main preset (papers.md §1.3 and §1.6), the most
rows of a subset those of VLM2Vec-V2's (papers.md §3.7). Weights are relative: a block comes from a
source with the probability of its weight over their sum.
"""

from __future__ import annotations

from dataclasses import dataclass

GLOBAL_BATCH = 1024  # 8 devices x 128 (inferred: papers.md §1.5)
BLOCK = 512  # rows of one source in a row; VLM2Vec-V2 uses 64 on each device
NUM_FRAMES = 8

MMEB, COLPALI, VISRAG = (
    "TIGER-Lab/MMEB-train",
    "vidore/colpali_train_set",
    "openbmb/VisRAG-Ret-Train-In-domain-data",
)
LLAVA_HOUND = "ShareGPTVideo/train_video_and_instruction"


@dataclass(frozen=True, slots=True)
class Part:
    """One source of the mixture; `most` is how many rows of it are used, None for all."""

    hub_id: str
    weight: float
    ntp_side: str
    most: int | None = None


MIXTURE: dict[str, Part] = {
    "ImageNet_1K": Part(MMEB, 1, "positive", 100_000),
    "N24News": Part(MMEB, 1, "positive", 50_000),
    "HatefulMemes": Part(MMEB, 0.5, "positive", 10_000),
    "VOC2007": Part(MMEB, 0.5, "positive", 10_000),
    "SUN397": Part(MMEB, 0.5, "positive", 20_000),
    "OK-VQA": Part(MMEB, 0.5, "positive", 10_000),
    "A-OKVQA": Part(MMEB, 0.5, "positive", 20_000),
    "DocVQA": Part(MMEB, 1, "positive", 40_000),
    "InfographicsVQA": Part(MMEB, 0.5, "positive", 25_000),
    "ChartQA": Part(MMEB, 0.5, "positive", 28_000),
    "Visual7W": Part(MMEB, 1, "positive", 70_000),
    "VisDial": Part(MMEB, 1, "query", 130_000),
    "CIRR": Part(MMEB, 0.5, "none", 30_000),
    "VisualNews_t2i": Part(MMEB, 1, "query", 100_000),
    "VisualNews_i2t": Part(MMEB, 1, "positive", 100_000),
    "MSCOCO_t2i": Part(MMEB, 1, "query", 100_000),
    "MSCOCO_i2t": Part(MMEB, 1, "positive", 120_000),
    "NIGHTS": Part(MMEB, 0.5, "none", 20_000),
    "WebQA": Part(MMEB, 0.5, "both", 20_000),
    "MSCOCO": Part(MMEB, 1, "query", 100_000),
    "colpali_train_set": Part(COLPALI, 10, "positive"),
    "visrag-indomain": Part(VISRAG, 12, "query"),
    "video_caption_300k": Part(LLAVA_HOUND, 5, "positive"),
    "video_caption_300k-video": Part(LLAVA_HOUND, 5, "query"),
    "video_qa_240k": Part(LLAVA_HOUND, 5, "positive", 240_000),
}
