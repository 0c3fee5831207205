"""Properties of the sampler, for any sources, weights, blocks, seeds and numbers of processes."""

from __future__ import annotations

import math
from collections import Counter
from types import SimpleNamespace

import pytest

pytest.importorskip("datasets", reason="needs the [train] extra")

from accelerate.data_loader import BatchSamplerShard, SkipBatchSampler
from hypothesis import given, settings
from hypothesis import strategies as st

from train.sampling import InterleavedSampler, Interleaving

WORLDS = (1, 2, 4)
examples = settings(max_examples=60, deadline=None, derandomize=True, database=None)


def sampler(keys, *, weights, block, total, global_batches, world=1, seed=0):
    """Build a sampler whose global batches have `total` rows, shared by `world` processes."""
    how = Interleaving(
        keys=keys,
        lengths=[None] * len(keys),
        weights=weights,
        block=block,
        num_batches=global_batches * world,
        world=world,
    )
    batches = SimpleNamespace(batch_size=total // world, drop_last=True)
    return InterleavedSampler(
        SimpleNamespace(datasets=[range(len(one)) for one in keys]),
        interleaving=how,
        batch_samplers=[batches] * len(keys),
        seed=seed,
    )


def global_batches_of(one: InterleavedSampler) -> list[list[int]]:
    """Put the batches of all processes together again."""
    batches, world = list(one), one.interleaving.world
    return [
        [row for batch in batches[start : start + world] for row in batch]
        for start in range(0, len(batches), world)
    ]


@st.composite
def plans(draw, *, ample: bool):
    """Draw sources, weights, sizes; `ample` sources have more keys than a batch, all distinct."""
    block = draw(st.integers(1, 6))
    total = block * 4 * draw(st.integers(1, 3))
    count = draw(st.integers(1, 4))
    if ample:
        sizes = [draw(st.integers(total, 5 * total)) for _ in range(count)]
        keys = [[(number, row) for row in range(size)] for number, size in enumerate(sizes)]
    else:
        source = st.lists(st.integers(0, 2 * total), min_size=1, max_size=3 * total)
        keys = [draw(source) for _ in range(count)]
    return {
        "keys": keys,
        "weights": [draw(st.floats(0.1, 10)) for _ in range(count)],
        "block": block,
        "total": total,
        "global_batches": draw(st.integers(1, 5)),
        "seed": draw(st.integers(0, 2**31)),
    }


@examples
@given(plans(ample=False))
def test_no_positive_comes_twice_in_a_global_batch_or_the_sources_have_too_few(plan):
    flat = [key for keys in plan["keys"] for key in keys]
    if len(set(flat)) < plan["total"]:
        with pytest.raises(ValueError, match="lower `block`"):
            list(sampler(**plan))
        return
    batches = global_batches_of(sampler(**plan))
    assert len(batches) == plan["global_batches"]
    for rows in batches:
        assert len({flat[row] for row in rows}) == len(rows) == plan["total"]


@examples
@given(plans(ample=True))
def test_every_block_comes_from_one_source_where_the_sources_have_enough(plan):
    source_of = [number for number, keys in enumerate(plan["keys"]) for _ in keys]
    for rows in global_batches_of(sampler(**plan)):
        for start in range(0, plan["total"], plan["block"]):
            assert len({source_of[row] for row in rows[start : start + plan["block"]]}) == 1


@examples
@given(plans(ample=True))
def test_every_row_of_a_source_comes_once_before_any_comes_twice(plan):
    counts = Counter(row for rows in global_batches_of(sampler(**plan)) for row in rows)
    first = 0
    for keys in plan["keys"]:
        times = [counts[row] for row in range(first, first + len(keys))]
        assert max(times) - min(times) <= 1
        first += len(keys)


@examples
@given(plans(ample=False))
def test_global_batches_do_not_depend_on_the_number_of_processes(plan):
    if len({key for keys in plan["keys"] for key in keys}) < plan["total"]:
        return
    one, two, four = (global_batches_of(sampler(**plan, world=world)) for world in WORLDS)
    assert one == two == four


@examples
@given(plans(ample=True), st.data())
def test_run_resumed_by_skipping_goes_on_where_it_stopped_on_every_rank(plan, data):
    done = data.draw(st.integers(0, plan["global_batches"]))
    for world in WORLDS:
        for rank in range(world):
            shard, again = (
                BatchSamplerShard(
                    sampler(**plan, world=world),
                    num_processes=world,
                    process_index=rank,
                    even_batches=False,
                )
                for _ in range(2)
            )
            assert list(SkipBatchSampler(again, skip_batches=done)) == list(shard)[done:]


@settings(max_examples=15, deadline=None, derandomize=True, database=None)
@given(st.lists(st.floats(0.2, 5), min_size=2, max_size=5), st.integers(0, 2**31))
def test_sources_come_by_their_weights_within_binomial_bounds(weights, seed):
    block, blocks = 2, 3000
    keys = [[(number, row) for row in range(60)] for number in range(len(weights))]
    batches = global_batches_of(
        sampler(keys, weights=weights, block=block, total=12, global_batches=blocks // 6, seed=seed)
    )
    drawn = Counter(rows[start] // 60 for rows in batches for start in range(0, 12, block))
    assert drawn.total() == blocks
    for number, weight in enumerate(weights):
        share = weight / sum(weights)
        deviation = math.sqrt(blocks * share * (1 - share))
        assert abs(drawn[number] - blocks * share) <= 5 * deviation  # 1 in 1.7 million


def test_block_of_a_source_with_two_classes_is_filled_up_from_others():
    classes = ["yes", "no"] * 50_000
    captions = list(range(5000))
    batches = global_batches_of(
        sampler([classes, captions], weights=[1, 1], block=512, total=1024, global_batches=4)
    )
    for rows in batches:
        answers = [row for row in rows if row < len(classes)]
        assert len(answers) <= 2
        assert len({row % 2 for row in answers}) == len(answers)
    assert any(row < len(classes) for rows in batches for row in rows)
    others = [row - len(classes) for rows in batches for row in rows if row >= len(classes)]
    assert others == list(range(len(others)))  # none is dealt and dropped


def test_same_seed_same_order_other_seed_other_order():
    plan = {"keys": [list(range(50)), list(range(100, 150))], "weights": [2, 1], "block": 5}
    first, again, other = (
        list(sampler(**plan, total=10, global_batches=20, seed=seed)) for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other
