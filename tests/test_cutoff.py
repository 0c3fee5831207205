"""Where good matches end: what is promised is measured on questions that were not asked before."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fakes import FakeEmbedder
from make_files import write_pdf, write_picture

from indexer import Index
from indexer.calibration import Calibration, Tail, best_coverage, calibrate, coverage
from indexer.cutoff import ALPHA, Judged, good_first
from indexer.nothing import COUNT, Question, nothing_questions
from indexer.settings import Settings
from indexer.types import LegRank, Modality, ScoredPoint, Unit
from indexer.vector_cache import EncodedUnit

D = 24


def unit_vectors(count: int, seed: int) -> np.ndarray:
    vectors = np.random.default_rng(seed).standard_normal((count, D)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def questions(count: int, word: str = "stranger") -> list[Question]:
    return [Question(f"{word}{n} {word}x{n}", n % 2 == 0) for n in range(count)]


def collection(pictures: int, pages: int, *, seed: int = 1) -> list[tuple[str, EncodedUnit]]:
    """Units whose vectors are noise; pages hold words of their own."""
    units = [
        ("IMG", EncodedUnit(Unit("image", Modality.IMAGE, {}), vector, None))
        for vector in unit_vectors(pictures, seed)
    ]
    texts = [f"chapter {n} pump{n} valve{n}" for n in range(pages)]
    for text, vector in zip(texts, unit_vectors(2 * pages, seed + 1)[::2], strict=True):
        chunks = np.stack([vector, -vector])
        page = Unit("page=1", Modality.PAGE, {}, text, 1)
        units.append(("report", EncodedUnit(page, vector, chunks)))
    return units


def made(units: list, *, seed: int = 7, count: int = 300) -> Calibration:
    found = calibrate(
        units, questions(count), unit_vectors(count, seed), fingerprint="f", stamp="s"
    )
    assert found is not None
    return found


def best_chance(calibration: Calibration, units: list, question: str, vector: np.ndarray) -> float:
    """Judge every unit with plain loops: a slower twin of what the index does."""
    chances = []
    for name, encoded in units:
        scores = {"image": float(encoded.image @ vector)}
        if encoded.chunks is not None:
            scores["text"] = max(float(chunk @ vector) for chunk in encoded.chunks)
        scores["words"] = calibration.coverage(f"{name}\n{encoded.unit.text}", question)
        chances.append(calibration.chance(calibration.evidence(encoded.unit.modality, scores)))
    return min(chances)


@pytest.mark.parametrize(("pictures", "pages"), [(80, 40), (200, 0), (0, 5), (3, 2)])
def test_at_most_the_stated_share_of_strangers_shows_a_good_match(pictures, pages) -> None:
    """Also with five units, and with one kind only."""
    units = collection(pictures, pages)
    calibration = made(units)
    strangers = unit_vectors(400, seed=99)
    chances = np.array([best_chance(calibration, units, "nobody knows", v) for v in strangers])
    for alpha in (0.05, 0.1, 0.3):
        spread = 3 * (alpha * (1 - alpha) * (1 / 400 + 2 / 150)) ** 0.5
        assert (chances <= alpha).mean() <= alpha + spread
    assert (chances <= 0.3).mean() > 0.04  # and it is no line that nothing ever reaches


def test_a_vector_like_a_unit_and_a_rare_word_are_good_matches() -> None:
    units = collection(60, 20)
    calibration = made(units)
    near = units[3][1].image
    assert best_chance(calibration, units, "nobody knows", near) <= 0.02
    far = unit_vectors(1, seed=5)[0]
    assert best_chance(calibration, units, "pump7", far) <= 0.02
    assert best_chance(calibration, units, "what is pump7 for", far) <= 0.1


def test_kinds_of_different_scale_are_compared_by_evidence_not_by_score() -> None:
    """Pages of a space in which everything is near must not bury the picture that is meant."""
    pages = [
        ("r", EncodedUnit(Unit("page=1", Modality.PAGE, {}, "x"), v, 0.1 * v[None] + 0.18))
        for v in unit_vectors(30, 3)
    ]
    units = [*collection(30, 0), *pages]
    asked = np.abs(unit_vectors(300, 8))  # all on one side: near to every page
    calibration = calibrate(units, questions(300), asked, fingerprint="f", stamp="s")
    assert calibration is not None
    usual = float(np.median(calibration.best[Modality.PAGE, "text"]))
    assert calibration.evidence(Modality.PAGE, {"text": usual}) < calibration.evidence(
        Modality.IMAGE, {"image": float(np.max(calibration.best[Modality.IMAGE, "image"]))}
    )


def test_the_tail_counts_below_its_start_and_is_exponential_above() -> None:
    draws = np.random.default_rng(0).exponential(size=20_000)
    tail = Tail.of(draws)
    assert tail.evidence(np.array([0.7]))[0] == pytest.approx(0.7, abs=0.05)
    assert tail.evidence(np.array([4.0]))[0] == pytest.approx(4.0, rel=0.1)
    assert list(np.diff(tail.evidence(np.linspace(0, 9, 50))) >= 0) == [True] * 49


def test_coverage_is_the_share_of_inverse_frequencies() -> None:
    weight = lambda n: np.log(1 + (10 - n + 0.5) / (n + 0.5))  # noqa: E731
    expected = weight(1) / (weight(1) + weight(8))
    assert coverage({"rare", "x"}, ["rare", "often"], {"often": 8}, 10) == pytest.approx(expected)
    assert coverage({"rare"}, [], {}, 10) == 0.0


def test_questions_whose_words_all_stand_in_a_unit_are_not_learned_from() -> None:
    units = collection(20, 10)
    asked = [*questions(300), *[Question(f"pump{n}", n % 2 == 0) for n in range(10)]]
    found = calibrate(units, asked, unit_vectors(310, 7), fingerprint="f", stamp="s")
    assert found is not None
    assert len(found.is_thing) == 300
    assert len(found.vectors) == 310


def test_nothing_is_said_where_too_few_questions_are_left() -> None:
    assert calibrate([], questions(300), unit_vectors(300, 7), fingerprint="f", stamp="s") is None
    few = questions(40)
    assert calibrate(collection(5, 0), few, unit_vectors(40, 7), fingerprint="f", stamp="s") is None


def test_a_calibration_is_read_as_it_was_written() -> None:
    calibration = made(collection(20, 5))
    again = Calibration.from_bytes(calibration.to_bytes())
    assert (again.fingerprint, again.stamp, again.units) == ("f", "s", 25)
    assert again.common == calibration.common
    for key, scores in calibration.best.items():
        np.testing.assert_array_equal(again.best[key], scores)
    assert again.chance(2.0) == calibration.chance(2.0)
    with pytest.raises((ValueError, KeyError)):
        Calibration.from_bytes(calibration.to_bytes()[:100])


def point(name: str, modality: str, score: float) -> ScoredPoint:
    legs = (LegRank("image", 1, score),)
    return ScoredPoint(name, score, {"modality": modality, "text": ""}, legs)


def test_good_matches_come_first_and_kinds_mix_by_evidence() -> None:
    found = [
        Judged(point("page", "page", 0.9), 0.2, 0.8),
        Judged(point("clip", "video", 0.8), 5.0, 0.01),
        Judged(point("picture", "image", 0.7), 4.0, 0.02),
        Judged(point("picture2", "image", 0.6), 6.0, 0.01),
        Judged(point("other", "image", 0.5), 0.1, 0.9),
    ]
    ordered = good_first(found)
    names = [one.point.id for one in ordered]
    assert names == ["clip", "picture", "picture2", "page", "other"]
    assert [one.point.score for one in ordered] == [0.9, 0.8, 0.7, 0.6, 0.5]
    assert good_first([]) == []


def test_the_questions_are_always_the_same_and_of_both_groups() -> None:
    first = nothing_questions()
    assert first == nothing_questions()
    assert len({question.text for question in first}) == COUNT
    assert sum(question.is_thing for question in first) == 2 * COUNT // 3


@pytest.fixture
def place(tmp_path: Path) -> Path:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    write_picture(corpus / "one.png")
    write_pdf(corpus / "report.pdf", [["the pump Q1042 leaks"], ["the valve is new"], ["weather"]])
    return corpus


def opened(corpus: Path, embedder: FakeEmbedder | None = None) -> Index:
    return Index.open(
        settings=Settings(home=corpus.parent / "home", ocr="off"),
        embedder=embedder or FakeEmbedder(),
    )


def test_an_ingest_calibrates_and_every_hit_of_a_text_is_judged(place: Path) -> None:
    with opened(place) as index:
        index.ingest([place])
        hits = index.search("Q1042", limit=10)
        assert hits[0].page == 1
        assert hits[0].above_cutoff
        assert hits[0].chance is not None
        assert hits[0].chance <= ALPHA
        assert hits[0].matched == ("Q1042",)
        marks = [hit.above_cutoff for hit in hits]
        assert marks == sorted(marks, reverse=True)
        assert not all(marks)
        assert not any(hit.above_cutoff for hit in index.search("xylograph zymurgy", limit=10))


def test_examples_are_not_judged(place: Path) -> None:
    with opened(place) as index:
        index.ingest([place])
        asked = [
            index.search(image=place / "one.png"),
            index.search("pump", image=place / "one.png"),
            index.search(like=[index.search("pump")[0].id]),
        ]
        assert {hit.above_cutoff for hits in asked for hit in hits} == {None}


def test_a_narrowed_search_is_judged_by_its_own_kind(place: Path) -> None:
    with opened(place) as index:
        index.ingest([place])
        pages = index.search("Q1042", modality="page")
        assert pages[0].above_cutoff
        assert index.search("Q1042", modality="image")[0].above_cutoff is False


def test_it_is_renewed_when_the_collection_changes_and_only_then(place: Path, monkeypatch) -> None:
    model = FakeEmbedder()
    with opened(place, model) as index:
        index.ingest([place])
        kept = index.home / "calibration.npz"
        first = kept.stat().st_mtime_ns
        index.ingest([place])
        assert kept.stat().st_mtime_ns == first
        monkeypatch.setattr(FakeEmbedder, "encode_query", None)  # the questions are kept
        write_picture(place / "two.png", color=(0, 0, 255))
        index.ingest([place])
        assert kept.stat().st_mtime_ns > first
        after = index.calibrate()
        assert after is not None
        assert after.units == 5
        index.delete([place / "two.png"])
        again = index.calibrate()
        assert again is not None
        assert again.units == 4


def test_the_questions_are_encoded_before_any_unit_has_come(place: Path, monkeypatch) -> None:
    asked: list[str] = []

    def noted(name: str, encode):
        return lambda self, inputs: asked.append(f"{name} {len(inputs)}") or encode(self, inputs)

    for name in ("encode_query", "encode_document"):
        monkeypatch.setattr(FakeEmbedder, name, noted(name, getattr(FakeEmbedder, name)))
    with opened(place) as index:
        index.ingest([place])
        assert index.search("Q1042")[0].above_cutoff
    questions = f"encode_query {len(nothing_questions())}"
    assert asked[0] == questions
    assert asked.count(questions) == 1


def test_another_process_s_calibration_is_seen_and_a_damaged_one_is_none(place: Path) -> None:
    with opened(place) as index:
        index.ingest([place])
        assert index.search("Q1042")[0].above_cutoff
        kept = index.home / "calibration.npz"
        kept.write_bytes(b"damaged")
        os.utime(kept, (1, 1))
        hits = index.search("Q1042")
        assert hits[0].above_cutoff is None
        index.calibrate()
        assert index.search("Q1042")[0].above_cutoff


def test_the_calibration_of_another_model_says_nothing(place: Path) -> None:
    with opened(place) as index:
        index.ingest([place])
        kept = index.home / "calibration.npz"
        held = Calibration.from_bytes(kept.read_bytes())
        kept.write_bytes(replace(held, fingerprint="another").to_bytes())
        assert index.search("Q1042")[0].above_cutoff is None


def test_another_model_teaches_nothing_and_leaves_nothing(place: Path) -> None:
    write_picture(place / "two.png", color=(0, 0, 255))
    with opened(place) as index:
        index.ingest([place])
        kept = index.home / "calibration.npz"
    kept.unlink()
    with opened(place, FakeEmbedder(fingerprint="fake-2")) as index:
        index.delete([place / "two.png"])
        assert not kept.exists()
    with opened(place) as index:
        assert index.calibrate() is not None
        assert index.search("Q1042")[0].above_cutoff


def test_that_nothing_could_be_learned_is_remembered(place: Path, monkeypatch) -> None:
    monkeypatch.setattr("indexer.cutoff.calibrate", lambda *_, **__: None)
    with opened(place) as index:
        index.ingest([place])
        assert index.search("Q1042")[0].above_cutoff is None
        monkeypatch.setattr(FakeEmbedder, "encode_query", None)  # the questions are kept
        monkeypatch.setattr("indexer.cutoff.iter_encoded", None)  # and nobody is asked again
        index.ingest([place])
        assert index.calibrate() is None


def test_the_best_hits_are_the_same_for_every_limit(place: Path) -> None:
    """A page that only its rare word speaks for is good, and far down before hits are judged."""
    crowd = [[f"valve valve {n}"] for n in range(30)]
    odd = [["weather report of the week with a sea breeze, then Q2077 and much more beside it"]]
    write_pdf(place / "crowd.pdf", crowd + odd)
    with opened(place) as index:
        index.ingest([place])
        every = index.search("Q2077 valve", limit=20)
        assert 31 in [hit.page for hit in every[:2]]
        for limit in (1, 2, 3):
            assert index.search("Q2077 valve", limit=limit) == every[:limit]


def test_best_coverage_is_that_of_the_unit_that_holds_most() -> None:
    common = {"rain": 4, "owl": 2}
    found = [frozenset({"owl"}), frozenset({"rain", "owl", "never asked"}), frozenset({"cork"})]
    questions = [("rain", "owl"), ("owl", "boat"), ("boat",), (), ("cork", "rain", "owl")]
    expected = [max(coverage(set(held), one, common, 9) for held in found) for one in questions]
    assert best_coverage(found, questions, common, 9) == pytest.approx(expected)
    assert expected[0] == pytest.approx(1.0)
    assert expected[2] == expected[3] == 0.0
