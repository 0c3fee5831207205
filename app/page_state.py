"""What the search page shows, as a value that the address bar holds: a link reopens it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from math import isfinite
from pathlib import Path
from unicodedata import category
from urllib.parse import urlencode

from indexer.types import Modality

MAX_QUERY_CHARACTERS = 1_000
MAX_FEEDBACK = 12
PAGE_OF_RESULTS = 24
MOST_RESULTS = 240
PERIOD = re.compile(r"([0-9]{4})(?:-(0[1-9]|1[0-2]))?")


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame of an indexed video: the id of one of its clips, and the second in the file."""

    unit: str
    second: float


@dataclass(frozen=True, slots=True)
class PageState:
    """The question, what it is narrowed to, the number of documents wanted and the opened unit.

    `picture` is the id of an uploaded picture on the app's shelf. `like`, `unlike` and `unit` are
    ids of units. `period` is a year or a month, `2026` or `2026-10`.
    """

    text: str = ""
    picture: str | None = None
    frame: Frame | None = None
    like: tuple[str, ...] = ()
    unlike: tuple[str, ...] = ()
    modality: Modality | None = None
    folder: Path | None = None
    document: Path | None = None
    period: str = ""
    limit: int = PAGE_OF_RESULTS
    unit: str | None = None

    @property
    def asks(self) -> bool:
        """Tell whether there is anything to search for."""
        return bool(self.text or self.picture or self.frame or self.like)

    @property
    def is_narrowed(self) -> bool:
        """Tell whether a filter is set."""
        return bool(self.modality or self.folder or self.document or self.period)

    def opening(self, unit: str | None) -> PageState:
        """Return the same search with another unit open, or none."""
        return replace(self, unit=unit)

    def showing_more(self) -> PageState:
        """Return the same search with one more page of results."""
        return replace(self, limit=min(self.limit + PAGE_OF_RESULTS, MOST_RESULTS))

    def asking(self, text: str) -> PageState:
        """Return the search for other words, with filters and picture as they are.

        Feedback belongs to the words it was given for; what was searched with on its own stays.
        """
        if text == self.text or not self.text:
            return replace(self.from_the_top(), text=text)
        return replace(self.from_the_top(), text=text, like=(), unlike=())

    def picturing(self, picture: str | Frame | None) -> PageState:
        """Return the search with this uploaded picture or frame of a video, or with none."""
        frame = picture if isinstance(picture, Frame) else None
        upload = picture if isinstance(picture, str) else None
        return replace(self.from_the_top(), picture=upload, frame=frame)

    def liking(self, unit: str) -> PageState:
        """Return the search for more like a unit."""
        like = (*(each for each in self.like if each != unit), unit)[-MAX_FEEDBACK:]
        unlike = tuple(each for each in self.unlike if each != unit)
        return replace(self.from_the_top(), like=like, unlike=unlike)

    def disliking(self, unit: str) -> PageState:
        """Return the search for less like a unit."""
        turned = replace(self, like=self.unlike, unlike=self.like).liking(unit)
        return replace(turned, like=turned.unlike, unlike=turned.like)

    def forgetting(self, unit: str) -> PageState:
        """Return the search without the feedback on a unit."""
        like = tuple(each for each in self.like if each != unit)
        unlike = tuple(each for each in self.unlike if each != unit)
        return replace(self.from_the_top(), like=like, unlike=unlike)

    def only_like(self, unit: str) -> PageState:
        """Return a new search by this unit alone; filters stay."""
        alone = replace(self.from_the_top(), text="", picture=None, frame=None)
        return replace(alone, like=(unit,), unlike=())

    def narrowed(
        self,
        *,
        modality: Modality | None,
        folder: Path | None = None,
        document: Path | None = None,
        period: str = "",
    ) -> PageState:
        """Return the same question with these filters and no others."""
        filters = {"modality": modality, "folder": folder, "document": document, "period": period}
        return replace(self.from_the_top(), **filters)  # type: ignore[arg-type]

    def everywhere(self) -> PageState:
        """Return the same search without any filter."""
        return self.narrowed(modality=None)

    def from_the_top(self) -> PageState:
        """Return the same search at its first results, nothing opened."""
        return replace(self, limit=PAGE_OF_RESULTS, unit=None)


