"""The commands: what they print, and how they fail."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from tiny_models import noise, tiny_folder

import embedder
from embedder.__main__ import main


def run(capsys, *args):
    code = main(list(map(str, args)))
    printed = capsys.readouterr()
    return code, printed.out, printed.err


@pytest.mark.parametrize("verb", [[], ["info"], ["encode"], ["selftest"], ["create"]])
def test_help_has_examples_and_never_imports_torch(verb):
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "embedder", *verb, "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "argparse" in imported
    assert not imported & {"torch", "transformers", "sentence_transformers"}
    if verb:
        assert done.stdout.count(f"python -m embedder {verb[0]} ") >= 3  # usage and two examples


def test_info_states_what_the_folder_holds(capsys):
    code, out, _ = run(capsys, "info", tiny_folder("qwen3_vl"), "--json")
    facts = json.loads(out)
    assert code == 0
    assert facts["architecture"] == "btok_qwen3_vl"
    assert (facts["dimension"], facts["num_btoks"], facts["visual_compression"]) == (64, 4, 1)
    assert facts["sealed"]
    model = embedder.load(str(tiny_folder("qwen3_vl")), device="cpu")
    assert facts["fingerprint"] == model.fingerprint
    code, out, _ = run(capsys, "info", tiny_folder("qwen3_vl"))
    assert code == 0
    assert "max_pixels" in out


def test_encode_prints_the_vectors_in_order(capsys, tmp_path):
    folder = tiny_folder("qwen2_vl")
    noise(60, 60).save(tmp_path / "a.png")
    code, out, _ = run(
        capsys, "encode", folder, "one", "two", "--image", tmp_path / "a.png", "--json"
    )
    rows = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [row["input"] for row in rows] == ["one", "two", str(tmp_path / "a.png")]
    expected = embedder.load(str(folder), device="cpu").encode(["one", "two", noise(60, 60)])
    np.testing.assert_allclose([row["vector"] for row in rows], expected, atol=1e-5)


def test_encode_compares_all_pairs(capsys):
    code, out, _ = run(capsys, "encode", tiny_folder("qwen2_vl"), "one", "one")
    assert code == 0
    assert out.count("1.000") == 4


def test_selftest_passes_and_fails(capsys, tmp_path):
    import shutil

    folder = shutil.copytree(tiny_folder("qwen2_vl"), tmp_path / "model")
    code, out, _ = run(capsys, "selftest", folder, "--json")
    assert code == 0
    assert json.loads(out)["passed"]
    config = json.loads((folder / "processor_config.json").read_text())
    (folder / "processor_config.json").write_text(json.dumps(config | {"num_frames": 3}))
    code, out, error = run(capsys, "selftest", folder)
    assert code == 1
    assert not out
    assert error.count("\n") == 1
    assert "changed since it was sealed" in error


def test_create_random_writes_a_folder_that_passes_its_self_test(capsys, tmp_path):
    out_folder = tmp_path / "made"
    code, out, _ = run(
        capsys, "create", "--random", "--size", "tiny", "--family", "qwen2_5_vl", "--btoks", "2",
        "--compression", "2", "--max-pixels", "50176", "--out", out_folder, "--json",
    )  # fmt: skip
    assert code == 0
    assert json.loads(out)["folder"] == str(out_folder)
    assert run(capsys, "selftest", out_folder)[0] == 0
    model = embedder.load(str(out_folder), device="cpu")
    assert model[0].processor.max_pixels == 50176
    assert model.encode("a", output_value="token_embeddings").shape == (2, 64)
    code, _, error = run(capsys, "create", "--random", "--out", out_folder)
    assert code == 2
    assert "exists" in error


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["info", "no-such-model"], "there is no model 'no-such-model'"),
        (["encode", "{folder}"], "nothing to encode"),
        (["encode", "{folder}", "--image", "missing.png"], "there is no file missing.png"),
        (["create", "--random", "--size", "2b", "--family", "btok_tiny", "--out", "x"],
         "there is no random 2b btok_tiny"),
        (["create", "--random", "--btoks", "-1", "--out", "x"], "num_btoks is -1"),
    ],
)  # fmt: skip
def test_mistakes_are_one_sentence_and_exit_code_2(capsys, args, said):
    folder = str(tiny_folder("qwen2_vl"))
    capsys.readouterr()  # making the folder shows a progress bar
    code, out, error = run(capsys, *(folder if arg == "{folder}" else arg for arg in args))
    assert code == 2
    assert not out
    assert said in error
    assert error.count("\n") == 1


def test_an_unknown_verb_is_exit_code_2():
    with pytest.raises(SystemExit) as stopped:
        main(["nonsense"])
    assert stopped.value.code == 2
