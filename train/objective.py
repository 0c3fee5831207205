"""What training minimises.

InfoNCE over the batch (arXiv 2604.11095, section 3.2), temperature-scaled cosine similarities, both
directions, plus distillation of the query side: 1 - cos(embedding, teacher's vector of the text).
A batch of texts alone is distilled only.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def info_nce(
    queries: Tensor, documents: Tensor, *, temperature: float, allowed: Tensor | None = None
) -> Tensor:
    """Cross-entropy of finding each query's own document in the batch: (B, D), (N, D) -> ().

    Document i belongs to query i; further documents are negatives only. `allowed` (B, N) bool
    removes known false negatives; a query's own document always counts.
    """
    scores = queries @ documents.T / temperature  # (B, N)
    own = torch.arange(len(queries), device=queries.device)
    if allowed is not None:
        keep = allowed.clone()
        keep[own, own] = True
        scores = scores.masked_fill(~keep, float("-inf"))
    return F.cross_entropy(scores, own)


def distinct(teacher: Tensor, *, ceiling: float) -> Tensor:
    """Say which pairs of texts are different enough to be negatives: (B, D) -> (B, B) bool.

    A teacher's similarity above `ceiling` marks a false negative: another name of the same thing.
    """
    return teacher @ teacher.T <= ceiling


class DistilledInfoNCE(nn.Module):
    """InfoNCE between two columns plus distillation of the first into the teacher's space.

    Labels are the teacher's vectors (B, D) of the query texts, zeros where there is none. Usable
    from any Sentence Transformers training script: columns (query,) or (query, positive), `label`.
    """

    def __init__(
        self,
        model: nn.Module,
        *,
        temperature: float = 0.05,
        distillation: float = 1.0,
        false_negative_ceiling: float = 1.0,
    ) -> None:
        super().__init__()
        self.model = model
        self.temperature = temperature
        self.distillation = distillation
        self.ceiling = false_negative_ceiling

    def forward(self, sentence_features: list[dict[str, Any]], labels: Tensor) -> dict[str, Tensor]:
        columns = [self.model(features)["sentence_embedding"] for features in sentence_features]
        queries = columns[0]  # (B, D)
        teacher = labels.to(queries)  # (B, D)
        known = teacher.norm(dim=1) > 0  # (B,)
        away = ((1 - (queries * teacher).sum(1)) * known).sum() / known.sum().clamp(min=1)
        nce = queries.new_zeros(())
        if len(columns) > 1:
            documents = torch.cat(columns[1:])  # (N, D)
            allowed = distinct(teacher, ceiling=self.ceiling)
            if len(documents) > len(queries):
                extra = allowed.new_ones(len(queries), len(documents) - len(queries))
                allowed = torch.cat([allowed, extra], dim=1)
            forth = info_nce(queries, documents, temperature=self.temperature, allowed=allowed)
            own = documents[: len(queries)]
            back = info_nce(
                own, queries, temperature=self.temperature, allowed=allowed[:, : len(queries)].T
            )
            nce = (forth + back) / 2
        return {"nce": nce, "distillation": self.distillation * away}

    def get_config_dict(self) -> dict[str, float]:
        return {
            "temperature": self.temperature,
            "distillation": self.distillation,
            "false_negative_ceiling": self.ceiling,
        }
