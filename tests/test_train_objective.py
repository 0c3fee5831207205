"""The objective and the sampler against known answers."""

from __future__ import annotations

import math
from types import SimpleNamespace

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("datasets", reason="needs the [train] extra")

from torch import nn  # noqa: E402

from train.objective import GICLoss, distinct, info_nce  # noqa: E402
from train.sampling import InterleavedSampler, Interleaving  # noqa: E402


def test_info_nce_of_identical_vectors_is_log_of_the_batch_size():
    same = nn.functional.normalize(torch.ones(4, 8), dim=1)
    assert info_nce(same, same, temperature=0.05).item() == pytest.approx(math.log(4))


def test_info_nce_equals_its_definition_written_out():
    torch.manual_seed(0)
    q, d = (nn.functional.normalize(torch.randn(n, 6), dim=1) for n in (3, 5))
    total = 0.0
    for i in range(3):
        scores = [math.exp(float(q[i] @ d[j]) / 0.1) for j in range(5)]
        total -= math.log(scores[i] / sum(scores))
    assert info_nce(q, d, temperature=0.1).item() == pytest.approx(total / 3, rel=1e-5)


def test_masked_pair_does_not_count_but_the_own_document_always_does():
    q = torch.eye(3)
    d = torch.stack([q[0], q[0], q[2]])  # document 1 is a false negative of query 0
    nothing_allowed = torch.zeros(3, 3, dtype=torch.bool)
    assert info_nce(q, d, temperature=1.0, allowed=nothing_allowed).item() == pytest.approx(0.0)
    allowed = torch.ones(3, 3, dtype=torch.bool)
    allowed[0, 1] = False
    masked = info_nce(q, d, temperature=1.0, allowed=allowed)
    assert masked < info_nce(q, d, temperature=1.0)


def test_documents_of_other_processes_come_before_the_own_ones():
    torch.manual_seed(0)
    q, d = (nn.functional.normalize(torch.randn(n, 6), dim=1) for n in (2, 6))
    own = torch.cat([d[2:4], d[:2], d[4:]])
    expected = info_nce(q, own, temperature=0.1).item()
    assert info_nce(q, d, temperature=0.1, start=2).item() == pytest.approx(expected)


def test_document_that_beats_the_own_one_by_the_margin_is_no_negative():
    q = torch.tensor([[1.0, 0.0]])
    # similarities .5 (its own), .59 and .61: the last one beats it by more than .1
    d = torch.tensor([[0.5, 0.0], [0.59, 0.0], [0.61, 0.0]])
    found = info_nce(q, d, temperature=1.0, margin=0.1).item()
    assert found == pytest.approx(math.log(1 + math.exp(0.09)))
    everything = info_nce(q, d, temperature=1.0).item()
    assert everything == pytest.approx(math.log(1 + math.exp(0.09) + math.exp(0.11)))


def test_texts_that_the_teacher_finds_alike_are_no_negatives_of_each_other():
    teacher = nn.functional.normalize(torch.tensor([[1.0, 0.0], [0.99, 0.1], [0.0, 1.0]]), dim=1)
    assert distinct(teacher, teacher, ceiling=0.9).tolist() == [
        [False, False, True],
        [False, False, True],
        [True, True, False],
    ]


class Passing(nn.Module):
    """Hands its features on as embeddings."""

    def forward(self, features):
        return {"sentence_embedding": features["x"]}


def test_distillation_counts_rows_with_a_teacher_vector_only():
    loss = GICLoss(Passing(), mini_batch_size=None, gic_weight=0.0, distillation=2.0)
    queries = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    labels = torch.tensor([[0.0, 1.0], [0.0, 0.0]])  # orthogonal to the first, none for the second
    value = loss([{"x": queries}], labels)
    assert value.item() == loss.terms["distillation"].item() == pytest.approx(2.0)
    assert loss.terms["nce"].item() == 0.0


def sampler(keys, *, weights, block, batch, batches, world=1, lengths=None, seed=0):
    """Build a sampler over sources of given keys."""
    how = Interleaving(
        keys=keys,
        lengths=lengths or [None] * len(keys),
        weights=weights,
        block=block,
        num_batches=batches,
        world=world,
    )
    dataset = SimpleNamespace(datasets=[range(len(k)) for k in keys])
    stub = SimpleNamespace(batch_size=batch, drop_last=True)
    return InterleavedSampler(
        dataset, interleaving=how, batch_samplers=[stub] * len(keys), seed=seed
    )


def test_every_block_comes_from_one_source_and_no_key_comes_twice_in_a_global_batch():
    keys = [[i % 40 for i in range(80)], [100 + i for i in range(60)]]
    batches = list(sampler(keys, weights=[1, 1], block=4, batch=8, batches=20, world=2))
    assert len(batches) == 20
    flat = [*keys[0], *keys[1]]
    for first, second in zip(batches[::2], batches[1::2], strict=True):
        rows = first + second
        assert len({flat[row] for row in rows}) == len(rows) == 16
        for start in range(0, 16, 4):
            assert len({row < 80 for row in rows[start : start + 4]}) == 1


def test_order_is_a_function_of_the_seed():
    keys = [list(range(50)), list(range(100, 150))]
    first, again, other = (
        list(sampler(keys, weights=[2, 1], block=5, batch=5, batches=30, seed=seed))
        for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other


def test_lengths_put_like_rows_into_one_block():
    keys, lengths = [list(range(400))], [[(i * 7) % 100 for i in range(400)]]
    plain = list(sampler(keys, weights=[1], block=8, batch=8, batches=50))
    alike = list(sampler(keys, weights=[1], block=8, batch=8, batches=50, lengths=lengths))
    assert sorted(row for batch in alike for row in batch) == list(range(400))

    def waste(batches):
        return sum(max(lengths[0][r] for r in b) * len(b) for b in batches) / sum(lengths[0])

    assert waste(alike) < 1.05 < 1.5 < waste(plain)


def test_rows_are_dealt_in_the_order_of_their_source():
    batches = list(sampler([list(range(12))], weights=[1], block=3, batch=3, batches=4))
    assert [row for batch in batches for row in batch] == list(range(12))


def test_too_few_distinct_keys_are_refused_with_the_remedy():
    with pytest.raises(ValueError, match="lower `block`"):
        list(sampler([[0, 0, 0, 0]], weights=[1], block=2, batch=2, batches=1))


def test_block_must_divide_the_global_batch():
    with pytest.raises(ValueError, match="must divide"):
        sampler([list(range(9))], weights=[1], block=3, batch=4, batches=1)
