"""A word table whose bags of words already lie where the teacher puts whole texts.

The sum of a text's rows is trained to point to the teacher's vector of the text, the idea behind
static embeddings such as Model2Vec's: minutes of a transformer's training in half a minute, and the
decoder only has to learn what order and context add. Rows start from the teacher's own vector of
the word alone, weighted down by frequency (SIF, Arora et al. 2017); words that no text holds keep
that.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

log = logging.getLogger(__name__)

SMOOTHING = 1e-3  # of SIF: words rarer than this count fully
MAX_TOKENS = 64


def fit_word_table(
    texts: Sequence[Sequence[int]],
    targets: np.ndarray,
    start: np.ndarray,
    *,
    epochs: int = 4,
    batch_size: int = 1024,
    learning_rate: float = 3e-3,
    seed: int = 0,
) -> np.ndarray:
    """Fit rows whose sum over a text's ids points to its target: -> (V, D) float32.

    `texts` are N lists of ids, `targets` (N, D) unit rows, `start` (V, D) the rows to begin with.
    """
    texts = [list(ids[:MAX_TOKENS]) for ids in texts]
    counts = np.bincount(np.concatenate([ids for ids in texts if ids]), minlength=len(start))
    weights = SMOOTHING / (SMOOTHING + counts / counts.sum())  # (V,)
    table = torch.nn.Parameter(torch.from_numpy(start * weights[:, None].astype(np.float32)))
    wanted = torch.from_numpy(targets.astype(np.float32))
    optimizer = torch.optim.Adam([table], lr=learning_rate)
    generator = torch.Generator().manual_seed(seed)
    usable = torch.tensor([row for row, ids in enumerate(texts) if ids])
    for epoch in range(epochs):
        total = 0.0
        order = usable[torch.randperm(len(usable), generator=generator)]
        for rows in order.split(batch_size):
            bags = bags_of_words([texts[row] for row in rows.tolist()], table)  # (B, D)
            loss = (1 - F.cosine_similarity(bags, wanted[rows])).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += float(loss.detach()) * len(rows)
        log.info("word table, epoch %d: mean cosine %.3f", epoch + 1, 1 - total / len(usable))
    return table.detach().numpy()


def bags_of_words(texts: Sequence[Sequence[int]], table: Tensor) -> Tensor:
    """Sum the rows of every text's ids: N lists of ids, (V, D) -> (N, D)."""
    flat = torch.tensor([number for ids in texts for number in ids])
    starts = torch.tensor(np.cumsum([0, *(len(ids) for ids in texts[:-1])]))
    return F.embedding_bag(flat, table, starts, mode="sum")
