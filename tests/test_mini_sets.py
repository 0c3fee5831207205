"""The sets of MMEB-mini: always the same, answers as declared, no answer without looking."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from typing import Any

import numpy as np
import pytest
from mini_models import Guesser, Oracle

from train.evaluation.mini import classes, pages
from train.evaluation.mini.catalogue import META_TASKS, primary_measure
from train.evaluation.mini.drawing import COLOURS, LABELS, SHAPES, Drawing, Thing, name_of
from train.evaluation.mini.emoji_groups import characters_of
from train.evaluation.mini.encoding import Encoder, digest
from train.evaluation.mini.filming import REVERSED, Actor, Film
from train.evaluation.mini.items import (
    FULL,
    QUICK,
    SEEDS_PER_SET,
    EvaluationSet,
    Limits,
    Query,
    Unavailable,
    seeds_of,
)
from train.evaluation.mini.lexicon import ADJECTIVES, KEYWORDS, SUBJECTS, VERBS
from train.evaluation.mini.printing import Facts, Page, Tile
from train.evaluation.mini.questions import NUMBERS, PLACES
from train.evaluation.mini.running import CONTROLS, rank
from train.held_out import AXES, is_held_out
from train.rows import training_seeds
from train.scenes import EVALUATION_SEED
from train.shapes import COLOURS as ALL_COLOURS
from train.shapes import OUTLINES
from train.sources import emoji
from train.sources.pictures import emoji_samples

SMALL = Limits(queries=24, candidates=40, clips=40)
NAMES = [(task, name) for task, builds in META_TASKS.items() for name in builds]
PLANS = {kind.__name__: kind for kind in (Drawing, Thing, Film, Actor, Tile, Page, Facts)}
# What the full sets consist of. When one changes, raise `catalogue.VERSION` and write it here.
ITEMS = {
    "shape names": "c90c7667c98a3c7b",
    "colour of": "19170e8d96a7add5",
    "thing at place": "2e18e64d1380ae26",
    "count and relation": "2188dc28986dd192",
    "caption to scene": "70021a61e1d5f3c8",
    "scene to caption": "9e589d5742348934",
    "scene to restyled": "e64776941683b5eb",
    "crop by name": "c1ba43ea7b238090",
    "crop by colour": "7c44f4f71bafea5d",
    "crop by relation": "590133807b49ff21",
    "motions": "0b166b3065590f8f",
    "things": "eaebb8982d42be17",
    "things in motion": "c3b74c547fa5ac8a",
    "which moves": "834a06a0d4cb88fa",
    "where to": "b80ca7de1ea2a235",
    "what becomes": "e3ef1b095f3e5819",
    "caption to clip": "87b65364e39887e9",
    "clip to caption": "d2ea38fdcb3bdbe6",
    "clip to image": "9dae3fde7ea63e66",
    "text in clip": "b3b514ae50f0592b",
    "image in clip": "fcfbf7ef140b4a71",
    "text across clips": "d0d287485f38a94e",
    "phrase to tile": "30dcf35ae91119c5",
    "keywords to page": "42fd3fa2b0a9cc2c",
    "value to page": "e78034b81643d481",
}


@cache
def built(name: str, limits: Limits = SMALL) -> EvaluationSet:
    """Build a set, or skip the test with the reason."""
    build = next(builds[name] for builds in META_TASKS.values() if name in builds)
    try:
        return build(limits)
    except Unavailable as reason:
        pytest.skip(str(reason))


def plan_of(query: Query) -> Any:
    """Return what a query shows, read back from its key."""
    return eval(query.item.key.partition("|")[2], PLANS)


def answers(one: EvaluationSet, query: Query) -> list[str]:
    """Return the texts of the right candidates."""
    return [one.candidates[row].text for row in query.gains]


def test_there_are_nine_meta_tasks_of_three_sets_with_a_name_of_their_own():
    assert [len(builds) for builds in META_TASKS.values()] == [3] * 9
    assert len({name for _, name in NAMES}) == 27
    assert [task for task in META_TASKS if primary_measure(task) == "ndcg@5"] == ["VisDoc"]


@pytest.mark.parametrize(("task", "name"), NAMES)
def test_a_set_is_the_same_again_pixel_by_pixel(task, name):
    again = (
        next(builds[name] for builds in META_TASKS.values() if name in builds)(SMALL)
        if built(name)
        else None
    )
    one = built(name)
    assert again.digest() == one.digest()
    for first, second in zip(
        [one.queries[1].item, one.candidates[1]],
        [again.queries[1].item, again.candidates[1]],
        strict=True,
    ):
        assert digest(first.to_input()) == digest(second.to_input())


@pytest.mark.parametrize(("task", "name"), NAMES)
def test_the_items_of_the_full_sets_are_those_of_this_version(task, name):
    one = built(name, FULL)
    assert 600 <= len(one.queries) <= 1000
    if not name.startswith("emoji"):  # those depend on the installed font and names
        assert one.digest() == ITEMS[name]


@pytest.mark.parametrize(("task", "name"), NAMES)
def test_every_query_has_its_answer_among_candidates_that_all_differ(task, name):
    for limits in (QUICK, FULL):
        one = built(name, limits)
        keys = [item.key for item in one.candidates]
        assert len(set(keys)) == len(keys)
        asked = {(query.item.key, query.candidates) for query in one.queries}
        assert len(asked) == len(one.queries)
        gains, allowed = one.gains(), one.allowed()
        assert ((gains > 0) <= allowed).all()
        assert (gains > 0).any(1).all()
        assert (allowed.sum(1) > (gains > 0).sum(1)).all()
        assert len({query.candidates is None for query in one.queries}) == 1
        assert len({tuple(query.values) for query in one.queries}) == 1


@pytest.mark.parametrize(("task", "name"), NAMES)
def test_an_oracle_that_knows_contents_reaches_all_and_falls_to_chance_under_controls(task, name):
    one = built(name)
    encoder = Encoder(Oracle(one))
    found, _ = rank(encoder, one)
    assert found["hit@1"].min() == 1
    assert found["ndcg@5"].min() == pytest.approx(1, abs=1e-6)
    for name, control in CONTROLS.items():
        changed = control(one)
        if changed is not None:
            found, chance = rank(encoder, changed, ties_by_lot=True)
            assert near(found["hit@1"], chance["hit@1"]), name


@pytest.mark.parametrize(("task", "name"), NAMES)
def test_a_model_that_guesses_reaches_what_chance_says(task, name):
    one = built(name)
    found, chance = rank(Encoder(Guesser()), one)
    for measure, values in found.items():
        assert near(values, chance[measure]), measure


def test_shuffling_gives_every_query_the_media_of_another_and_leaves_its_text():
    one = built("colour of")
    changed = CONTROLS["shuffled"](one)
    for query, other in zip(one.queries, changed.queries, strict=True):
        assert other.item.text == query.item.text
        assert other.item.image is not query.item.image
        assert other.gains == query.gains
    images = [{id(query.item.image) for query in part.queries} for part in (one, changed)]
    assert images[0] == images[1]


def test_controls_replace_candidates_where_queries_are_text():
    one = built("caption to scene")
    assert CONTROLS["question only"](one) is None
    blank = CONTROLS["blank"](one)
    assert blank.queries == one.queries
    assert len({item.key for item in blank.candidates}) == 1
    assert np.asarray(blank.candidates[0].to_input()["image"]).std() == 0
    dealt = CONTROLS["shuffled"](one).candidates
    assert all(a.key != b.key for a, b in zip(one.candidates, dealt, strict=True))


def near(values: np.ndarray, chance: np.ndarray) -> bool:
    """Say whether a mean is within four standard errors of chance."""
    spread = np.sqrt((chance * (1 - chance)).sum().clip(1))  # of a sum of hits; more than enough
    return abs(values.sum() - chance.sum()) < 4 * spread


def test_seeds_are_far_from_training_and_from_other_sets():
    assert max(training_seeds(EVALUATION_SEED, 0)) < EVALUATION_SEED <= min(seeds_of(0, 1))
    for _, name in NAMES:
        one = built(name)
        keys = [item.key for item in (*(query.item for query in one.queries), *one.candidates)]
        seeds = [int(seed) for key in keys for seed in re.findall(r"seed=(\d+)", key)]
        assert min(seeds, default=EVALUATION_SEED) >= EVALUATION_SEED
    assert seeds_of(3, SEEDS_PER_SET)[-1] < seeds_of(4, 1)[0]
    with pytest.raises(ValueError, match="has 10000"):
        seeds_of(0, SEEDS_PER_SET + 1)


def test_colours_and_shapes_are_known_to_the_painter():
    assert set(COLOURS) <= set(ALL_COLOURS)
    assert set(SHAPES) <= set(OUTLINES)


def test_names_of_shapes_are_the_shapes_that_are_drawn():
    one = built("shape names")
    for query in one.queries:
        (thing,) = plan_of(query).things
        assert answers(one, query) == [thing.words]


def test_questions_about_stills_have_the_answers_of_their_pictures():
    for query in (one := built("colour of")).queries:
        plan = plan_of(query)
        asked = [thing for thing in plan.things if f"the {thing.shape}?" in query.item.text]
        assert answers(one, query) == [thing.colour for thing in asked]
        assert plan.ground != asked[0].colour
    for query in (one := built("thing at place")).queries:
        at = next(at for place, at in PLACES.items() if f"What is {place}?" == query.item.text)
        there = [thing.words for thing in plan_of(query).things if thing.at == at]
        assert answers(one, query) == there


def test_counts_and_relations_are_those_of_the_picture():
    one = built("count and relation")
    signs = {"right of": (1, 0), "left of": (-1, 0), "below": (0, 1), "above": (0, -1)}
    for query in one.queries:
        things, text = plan_of(query).things, query.item.text
        if text.startswith("How many"):
            shape = re.match(r"How many (\w+?)(es)? are|How many (\w+)s are", text)
            count = sum(text.startswith(f"How many {thing.shape[:4]}") for thing in things)
            assert shape
            assert answers(one, query) == [NUMBERS[count - 1]]
            continue
        asked = next(one for one in things if text.endswith(f"the {one.colour} {one.shape}?"))
        (found,) = (thing for thing in things if thing.words == answers(one, query)[0])
        dx, dy = next(sign for word, sign in signs.items() if f"{word} the" in text)
        assert (np.sign(found.at[0] - asked.at[0]), np.sign(found.at[1] - asked.at[1])) == (dx, dy)


@pytest.mark.parametrize("name", ["crop by name", "crop by colour", "crop by relation"])
def test_no_crop_of_a_picture_but_the_right_one_fits_its_phrase(name):
    one = built(name)
    for query in one.queries:
        drawing, text = plan_of(query), query.item.text
        right = one.candidates[next(iter(query.gains))].key
        thing = drawing.things[eval(right.partition("|")[2], PLANS)[1]]
        if name == "crop by relation":
            middle = drawing.things[1]
            side = next(word for word in ("left of", "right of", "above", "below") if word in text)
            axis, sign = {"left of": (0, -1), "right of": (0, 1), "above": (1, -1),
                          "below": (1, 1)}[side]  # fmt: skip
            assert text.startswith(f"the {thing.shape} ")
            assert text.endswith(f"the {middle.shape}")
            assert sign * (thing.at[axis] - middle.at[axis]) > 0
        else:
            fitting = [
                t for t in drawing.things if text in (f"the {t.shape}", f"the {t.colour} thing")
            ]
            assert fitting == [thing]


@pytest.mark.parametrize("name", ["crop by name", "crop by colour", "crop by relation"])
def test_crops_from_elsewhere_stand_on_other_grounds(name):
    one = built(name)
    for query in one.queries:
        plan = plan_of(query)
        others = [eval(one.candidates[row].key.partition("|")[2], PLANS)[0]
                  for row in query.candidates]  # fmt: skip
        assert all(other == plan or other.ground != plan.ground for other in others)
        assert sum(other == plan for other in others) == len(plan.things)


def test_questions_about_clips_have_the_answers_of_their_clips():
    for query in (one := built("which moves")).queries:
        moving = [actor.start.words for actor in plan_of(query).actors if actor.start != actor.end]
        assert answers(one, query) == moving
    for query in (one := built("where to")).queries:
        asked = next(a for a in plan_of(query).actors
                     if f"{a.start.colour} {a.start.shape} go" in query.item.text)  # fmt: skip
        x, y = asked.end.at
        words = {0.2: "top", 0.8: "bottom"}.get(y, ""), {0.2: "left", 0.8: "right"}.get(x, "")
        assert all(word in answers(one, query)[0] for word in words)
        assert ("corner" in answers(one, query)[0]) == all(words)
    for query in (one := built("what becomes")).queries:
        asked = next(a for a in plan_of(query).actors
                     if f"{a.start.colour} {a.start.shape} turn" in query.item.text)  # fmt: skip
        assert answers(one, query) == [asked.end.words]
        assert (asked.end.colour == asked.start.colour) != (asked.end.shape == asked.start.shape)


@pytest.mark.parametrize("name", ["motions", "things in motion"])
def test_motions_are_those_of_the_clip(name):
    one = built(name)
    assert {REVERSED[REVERSED[motion]] for motion in REVERSED} == set(REVERSED)
    for query in one.queries:
        (actor,) = plan_of(query).actors
        start, end = actor.at(0), actor.at(1)
        said = answers(one, query)[0]
        change = {"left": start.at[0] - end.at[0], "right": end.at[0] - start.at[0],
                  "up": start.at[1] - end.at[1], "down": end.at[1] - start.at[1],
                  "growing": end.radius - start.radius, "shrinking": start.radius - end.radius,
                  "disappearing": start.radius - end.radius,
                  "appearing": end.radius - start.radius}  # fmt: skip
        motion = next(word for word in change if said.endswith(word))
        assert change[motion] > 0.1
        assert actor.jumps == ("appearing" in motion)


@pytest.mark.parametrize("name", ["caption to clip", "text in clip", "text across clips"])
def test_captions_of_clips_name_the_thing_and_where_it_goes(name):
    one = built(name)
    for query in one.queries:
        (row,) = query.gains
        film = eval(one.candidates[row].key.partition("|")[2], PLANS)
        moving = next(actor for actor in film.actors if actor.start != actor.end)
        said = query.item.text
        assert said.startswith(moving.start.words)
        dx, dy = (b - a for a, b in zip(moving.start.at, moving.end.at, strict=True))
        verb = re.search(r"moves (\w+)|(grows|shrinks)", said)
        grown = moving.end.radius - moving.start.radius
        signs = {"right": dx, "left": -dx, "down": dy, "up": -dy, "grows": grown, "shrinks": -grown}
        assert signs[verb[1] or verb[2]] > 0.1


def test_a_still_lies_on_the_lane_of_its_clip():
    one = built("clip to image")
    for query in one.queries:
        film = plan_of(query)
        for row in range(
            4 * (next(iter(query.gains)) // 4), 4 * (next(iter(query.gains)) // 4) + 4
        ):
            still = eval(one.candidates[row].key.partition("|")[2], PLANS)
            start, end = film.actors[0].start.at, film.actors[0].end.at
            lane = 0 if start[0] == end[0] else 1
            near_lane = abs(still.things[0].at[lane] - start[lane]) < 1e-9
            assert near_lane == (row in query.gains)
            assert still.ground != film.ground


def test_pictures_of_a_segment_are_not_in_other_candidates():
    one = built("image in clip")
    for query in one.queries:
        lanes = []
        for row in query.candidates:
            actor = eval(one.candidates[row].key.partition("|")[2], PLANS).actors[0]
            middle = actor.at(0.5)
            lanes.append((middle.words, middle.at))
        (row,) = query.gains
        mine = lanes[query.candidates.index(row)]
        assert lanes.count(mine) == 1


def test_scenes_of_a_family_hold_the_same_words_in_another_order():
    one = built("caption to scene")
    texts = [query.item.text for query in built("caption to scene", Limits(40, 40, 40)).queries]
    for at in range(0, 40, 4):
        bags = {tuple(sorted(text.replace(",", "").split())) for text in texts[at : at + 4]}
        assert len({tuple(w for w in bag if w not in ("a", "an")) for bag in bags}) == 1
        assert len(set(texts[at : at + 4])) == 4
    assert len(one.candidates) == 40


def test_a_phrase_stands_on_its_tile_only():
    one = built("phrase to tile", QUICK)
    texts = [eval(item.key.partition("|")[2], PLANS).text.lower() for item in one.candidates]
    for query in one.queries:
        assert 3 <= len(query.item.text.split()) <= 6
        holding = [row for row, text in enumerate(texts) if query.item.text in text]
        assert holding == list(query.gains)


def test_keywords_grade_pages_by_how_many_of_them_they_hold():
    one = built("keywords to page", QUICK)
    texts = [
        " ".join(eval(item.key.partition("|")[2], PLANS).paragraphs) for item in one.candidates
    ]
    others = {*ADJECTIVES, *VERBS, *(noun for nouns in SUBJECTS.values() for noun in nouns)}
    assert not others & set(KEYWORDS)
    for query in one.queries:
        held = [sum(f" {word}." in text for word in query.item.text.split()) for text in texts]
        assert query.gains == {row: n - 1.0 for row, n in enumerate(held) if n > 1}
        assert max(query.gains.values()) == 2


def test_values_stand_on_their_pages_beside_their_labels():
    one = built("value to page", QUICK)
    kinds = Counter()
    for query in one.queries:
        held = []
        for row, item in enumerate(one.candidates):
            facts = eval(item.key.partition("|")[2], PLANS)
            values = dict(facts.rows)
            words = query.item.text.split()
            if facts.kind == "form":
                held += [row] * (
                    f"{values['Name']} with number {values['Number']}" in query.item.text
                )
            elif (facts.kind == "table") == ("price" in words):
                held += [row] * any(k in words and v in words for k, v in facts.rows)
            if row in query.gains:
                kinds[facts.kind] += 1
        assert sorted(set(held)) == sorted(query.gains)
    assert len(kinds) == 3


def test_what_does_not_fit_on_paper_is_an_error():
    tile = Tile("word " * 200, "Vera", "plain")
    with pytest.raises(ValueError, match="text ends at"):
        tile.to_item().to_input()


@pytest.mark.parametrize("name", ["colour of", "count and relation", "where to", "motions"])
def test_no_answer_is_right_much_more_often_than_others(name):
    one = built(name, FULL)
    right = Counter(answers(one, query)[0] for query in one.queries)
    asked = Counter(right.values())
    counts = np.array(sorted(right.values()))
    if name != "count and relation":
        assert counts.max() - counts.min() <= 1, asked
    else:
        numbers = [right[number] for number in NUMBERS]
        assert max(numbers) - min(numbers) <= 1


def test_the_held_out_emoji_are_those_that_training_leaves_out():
    found = [emoji.Emoji(chr(0x1F600 + n), f"name {n}", ()) for n in range(300)]
    split = {sample.query["text"]: sample.split for sample in emoji_samples(found)}
    for name, side in split.items():
        assert is_held_out("concept", str(name)) == (side == "held_out")
    assert AXES["concept"].excluded


def test_a_tenth_of_the_pairings_is_held_out():
    held_out = [label for label in LABELS if is_held_out("pairing", " ".join(label))]
    assert 10 <= len(held_out) <= 24
    assert name_of("orange", "star") == "an orange star"


def test_emoji_without_their_font_are_unavailable_with_the_remedy(monkeypatch, tmp_path):
    monkeypatch.setattr(emoji, "FONT", tmp_path / "none.ttf")
    with pytest.raises(Unavailable, match="fonts-noto-color-emoji is not installed"):
        classes.emoji_names(SMALL)


def test_unicode_sets_are_read_as_their_single_characters():
    assert characters_of("[ab-d{xy}f]") == list("abcdf")


def test_every_layout_and_font_comes_up():
    tiles = [pages.plan_tile(seed) for seed in seeds_of(80, 1000)]
    assert len({tile.font for tile in tiles}) == 5
    assert {is_held_out("layout", tile.layout) for tile in tiles} == {True, False}
