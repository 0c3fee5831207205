"""GIC inside the model: what a target may see, and the two ways to arrange that."""

from __future__ import annotations

import math
from types import SimpleNamespace

import pytest
import torch
from tiny_models import ARCHITECTURES, build_tiny, noise
from torch import nn

pytest.importorskip("datasets", reason="needs the [train] extra")

from gic_batches import (
    assert_same_gradients,
    columns_of,
    forward_features,
    gradients,
    pairs,
)

from embedder import condensation
from embedder.condensation import (
    Target,
    build_target,
    condensation_mask,
    cross_entropy,
    target_loss,
)
from embedder.segments import BTOK, CONTENT, PADDING, TARGET


@pytest.fixture(scope="module", params=ARCHITECTURES)
def model(request):
    return build_tiny(request.param)


@pytest.fixture
def dropping():
    """Return btok-tiny with the dropouts of its tower, in training."""
    model = build_tiny("btok_tiny")
    visual = model[0].model.visual
    visual.cell_dropout = visual.glance.dropout = 0.5
    model[0].model.train()
    return model


def query_features(model, rows=None):
    """Return the query column of a batch, which predicts texts of the other side."""
    return forward_features(model, columns_of(model, rows or pairs())[0])


def test_condensation_mask_is_the_matrix_of_the_paper():
    q, b, t, pad = CONTENT, BTOK, TARGET, PADDING
    mask = condensation_mask(torch.tensor([[q, q, b, b, pad, t, t, pad]]))
    assert mask.shape == (1, 1, 8, 8)
    assert mask[0, 0].int().tolist() == [
        [1, 0, 0, 0, 0, 0, 0, 0],
        [1, 1, 0, 0, 0, 0, 0, 0],
        [1, 1, 1, 0, 0, 0, 0, 0],
        [1, 1, 1, 1, 0, 0, 0, 0],
        [1, 1, 1, 1, 1, 0, 0, 0],  # padding sees itself, and nothing sees padding
        [0, 0, 1, 1, 0, 1, 0, 0],
        [0, 0, 1, 1, 0, 1, 1, 0],
        [1, 1, 1, 1, 0, 1, 1, 1],
    ]


def test_cross_entropy_equals_its_definition_written_out():
    weight = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])  # three words, two wide
    decoder = SimpleNamespace(embed_tokens=nn.Embedding.from_pretrained(weight), config=None)
    states = torch.tensor([[[2.0, 0.0], [0.0, 3.0], [9.0, 9.0]]])
    target = Target(torch.tensor([[0, 2, 1]]), torch.tensor([[False, True, True]]))
    # Scores of the words are (2, 0, 2), where 2 follows, then (0, 3, 3), where 1 follows.
    first = math.log(math.exp(2) + 1 + math.exp(2)) - 2
    second = math.log(1 + 2 * math.exp(3)) - 3
    found = cross_entropy(decoder, states, target)
    assert found.tolist() == pytest.approx([(first + second) / 2])


@pytest.mark.parametrize("mode", ["handover", "dense"])
def test_target_loss_of_uniform_logits_is_log_of_the_vocabulary(mode):
    model = build_tiny("qwen2_vl")
    inner = model[0].model
    nn.init.zeros_(inner.language_model.embed_tokens.weight)
    features = query_features(model)
    inner(**features, gic_mode=mode)
    generated = inner.take_generated()
    assert generated.target.rows.tolist() == [True, True, False, False, False, True, True]
    expected = torch.where(generated.target.rows, math.log(inner.config.text_config.vocab_size), 0)
    torch.testing.assert_close(generated.loss, expected)


def test_handover_equals_the_dense_mask_under_the_same_dropout(dropping):
    inner, features = dropping[0].model, query_features(dropping)
    losses = []
    for seed, mode in ((0, "handover"), (0, "dense"), (1, "dense")):
        torch.manual_seed(seed)
        inner(**features, gic_mode=mode)
        losses.append(inner.take_generated().loss)
    torch.testing.assert_close(losses[0], losses[1], atol=2e-6, rtol=2e-6)
    assert not torch.allclose(losses[1], losses[2], atol=1e-4)


