"""What a search is made of beside its words, as chips that can be taken away again. Pure data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TypedDict

from app.cards import KINDS, data_uri, place
from app.page_state import PageState
from indexer.types import Hit

GONE = "something no longer indexed"


class Chip(TypedDict):
    """A chip: `kind` and `value` say what its cross takes away, `thumbnail` is a data URI."""

    kind: str
    value: str
    sign: str
    label: str
    thumbnail: str


def chips(
    state: PageState,
    *,
    picture: Chip | None,
    units: Mapping[str, Hit],
    thumbnails: Mapping[str, bytes],
) -> list[Chip]:
    """List the chips of a state: its picture, its feedback, its filters."""
    shown = [picture] if picture else []
    for sign, kind, ids in (("+", "like", state.like), ("−", "unlike", state.unlike)):
        said = "More like" if kind == "like" else "Less like"
        for unit in ids:
            label = f"{said} {unit_name(units.get(unit))}"
            shown.append(Chip(kind=kind, value=unit, sign=sign, label=label, thumbnail=""))
            if unit in thumbnails:
                shown[-1]["thumbnail"] = data_uri(thumbnails[unit])
    return [*shown, *filter_chips(state)]


def picture_chip(label: str, encoded: bytes | None) -> Chip:
    """Make the chip of the picture that is being searched with."""
    thumbnail = data_uri(encoded) if encoded else ""
    return Chip(kind="picture", value="", sign="", label=label, thumbnail=thumbnail)


def filter_chips(state: PageState) -> Iterator[Chip]:
    """Yield a chip for each filter but the kind, which has its own control in sight."""
    named = {
        "folder": f"In {state.folder.name}" if state.folder else "",
        "document": f"In {state.document.name}" if state.document else "",
        "date": f"From {period_name(state.period)}" if state.period else "",
    }
    for kind, label in named.items():
        if label:
            yield Chip(kind=kind, value="", sign="", label=label, thumbnail="")


def without(state: PageState, kind: str, value: str) -> PageState:
    """Return the state without what a chip stands for; the state itself for an unknown one."""
    if kind in ("like", "unlike"):
        return state.forgetting(value)
    if kind == "picture":
        return state.picturing(None)
    if kind == "all":
        return PageState(text=state.text, modality=state.modality)
    if kind == "folder":
        return replace(state.from_the_top(), folder=None)
    if kind == "document":
        return replace(state.from_the_top(), document=None)
    if kind == "date":
        return replace(state.from_the_top(), period="")
    return state


def unit_name(hit: Hit | None) -> str:
    """Name a unit in a few words: its file, and the place in it where there are several."""
    if hit is None:
        return GONE
    return hit.path.name if place(hit) in KINDS.values() else f"{hit.path.name}, {place(hit)}"


def period_name(period: str) -> str:
    """Write a period as people say it: `October 2026`, `2026`."""
    if "-" not in period:
        return period
    return f"{datetime.strptime(period, '%Y-%m'):%B %Y}"
