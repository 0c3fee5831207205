"""One contract for every engine: what a store promises, asked of memory, Edge and a server."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from indexer.stores.edge import EdgeStore
from indexer.stores.server import ServerStore
from indexer.types import (
    Filter,
    IndexerError,
    Leg,
    Modality,
    ModelMismatch,
    Point,
    StoreLocked,
    StoreUnavailable,
    UsageError,
    VectorStore,
    point_id,
)

D = 8
SPACE = {"dimension": D, "fingerprint": "space-a"}
SERVER = os.environ.get("QDRANT_URL")


@pytest.fixture(params=["memory", "edge", pytest.param("server", marks=pytest.mark.server)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[VectorStore]:
    if request.param == "edge":
        made: VectorStore = EdgeStore(tmp_path / "store", **SPACE)
    elif request.param == "memory":
        made = ServerStore.in_memory(collection="test", **SPACE)
    elif SERVER:
        made = ServerStore.connect(SERVER, collection=f"test-{os.getpid()}", **SPACE)
        made.clear()
    else:
        pytest.skip("no server: QDRANT_URL is not set")
    yield made
    if request.param == "server":
        made.clear()
    made.close()


NOON = datetime.fromtimestamp(200, UTC)


def axis(number: int) -> np.ndarray:
    return np.eye(D, dtype=np.float32)[number]


def make_point(
    path: str,
    locator: str = "image",
    *,
    image: np.ndarray,
    text: np.ndarray | None = None,
    words: str = "",
    modality: str = "image",
    modified: float = 0.0,
) -> Point:
    vectors = {"image": image} if text is None else {"image": image, "text": text}
    payload = {
        "path": path,
        "folders": [str(folder) for folder in Path(path).parents],
        "modality": modality,
        "locator": locator,
        "modified": modified,
        "text": words,
    }
    return Point(point_id("units", path, locator), vectors, payload)


def paths(found: list) -> list[str]:
    return [str(point.payload["path"]) for point in found]


def test_upserting_a_point_twice_keeps_one(store: VectorStore) -> None:
    store.upsert([make_point("/a/x.png", image=axis(0))])
    store.upsert([make_point("/a/x.png", image=axis(1))])
    assert store.count() == 1
    best = store.query([Leg("image", vector=axis(1))])[0]
    assert best.legs[0].score == pytest.approx(1.0, abs=1e-3)


def test_an_unused_store_is_empty_and_answers_nothing(store: VectorStore) -> None:
    assert (store.count(), store.ids()) == (0, set())
    assert store.query([Leg("image", vector=axis(0))]) == []
    store.delete(["00000000-0000-0000-0000-000000000001"])


def test_a_prepared_store_is_empty_and_preparing_it_again_loses_nothing(
    store: VectorStore,
) -> None:
    store.prepare()
    assert (store.count(), store.ids()) == (0, set())
    store.upsert([make_point("/a/x.png", image=axis(0))])
    store.prepare()
    assert store.count() == 1


def test_nearest_vector_comes_first_with_its_cosine(store: VectorStore) -> None:
    near = (axis(0) + axis(1)) / math.sqrt(2)
    store.upsert([make_point("/far", image=axis(2)), make_point("/near", image=near)])
    found = store.query([Leg("image", vector=axis(0))])
    assert paths(found) == ["/near", "/far"]
    assert found[0].legs[0].score == pytest.approx(1 / math.sqrt(2), abs=1e-3)


def test_text_leg_scores_a_unit_by_its_best_chunk(store: VectorStore) -> None:
    best = np.stack([axis(3), axis(0)])
    weak = np.stack([axis(3), (axis(0) + 2 * axis(4)) / math.sqrt(5)])
    store.upsert(
        [
            make_point("/weak", image=axis(7), text=weak),
            make_point("/best", image=axis(7), text=best),
            make_point("/none", image=axis(0)),
        ]
    )
    found = store.query([Leg("text", vector=axis(0))])
    assert paths(found) == ["/best", "/weak"]
    scores = [point.legs[0].score for point in found]
    assert scores == pytest.approx([1.0, 1 / math.sqrt(5)], abs=1e-3)


def test_words_leg_finds_rare_words_in_any_case_and_only_those(store: VectorStore) -> None:
    store.upsert(
        [
            make_point("/a", image=axis(0), words="the pump P-1042 leaks"),
            make_point("/b", image=axis(0), words="the valve is new"),
            make_point("/c", image=axis(0), words="nothing at all"),
        ]
    )
    assert paths(store.query([Leg("words", words="p 1042 Valve")])) == ["/a", "/b"]


def test_fusion_adds_weight_over_sixty_plus_rank(store: VectorStore) -> None:
    store.upsert(
        [
            make_point("/both", image=(axis(0) + axis(1)) / math.sqrt(2), words="zebra"),
            make_point("/seen", image=axis(0), words="lion"),
        ]
    )
    legs = [Leg("image", vector=axis(0), weight=0.5), Leg("words", words="zebra")]
    found = store.query(legs)
    assert paths(found) == ["/both", "/seen"]
    assert [point.score for point in found] == pytest.approx([0.5 / 62 + 1 / 61, 0.5 / 61])
    assert [(leg.leg, leg.rank) for leg in found[0].legs] == [("image", 2), ("words", 1)]


def test_equal_scores_are_ordered_by_id(store: VectorStore) -> None:
    points = [make_point(f"/copy{number}", image=axis(0)) for number in range(5)]
    store.upsert(points)
    found = store.query([Leg("image", vector=axis(0))])
    assert [point.id for point in found] == sorted(point.id for point in points)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (Filter(), {"/c/one.png", "/c/sub/two.pdf", "/cc/three.png"}),
        (Filter(modality=Modality.PAGE), {"/c/sub/two.pdf"}),
        (Filter(folder=Path("/c")), {"/c/one.png", "/c/sub/two.pdf"}),
        (Filter(paths=(Path("/cc/three.png"),)), {"/cc/three.png"}),
        (
            Filter(paths=(Path("/cc/three.png"), Path("/c/one.png"), Path("/c"))),
            {"/c/one.png", "/cc/three.png"},
        ),
        (
            Filter(modified_after=NOON),
            {"/c/sub/two.pdf", "/cc/three.png"},
        ),
        (Filter(modified_before=NOON), {"/c/one.png"}),
        (Filter(folder=Path("/c"), modality=Modality.IMAGE), {"/c/one.png"}),
        (Filter(folder=Path("/nowhere")), set()),
    ],
)
def test_filter_keeps_units_for_which_every_condition_holds(
    store: VectorStore, where: Filter, expected: set[str]
) -> None:
    store.upsert(
        [
            make_point("/c/one.png", image=axis(0), modified=100),
            make_point("/c/sub/two.pdf", "page=1", image=axis(0), modality="page", modified=200),
            make_point("/cc/three.png", image=axis(0), modified=300),
        ]
    )
    found = store.query([Leg("image", vector=axis(0))], where=where)
    assert set(paths(found)) == expected
    assert store.count(where) == len(expected)


def test_legs_of_two_modalities_are_interleaved(store: VectorStore) -> None:
    pages = [make_point(f"/p{n}", image=axis(n), modality="page", words="apple") for n in range(3)]
    store.upsert([*pages, make_point("/photo", image=axis(0), words="IMG 1")])
    legs = [
        Leg("image", vector=axis(0), modality=Modality.IMAGE),
        Leg("image", vector=axis(0), modality=Modality.PAGE),
        Leg("words", words="apple", modality=Modality.PAGE),
    ]
    assert "/photo" in paths(store.query(legs))[:2]


def test_min_score_hides_what_a_leg_hardly_found(store: VectorStore) -> None:
    store.upsert([make_point("/far", image=axis(2)), make_point("/near", image=axis(0))])
    assert paths(store.query([Leg("image", vector=axis(0), min_score=0.5)])) == ["/near"]


def test_deleted_points_are_neither_counted_nor_found(store: VectorStore) -> None:
    points = [make_point(f"/{n}", image=axis(n), words="fox") for n in range(3)]
    store.upsert(points)
    store.delete([points[0].id])
    assert store.ids() == {points[1].id, points[2].id}
    assert set(paths(store.query([Leg("words", words="fox")]))) == {"/1", "/2"}


def test_clear_forgets_everything_and_the_store_goes_on(store: VectorStore) -> None:
    store.upsert([make_point("/a", image=axis(0))])
    store.clear()
    assert store.count() == 0
    store.upsert([make_point("/b", image=axis(0))])
    assert store.count() == 1


@pytest.mark.parametrize(
    "vectors",
    [
        {"image": np.ones(D + 1, np.float32)},
        {"image": np.full(D, np.nan, np.float32)},
        {"image": np.ones(D, np.float32), "sound": np.ones(D, np.float32)},
        {"image": np.ones(D, np.float32), "text": np.zeros((0, D), np.float32)},
        {"text": np.ones((1, D), np.float32)},
    ],
)
def test_a_point_that_does_not_fit_is_refused_with_its_batch(
    store: VectorStore, vectors: dict[str, np.ndarray]
) -> None:
    good = make_point("/good", image=axis(0))
    bad = Point(point_id("units", "/bad", "image"), vectors, {})
    with pytest.raises(IndexerError, match=bad.id):
        store.upsert([good, bad])
    assert store.count() == 0


def test_edge_is_created_and_opened_by_preparing_it(tmp_path: Path, monkeypatch) -> None:
    store = EdgeStore(tmp_path / "store", **SPACE)
    store.prepare()
    assert (store.folder / "store.json").exists()
    monkeypatch.setattr(store, "_create", lambda: None)
    monkeypatch.setattr("qdrant_edge.EdgeShard.load", None)
    store.upsert([make_point("/a/x.png", image=axis(0))])
    assert store.count() == 1
    store.close()


def test_edge_keeps_its_points_after_reopening(tmp_path: Path) -> None:
    first = EdgeStore(tmp_path / "store", **SPACE)
    first.upsert([make_point("/a", image=axis(0), words="kept")])
    first.close()
    second = EdgeStore(tmp_path / "store", **SPACE)
    assert paths(second.query([Leg("words", words="kept")])) == ["/a"]
    second.close()


def test_edge_refuses_another_model_and_changes_nothing(tmp_path: Path) -> None:
    first = EdgeStore(tmp_path / "store", **SPACE)
    first.upsert([make_point("/a", image=axis(0))])
    first.close()
    other = EdgeStore(tmp_path / "store", dimension=D, fingerprint="space-b")
    with pytest.raises(ModelMismatch, match="space-b"):
        other.upsert([make_point("/b", image=axis(0))])
    assert first.count() == 1
    first.close()


def test_memory_refuses_another_model() -> None:
    first = ServerStore.in_memory(collection="test", **SPACE)
    first.upsert([make_point("/a", image=axis(0))])
    other = ServerStore(first._client, collection="test", dimension=D, fingerprint="space-b")
    with pytest.raises(ModelMismatch, match="space-b"):
        other.count()


def test_a_damaged_edge_store_is_named_with_its_remedy(tmp_path: Path) -> None:
    store = EdgeStore(tmp_path / "store", **SPACE)
    store.upsert([make_point("/a", image=axis(0))])
    store.close()
    (tmp_path / "store" / "shard" / "edge_config.json").write_text("{")
    with pytest.raises(StoreUnavailable, match="doctor --repair"):
        store.count()
    store.clear()
    assert store.count() == 0


def in_another_process(program: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", textwrap.dedent(program), *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_a_shard_held_by_a_stranger_is_locked_after_the_deadline_and_unharmed(
    tmp_path: Path,
) -> None:
    """The engine's own failed load would damage the shard under the one that writes to it."""
    store = EdgeStore(tmp_path / "store", timeout_s=0.3, **SPACE)
    store.upsert([make_point("/a", image=axis(0))])
    store.close()
    holder = in_another_process(
        """
        import sys, time, uuid, qdrant_edge as engine
        shard = engine.EdgeShard.load(sys.argv[1])
        print("held", flush=True)
        deadline = time.monotonic() + 2
        while time.monotonic() < deadline:
            payload = {"path": "/b", "folders": ["/"], "text": "b", "modality": "image"}
            point = engine.Point(str(uuid.uuid4()), {"image": [1.0] * 8}, payload)
            shard.update(engine.UpdateOperation.upsert_points([point]))
            shard.flush()
        shard.close()
        print("unharmed", flush=True)
        """,
        tmp_path / "store" / "shard",
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(StoreLocked, match="another process"):
            store.count()
        assert holder.stdout.readline() == "unharmed\n"
    finally:
        holder.kill()
        holder.communicate()
    assert store.count() > 1
    store.close()


def test_a_process_that_searches_gives_the_shard_to_one_that_writes(tmp_path: Path) -> None:
    store = EdgeStore(tmp_path / "store", **SPACE)
    store.upsert([make_point("/a", image=axis(0))])
    assert store.count() == 1  # and the shard stays open here
    writer = in_another_process(
        """
        import sys, time
        from pathlib import Path
        import numpy as np
        from indexer.stores.edge import EdgeStore
        from indexer.types import Point, point_id
        store = EdgeStore(Path(sys.argv[1]), dimension=8, fingerprint="space-a", timeout_s=5)
        payload = {"path": "/b", "modality": "image", "text": ""}
        store.upsert([Point(point_id("units", "/b", "image"), {"image": np.eye(8)[1]}, payload)])
        print("written", flush=True)
        time.sleep(60)  # idle, and still holding it
        """,
        tmp_path / "store",
    )
    try:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "written\n"
        started = time.monotonic()
        assert store.count() == 2
        assert time.monotonic() - started < 2.0
    finally:
        writer.kill()
        writer.communicate()
    store.close()


def test_an_unreachable_server_is_store_unavailable() -> None:
    space = {"collection": "test", "dimension": D, "fingerprint": "a", "pauses_s": (0.01,)}
    store = ServerStore.connect("http://127.0.0.1:9", **space)
    with pytest.raises(StoreUnavailable, match="cannot be reached"):
        store.count()


def test_clear_never_drops_the_collection_of_another_model() -> None:
    first = ServerStore.in_memory(collection="test", **SPACE)
    first.upsert([make_point("/a", image=axis(0))])
    other = ServerStore(first._client, collection="test", dimension=D, fingerprint="space-b")
    with pytest.raises(ModelMismatch, match="space-b"):
        other.clear()
    assert first.count() == 1


def test_a_server_without_http_in_its_url_is_a_mistake_of_usage() -> None:
    with pytest.raises(UsageError, match="start it with http"):
        ServerStore.connect("localhost:6333", collection="test", **SPACE)


def test_an_index_that_a_cut_off_creation_left_out_is_added(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = ServerStore.in_memory(collection="test", **SPACE)
    monkeypatch.setattr(first, "_add_indexes", lambda **_: None)
    first.upsert([make_point("/a", image=axis(0))])
    asked: list[str] = []
    monkeypatch.setattr(
        first._client, "create_payload_index", lambda _, name, kind: asked.append(name)
    )
    second = ServerStore(first._client, collection="test", **SPACE)
    assert second.count() == 1
    assert asked == ["text"]


def test_vectors_come_back_as_they_were_written(store: VectorStore) -> None:
    passages = np.stack([axis(1), (axis(2) + axis(3)) / math.sqrt(2)])
    points = [
        make_point("/a", image=axis(0), text=passages),
        make_point("/b", image=(axis(4) + axis(5)) / math.sqrt(2)),
    ]
    store.upsert(points)
    stored = store.vectors([point.id for point in points] + [point_id("units", "/c", "image")])
    assert set(stored) == {point.id for point in points}
    for point in points:
        assert set(stored[point.id]) == set(point.vectors)
        for name, vector in point.vectors.items():
            np.testing.assert_allclose(stored[point.id][name], vector, atol=1e-6)
    assert store.vectors([]) == {}


def test_an_unused_store_has_no_vectors(store: VectorStore) -> None:
    assert store.vectors([point_id("units", "/c", "image")]) == {}