@pytest.mark.parametrize("training", [False, True])
def test_handover_equals_the_dense_mask_in_value_and_gradient(model, training):
    inner = model[0].model.train(training)
    features = query_features(model)
    found = {}
    for mode in ("handover", "dense"):
        pooled = inner(**features, gic_mode=mode).pooler_output
        loss = inner.take_generated().loss
        (loss.sum() + pooled.square().sum()).backward()
        found[mode] = loss.detach(), gradients(inner.named_parameters())
    torch.testing.assert_close(found["handover"][0], found["dense"][0], atol=2e-6, rtol=2e-6)
    assert_same_gradients(found["handover"][1], found["dense"][1], tolerance=1e-5)
    assert found["dense"][1]["btok.weight"].abs().max() > 0
    inner.eval()


def test_compressed_visuals_are_handed_over_as_well():
    for family in ("qwen2_5_vl", "qwen3_vl"):
        model = build_tiny(family, visual_compression=2)
        inner = model[0].model
        features = query_features(model)
        losses = []
        for mode in ("handover", "dense"):
            inner(**features, gic_mode=mode)
            losses.append(inner.take_generated().loss)
        torch.testing.assert_close(*losses, atol=2e-6, rtol=2e-6)


def test_left_and_right_padding_predict_alike(model):
    inner = model[0].model
    right = query_features(model)
    left = dict(right)
    lengths = right["attention_mask"].sum(1).tolist()
    for name in ("input_ids", "segment_ids", "attention_mask"):
        rolled = [row.roll(len(row) - size) for row, size in zip(right[name], lengths, strict=True)]
        left[name] = torch.stack(rolled)
    for mode in ("handover", "dense"):
        losses = []
        for features in (left, right):
            with torch.inference_mode():
                inner(**features, gic_mode=mode)
            losses.append(inner.take_generated().loss)
        torch.testing.assert_close(*losses, atol=2e-6, rtol=2e-6)


@pytest.mark.parametrize("mode", ["handover", "dense"])
def test_embedding_beside_a_target_is_that_of_inference(model, mode):
    inner = model[0].model
    features = query_features(model)
    plain = {name: value for name, value in features.items() if not name.startswith("gic")}
    with torch.inference_mode():
        beside = inner(**features, gic_mode=mode).last_hidden_state
        assert inner.take_generated() is not None
        alone = inner(**plain).last_hidden_state
    torch.testing.assert_close(beside, alone, atol=2e-6, rtol=0)
    assert inner.take_generated() is None


class FrozenSlots:
    """Records the BToks' states before every layer in one pass, puts them back in the next ones."""

    def __init__(self, inner, features):
        self.is_btok = features["segment_ids"] == BTOK  # (B, L)
        self.states: dict[int, torch.Tensor] = {}
        for number, layer in enumerate(inner.language_model.layers):
            layer.register_forward_pre_hook(self.hook(number))

    def hook(self, number):
        def freeze(_, args):
            states, *rest = args
            at = self.is_btok
            if len(states) < len(at):
                return None  # the targets over their slots: not every row has one
            at = nn.functional.pad(at, (0, states.shape[1] - at.shape[1]))
            if number not in self.states:
                self.states[number] = states[at].clone()
            states = states.clone()
            states[at] = self.states[number]
            return (states, *rest)

        return freeze


def with_other_content(features):
    """Change every letter and every pixel, and nothing about lengths and places."""
    other = dict(features)
    letters = (features["segment_ids"] == CONTENT) & (features["input_ids"] < 256)
    other["input_ids"] = torch.where(
        letters, (features["input_ids"] + 7) % 256, features["input_ids"]
    )
    for name in ("pixel_values", "pixel_values_videos"):
        if name in features:
            other[name] = features[name].flip(0)
    return other


@torch.inference_mode()
def losses_of_two_contents(family, mode):
    """Return the target losses of two contents whose BToks are the same in every layer."""
    model = build_tiny(family)
    inner = model[0].model
    features = query_features(model)
    FrozenSlots(inner, features)
    found = []
    for content in (features, with_other_content(features)):
        inner(**content, gic_mode=mode)
        found.append(inner.take_generated().loss)
    return found


@pytest.mark.parametrize("mode", ["handover", "dense"])
@pytest.mark.parametrize("family", ARCHITECTURES)
def test_target_sees_content_through_the_btoks_only(family, mode):
    first, second = losses_of_two_contents(family, mode)
    assert first[0] > 0
    assert torch.equal(first, second)


