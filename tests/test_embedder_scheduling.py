"""The scheduled encoder: the same vectors as the plain class, in the order given."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from PIL import Image
from sentence_transformers import SentenceTransformer
from tiny_models import ARCHITECTURES, clip, mixed_inputs, noise, tiny_folder

import embedder
from embedder.lanes import count_lanes, open_lanes
from embedder.modeling import PADDING
from embedder.scheduling import CPU_BUDGET, BTokEncoder, Budget, Load, plan


@pytest.fixture(scope="module")
def loaded():
    return embedder.load(str(tiny_folder("qwen2_vl")), device="cpu")


@pytest.fixture(scope="module")
def plain():
    return SentenceTransformer(str(tiny_folder("qwen2_vl")), device="cpu")


def many_inputs():
    """Return forty inputs of every kind, shuffled."""
    inputs = mixed_inputs() + [{"text": "word " * count} for count in range(1, 25)]
    inputs += [noise(50 + 30 * index, 80) for index in range(8)]
    random.Random(0).shuffle(inputs)
    return inputs


@pytest.mark.parametrize("family", ARCHITECTURES)
def test_scheduled_vectors_equal_those_of_one_by_one_in_the_order_given(family):
    model = embedder.load(str(tiny_folder(family)), device="cpu")
    plain = SentenceTransformer(str(tiny_folder(family)), device="cpu")
    inputs = many_inputs()
    found = model.encode(inputs)
    expected = np.stack([plain.encode(item) for item in inputs])
    assert np.abs(found - expected).max() < 1e-5
    assert found.dtype == expected.dtype


def test_every_input_is_in_one_batch_of_its_kind_within_the_budget():
    pick = random.Random(1)
    loads = [
        Load(pick.choice(("text", "image", "mixed")), pick.randint(1, 400)) for _ in range(300)
    ]
    budget = Budget(positions=300, padding=20)
    batches = plan(loads, budget, most_rows=7)
    assert sorted(index for batch in batches for index in batch) == list(range(300))
    for batch in batches:
        longest = max(loads[index].positions for index in batch)
        assert len({loads[index].kind for index in batch}) == 1
        assert len(batch) == 1 or len(batch) * longest <= 300
        assert longest - min(loads[index].positions for index in batch) <= 20
        assert len(batch) <= 7
    assert len(batches) < 300


def test_shares_make_about_as_many_batches_of_each_kind():
    loads = [Load("image", 20)] * 40 + [Load("text", 9)] * 8
    assert [len(batch) for batch in plan(loads, Budget(1024, 24))] == [40, 8]
    batches = plan(loads, Budget(1024, 24), shares=4)
    assert [len(batch) for batch in batches] == [10, 10, 10, 10, 8]  # a text batch is small anyway


@pytest.fixture
def two_threads():
    """Two cores for this test, whatever the others use."""
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(threads)


@pytest.mark.usefixtures("two_threads")
def test_two_threads_with_a_batch_each_give_the_vectors_of_one(loaded, monkeypatch):
    inputs, lanes, submit = many_inputs(), set(), ThreadPoolExecutor.submit

    def note(pool, *work):
        lanes.add(pool._max_workers)
        return submit(pool, *work)

    monkeypatch.setattr(ThreadPoolExecutor, "submit", note)
    together = loaded.encode(inputs)
    assert lanes == {2}
    assert torch.get_num_threads() == 2
    torch.set_num_threads(1)
    assert np.abs(loaded.encode(inputs) - together).max() < 1e-5


@pytest.mark.usefixtures("two_threads")
def test_a_picture_that_is_in_two_batches_is_read_by_one_thread_at_a_time(loaded, tmp_path):
    noise(900, 700).save(tmp_path / "once.png")
    for _ in range(5):
        picture = Image.open(tmp_path / "once.png")
        found = loaded.encode([picture, {"text": "this", "image": picture}, picture])
        assert np.abs(found[0] - found[2]).max() < 1e-5


@pytest.mark.usefixtures("two_threads")
def test_there_are_no_lanes_in_lanes_nor_under_autocast(loaded):
    torch.set_num_threads(8)
    assert count_lanes(loaded) == 4
    with open_lanes(loaded) as (pool, lanes):
        assert lanes == 4
        assert pool.submit(count_lanes, loaded).result() == 1
        with open_lanes(loaded) as (inner, _):
            assert inner is None
    assert torch.get_num_threads() == 8
    assert count_lanes(loaded) == 4
    with torch.autocast("cpu", torch.bfloat16):
        assert count_lanes(loaded) == 1


@pytest.mark.usefixtures("two_threads")
def test_an_error_in_a_thread_is_that_of_the_call(loaded, tmp_path):
    cut = tmp_path / "cut.jpg"
    noise(400, 300).save(cut)
    cut.write_bytes(cut.read_bytes()[:9000])
    with pytest.raises(OSError, match="truncated"):
        loaded.encode([{"text": "owl"}, {"image": str(cut)}])
    assert torch.get_num_threads() == 2


def test_weighed_positions_are_those_of_the_forward_pass(loaded):
    inputs = [item for item in many_inputs() if item != {"text": ""}]
    for item, load in zip(inputs, loaded.weigh(inputs), strict=True):
        segments = loaded.preprocess([item])["segment_ids"]
        # Borders of visuals and the breaks between parts are not counted.
        assert 0 <= int((segments != PADDING).sum()) - load.positions <= 8


def test_less_is_padded_than_in_the_order_of_arrival(loaded):
    inputs = many_inputs()
    lengths = [load.positions for load in loaded.weigh(inputs)]

    def cost(batches):
        return sum(len(batch) * max(lengths[index] for index in batch) for batch in batches)

    arrival = [list(range(start, min(start + 8, 40))) for start in range(0, 40, 8)]
    assert len(inputs) == 40
    assert cost(loaded.schedule(inputs)) < 0.7 * cost(arrival)


def test_batch_size_bounds_the_rows(loaded, monkeypatch):
    monkeypatch.setattr(embedder.scheduling, "count_lanes", lambda model: 1)
    texts = ["same"] * 40
    assert max(map(len, loaded.schedule(texts, batch_size=4))) == 4
    budget = CPU_BUDGET.positions // loaded.weigh(texts)[0].positions
    assert max(map(len, loaded.schedule(texts))) == min(40, budget)


@pytest.mark.parametrize(
    "options",
    [
        {"convert_to_tensor": True},
        {"convert_to_numpy": False},
        {"normalize_embeddings": True, "truncate_dim": 16},
        {"prompt": "Find it: "},
        {"prompt_name": "query"},
        {"batch_size": 2},
        {"precision": "int8"},
        {"precision": "ubinary"},
        {"output_value": "token_embeddings"},
    ],
    ids=str,
)
@pytest.mark.filterwarnings("ignore:.*calibration embeddings.*")
def test_every_option_of_encode_gives_what_the_plain_class_gives(loaded, plain, options):
    inputs = [{"text": "one"}, noise(90, 60), {"text": "a longer text than one"}]
    found, expected = (model.encode(inputs, **options) for model in (loaded, plain))
    assert type(found) is type(expected)
    assert len(found) == 3
    for one, other in zip(found, expected, strict=True):
        assert one.shape == other.shape
        assert one.dtype == other.dtype
        step = 1 if options.get("precision") == "int8" else 1e-5  # int8 may round either way
        np.testing.assert_allclose(np.asarray(one), np.asarray(other), atol=step)


def test_states_of_the_btoks_are_the_token_embeddings(loaded):
    states = loaded.encode(["a text"], output_value="token_embeddings")[0]
    assert states.shape == (4, 64)
    pooled = torch.nn.functional.normalize(states.mean(0), dim=0)
    np.testing.assert_allclose(pooled.numpy(), loaded.encode("a text"), atol=1e-6)


def test_output_value_none_gives_a_dictionary_an_input(loaded):
    rows = loaded.encode([{"text": "one"}, noise(50, 50)], output_value=None)
    np.testing.assert_allclose(
        rows[1]["sentence_embedding"].numpy(), loaded.encode(noise(50, 50)), atol=1e-6
    )


def test_one_input_gives_one_vector_and_none_give_none(loaded):
    assert loaded.encode("text").shape == (64,)
    assert loaded.encode(noise(40, 40)).shape == (64,)
    assert loaded.encode([]).shape == (0,)
    assert loaded.encode([{"role": "user", "content": "a message"}]).shape == (64,)


def test_queries_and_documents_take_their_prompts(loaded):
    loaded.prompts = {"query": "Find: ", "document": ""}
    try:
        query = loaded.encode_query("cats")
        prompted = loaded.encode("cats", prompt="Find: ")
        assert np.abs(query - prompted).max() < 1e-6
        assert np.abs(query - loaded.encode_document("cats")).max() > 1e-3
    finally:
        loaded.prompts = {"query": "", "document": ""}


def test_a_message_equals_the_dict_of_its_parts(loaded):
    picture = noise(60, 60)
    content = [{"type": "text", "text": "look"}, {"type": "image", "image": picture}]
    np.testing.assert_allclose(
        loaded.encode([[{"role": "user", "content": content}]])[0],
        loaded.encode({"text": "look", "image": picture}),
        atol=1e-6,
    )


def test_a_pair_is_refused_with_the_remedy(loaded):
    with pytest.raises(ValueError, match="to encode several as one give a dict"):
        loaded.encode([("look", noise(60, 60))])


def test_strings_that_look_like_paths_and_addresses_stay_text(loaded, plain, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    noise(50, 50).save("secret.png")
    opened = []
    monkeypatch.setattr(Image, "open", lambda *args, **kwargs: opened.append(args))
    for text in ("secret.png", str(tmp_path / "secret.png"), "https://example.org/a.png"):
        for encode in (loaded.encode, loaded.encode_query, loaded.encode_document):
            vector = encode(text)
            np.testing.assert_allclose(vector, plain.encode({"text": text}), atol=1e-6)
    assert not opened
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    # The oracle can fail: as a picture it is another vector.
    assert np.abs(loaded.encode({"image": "secret.png"}) - loaded.encode("secret.png")).max() > 1e-3


def test_a_model_that_is_not_ours_is_encoded_as_it_always_was(loaded):
    class Other(torch.nn.Module):
        def preprocess(self, inputs, prompt=None, **_):
            return {"lengths": torch.tensor([[float(len(item["text"]))] for item in inputs])}

        def forward(self, features):
            return {"sentence_embedding": features["lengths"]}

    other = BTokEncoder(modules=[Other()], device="cpu")
    assert other.encode(["a", "four", "to"]).tolist() == [[1], [4], [2]]


def test_clips_and_paths_are_weighed_without_decoding(loaded, tmp_path, monkeypatch):
    noise(200, 100).save(tmp_path / "a.png")
    monkeypatch.setattr(Image.Image, "convert", None)
    by_path = loaded.weigh([{"image": str(tmp_path / "a.png")}, {"video": clip(80, 60, 9)}])
    assert by_path[0] == loaded.weigh([noise(200, 100)])[0]
    assert by_path[1].kind == "video"
