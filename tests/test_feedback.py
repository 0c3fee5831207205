"""More like this, less like that: the ranking moves at once, and nothing is encoded for it."""

from __future__ import annotations

import numpy as np
import pytest
from fakes import FakeEmbedder
from make_files import BLUE, RED, write_pdf, write_picture, write_video

from indexer import Index
from indexer.feedback import Examples
from indexer.settings import Settings
from indexer.types import Hit, UsageError


def axis(number: int) -> np.ndarray:
    return np.eye(4, dtype=np.float32)[number]


def test_a_question_moves_to_what_is_liked_and_away_from_what_is_not() -> None:
    examples = Examples(liked=({"image": axis(1)},), unliked=({"image": axis(2)},))
    expected = np.array([1.0, 1.0, -0.5, 0.0]) / 1.5
    np.testing.assert_allclose(examples.move(axis(0), "image"), expected, atol=1e-6)


def test_several_examples_count_as_their_mean_and_passages_as_one() -> None:
    examples = Examples(liked=({"text": np.stack([axis(0), axis(1)])}, {"text": axis(2)[None]}))
    both = (axis(0) + axis(1)) / 2**0.5 + axis(2)
    np.testing.assert_allclose(examples.move(None, "text"), both / 2**0.5, atol=1e-6)


def test_what_nobody_asks_has_no_vector_and_what_nobody_liked_stays() -> None:
    assert Examples(liked=({"image": axis(1)},)).move(None, "text") is None
    np.testing.assert_array_equal(
        Examples(liked=({"image": axis(1)},)).move(axis(3), "text"), axis(3)
    )


@pytest.fixture(scope="module", params=["memory", "edge"])
def index(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Index:
    """Six pictures in shades of red and green, three pages, a film of red and blue."""
    place = tmp_path_factory.mktemp("feedback")
    corpus = place / "corpus"
    corpus.mkdir()
    for number in range(3):
        write_picture(corpus / f"red{number}.png", color=(250 - 20 * number, 20 * number, 0))
        write_picture(corpus / f"green{number}.png", color=(20 * number, 250 - 20 * number, 0))
    write_pdf(corpus / "report.pdf", [["pumps and valves"], ["pumps and pipes"], ["weather"]])
    write_video(corpus / "film.mp4", [(RED, 2.0), (BLUE, 2.0)])
    url = {"url": ":memory:"} if request.param == "memory" else {}
    opened = Index.open(
        settings=Settings(home=place / "home", ocr="off", qdrant=url), embedder=FakeEmbedder()
    )
    opened.ingest([corpus])
    return opened


def unit(index: Index, name: str, **place: float) -> Hit:
    """Find a unit by the name of its file."""
    every = index.search("anything", limit=100)
    return next(
        hit
        for hit in every
        if hit.path.name == name and all(getattr(hit, key) == value for key, value in place.items())
    )


def names(hits: list[Hit]) -> list[str]:
    return [hit.path.name for hit in hits]


def test_a_unit_alone_finds_its_like_without_encoding(index: Index, monkeypatch) -> None:
    liked = unit(index, "green1.png")
    monkeypatch.setattr(FakeEmbedder, "encode_query", None)
    hits = index.search(like=[liked.id], limit=5)
    assert set(names(hits[:2])) == {"green0.png", "green2.png"}
    assert liked.id not in [hit.id for hit in hits]
    assert [hit.rank for hit in hits] == [1, 2, 3, 4, 5]


def test_a_frame_of_a_video_finds_pictures(index: Index) -> None:
    clip = unit(index, "film.mp4", start_seconds=0.0)
    found = names(index.search(like=[clip.id], modality="image", limit=2))
    assert len(found) == 2
    assert set(found) <= {"red0.png", "red1.png", "red2.png"}


def test_a_liked_page_finds_the_page_that_means_the_same(index: Index) -> None:
    page = unit(index, "report.pdf", page=1)
    assert index.search(like=[page.id], modality="page")[0].page == 2
    assert names(index.search(like=[page.id], limit=2)) == ["report.pdf", "report.pdf"]


def test_what_is_liked_turns_the_order_of_a_text_at_once(index: Index) -> None:
    for liked, like in (("green0.png", "green"), ("red0.png", "red")):
        hits = index.search("red green", like=[unit(index, liked).id], modality="image")
        assert [name.startswith(like) for name in names(hits)] == [True, True] + [False] * 3


def test_what_is_unliked_takes_its_like_down(index: Index) -> None:
    green = unit(index, "green0.png")
    before = names(index.search("green red", modality="image", like=[], limit=10))
    after = names(index.search("green red", modality="image", unlike=[green.id], limit=10))
    places = [order.index("green1.png") / len(order) for order in (before, after)]
    assert places[1] > places[0]
    assert "green0.png" not in after


def test_a_picture_may_be_asked_together_with_what_is_unliked(index: Index) -> None:
    red = unit(index, "red0.png")
    corpus = red.path.parent
    hits = index.search(image=corpus / "green0.png", unlike=[red.id], modality="image", limit=10)
    assert names(hits)[0] == "green0.png"
    assert "red0.png" not in names(hits)


def test_feedback_and_filters_hold_for_documents_too(index: Index) -> None:
    green = unit(index, "green0.png")
    documents = index.search_documents(like=[green.id], folder=green.path.parent, limit=2)
    assert [one.path.name for one in documents] == ["green1.png", "green2.png"]


def test_feedback_that_makes_no_sense_is_refused(index: Index) -> None:
    red = unit(index, "red0.png").id
    with pytest.raises(UsageError, match="nothing to search for"):
        index.search(unlike=[red])
    with pytest.raises(UsageError, match="liked and unliked"):
        index.search("red", like=[red], unlike=[red])
    with pytest.raises(UsageError, match="not indexed"):
        index.search(like=["no such unit"])
