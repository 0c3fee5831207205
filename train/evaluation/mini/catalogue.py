"""The 27 sets by meta-task, and the measure that counts in each, as in MMEB-V2."""

from __future__ import annotations

from collections.abc import Callable

from train.evaluation.mini import (
    classes,
    clip_classes,
    clip_questions,
    clip_retrieval,
    grounding,
    moments,
    pages,
    questions,
    scene_retrieval,
)
from train.evaluation.mini.items import EvaluationSet, Limits

VERSION = 1  # raise it whenever an item, an answer or a candidate list changes
Build = Callable[[Limits], EvaluationSet]

META_TASKS: dict[str, dict[str, Build]] = {
    "I-CLS": {
        "shape names": classes.shape_names,
        "emoji names": classes.emoji_names,
        "emoji groups": classes.emoji_groups,
    },
    "I-QA": {
        "colour of": questions.colour_of,
        "thing at place": questions.thing_at,
        "count and relation": questions.count_and_relation,
    },
    "I-RET": {
        "caption to scene": scene_retrieval.caption_to_scene,
        "scene to caption": scene_retrieval.scene_to_caption,
        "scene to restyled": scene_retrieval.scene_to_restyled,
    },
    "I-GD": {
        "crop by name": grounding.by_name,
        "crop by colour": grounding.by_colour,
        "crop by relation": grounding.by_relation,
    },
    "V-CLS": {
        "motions": clip_classes.motions,
        "things": clip_classes.things,
        "things in motion": clip_classes.things_in_motion,
    },
    "V-QA": {
        "which moves": clip_questions.which_moves,
        "where to": clip_questions.where_to,
        "what becomes": clip_questions.what_becomes,
    },
    "V-RET": {
        "caption to clip": clip_retrieval.caption_to_clip,
        "clip to caption": clip_retrieval.clip_to_caption,
        "clip to image": clip_retrieval.clip_to_image,
    },
    "V-MRET": {
        "text in clip": moments.text_in_clip,
        "image in clip": moments.image_in_clip,
        "text across clips": moments.text_across_clips,
    },
    "VisDoc": {
        "phrase to tile": pages.phrase_to_tile,
        "keywords to page": pages.keywords_to_page,
        "value to page": pages.value_to_page,
    },
}


def primary_measure(task: str) -> str:
    """Return the measure of a meta-task: NDCG@5 for pages, else Hit@1."""
    return "ndcg@5" if task == "VisDoc" else "hit@1"
