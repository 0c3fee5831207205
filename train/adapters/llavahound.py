"""LLaVA-Hound's videos: caption of a video, video of a caption, answers about a video.

Schema (papers.md §1.6 and §3.7; as in the VLM2Vec parsers `llavahound_dataset_caption.py` and
`llavahound_dataset_qa.py`): JSON Lines of ShareGPTVideo/train_video_and_instruction,

    video_instruction/train/sft/video_caption_300k.jsonl          captions
    video_instruction/train/sft/video_240k_caption_15k.jsonl      the first 240,000 lines: questions
    {"id": ..., "video": ID, "conversations": [{"from": "human", "value": "<video>\\nDescribe ..."},
                                               {"from": "gpt", "value": ...}]}

and the frames of each video as pictures, `train_300k/ID/c01_0001.jpeg`, in the order of their
numbers; on the hub they are archives, `train_300k/chunk_*.tar.gz`, to be unpacked there.

    source                      query                                       positive
    video_caption_300k          the video and the request for a caption     the caption
    video_caption_300k-video    the caption                                 the video
    video_qa_240k               the video and a question                    the answer

PROMPTS says what the originals say in other words; give your own for the very strings, from the
constants of those parsers. Later turns of a conversation are not used, as there. A video whose
frames are missing is a bad sample when its turn comes.

Not verified (no network): that the archives unpack to one folder a video below `train_300k/`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from train.adapters.mixture import MIXTURE
from train.adapters.tables import Row, TableSamples, open_table
from train.samples import Sample
from train.sides import refuse_outside, words_in

FOLDER = "video_instruction/train/sft"
FILES = {
    "video_caption_300k": f"{FOLDER}/video_caption_300k.jsonl",
    "video_caption_300k-video": f"{FOLDER}/video_caption_300k.jsonl",
    "video_qa_240k": f"{FOLDER}/video_240k_caption_15k.jsonl",
}
Prompts = Mapping[str, tuple[str, str]]
# By source: what the query asks for, and what the document is.
PROMPTS: Prompts = {
    "video_caption_300k": ("", ""),
    "video_caption_300k-video": ("Find the video that shows this:", "Represent the given video."),
    "video_qa_240k": ("Answer the question about the video.", ""),
}
SUFFIXES = (".jpeg", ".jpg", ".png")


def open_samples(
    name: str, location: str | Path, *, media: Path | None = None, prompts: Prompts = PROMPTS
) -> TableSamples:
    """Open a view in a local copy or by hub id; `media` holds a folder of frames a video.

    In a local copy that is `train_300k/`.
    """
    frames = media or Path(location) / "train_300k"
    if not frames.is_dir():
        raise ValueError(f"there are no frames in {frames}: unpack train_300k/, or give `media`")
    table = open_table(location, files=FILES[name], most=MIXTURE[name].most)
    to_sample_of = partial(to_sample, name=name, frames=frames, prompts=prompts)
    answers = (words_of(conversation, 1) for conversation in table["conversations"])
    keys = table["video"] if name.endswith("-video") else answers
    return TableSamples(name, table, to_sample=to_sample_of, keys=list(keys))


def to_sample(row: Row, *, name: str, frames: Path, prompts: Prompts) -> Sample:
    """Make a sample of a line; raises ValueError where the video has no frames."""
    refuse_outside(row["video"], "a video")
    video = {"video": frames_of(frames / row["video"])}
    asked, answer = (words_of(row["conversations"], turn) for turn in (0, 1))
    seen = video | ({"text": asked} if asked else {})
    instruction, document_instruction = prompts[name]
    return Sample(
        query={"text": answer} if name.endswith("-video") else seen,
        positive=video if name.endswith("-video") else {"text": answer},
        instruction=instruction,
        document_instruction=document_instruction,
        ntp_side=MIXTURE[name].ntp_side,
        source=name,
    )


def words_of(conversation: Any, turn: int) -> str:
    """Return what one turn of a conversation says, without `<video>`; empty without that turn."""
    turns = conversation or []
    return words_in(turns[turn]["value"]) if turn < len(turns) else ""


def frames_of(folder: Path) -> list[str]:
    """Return the paths of a video's frames in the order of the numbers in their names."""
    if not folder.is_dir():
        return []
    pictures = (path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    return [str(path) for path in sorted(pictures, key=numbers_in)]


def numbers_in(path: Path) -> list[Any]:
    """Return a name's parts, its numbers as numbers: c01_9 comes before c01_10."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", path.name)]
