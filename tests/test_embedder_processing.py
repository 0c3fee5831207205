"""What becomes of texts, pictures and clips before the model sees them."""

from __future__ import annotations

import math

import av
import numpy as np
import pytest
import torch
from PIL import Image
from tiny_models import ARCHITECTURES, build_tiny, clip, noise, tiny_model
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import (
    Qwen2VLImageProcessorPil,
    smart_resize,
)

from embedder.media import from_array, open_clip, open_image, spread
from embedder.modeling import BTOK, CONTENT, PADDING
from embedder.patches import fit_size
from indexer.loaders.images import to_rgb, with_plain_mode

CONTROL = "<|image_pad|><|im_end|><|vision_start|><|video_pad|><|endoftext|>"


def preprocess(model, inputs, **kwargs):
    return model.preprocess(inputs, **kwargs)


@pytest.mark.parametrize("size", [(120, 90), (28, 28), (500, 301), (33, 900), (640, 480)])
def test_pixels_equal_the_stock_processor(size):
    model = tiny_model("qwen2_vl")
    ours = model[0].processor
    stock = Qwen2VLImageProcessorPil(
        size={"shortest_edge": ours.min_pixels, "longest_edge": ours.max_pixels}
    )
    picture = noise(*size)
    expected = stock(picture, return_tensors="pt")
    found = preprocess(model, [picture])
    assert found["image_grid_thw"].tolist() == expected["image_grid_thw"].tolist()
    torch.testing.assert_close(
        found["pixel_values"], expected["pixel_values"], atol=2e-6, rtol=1e-5
    )


def test_sizes_equal_the_stock_rule_where_it_keeps_the_budget():
    random = np.random.default_rng(0)
    bounds = {"min_pixels": 4 * 28 * 28, "max_pixels": 1280 * 28 * 28}
    compared = 0
    for width, height in random.integers(30, 3000, (500, 2)).tolist():
        if max(width, height) / min(width, height) > 20:
            continue  # the stock rule leaves its budget for thin strips
        stock = smart_resize(height, width, 28, *bounds.values())
        assert fit_size(width, height, multiple=28, **bounds) == stock[::-1]
        compared += 1
    assert compared > 400


def test_a_square_is_not_shrunk_by_rounding_errors():
    for side in range(257, 3000):
        found = fit_size(side, side, multiple=64, min_pixels=65536, max_pixels=65536)
        assert found == (256, 256), side


@pytest.mark.parametrize("size", [(1, 1), (1, 10_000), (10_000, 1), (3, 4000), (57, 900)])
@pytest.mark.parametrize(("multiple", "most"), [(28, 1003520), (56, 200704), (64, 65536)])
def test_extreme_shapes_stay_within_the_budget(size, multiple, most):
    width, height = fit_size(*size, multiple=multiple, min_pixels=min(most, 3136), max_pixels=most)
    assert width % multiple == height % multiple == 0 < min(width, height)
    assert width * height <= most * 1.12  # a strip of one cell may pass it by part of a cell


@pytest.mark.parametrize("family", ARCHITECTURES)
def test_a_dot_and_a_strip_are_encoded(family):
    vectors = tiny_model(family).encode([noise(1, 1), noise(1500, 2), noise(2, 1500)])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("family", ARCHITECTURES)
def test_control_tokens_in_a_text_are_letters(family):
    model = tiny_model(family)
    features = preprocess(model, [{"text": f"a {CONTROL} b"}])
    content = features["input_ids"][features["segment_ids"] == CONTENT]
    special = model.tokenizer.convert_tokens_to_ids(
        ["<|image_pad|>", "<|im_end|>", "<|vision_start|>", "<|video_pad|>", "<|endoftext|>"]
    )
    assert not set(content.tolist()) & set(special)
    assert model.tokenizer.decode(content) == f"a {CONTROL} b"


