"""A sealed folder refuses to make other vectors than it was sealed with."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import load_file, save_file
from tiny_models import tiny_folder

import embedder
from embedder import fingerprint
from embedder.fingerprint import (
    ModelDrift,
    check_files,
    hash_file,
    read_seal,
    unsealed_fingerprint,
)
from embedder.folder import seal


@pytest.fixture
def folder(tmp_path):
    """A sealed folder of one's own."""
    return shutil.copytree(tiny_folder("btok_tiny"), tmp_path / "model")


def edit(path, change):
    settings = json.loads(path.read_text())
    change(settings)
    path.write_text(json.dumps(settings))


def test_an_unchanged_folder_loads_with_the_fingerprint_it_states(folder):
    stated = json.loads((folder / "fingerprint.json").read_text())["fingerprint"]
    assert embedder.load(str(folder), device="cpu").fingerprint == stated
    assert len(stated) == 64


@pytest.mark.parametrize(
    ("file", "change"),
    [
        ("processor_config.json", lambda c: c.update(max_pixels=c["max_pixels"] + 1)),
        ("processor_config.json", lambda c: c.update(num_btoks=3)),
        ("config.json", lambda c: c.update(visual_compression=2)),
        ("config_sentence_transformers.json", lambda c: c["prompts"].update(query="Find: ")),
        ("1_Pooling/config.json", lambda c: c.update(pooling_mode="max")),
        ("tokenizer.json", lambda c: c.update(truncation=None, padding={"x": 1})),
    ],
)
def test_a_changed_setting_is_refused(folder, file, change):
    edit(folder / file, change)
    with pytest.raises(ModelDrift, match=f"settings of .* changed since it was sealed .{file}"):
        embedder.load(str(folder), device="cpu")


def test_one_corrupt_tensor_is_refused(folder):
    path = folder / "model.safetensors"
    tensors = load_file(path)
    tensors["btok.weight"] = tensors["btok.weight"].copy()
    tensors["btok.weight"][0, 0] += 0.01
    save_file(tensors, path, metadata={"format": "pt"})
    with pytest.raises(ModelDrift, match=r"weights of .* changed .*model\.safetensors"):
        embedder.load(str(folder), device="cpu")
    assert embedder.load(str(folder), device="cpu", verify=False).encode("x").shape == (256,)


def test_weights_of_a_single_module_count(folder):
    (folder / "2_Dense").mkdir()
    prints = []
    for value in (1.0, 2.0):
        weight = np.full((4, 4), value, dtype=np.float32)
        save_file({"linear.weight": weight}, folder / "2_Dense" / "model.safetensors")
        prints.append(unsealed_fingerprint(folder))
    assert prints[0] != prints[1]
    with pytest.raises(ModelDrift, match=r"weights of .* changed .*2_Dense/model\.safetensors"):
        check_files(folder, read_seal(folder))


def test_a_library_that_reads_pixels_differently_is_noticed(folder, monkeypatch):
    nearest = lambda image, size: image.resize(size, Image.Resampling.NEAREST)  # noqa: E731
    monkeypatch.setattr("embedder.processing.resize", lambda image, _: nearest(image, (64, 64)))
    monkeypatch.setattr("embedder.processing.BTokProcessor.image_size", lambda *_: (64, 64))
    with pytest.raises(ModelDrift, match="the golden image is encoded differently"):
        embedder.load(str(folder), device="cpu")


def test_a_fingerprint_that_was_edited_is_refused(folder):
    edit(folder / "fingerprint.json", lambda c: c.update(fingerprint="0" * 64))
    with pytest.raises(ModelDrift, match="contradicts itself"):
        embedder.load(str(folder), device="cpu")


def test_formatting_and_library_versions_do_not_count(folder):
    before = embedder.load(str(folder), device="cpu").fingerprint
    edit(folder / "config.json", lambda c: c.update(transformers_version="99.0"))
    (folder / "README.md").write_text("# A card that was written after sealing")
    assert embedder.load(str(folder), device="cpu").fingerprint == before


def test_sealing_anew_accepts_a_change_and_names_another_space(folder):
    before = read_seal(folder)["fingerprint"]
    edit(folder / "processor_config.json", lambda c: c.update(max_text_tokens=100))
    after = seal(folder)
    assert after != before
    assert embedder.load(str(folder), device="cpu").fingerprint == after


def test_a_folder_without_a_seal_has_the_fingerprint_of_its_files(folder):
    sealed = read_seal(folder)["fingerprint"]
    (folder / "fingerprint.json").unlink()
    assert embedder.load(str(folder), device="cpu").fingerprint == sealed
    edit(folder / "processor_config.json", lambda c: c.update(max_text_tokens=100))
    assert embedder.load(str(folder), device="cpu").fingerprint != sealed


def test_large_weights_are_sampled_on_load_and_read_whole_by_the_self_test(tmp_path, monkeypatch):
    monkeypatch.setattr(fingerprint, "WHOLE_BYTES", 1000)
    monkeypatch.setattr(fingerprint, "BLOCK_BYTES", 16)
    monkeypatch.setattr(fingerprint, "NUM_BLOCKS", 4)
    path = tmp_path / "weights"
    content = np.arange(3000, dtype=np.uint32).tobytes()
    path.write_bytes(content)
    sampled, whole = hash_file(path, whole=False), hash_file(path, whole=True)
    between = bytearray(content)
    between[100] ^= 1
    path.write_bytes(bytes(between))
    assert hash_file(path, whole=False) == sampled
    assert hash_file(path, whole=True) != whole
    sized = bytearray(content)
    sized[-1] ^= 1
    path.write_bytes(bytes(sized))
    assert hash_file(path, whole=False) != sampled


def test_a_missing_file_is_refused(folder):
    (folder / "2_Normalize" / "config.json").unlink(missing_ok=True)
    (folder / "sentence_bert_config.json").unlink()
    with pytest.raises(ModelDrift, match=r"sentence_bert_config\.json"):
        check_files(folder, read_seal(folder))
