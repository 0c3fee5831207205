"""Moments: neighbouring clips of a video as one stretch of time, and what a player needs of it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from indexer.types import Hit

GAP_SECONDS = 1.0  # clips of one moment are no further apart; shots of a video touch


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """How much a clip of a video is like a question: the cosine of what is seen."""

    start_seconds: float
    end_seconds: float
    score: float
    id: str


@dataclass(frozen=True, slots=True)
class Moment:
    """A stretch of a video that hits cover; rank, score and snippet are those of its best hit."""

    path: Path
    start_seconds: float
    end_seconds: float
    rank: int
    score: float
    hits: tuple[Hit, ...]

    @property
    def snippet(self) -> str:
        return self.hits[0].snippet


def build_moments(hits: Iterable[Hit], *, gap_seconds: float = GAP_SECONDS) -> list[Moment]:
    """Merge hits that touch or overlap in one video, best first; other hits are left out."""
    merged: list[list[Hit]] = []
    clips = [hit for hit in hits if hit.start_seconds is not None and hit.end_seconds is not None]
    for hit in sorted(clips, key=lambda hit: (str(hit.path), hit.start_seconds)):
        last = merged[-1] if merged else []
        near = last and _start(hit) <= max(map(_end, last)) + gap_seconds
        if near and last[0].path == hit.path:
            last.append(hit)
        else:
            merged.append([hit])
    return sorted(map(_to_moment, merged), key=lambda moment: moment.rank)


def to_webvtt(moments: Sequence[Moment], *, title: str = "") -> str:
    """Return WebVTT chapters (https://www.w3.org/TR/webvtt1/), in time order.

    Moments of several videos are told apart by the file's name in each cue.
    """
    many = len({moment.path for moment in moments}) > 1
    cues = ["WEBVTT" + (f" {_cue_text(title)}" if title else "")]
    for moment in sorted(moments, key=lambda one: (str(one.path), one.start_seconds)):
        times = f"{_clock(moment.start_seconds)} --> {_clock(moment.end_seconds)}"
        told = [moment.path.name] if many or not moment.snippet else []
        told += [moment.snippet] if moment.snippet else []
        cues.append(f"{times}\n{_cue_text(': '.join(told))}")
    return "\n\n".join(cues) + "\n"


def to_csv(moments: Sequence[Moment]) -> str:
    """Return a table with one line per moment, best first."""
    buffer = io.StringIO()
    table = csv.writer(buffer, lineterminator="\n")
    table.writerow(["rank", "path", "start_seconds", "end_seconds", "score", "snippet"])
    for moment in moments:
        times = (f"{moment.start_seconds:.3f}", f"{moment.end_seconds:.3f}")
        score = f"{moment.score:.6f}"
        table.writerow([moment.rank, _cell(str(moment.path)), *times, score, _cell(moment.snippet)])
    return buffer.getvalue()


def _to_moment(hits: Sequence[Hit]) -> Moment:
    best = min(hits, key=lambda hit: hit.rank)
    inside = tuple(sorted(hits, key=lambda hit: hit.rank))
    start, end = min(map(_start, hits)), max(map(_end, hits))
    return Moment(best.path, start, end, best.rank, best.score, inside)


def _start(hit: Hit) -> float:
    return hit.start_seconds or 0.0


def _end(hit: Hit) -> float:
    return hit.end_seconds or 0.0


def _clock(seconds: float) -> str:
    thousandths = round(seconds * 1000)
    minutes, rest = divmod(thousandths, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{rest // 1000:02}.{rest % 1000:03}"


def _cue_text(text: str) -> str:
    """Escape what WebVTT would read as markup, or as the end of the cue."""
    line = re.sub(r"\s+", " ", text).strip()
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _cell(text: str) -> str:
    """Keep a spreadsheet from reading a cell as a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
