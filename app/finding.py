"""What the search page asks of the index: everything it shows comes through here."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import TypedDict

import streamlit as st
from PIL import Image

from app import session
from app.page_state import Frame, PageState, bounds
from indexer.facets import Facets
from indexer.moments import CurvePoint, Moment
from indexer.search import Narrowing
from indexer.types import DocumentHits, Hit, IndexerError, Modality, UsageError

FRAME_PIXELS = 1024**2
LOST_EXAMPLE = "An example of this search is no longer in the collection: remove its chip."
LOST_FRAME = "The video of this search is no longer in the collection: remove its frame."
MOST_CLIPS = 2_000


class Question(TypedDict):
    """What `Index.search` and `Index.curve` are asked."""

    text: str | None
    image: Image.Image | None
    like: tuple[str, ...]
    unlike: tuple[str, ...]


def question(state: PageState) -> Question:
    """Return what the state asks the index.

    Raises IndexerError when its frame cannot be read or an example is no longer indexed.
    """
    examples = (*state.like, *state.unlike)
    if len(units(examples)) < len(examples):
        raise UsageError(LOST_EXAMPLE)
    return Question(
        text=state.text or None,
        image=query_picture(state),
        like=state.like,
        unlike=state.unlike,
    )


def narrowing(state: PageState) -> Narrowing:
    """Return what the state narrows a search to."""
    after, before = bounds(state.period)
    return Narrowing(
        modality=state.modality,
        folder=state.folder,
        path=state.document,
        modified_after=after,
        modified_before=before,
    )


def find(state: PageState) -> list[DocumentHits]:
    """Search for what the state asks. Raises IndexerError."""
    found = session.open_index().search_documents(
        **question(state), limit=state.limit, **narrowing(state)
    )
    st.session_state["found"] = (state.opening(None), found)
    return found


def found_before(state: PageState) -> list[DocumentHits]:
    """Return what this session last found for the same question, or search. Raises IndexerError."""
    asked, found = st.session_state.get("found", (None, []))
    return list(found) if asked == state.opening(None) else find(state)


def facets(state: PageState) -> Facets:
    """Count what the filters leave, each without its own choice."""
    return session.open_index().facets(**narrowing(state))


def query_picture(state: PageState) -> Image.Image | None:
    """Return the picture that is being searched with, if there is one and it is still here.

    Raises IndexerError when it is a frame of a video that cannot be read any more.
    """
    encoded = query_bytes(state)
    return Image.open(io.BytesIO(encoded)).convert("RGB") if encoded else None


def query_bytes(state: PageState) -> bytes | None:
    """Return the picture of the question as an encoded file. Raises IndexerError."""
    if state.picture:
        return session.picture_shelf().encoded(state.picture)
    return frame_bytes(state.frame.unit, state.frame.second) if state.frame else None


def picture_thumbnail(state: PageState) -> bytes | None:
    """Return the picture of the question to show, None when it cannot be read any more."""
    try:
        return query_bytes(state)
    except (IndexerError, OSError):
        return None


@st.cache_data(max_entries=64, ttl=600, show_spinner=False)
def frame_bytes(unit: str, second: float) -> bytes:
    """Return the frame of a video at a second as a WebP file. Raises IndexerError."""
    hit = session.open_index().hit(unit)
    if hit is None:
        raise UsageError(LOST_FRAME)
    picture = session.open_index().frame(hit, second, max_pixels=FRAME_PIXELS)
    buffer = io.BytesIO()
    picture.convert("RGB").save(buffer, "WEBP", quality=92)
    return buffer.getvalue()


def thumbnails(hits: Iterable[Hit]) -> dict[str, bytes]:
    """Return the thumbnails of hits by their ids; unreadable ones are left out."""
    found = {}
    for hit in hits:
        try:
            found[hit.id] = session.open_index().thumbnail(hit)
        except (IndexerError, OSError):
            continue
    return found


def units(ids: Iterable[str]) -> dict[str, Hit]:
    """Return the indexed units among these ids."""
    found = ((unit, session.open_index().hit(unit)) for unit in ids)
    return {unit: hit for unit, hit in found if hit is not None}


def neighbours(hit: Hit, state: PageState) -> tuple[Hit | None, Hit | None, str]:
    """Return the unit before, the unit after, and where this one stands between them.

    They are the pages or clips of its file; for a file of one unit, the results beside it.
    """
    beside = session.open_index().neighbours(hit)
    if beside.total > 1 or not state.asks:
        where = f"{beside.position} of {beside.total}" if beside.total > 1 else ""
        return beside.previous, beside.next, where
    results = [document.hits[0] for document in found_before(state)]
    place = next((n for n, each in enumerate(results) if each.path == hit.path), None)
    if place is None:
        return None, None, ""
    around = [None, *results, None]
    return around[place], around[place + 2], f"Result {place + 1} of {len(results)}"


def curve(hit: Hit, state: PageState) -> list[CurvePoint]:
    """Return how much each clip of a video is like the question. Raises IndexerError."""
    return session.open_index().curve(hit.path, **question(state)) if state.asks else []


def moments(hit: Hit, state: PageState, points: list[CurvePoint]) -> list[Moment]:
    """Return the stretches of a video that match, best first. Raises IndexerError.

    Good matches count; where the index knows of none, the clips in the upper half of the curve.
    """
    if not points:
        return []
    hits = session.open_index().search(
        **question(state), limit=MOST_CLIPS, path=hit.path, modality=Modality.VIDEO
    )
    good = [each for each in hits if each.above_cutoff]
    scores = [point.score for point in points]
    halfway = (min(scores) + max(scores)) / 2
    upper = {point.id for point in points if point.score >= halfway}
    return session.open_index().moments(good or [each for each in hits if each.id in upper])


def picture_name(state: PageState) -> str:
    """Name the picture of the question."""
    if not isinstance(state.frame, Frame):
        return "Your picture"
    hit = session.open_index().hit(state.frame.unit)
    return f"A frame of {hit.path.name}" if hit else "A frame"


def poster(hit: Hit) -> tuple[bytes, tuple[int, int]]:
    """Return the thumbnail of a hit and its size. Raises IndexerError."""
    encoded = session.open_index().thumbnail(hit)
    return encoded, Image.open(io.BytesIO(encoded)).size