def clean_query(text: str) -> str:
    """Drop control characters and outer blanks, and cut to `MAX_QUERY_CHARACTERS`."""
    printable = "".join(" " if category(c) in ("Cc", "Cs") else c for c in text)
    return printable.strip()[:MAX_QUERY_CHARACTERS].rstrip()


def bounds(period: str) -> tuple[datetime | None, datetime | None]:
    """Return when a year or month begins and when the next one does, in local time."""
    found = PERIOD.fullmatch(period)
    if found is None:
        return None, None
    year, month = int(found[1]), int(found[2] or 1)
    months = 1 if found[2] else 12
    later = year * 12 + month - 1 + months
    return datetime(year, month, 1), datetime(later // 12, later % 12 + 1, 1)


def from_params(params: Mapping[str, str]) -> PageState:
    """Read a state from URL parameters; what makes no sense is left out, never an error."""
    kinds = {kind.value: kind for kind in Modality}
    wanted = params.get("show", "")
    limit = int(wanted) if wanted.isascii() and wanted.isdigit() else PAGE_OF_RESULTS
    picture = params.get("picture") or None
    return PageState(
        text=clean_query(params.get("q", "")),
        picture=picture,
        frame=None if picture else frame_of(params.get("frame", "")),
        like=ids_of(params.get("like", "")),
        unlike=ids_of(params.get("unlike", "")),
        modality=kinds.get(params.get("kind", "")),
        folder=path_of(params.get("folder", "")),
        document=path_of(params.get("document", "")),
        period=params.get("date", "") if is_period(params.get("date", "")) else "",
        limit=max(PAGE_OF_RESULTS, min(limit, MOST_RESULTS)),
        unit=params.get("unit") or None,
    )


def to_params(state: PageState) -> dict[str, str]:
    """Return the URL parameters of a state; defaults are left out."""
    frame = state.frame
    params = {
        "q": state.text,
        "picture": state.picture or "",
        "frame": f"{frame.unit}@{frame.second:.2f}" if frame else "",
        "like": ",".join(state.like),
        "unlike": ",".join(state.unlike),
        "kind": state.modality.value if state.modality else "",
        "folder": str(state.folder or ""),
        "document": str(state.document or ""),
        "date": state.period,
        "show": str(state.limit) if state.limit != PAGE_OF_RESULTS else "",
        "unit": state.unit or "",
    }
    return {name: value for name, value in params.items() if value}


def to_link(state: PageState) -> str:
    """Return the address of a state, relative to the app's page."""
    return "?" + urlencode(to_params(state))


def is_period(text: str) -> bool:
    """Tell whether a text is a year that dates can have, or one of its months."""
    found = PERIOD.fullmatch(text)
    return found is not None and 1 <= int(found[1]) <= 9998


def frame_of(text: str) -> Frame | None:
    """Read `UNIT@SECOND`."""
    unit, at, second = text.rpartition("@")
    try:
        seconds = float(second)
    except ValueError:
        return None
    return Frame(unit, seconds) if unit and at and isfinite(seconds) and seconds >= 0 else None


def ids_of(text: str) -> tuple[str, ...]:
    """Read ids set apart by commas, each once, at most `MAX_FEEDBACK`."""
    return tuple(dict.fromkeys(filter(None, text.split(","))))[:MAX_FEEDBACK]


def path_of(text: str) -> Path | None:
    """Read an absolute path; anything else is no place that a filter could name."""
    path = Path(text.replace("\0", ""))
    return path if path.is_absolute() else None
