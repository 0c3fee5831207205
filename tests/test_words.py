"""The word table: bags of words that point where the teacher points."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from train.words import bags_of_words, fit_word_table


def test_bags_are_the_sums_of_their_rows():
    table = torch.tensor([[1.0, 0.0], [0.0, 2.0], [5.0, 5.0]])
    bags = bags_of_words([[0, 1], [2], [1, 1]], table)
    assert bags.tolist() == [[1.0, 2.0], [5.0, 5.0], [0.0, 4.0]]


def test_fitted_rows_give_bags_the_direction_of_their_targets():
    rng = np.random.default_rng(0)
    truth = rng.standard_normal((50, 16)).astype(np.float32)
    texts = [rng.integers(0, 40, size=rng.integers(1, 6)).tolist() for _ in range(600)]
    targets = np.stack([truth[ids].sum(0) for ids in texts])
    targets /= np.linalg.norm(targets, axis=1, keepdims=True)
    start = rng.standard_normal((50, 16)).astype(np.float32)
    fitted = fit_word_table(texts, targets, start, epochs=60, batch_size=64, learning_rate=0.05)

    def cosine(table: np.ndarray) -> float:
        bags = bags_of_words(texts, torch.from_numpy(table)).numpy()
        return float((bags * targets).sum(1) @ (1 / np.linalg.norm(bags, axis=1)) / len(bags))

    assert cosine(start) < 0.3
    assert cosine(fitted) > 0.95
    assert fitted[45:] == pytest.approx(start[45:])  # words that no text holds keep their rows