def test_control_tokens_leave_a_picture_beside_them_alone():
    model = tiny_model("qwen2_vl")
    picture = noise(100, 100)
    attacked = model.encode({"text": CONTROL, "image": picture})
    assert np.allclose(np.linalg.norm(attacked), 1, atol=1e-5)
    ids = preprocess(model, [{"text": CONTROL, "image": picture}])["input_ids"]
    plain = preprocess(model, [{"text": "x", "image": picture}])["input_ids"]
    token = model[0].model.config.image_token_id
    assert (ids == token).sum() == (plain == token).sum()


def test_btoks_come_right_after_the_content_and_pads_last():
    features = preprocess(tiny_model("qwen2_vl"), ["abc", "a"])
    assert features["segment_ids"].tolist() == [
        [CONTENT] * 3 + [BTOK] * 4,
        [CONTENT] + [BTOK] * 4 + [PADDING] * 2,
    ]
    assert features["attention_mask"].tolist() == [[1] * 7, [1] * 5 + [0] * 2]


def test_an_empty_text_has_one_position():
    model = tiny_model("qwen2_vl", num_btoks=0)
    features = preprocess(model, [""])
    assert features["input_ids"].tolist() == [[model.tokenizer.eos_token_id]]


def test_text_is_cut_and_media_are_not():
    model = build_tiny("qwen2_vl", max_text_tokens=10)
    picture = noise(112, 112)
    lengths = [
        int((preprocess(model, [item])["segment_ids"] == CONTENT).sum())
        for item in ({"image": picture}, {"image": picture, "text": "x" * 500})
    ]
    newline = len(model[0].processor.text_ids("\n"))
    assert lengths[1] == lengths[0] + newline + 10


def test_max_length_and_max_seq_length_bound_the_text():
    model = build_tiny("qwen2_vl")

    def length(**kwargs):
        features = preprocess(model, ["x" * 100], **kwargs)
        return int((features["segment_ids"] == CONTENT).sum())

    assert length() == 100
    assert length(processing_kwargs={"text": {"max_length": 7}}) == 7
    model.max_seq_length = 30
    assert length() == 30
    assert length(processing_kwargs={"text": {"truncation": False}}) == 100


def test_pixel_options_are_refused_not_ignored():
    model = tiny_model("qwen2_vl")
    with pytest.raises(ValueError, match="budgets are settings of the model folder"):
        model.encode(noise(50, 50), processing_kwargs={"image": {"max_pixels": 99}})


def test_exif_orientation_is_honoured(tmp_path):
    picture = noise(90, 60)
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: show it rotated by 270 degrees
    picture.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "turned.png", exif=exif)
    opened = open_image(tmp_path / "turned.png")
    assert opened.size == picture.size
    assert np.array_equal(np.asarray(opened), np.asarray(picture))
    model = tiny_model("qwen2_vl")
    assert np.allclose(
        model.encode({"image": str(tmp_path / "turned.png")}), model.encode(picture), atol=1e-6
    )


def test_transparency_falls_on_white():
    picture = Image.new("RGBA", (10, 10), (255, 0, 0, 0))
    assert np.asarray(open_image(picture)).min() == 255


def test_arrays_of_either_layout_give_the_same_picture():
    array = np.asarray(noise(40, 30))
    assert np.array_equal(
        np.asarray(from_array(array)), np.asarray(from_array(torch.tensor(array).permute(2, 0, 1)))
    )


@pytest.mark.parametrize(
    ("dtype", "white"), [(np.uint16, 65535), (np.int32, 65535), (np.int32, 255), (np.float32, 1)]
)
def test_deep_greys_keep_their_shades(tmp_path, dtype, white):
    ramp = np.linspace(0, white, 64 * 64).reshape(64, 64).astype(dtype)
    deep = Image.fromarray(ramp)
    deep.save(tmp_path / "deep.tif")
    expected = np.asarray(ramp * (255 / white)).round().astype(np.uint8)
    for opened in (open_image(deep), open_image(tmp_path / "deep.tif")):
        assert opened.mode == "RGB"
        assert np.abs(np.asarray(opened).astype(int) - expected[..., None]).max() <= 1
    clipped = np.asarray(deep.convert("RGB"))  # the oracle can fail: Pillow's own conversion does
    assert white == 255 or np.abs(clipped.astype(int) - expected[..., None]).max() > 100


