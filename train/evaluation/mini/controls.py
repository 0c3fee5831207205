"""Controls: the same sets without what they ask about. A sound set then leaves only guessing.

Media of the queries are replaced where queries have any, else media of the candidates (there the
blank control is guessing by construction, and the shuffled one shows that nothing but the pictures
leads to the answers).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

from PIL import Image

from train.evaluation.mini.drawing import SIZE_PX
from train.evaluation.mini.filming import FRAME_PX, FRAMES
from train.evaluation.mini.items import EvaluationSet, Item

GREY = (128, 128, 128)


def blank(one: EvaluationSet) -> EvaluationSet:
    """Return the set with grey pictures and clips in the place of its media."""
    return replace_media(one, lambda items: [blank_item(item) for item in items])


def shuffled(one: EvaluationSet) -> EvaluationSet:
    """Return the set with its media dealt out anew."""
    return replace_media(one, deal)


def without_media(one: EvaluationSet) -> EvaluationSet | None:
    """Return the set with only the text of its queries; None where queries are not both."""
    items = [query.item for query in one.queries]
    if not all(item.has_media and item.text for item in items):
        return None
    return with_queries(one, [Item(key=item.text, text=item.text) for item in items])


CONTROLS: dict[str, Callable[[EvaluationSet], EvaluationSet | None]] = {
    "blank": blank,
    "shuffled": shuffled,
    "question only": without_media,
}


def replace_media(
    one: EvaluationSet, change: Callable[[Sequence[Item]], list[Item]]
) -> EvaluationSet:
    """Change the items of the queries where they have media, else those of the candidates."""
    if one.queries[0].item.has_media:
        return with_queries(one, change([query.item for query in one.queries]))
    return replace(one, candidates=tuple(change(one.candidates)))


def with_queries(one: EvaluationSet, items: Sequence[Item]) -> EvaluationSet:
    """Return the set with other items in its queries."""
    pairs = zip(one.queries, items, strict=True)
    return replace(one, queries=tuple(replace(query, item=item) for query, item in pairs))


def blank_item(item: Item) -> Item:
    """Return an item with its text and grey media."""
    if item.video is not None:
        return Item(f"blank clip|{item.text}", item.text, video=grey_frames)
    return Item(f"blank|{item.text}", item.text, image=grey)


def grey() -> Image.Image:
    """Draw nothing at all."""
    return Image.new("RGB", (SIZE_PX, SIZE_PX), GREY)


def grey_frames() -> list[Image.Image]:
    """Draw a clip of nothing."""
    return [Image.new("RGB", (FRAME_PX, FRAME_PX), GREY)] * FRAMES


def deal(items: Sequence[Item]) -> list[Item]:
    """Give every item the media of another one, its own text kept."""
    order = Random(len(items)).sample(range(len(items)), len(items))
    media = dict(zip(order, order[1:] + order[:1], strict=True))  # a circle: none keeps its own
    return [dealt(item.text, items[media[row]]) for row, item in enumerate(items)]


def dealt(text: str, other: Item) -> Item:
    """Return the media of an item beside another text."""
    key = f"{text}|dealt|{other.key}" if text else other.key
    return replace(other, text=text, key=key)