@pytest.mark.parametrize("family", ARCHITECTURES)
def test_the_leak_test_finds_the_leak_of_plain_causal_attention(family, monkeypatch):
    def causal(segments):
        L = segments.shape[1]
        is_key = (segments != PADDING)[:, None, None, :]
        return torch.ones(L, L, dtype=torch.bool).tril() & is_key | torch.eye(L, dtype=torch.bool)

    monkeypatch.setattr(condensation, "condensation_mask", causal)
    first, second = losses_of_two_contents(family, "dense")
    assert (first - second)[first > 0].abs().min() > 1e-5


def test_content_moves_the_target_where_its_btoks_are_free(model):
    features = query_features(model)
    found = []
    for content in (features, with_other_content(features)):
        with torch.inference_mode():
            model[0].model(**content)
        found.append(model[0].model.take_generated().loss)
    assert (found[0] - found[1])[found[0] > 0].abs().min() > 1e-6


def test_dense_mask_is_written_as_the_attention_in_use_reads_it(model):
    inner = model[0].model
    features = query_features(model)
    losses = []
    try:
        for attention in ("sdpa", "eager"):
            inner.language_model.config._attn_implementation = attention
            with torch.inference_mode():
                inner(**features, gic_mode="dense")
            losses.append(inner.take_generated().loss)
    finally:
        inner.language_model.config._attn_implementation = "sdpa"
    torch.testing.assert_close(*losses, atol=2e-6, rtol=2e-6)


def test_dense_mask_is_refused_where_attention_would_ignore_it():
    model = build_tiny("qwen2_vl")
    inner = model[0].model
    inner.language_model.config._attn_implementation = "flash_attention_2"
    with pytest.raises(ValueError, match=r"flash_attention_2.* use gic_mode='handover'"):
        inner(**query_features(model), gic_mode="dense")


def test_recurrent_layers_are_refused():
    model = build_tiny("qwen2_vl")
    inner = model[0].model
    inner.language_model.config.layer_types = ["full_attention", "linear_attention"]
    with pytest.raises(ValueError, match="layers of linear_attention"):
        inner(**query_features(model))


def test_unknown_mode_is_refused(model):
    with pytest.raises(ValueError, match="allowed are handover, dense"):
        model[0].model(**query_features(model), gic_mode="both")


def test_model_without_btoks_has_nothing_to_predict_from():
    model = build_tiny("qwen2_vl", num_btoks=0)
    with pytest.raises(ValueError, match="num_btoks is 0"):
        model[0].model(**query_features(model))


def test_backbone_with_an_output_matrix_of_its_own_is_refused():
    model = build_tiny("qwen2_vl")
    model[0].model.config.tie_word_embeddings = False
    with pytest.raises(ValueError, match="tied embeddings"):
        model[0].model(**query_features(model))


def test_handover_under_gradient_checkpointing_names_the_remedy():
    model = build_tiny("qwen2_vl").train()
    inner = model[0].model
    features = query_features(model)
    inner(**features, gic_mode="dense").pooler_output.sum().backward()
    plain = inner.take_generated().loss, gradients(inner.named_parameters())
    inner.activation_checkpointing_enable()
    with pytest.raises(ValueError, match="use gic_mode='dense'"):
        inner(**features, gic_mode="handover")
    inner(**features, gic_mode="dense").pooler_output.sum().backward()
    torch.testing.assert_close(inner.take_generated().loss, plain[0])
    assert_same_gradients(gradients(inner.named_parameters()), plain[1])
    inner.eval()  # nothing is checkpointed here
    inner(**features, gic_mode="handover")
    torch.testing.assert_close(inner.take_generated().loss, plain[0], atol=2e-6, rtol=2e-6)


def test_header_placeholders_and_padding_are_never_labels():
    ids = torch.tensor([[[7, 8, 50, 9, 51, 4, -1, -1]], [[7, 8, 4, -1, -1, -1, -1, -1]]])
    target = build_target(ids, header=2, unpredicted=(50, 51))
    assert target.ids.shape == (2, 6)  # what no row uses is cut
    assert target.labels.int().tolist() == [[0, 0, 0, 1, 0, 1], [0, 0, 1, 0, 0, 0]]


