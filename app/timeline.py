"""A video over its time: its relevance curve and its moments, as the player draws them."""

from __future__ import annotations

from collections.abc import Sequence

from app.cards import clock
from indexer.moments import CurvePoint, Moment
from indexer.types import Hit

HEADROOM = 0.25  # of the curve's range lies below its lowest point, so that every clip has a bar


def player_data(
    hit: Hit,
    *,
    address: str,
    poster: str,
    size: tuple[int, int],
    curve: Sequence[CurvePoint],
    moments: Sequence[Moment],
) -> dict[str, object]:
    """Return what the player draws; `address` is empty for a file that browsers cannot play."""
    start, end = hit.start_seconds or 0.0, hit.end_seconds or 0.0
    last = max((point.end_seconds for point in curve), default=end)
    return {
        "id": hit.id,
        "address": address,
        "poster": poster,
        "width": size[0],
        "height": size[1],
        "start": start,
        "end": end,
        "duration": last,
        "label": f"{hit.path.name}, from {clock(start)} to {clock(end)}",
        "curve": bars(curve),
        "moments": in_time_order(moments),
    }


def bars(curve: Sequence[CurvePoint]) -> list[dict[str, object]]:
    """Return one bar per clip: its height is a share of the video's own range of relevance."""
    scores = [point.score for point in curve]
    if not scores:
        return []
    lowest, reach = min(scores), max(scores) - min(scores)
    floor, range_ = lowest - HEADROOM * reach, (1 + HEADROOM) * reach
    return [
        {
            "start": point.start_seconds,
            "end": point.end_seconds,
            "height": round((point.score - floor) / range_, 4) if reach > 0 else 1.0,
            "label": f"{clock(point.start_seconds)} to {clock(point.end_seconds)}, "
            f"relevance {point.score:.2f}",
        }
        for point in curve
    ]


def in_time_order(moments: Sequence[Moment]) -> list[dict[str, object]]:
    """Return moments, best first, as the player lists them: in time order, the best one marked."""
    listed = []
    for number, moment in enumerate(moments):
        start, end = moment.start_seconds, moment.end_seconds
        label = f"{clock(start)} – {clock(end)}"
        listed.append((start, {"start": start, "end": end, "label": label, "best": number == 0}))
    return [moment for _, moment in sorted(listed, key=lambda pair: pair[0])]