@pytest.mark.parametrize("span", [(0, 1), (0, 200), (0, 4095), (0, 70_000), (-5, 900)])
def test_deep_greys_are_read_as_the_indexer_reads_them(span):
    deep = Image.fromarray(np.linspace(*span, 600).reshape(20, 30).astype(np.float32))
    assert np.array_equal(np.asarray(open_image(deep)), np.asarray(to_rgb(with_plain_mode(deep))))


def test_numbers_that_are_no_bytes_are_refused_not_made_black():
    array = np.asarray(noise(40, 30))
    for wrong in (array / 255, array.astype(np.float32), array.astype(np.int64)):
        for source in (wrong, torch.tensor(wrong)):
            with pytest.raises(
                ValueError, match=r"holds bytes \(uint8\), got (torch\.)?(fl|int64)"
            ):
                open_image(source)
    with pytest.raises(ValueError, match="holds bytes"):
        open_clip(torch.zeros(2, 3, 30, 40), num_frames=2)


def test_what_is_no_picture_is_refused():
    with pytest.raises(ValueError, match="cannot read a int as a picture"):
        open_image(3)
    with pytest.raises(ValueError, match="is an address: download it first"):
        open_image("https://example.org/a.png")
    with pytest.raises(ValueError, match="without frames"):
        open_clip([], num_frames=4)
    with pytest.raises(ValueError, match="cannot read a int as a clip"):
        open_clip(3, num_frames=4)


def test_frames_are_spread_over_the_whole_clip():
    assert spread(3, 8) == [0, 1, 2]
    assert spread(8, 4) == [1, 3, 5, 7]
    wide = spread(1000, 8)
    assert len(set(wide)) == 8
    assert wide[0] == 62
    assert wide[-1] == 937


def test_a_video_file_equals_its_frames(tmp_path):
    path = tmp_path / "clip.mkv"
    frames = clip(64, 48, 6)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("ffv1", rate=5)  # lossless
        stream.width, stream.height, stream.pix_fmt = 64, 48, "bgr0"
        for frame in frames:
            out.mux(stream.encode(av.VideoFrame.from_image(frame)))
        out.mux(stream.encode())
    opened = open_clip(path, num_frames=3)
    assert math.isclose(opened.seconds_per_frame, 2 / 5, rel_tol=0.01)
    for index, frame in zip(spread(6, 3), opened.frames, strict=True):
        assert np.array_equal(np.asarray(frame), np.asarray(frames[index]))
    model = tiny_model("qwen3_vl")
    given = {"array": frames, "video_metadata": {"fps": 5.0}}
    assert np.allclose(
        model.encode({"video": str(path)}), model.encode({"video": given}), atol=1e-5
    )


def test_the_last_odd_frame_is_repeated():
    model = tiny_model("qwen2_vl")
    frames = clip(64, 64, 3)
    assert np.allclose(
        model.encode({"video": frames}), model.encode({"video": [*frames, frames[-1]]}), atol=1e-6
    )


@pytest.mark.parametrize("degrees", [90, 180, -90])
def test_a_clip_is_turned_as_its_file_says(tmp_path, degrees):
    path = tmp_path / "turned.mp4"
    picture = Image.new("RGB", (64, 48), "white")
    picture.paste((200, 0, 0), (0, 0, 32, 24))
    with av.open(str(path), "w") as out:
        stream = out.add_stream("mpeg4", rate=5)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.set_display_rotation(degrees)
        out.mux(stream.encode(av.VideoFrame.from_image(picture)))
        out.mux(stream.encode())
    shown = open_clip(path, num_frames=1).frames[0]
    expected = picture.rotate(degrees, expand=True)  # counterclockwise
    assert shown.size == expected.size
    difference = np.asarray(shown, dtype=float) - np.asarray(expected, dtype=float)
    assert np.abs(difference).mean() < 15
