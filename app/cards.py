"""What the page shows of hits and units, as plain data: titles, places, badges, snippets.

Everything here is pure and knows no Streamlit. File names and snippets stay text all the way: the
components write them with `textContent`, and `plain` guards the few that pass through Markdown.
"""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from app.highlights import marked
from app.page_state import PageState, to_link
from indexer.types import DocumentHits, Hit, Modality, Status

KINDS = {Modality.IMAGE: "Picture", Modality.PAGE: "Page", Modality.VIDEO: "Clip"}
PLURALS = {Modality.IMAGE: "pictures", Modality.PAGE: "pages", Modality.VIDEO: "clips"}
LEGS = {
    "image": ("Look", "Found by what it looks like"),
    "text": ("Meaning", "Found by what its text means"),
    "words": ("Words", "Found by its words"),
}
FURTHER_HITS = 40

MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$^&\"'=@])")


def plain(text: str) -> str:
    """Escape text for Streamlit's Markdown: it makes no markup, formula, directive or emoji."""
    one_line = " ".join(text.split())
    return MARKDOWN.sub(r"\\\1", one_line).replace(":", ":\u2060")


def clock(seconds: float) -> str:
    """Write a time as people read it off a player: `1:05`, `1:02:03`."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def place(hit: Hit) -> str:
    """Say where in its file a unit is: `Page 12`, `0:12 – 0:17`, `Picture`."""
    if hit.page is not None:
        return f"Page {hit.page}"
    if hit.start_seconds is not None and hit.end_seconds is not None:
        return f"{clock(hit.start_seconds)} – {clock(hit.end_seconds)}"
    return KINDS[hit.modality]


def counted(number: int, singular: str, plural: str) -> str:
    """Write `1 page`, `1,234 pages`."""
    return f"{number:,} {singular if number == 1 else plural}"


def data_uri(data: bytes) -> str:
    """Wrap an encoded picture for an `img` element; its kind is read off its first bytes."""
    kind = "png" if data.startswith(b"\x89PNG") else "webp" if data[8:12] == b"WEBP" else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def badges(hit: Hit) -> list[dict[str, str]]:
    """Say why a hit is there: one badge per leg that found it, with its rank there."""
    shown = []
    for leg in hit.legs:
        label, reason = LEGS.get(leg.leg, (leg.leg, "Found by this"))
        words = f": {', '.join(hit.matched)}" if leg.leg == "words" and hit.matched else ""
        title = f"{reason}{words}, {ordinal(leg.rank)} there"
        shown.append({"label": label, "rank": str(leg.rank), "title": title})
    return shown


def ordinal(number: int) -> str:
    """Write `1st`, `2nd`, `11th`."""
    teens = 10 <= number % 100 <= 20
    return f"{number}{'th' if teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def alternative_text(hit: Hit) -> str:
    """Describe a unit's picture to who cannot see it."""
    what = {Modality.IMAGE: "Picture", Modality.PAGE: f"Page {hit.page} of"}
    return (
        f"{what.get(hit.modality, f'Frame at {clock(hit.start_seconds or 0)} of')} {hit.path.name}"
    )


def card(
    document: DocumentHits, thumbnails: Mapping[str, bytes], *, state: PageState
) -> dict[str, object]:
    """Build the card of one document: its best hit large, its further hits as links.

    A hit without a thumbnail is shown with a placeholder in its place.
    """
    best = document.hits[0]
    thumbnail = thumbnails.get(best.id)
    return {
        "id": best.id,
        "href": to_link(state.opening(best.id)),
        "kind": best.modality.value,
        "title": document.path.name,
        "folder": document.path.parent.name,
        "place": place(best),
        "thumbnail": data_uri(thumbnail) if thumbnail else "",
        "alt": alternative_text(best),
        "badges": badges(best),
        "snippet": marked(best.snippet, state.text) if best.snippet else [],
        "further": [further(hit, state) for hit in document.hits[1 : 1 + FURTHER_HITS]],
    }


def further(hit: Hit, state: PageState) -> dict[str, str]:
    """Build the small link to another hit of the same document."""
    short = f"p. {hit.page}" if hit.page is not None else clock(hit.start_seconds or 0)
    return {
        "id": hit.id,
        "href": to_link(state.opening(hit.id)),
        "label": short if hit.modality != Modality.IMAGE else "picture",
        "title": f"{place(hit)} of {hit.path.name}",
    }


def line_place(documents: Sequence[DocumentHits]) -> int | None:
    """Return how many documents are good matches, None when the index cannot tell."""
    verdicts = [document.hits[0].above_cutoff for document in documents]
    if not verdicts or None in verdicts:
        return None
    return verdicts.index(False) if False in verdicts else len(verdicts)


def found(documents: Sequence[DocumentHits]) -> str:
    """Say what is shown: how many files match well, or only that all of them are ranked."""
    good, number = line_place(documents), len(documents)
    if good == 0:
        return "Nothing matches well. The nearest files are shown."
    if good is not None and good < number:
        return f"{counted(good, 'good match', 'good matches')}, best first"
    return f"{counted(number, 'file', 'files')}, best first"


def may_have_more(documents: Sequence[DocumentHits], state: PageState) -> bool:
    """Tell whether asking for more documents could bring any."""
    return len(documents) >= state.limit and state.showing_more() != state


def holdings(status: Status) -> str:
    """Say what the collection holds: `96 pictures, 1 page and 12 clips`."""
    parts = [
        counted(status.units[kind.value], KINDS[kind].lower(), PLURALS[kind])
        for kind in Modality
        if status.units.get(kind.value)
    ]
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def facts(hit: Hit, *, size: tuple[int, int] | None, matched: str = "") -> list[tuple[str, str]]:
    """List the details of an opened unit as (label, value); a file that is gone has fewer."""
    listed = [("Where", place(hit)), ("Folder", str(hit.path.parent))]
    if matched:
        listed.insert(1, ("Matched words", matched))
    if size and hit.modality == Modality.IMAGE:
        listed.append(("Dimensions", f"{size[0]:,} × {size[1]:,} pixels"))
    try:
        stat = hit.path.stat()
    except OSError:
        return listed
    changed = datetime.fromtimestamp(stat.st_mtime)
    return [
        *listed,
        ("Size", byte_size(stat.st_size)),
        ("Changed", f"{changed.day} {changed:%B %Y, %H:%M}"),
    ]


def quiet(text: str) -> str:
    """Write a line beside the point as escaped HTML."""
    return f'<p class="quiet">{html.escape(text)}</p>'


def facts_html(listed: Sequence[tuple[str, str]]) -> str:
    """Write details as an escaped HTML description list."""
    rows = "".join(
        f"<div><dt>{html.escape(label)}</dt><dd>{html.escape(value)}</dd></div>"
        for label, value in listed
    )
    return f'<dl class="facts">{rows}</dl>'


def byte_size(number: int) -> str:
    """Write a file size in the largest unit that keeps it above one."""
    size = float(number)
    for unit in ("bytes", "KB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            break
        size /= 1000
    return f"{size:.0f} {unit}" if unit == "bytes" or size >= 10 else f"{size:.1f} {unit}"
