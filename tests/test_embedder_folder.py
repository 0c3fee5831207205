"""Model folders: saved, loaded, adapted, made from stock checkpoints."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.losses.gradcache import _create_minibatch
from test_embedder_parity import STOCK
from tiny_models import (
    ARCHITECTURES,
    FAMILIES,
    QWEN_BUDGETS,
    build_tiny,
    mixed_inputs,
    noise,
    tiny_folder,
    tiny_model,
)

import embedder
from embedder.bytes_tokenizer import bytes_tokenizer
from embedder.creating import Settings, create_from_backbone
from embedder.folder import assemble, seal, write_folder
from embedder.loading import find_folder
from embedder.modeling import BTOK_NOISE


@pytest.mark.parametrize("family", ARCHITECTURES)
def test_a_saved_model_is_the_same_model(family, tmp_path):
    model = tiny_model(family)
    write_folder(model, tmp_path, dtype=torch.float32)
    again = SentenceTransformer(str(tmp_path), device="cpu")
    assert np.abs(again.encode(mixed_inputs()) - model.encode(mixed_inputs())).max() < 1e-6
    modules = json.loads((tmp_path / "modules.json").read_text())
    assert all(module["type"].startswith("sentence_transformers.") for module in modules)


def test_half_precision_folders_run_in_single_precision_on_a_cpu(tmp_path):
    model = build_tiny("qwen2_vl")
    before = {name: tensor.clone() for name, tensor in model[0].model.state_dict().items()}
    vectors = model.encode(mixed_inputs())
    write_folder(model, tmp_path, dtype=torch.float16)
    after = model[0].model.state_dict()
    assert all(torch.equal(after[name], before[name]) for name in before)
    assert np.array_equal(model.encode(mixed_inputs()), vectors)
    loaded = embedder.load(str(tmp_path), device="cpu")
    assert loaded[0].model.dtype == torch.float32
    assert loaded.encode("text").dtype == np.float32
    assert np.abs(loaded.encode(mixed_inputs()) - model.encode(mixed_inputs())).max() < 5e-3


def test_a_folder_keeps_prompts_dimension_and_similarity(tmp_path):
    model = build_tiny("qwen2_vl")
    model.prompts = {"query": "Find: ", "document": ""}
    write_folder(model, tmp_path, dtype=torch.float32)
    loaded = embedder.load(str(tmp_path), device="cpu")
    assert loaded.prompts == {"query": "Find: ", "document": ""}
    assert loaded.get_embedding_dimension() == 64
    vectors = loaded.encode(["a", "b"])
    assert loaded.similarity(vectors, vectors)[0, 0].item() == pytest.approx(1, abs=1e-5)
    with loaded.truncate_embeddings(16):
        assert loaded.encode("a").shape == (16,)


def test_without_the_import_the_shim_finds_the_classes():
    folder = tiny_folder("qwen2_vl")
    script = (
        "import sys\n"
        "from sentence_transformers import SentenceTransformer\n"
        "assert 'embedder' not in sys.modules\n"
        f"model = SentenceTransformer({str(folder)!r}, trust_remote_code=True, device='cpu')\n"
        "print(model.encode('text').tolist())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    expected = embedder.load(str(folder), device="cpu").encode("text")
    np.testing.assert_allclose(json.loads(done.stdout), expected, atol=1e-6)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("family", FAMILIES)
def test_an_adapter_with_its_btoks_reloads_and_merges(family, tmp_path):
    peft = pytest.importorskip("peft", reason="the train extra is not installed")
    model = build_tiny(family)
    inner = model[0].model
    features = {
        name: value
        for name, value in model.preprocess(mixed_inputs()).items()
        if name in model[0].model_forward_params
    }
    config = peft.LoraConfig(
        r=4,
        target_modules=r".*language_model\.layers\.\d+\.(self_attn\.(q|k|v|o)_proj|mlp\..*_proj)",
        modules_to_save=["btok"],
        init_lora_weights=False,
    )
    btoks = inner.btok.weight.detach().clone()
    write_folder(model, tmp_path / "base", dtype=torch.float32)
    adapted = peft.get_peft_model(inner, config)
    optimizer = torch.optim.SGD([p for p in adapted.parameters() if p.requires_grad], lr=0.1)
    adapted(**features).pooler_output.square().sum().backward()
    optimizer.step()
    with torch.inference_mode():
        expected = adapted(**features).pooler_output
    adapted.save_pretrained(tmp_path / "adapter")
    base = SentenceTransformer(str(tmp_path / "base"), device="cpu")
    reloaded = peft.PeftModel.from_pretrained(base[0].model, tmp_path / "adapter").eval()
    with torch.inference_mode():
        torch.testing.assert_close(
            reloaded(**features).pooler_output, expected, atol=1e-6, rtol=1e-5
        )
    merged = reloaded.merge_and_unload()
    assert (merged.btok.weight - btoks).abs().max() > 1e-4  # the BToks were trained and kept
    write_folder(assemble(merged, model[0].processor), tmp_path / "merged", dtype=torch.float32)
    final = SentenceTransformer(str(tmp_path / "merged"), device="cpu")
    with torch.inference_mode():
        torch.testing.assert_close(
            final[0].model(**features).pooler_output, expected, atol=2e-5, rtol=1e-4
        )


@pytest.mark.parametrize("family", ARCHITECTURES)
def test_mini_batches_of_gradient_caching_equal_the_batch(family):
    model = tiny_model(family)
    features = dict(model.preprocess(mixed_inputs()))
    features.pop("modality")
    with torch.inference_mode():
        whole = model({**features, "modality": "message"})["sentence_embedding"]
        parts = [
            model({**_create_minibatch(features, begin, begin + 3), "modality": "message"})
            for begin in range(0, len(whole), 3)
        ]
    joined = torch.cat([part["sentence_embedding"] for part in parts])
    torch.testing.assert_close(joined, whole, atol=2e-6, rtol=0)


def stock_folder(family, folder, *, spare_rows=20):
    """Save a random stock model for generation, in the layout of the hub, spare rows included."""
    import transformers

    ours = tiny_model(family)[0].model.config.to_dict()
    tokenizer = bytes_tokenizer()
    ours["text_config"]["vocab_size"] = len(tokenizer) + spare_rows
    for key in ("model_type", "num_btoks", "visual_compression", "architectures"):
        ours.pop(key, None)
    name = STOCK[family][1].__name__.replace("Model", "ForConditionalGeneration")
    torch.manual_seed(1)
    model = getattr(transformers, name)(STOCK[family][0](**ours))
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return model.eval()


@pytest.mark.parametrize("family", FAMILIES)
def test_a_folder_made_from_a_stock_checkpoint_has_its_weights(family, tmp_path):
    stock = stock_folder(family, tmp_path / "stock")
    with safe_open(tmp_path / "stock" / "model.safetensors", "pt") as weights:
        assert not any(key.startswith("layers.") for key in weights.keys())  # noqa: SIM118
    create_from_backbone(
        str(tmp_path / "stock"), tmp_path / "made", Settings(num_btoks=3, **QWEN_BUDGETS)
    )
    made = embedder.load(str(tmp_path / "made"), device="cpu")[0].model
    weights = dict(made.state_dict())
    btoks = weights.pop("btok.weight")
    expected = stock.model.state_dict()
    assert weights.keys() == expected.keys()
    assert all(torch.equal(weights[name], expected[name]) for name in weights)
    # From the end-of-sequence row, not from the spare rows at the end of the vocabulary.
    row = made.language_model.embed_tokens.weight[bytes_tokenizer().eos_token_id]
    noise_scale = (btoks - row).std() / row.pow(2).mean().sqrt()
    assert btoks.shape == (3, 64)
    assert 0.5 * BTOK_NOISE < noise_scale < 2 * BTOK_NOISE


def test_a_checkpoint_that_lacks_weights_is_refused(tmp_path):
    stock = stock_folder("qwen2_vl", tmp_path)
    weights = stock.state_dict()
    weights.pop("model.visual.merger.mlp.0.weight")
    stock.save_pretrained(tmp_path, state_dict=weights)
    with pytest.raises(ValueError, match="lacks 1 weights"):
        create_from_backbone(str(tmp_path), tmp_path / "made", Settings())


def test_another_family_is_refused(tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(ValueError, match="is a bert, backbones are qwen2_vl, qwen2_5_vl"):
        create_from_backbone(str(tmp_path), tmp_path / "made", Settings())


def test_settings_out_of_range_are_refused():
    with pytest.raises(ValueError, match="num_btoks is -1, the least is 0"):
        Settings(num_btoks=-1)
    for name in ("max_frame_pixels", "max_text_tokens", "num_frames", "visual_compression"):
        with pytest.raises(ValueError, match=f"{name} is 0, the least is 1"):
            Settings(**{name: 0})
    with pytest.raises(ValueError, match="max_pixels 10 is below min_pixels"):
        Settings(max_pixels=10)


def test_names_are_found_in_their_order(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("embedder.loading.SHIPPED", tmp_path / "shipped")
    monkeypatch.setenv("BTOK_HOME", str(tmp_path / "home"))
    places = [tmp_path / "home" / "models" / "m", tmp_path / "m", tmp_path / "shipped" / "m"]
    for place in places:
        place.mkdir(parents=True)
        (place / "modules.json").write_text("[]")
        assert find_folder("m").resolve() == place


@pytest.fixture
def shipped_m(tmp_path, monkeypatch):
    """Stand in a folder beside two models called m: one shipped, one in `BTOK_HOME`."""
    monkeypatch.setattr("embedder.loading.SHIPPED", tmp_path / "shipped")
    monkeypatch.setenv("BTOK_HOME", str(tmp_path / "home"))
    for place in (tmp_path / "shipped" / "m", tmp_path / "home" / "models" / "m"):
        place.mkdir(parents=True)
        (place / "modules.json").write_text("[]")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "shipped" / "m"


@pytest.mark.parametrize("path", ["./m", "m/", "../here/m", Path("m")])
def test_a_path_is_that_folder_and_never_a_shipped_model(shipped_m, path):
    with pytest.raises(FileNotFoundError) as caught:
        find_folder(path)
    assert "shipped" not in str(caught.value)
    assert "home" not in str(caught.value)
    Path("m").mkdir()
    (Path("m") / "modules.json").write_text("[]")
    assert find_folder(path).resolve() == Path("m").resolve()
    assert find_folder("m") == shipped_m


def test_a_folder_named_like_a_shipped_model_is_sealed_itself(shipped_m):
    shutil.copytree(tiny_folder("qwen2_vl"), "m")
    sealed = json.loads(Path("m", "fingerprint.json").read_text())
    Path("m", "fingerprint.json").unlink()
    assert seal(Path("m")) == sealed["fingerprint"]
    assert embedder.load("./m", device="cpu").fingerprint == sealed["fingerprint"]
    assert not (shipped_m / "fingerprint.json").exists()


def test_an_unknown_name_lists_the_places_looked_at(tmp_path, monkeypatch):
    monkeypatch.setenv("BTOK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(FileNotFoundError) as caught:
        embedder.load("no-such-model")
    for place in ("embedder/models/no-such-model", str(tmp_path / "home/models/no-such-model")):
        assert place in str(caught.value)
    with pytest.raises(FileNotFoundError, match="a folder without modules"):
        embedder.load(str(tmp_path))
    with pytest.raises(FileNotFoundError, match="the hub"):
        embedder.load("nobody/no-such-model")


def test_int8_stays_close_and_names_another_space():
    folder = str(tiny_folder("btok_tiny"))
    exact = embedder.load(folder, device="cpu")
    small = embedder.load(folder, device="cpu", int8=True)
    vectors = exact.encode(mixed_inputs()), small.encode(mixed_inputs())
    cosines = (vectors[0] * vectors[1]).sum(1)
    assert cosines.min() > 0.98
    assert np.abs(vectors[0] - vectors[1]).max() > 1e-6
    assert small.fingerprint == exact.fingerprint + "-int8"


def test_flattened_batches_stay_off():
    model = embedder.load(str(tiny_folder("qwen2_vl")), device="cpu")
    assert model[0].unpad_inputs is False
    assert not model._can_flatten_inputs()
    assert model.encode(noise(40, 40)).shape == (64,)