def test_every_architecture_names_its_placeholders_and_padding(model):
    inner, tokenizer = model[0].model, model.tokenizer
    tokens = ("<|image_pad|>", "<|video_pad|>", "<|vision_start|>", "<|vision_end|>")
    expected = {*tokenizer.convert_tokens_to_ids(tokens), tokenizer.pad_token_id}
    assert set(inner.unpredicted_ids) == expected


def test_target_of_placeholders_alone_costs_nothing(model):
    inner = model[0].model
    features = query_features(model, [{"query": {"text": "x"}, "positive": {"text": "y"},
                                       "ntp_side": "positive"}])  # fmt: skip
    header = features["gic_ids"][..., : features["gic_header"]]
    image = torch.full((1, 1, 2), inner.config.image_token_id)
    inner(**{**features, "gic_ids": torch.cat([header, image], dim=2)})
    assert inner.take_generated().loss.tolist() == [0.0]


def test_rows_without_a_target_are_not_decoded(monkeypatch):
    model = build_tiny("qwen2_vl")
    inner = model[0].model
    decoded = []
    run = inner.language_model.forward
    monkeypatch.setattr(
        inner.language_model,
        "forward",
        lambda **given: decoded.append(given["inputs_embeds"].shape[:2]) or run(**given),
    )
    inner(**query_features(model))
    assert [rows for rows, _ in decoded] == [7, 4]


def test_targets_go_on_where_the_btoks_end():
    model = build_tiny("qwen2_vl")
    inner = model[0].model
    rows = [
        {"query": {"text": "four"}, "positive": {"text": "a"}},
        {"query": {"image": noise(56, 112)}, "positive": {"text": "b"}},
    ]
    seen = {}

    def keep(_, args, given):
        seen["next"] = given["position_ids"]

    features = query_features(model, [{**row, "ntp_side": "positive"} for row in rows])
    handle = inner.language_model.register_forward_pre_hook(keep, with_kwargs=True)
    inner(**features)
    handle.remove()
    # 4 letters and 4 BToks; start, a grid of 4 x 2 tokens (as long as its longer side), end, BToks
    assert seen["next"][:, :, 0].tolist() == [[8, 1 + 4 + 1 + 4]] * 3


def test_slots_of_a_batch_are_those_of_its_rows():
    model = build_tiny("qwen3_vl")
    inner = model[0].model
    with torch.inference_mode():
        inner(**query_features(model))
        slots, target = (generated := inner.take_generated()).slots, generated.target
        rows = torch.tensor([6, 0])
        some = target_loss(inner.language_model, slots.of(rows), target.of(rows))
    assert slots.layers[0][0].shape == (7, 2, 4, 16)  # rows, key heads, K, width of a head
    torch.testing.assert_close(some, generated.loss[rows], atol=2e-6, rtol=2e-6)


def test_untrained_tiny_model_is_not_sure_of_what_is_wrong():
    # Its words have a root mean square of 1, and at first a state is much like its own word.
    model = build_tiny("btok_tiny")
    inner = model[0].model
    losses = {}
    for scale in (inner.config.text_config.output_scale, 1.0):
        inner.config.text_config.output_scale = scale
        with torch.inference_mode():
            inner(**query_features(model))
        losses[scale] = inner.take_generated().loss.max().item()
    chance = math.log(inner.config.text_config.vocab_size)
    assert losses[1 / 16] < 4 * chance
    assert losses[1.0] > 20 * chance


def test_attention_in_single_precision_hands_over_and_masks_alike():
    from train.precision import PRECISE_ATTENTION

    model = build_tiny("btok_tiny")
    inner = model[0].model
    features = query_features(model)
    found = []
    for attention in ("sdpa", PRECISE_ATTENTION):
        inner.set_attn_implementation(attention)
        for mode in ("handover", "dense"):
            with torch.inference_mode():
                inner(**features, gic_mode=mode)
            found.append(inner.take_generated().loss)
    for other in found[1:]:
        torch.testing.assert_close(found[0], other, atol=2e-6, rtol=2e-6)


def test_attention_that_no_mask_reaches_is_refused():
    model = build_tiny("qwen2_vl")
    inner = model[0].model
    inner.language_model.config._attn_implementation = "made_up"
    with pytest.raises(ValueError, match="no function that makes its masks"):
        inner(**query_features(model))
