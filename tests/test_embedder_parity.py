"""The forward pass against the stock models, and against itself in other arrangements."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from tiny_models import (
    ARCHITECTURES,
    FAMILIES,
    build_tiny,
    clip,
    mixed_inputs,
    noise,
    tiny_model,
)
from transformers import Qwen2_5_VLConfig, Qwen2VLConfig, Qwen3VLConfig
from transformers.models.qwen2_5_vl.modeling_qwen2_5_vl import Qwen2_5_VLModel
from transformers.models.qwen2_vl.modeling_qwen2_vl import Qwen2VLModel
from transformers.models.qwen3_vl.modeling_qwen3_vl import Qwen3VLModel

from embedder.compression import (
    compress,
    compressed_grid,
    compressing,
    install,
    to_blocks,
    unblock,
)
from embedder.modeling import BTOK, PADDING

STOCK = {
    "qwen2_vl": (Qwen2VLConfig, Qwen2VLModel),
    "qwen2_5_vl": (Qwen2_5_VLConfig, Qwen2_5_VLModel),
    "qwen3_vl": (Qwen3VLConfig, Qwen3VLModel),
}
VISUALS = ("pixel_values", "image_grid_thw", "pixel_values_videos", "video_grid_thw")


def features_of(model, inputs):
    """Preprocess, and keep what the forward pass takes."""
    features = dict(model.preprocess(inputs))
    names = model[0].model_forward_params
    return {name: value for name, value in features.items() if name in names}


@torch.inference_mode()
def states_of(model, features):
    return model[0].model(**features).last_hidden_state


def stock_twin(family, ours):
    """Return the stock model with our weights, the BToks as rows at the end of its vocabulary."""
    config_class, model_class = STOCK[family]
    given = ours.config.to_dict()
    vocabulary = given["text_config"]["vocab_size"]
    given["text_config"]["vocab_size"] = vocabulary + ours.config.num_btoks
    for key in ("model_type", "num_btoks", "visual_compression", "architectures"):
        given.pop(key, None)
    stock = model_class(config_class(**given)).eval()
    weights = dict(ours.state_dict())
    rows = weights.pop("btok.weight", ours.language_model.embed_tokens.weight[:0])
    name = "language_model.embed_tokens.weight"
    weights[name] = torch.cat([weights[name], rows])
    stock.load_state_dict(weights)
    return stock, vocabulary


@pytest.mark.parametrize("num_btoks", [4, 0])
@pytest.mark.parametrize("family", FAMILIES)
def test_states_equal_those_of_the_stock_model_with_btoks_as_vocabulary(family, num_btoks):
    model = tiny_model(family, num_btoks=num_btoks)
    ours = model[0].model
    stock, vocabulary = stock_twin(family, ours)
    features = features_of(model, mixed_inputs())
    ids, segments = features["input_ids"].clone(), features["segment_ids"]
    is_btok = segments == BTOK
    if num_btoks:
        ids[is_btok] = vocabulary + torch.arange(num_btoks).repeat(len(ids))
    types = (ids == ours.config.image_token_id) + 2 * (ids == ours.config.video_token_id).int()
    timing = {}
    if family == "qwen2_5_vl":
        seconds = features["seconds_per_grid"]
        timing["second_per_grid_ts"] = seconds[seconds > 0]
    with torch.inference_mode():
        # No positions are given: the stock model finds its own.
        states = stock(
            input_ids=ids,
            attention_mask=features["attention_mask"],
            mm_token_type_ids=types.int(),
            use_cache=False,
            **{name: features[name] for name in VISUALS if name in features},
            **timing,
        ).last_hidden_state
    if num_btoks:
        expected = states[is_btok].view(len(ids), num_btoks, -1)
    else:
        last = features["attention_mask"].sum(1) - 1
        expected = states[torch.arange(len(ids)), last][:, None]
    torch.testing.assert_close(states_of(model, features), expected, atol=2e-6, rtol=1e-5)


@pytest.mark.parametrize("num_btoks", [4, 0])
@pytest.mark.parametrize("family", ARCHITECTURES)
def test_left_and_right_padding_give_the_same_states(family, num_btoks):
    model = tiny_model(family, num_btoks=num_btoks)
    right = features_of(model, mixed_inputs())
    left = dict(right)
    lengths = right["attention_mask"].sum(1).tolist()
    for name in ("input_ids", "segment_ids", "attention_mask"):
        rows = right[name]
        rolled = [row.roll(len(row) - size) for row, size in zip(rows, lengths, strict=True)]
        left[name] = torch.stack(rolled)
    assert (left["segment_ids"][:, 0] == PADDING).any()
    torch.testing.assert_close(states_of(model, left), states_of(model, right), atol=2e-6, rtol=0)


@pytest.mark.parametrize("visual_compression", [1, 2])
@pytest.mark.parametrize("family", ARCHITECTURES)
def test_a_mixed_batch_equals_its_inputs_one_by_one(family, visual_compression):
    model = tiny_model(family, visual_compression=visual_compression)
    batch = torch.from_numpy(model.encode(mixed_inputs()))
    single = torch.stack([torch.from_numpy(model.encode(item)) for item in mixed_inputs()])
    torch.testing.assert_close(batch, single, atol=2e-6, rtol=0)
    assert (batch @ batch.T - torch.eye(len(batch))).max() < 0.9999  # eight different vectors


def test_factor_two_is_two_by_two_average_pooling_on_even_grids():
    grid = torch.tensor([[2, 8, 12], [1, 4, 4]])
    patches = torch.randn(int(grid.prod(1).sum()), 5)
    found = compress(patches, grid, factor=2, merge_size=2, block=2)
    expected = []
    for part, (t, h, w) in zip(patches.split(grid.prod(1).tolist()), grid.tolist(), strict=True):
        planes = unblock(part, (t, h, w), 2).permute(0, 3, 1, 2)
        expected.append(to_blocks(F.avg_pool2d(planes, 2).permute(0, 2, 3, 1), 2))
    torch.testing.assert_close(found, torch.cat(expected), atol=0, rtol=0)


@pytest.mark.parametrize("factor", [2, 3, 4])
@pytest.mark.parametrize("family", ARCHITECTURES)
def test_compressed_tokens_agree_with_placeholders_and_positions(family, factor):
    model = tiny_model(family, visual_compression=factor)
    inner = model[0].model
    features = features_of(model, mixed_inputs())
    merge = inner.visual.spatial_merge_size
    for kind in ("image", "video"):
        grids = features[f"{kind}_grid_thw"]
        places = features["input_ids"] == getattr(inner.config, f"{kind}_token_id")
        left = compressed_grid(grids, factor=factor, merge_size=merge)
        assert int(places.sum()) == int(left.prod(1).sum()) // merge**2
    assert states_of(model, features).isfinite().all()


@pytest.mark.parametrize("kind", ["image", "video"])
@pytest.mark.parametrize("family", ARCHITECTURES)
def test_factor_two_keeps_exactly_a_quarter_of_the_visual_tokens(family, kind):
    budgets = {"min_pixels": 1, "max_pixels": 256 * 256, "max_frame_pixels": 256 * 256}
    counts = []
    for factor in (1, 2):
        model = build_tiny(family, visual_compression=factor, **budgets)
        media = noise(250, 190) if kind == "image" else clip(250, 190, 4)
        features = features_of(model, [{kind: media}])
        token = getattr(model[0].model.config, f"{kind}_token_id")
        patches = int(features[f"{kind}_grid_thw"].prod())
        counts.append((int((features["input_ids"] == token).sum()), patches))
    (tokens, patches), (left, seen) = counts
    merged = model[0].model.visual.spatial_merge_size ** 2
    assert tokens * merged == patches  # all of them without compression
    assert left * merged * 4 == seen


@pytest.mark.parametrize("family", FAMILIES)
def test_a_compressed_picture_stands_where_a_smaller_one_would(family):
    whole, halved = tiny_model(family), tiny_model(family, visual_compression=2)
    side = halved[0].processor.multiple
    small = features_of(whole, [{"image": noise(side, side), "text": "after it"}])
    large = features_of(halved, [{"image": noise(2 * side, 2 * side), "text": "after it"}])
    twice = small["image_grid_thw"] * torch.tensor([1, 2, 2])
    assert large["image_grid_thw"].tolist() == twice.tolist()
    mask = small["attention_mask"]
    ours = whole[0].model.positions(small["input_ids"], mask, small["image_grid_thw"], None, None)
    theirs = halved[0].model.positions(
        large["input_ids"], mask, large["image_grid_thw"], None, None
    )
    assert ours.tolist() == theirs.tolist()


@pytest.mark.parametrize("family", FAMILIES)
def test_compressed_tokens_equal_the_merger_of_averaged_patches(family):
    model = tiny_model(family, visual_compression=2)
    inner = model[0].model
    grid = torch.tensor([[1, 8, 12]])
    width = inner.config.vision_config.patch_size**2 * 6
    pixels = torch.randn(96, width, generator=torch.Generator().manual_seed(0))
    seen = []
    handle = inner.visual.merger.register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    with torch.inference_mode():
        plain = inner.visual(pixels, grid).pooler_output
        handle.remove()
        found, deepstack, _ = inner.encode_visuals(pixels, grid)
        if (
            family == "qwen2_5_vl"
        ):  # its patches are permuted before the merger: tokens are averaged
            planes = plain.view(1, 4, 6, -1).permute(0, 3, 1, 2)
            expected = F.avg_pool2d(planes, 2).permute(0, 2, 3, 1).flatten(0, 2)
        else:
            planes = unblock(seen[0], (1, 8, 12), 2).permute(0, 3, 1, 2)
            averaged = to_blocks(F.avg_pool2d(planes, 2).permute(0, 2, 3, 1), 2)
            expected = inner.visual.merger(averaged)
    torch.testing.assert_close(found, expected, atol=1e-6, rtol=1e-5)
    assert all(len(layer) == len(found) for layer in deepstack)
    assert len(deepstack) == (2 if family == "qwen3_vl" else 0)


@pytest.mark.parametrize("family", ARCHITECTURES)
def test_threads_that_share_a_model_do_not_compress_for_each_other(family):
    model = tiny_model(family, visual_compression=2)
    pictures = [noise(80 + 20 * index, 224 - 15 * index) for index in range(8)]
    expected = [model.encode(picture) for picture in pictures]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(model.encode, pictures))
    torch.testing.assert_close(
        torch.tensor(np.stack(found)), torch.tensor(np.stack(expected)), atol=2e-6, rtol=0
    )


def test_an_error_ends_the_compression():
    merger = torch.nn.Identity()
    install([merger])
    grid, patches = torch.tensor([[1, 4, 4]]), torch.randn(16, 3)
    with compressing(grid, factor=2, merge_size=2):
        assert len(merger(patches)) == 4
    with pytest.raises(KeyError), compressing(grid, factor=2, merge_size=2):
        raise KeyError("stop")
    assert torch.equal(merger(patches), patches)


def test_qwen3_clips_state_the_time_before_each_group_of_frames():
    model = tiny_model("qwen3_vl")
    frames = {"array": clip(64, 64, 4), "video_metadata": {"fps": 2.0}}
    ids = features_of(model, [{"video": frames}])["input_ids"][0]
    text = model.tokenizer.decode(ids, skip_special_tokens=True)
    # 4 frames, half a second apart, in groups of 2: the middles are at 0.25 and 1.25 seconds.
    assert text == "<0.2 seconds><1.2 seconds>"


def test_qwen2_5_clips_stand_apart_by_their_seconds():
    model = tiny_model("qwen2_5_vl")
    config = model[0].model.config

    def times(fps):
        frames = {"array": clip(64, 64, 4), "video_metadata": {"fps": fps}}
        f = features_of(model, [{"video": frames}])
        grid, seconds = f["video_grid_thw"], f["seconds_per_grid"]
        found = model[0].model.positions(f["input_ids"], f["attention_mask"], None, grid, seconds)
        at = found[0][f["input_ids"] == config.video_token_id]
        return int(at.max() - at.min())

    # Two groups of two frames: the second starts 2 / fps seconds later, 4 positions a second.
    assert config.vision_config.tokens_per_second == 4
    assert (times(1.0), times(0.5), times(2.0)) == (8, 16, 4)


@pytest.mark.parametrize("family", ARCHITECTURES)
def test_a_batch_of_pictures_leaves_no_trace_in_the_next_batch(family):
    model = tiny_model(family)
    before = states_of(model, features_of(model, ["one two three"]))
    states_of(model, features_of(model, [{"image": noise(200, 90)}] * 3))
    after = states_of(model, features_of(model, ["one two three"]))
    assert torch.equal(before, after)


@pytest.mark.parametrize("family", ARCHITECTURES)
def test_gradients_reach_the_btoks_and_the_tower(family):
    model = tiny_model(family)
    inner = model[0].model
    frozen = getattr(inner.visual, "frozen", False)
    inner.zero_grad()
    features = features_of(model, [{"image": noise(100, 100)}, {"text": "words"}])
    inner(**features).pooler_output.square().sum().backward()
    assert inner.btok.weight.grad.abs().sum() > 0
    merger = inner.visual.merger.parameters()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in merger)
    if frozen:
        assert all(p.grad is None for p in inner.visual.frames.parameters())
    inner.zero_grad()


def test_btoks_start_at_the_end_of_sequence_row_and_differ():
    inner = tiny_model("qwen2_vl")[0].model
    row = inner.language_model.embed_tokens.weight[inner.config.text_config.eos_token_id]
    btoks = inner.btok.weight
    assert torch.nn.functional.cosine_similarity(btoks, row[None]).min() > 0.99
    assert torch.cdist(btoks, btoks).fill_diagonal_(1).min() > 0


def test_a_batch_of_another_processor_is_refused():
    model, other = tiny_model("qwen2_vl"), tiny_model("qwen2_vl", num_btoks=0)
    with pytest.raises(ValueError, match="expected 4 BToks per row, found"):
        states_of(model, features_of(other, ["text"]))
    compressed = tiny_model("qwen2_vl", visual_compression=2)
    with pytest.raises(ValueError, match=r"placeholders for \d+ visual tokens"):
        states_of(model, features_of(compressed, [{"image": noise(224, 224)}]))
