"""What training minimises: InfoNCE + lambda(t) * GIC, and distillation from a text teacher.

arXiv 2604.11095, section 3.2; `docs/training.md` writes it out. InfoNCE finds each query's document
in the batch. GIC is the cross-entropy of the opposite side's text given the K BToks (see
`embedder.condensation`), weighted lambda for a first share of the steps, then 0. Distillation,
1 - cos(query, teacher's vector of its text), is ours: it teaches small decoders their text side.

The loss stands on Sentence Transformers' GradCache. Its pieces are not documented API: the tests
compare its gradient with a plain one, and with Sentence Transformers' own cached loss.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from typing import Any

import torch
import torch.nn.functional as F
from sentence_transformers.base.losses.gradcache import (
    CachedLossMixin,
    RandContext,
    _create_minibatch,
)
from sentence_transformers.util import all_gather, all_gather_with_grad, get_rank, get_world_size
from torch import Tensor, nn
from transformers import TrainerCallback, TrainerControl, TrainerState

from embedder.condensation import ENCODINGS
from embedder.modeling import BTokMixin

GIC_KEYS = ("gic_ids", "gic_header")


def info_nce(
    queries: Tensor,
    documents: Tensor,
    *,
    temperature: float,
    start: int = 0,
    allowed: Tensor | None = None,
    margin: float | None = None,
) -> Tensor:
    """Cross-entropy of finding each query's own document: (B, D), (N, D) -> ().

    Document `start + i` belongs to query i, all others are negatives. Known false negatives are
    removed: those that `allowed` (B, N) bool denies, and those that beat the own document's
    similarity by more than `margin`. The own document always counts.
    """
    scores = queries @ documents.T  # (B, N)
    rows = torch.arange(len(queries), device=queries.device)
    own = start + rows
    keep = torch.ones_like(scores, dtype=torch.bool) if allowed is None else allowed.clone()
    if margin is not None:
        keep &= scores <= scores[rows, own][:, None] + margin
    keep[rows, own] = True
    return F.cross_entropy((scores / temperature).masked_fill(~keep, float("-inf")), own)


def distinct(teacher: Tensor, others: Tensor, *, ceiling: float) -> Tensor:
    """Say which pairs of texts are different enough to be negatives: (B, D), (N, D) -> (B, N) bool.

    A teacher's similarity above `ceiling` marks a false negative: another name of the same thing.
    """
    return teacher @ others.T <= ceiling


class GICLoss(CachedLossMixin, nn.Module):
    """InfoNCE + lambda(t) * GIC + distillation, by GradCache with one encoding for all of them.

    Columns are (query,), (query, positive) or (query, positive, negatives); negatives are any
    number of further documents. A column with `gic_ids` predicts them (see `TargetCollator`).
    Labels are the teacher's vectors (B, D) of the query texts, zeros where there is none.

    The cross-entropy of a row rides as one more column of its embedding: 0 in the first pass of
    GradCache, its value in the second, where its cached gradient is exactly lambda / B. So the
    weight of a row depends neither on the mini-batch size nor on the number of processes.

    Args:
        temperature: of InfoNCE.
        mini_batch_size: rows that are in memory at once; None keeps the whole batch's graph, which
            saves the first pass, in a single process.
        gic_weight, gic_share: lambda(t) is `gic_weight` for this share of the steps, then 0. Below
            1 the loss must be told the time: `LossStep(loss)` among the trainer's callbacks.
        gic_mode: "handover" or "dense", see `embedder.condensation`.
        both_directions: averages query -> documents and document -> queries.
        distillation: weight of 1 - cos(query, label).
        false_negative_ceiling: labels more alike than this are no negatives of each other.
        false_negative_margin: nor are documents more similar to a query than its own by this.
        gather_across_devices: negatives of all processes; they must hold equally many.

    After a step, `terms` holds what it was made of: nce, gic (unweighted), lambda, distillation
    (weighted), and `total` is their sum. With GradCache and hand-over, gic is known after the
    backward pass only, and what `forward` returned is without it; `TermLogging` mends the log.
    """

    def __init__(
        self,
        model: nn.Module,
        *,
        temperature: float = 0.02,
        mini_batch_size: int | None = 8,
        gic_weight: float = 5.0,
        gic_share: float = 0.4,
        gic_mode: str = "handover",
        both_directions: bool = False,
        distillation: float = 0.0,
        false_negative_ceiling: float | None = None,
        false_negative_margin: float | None = None,
        gather_across_devices: bool = False,
    ) -> None:
        super().__init__()
        if gic_mode not in ENCODINGS:
            raise ValueError(f"gic_mode is {gic_mode!r}, allowed are {', '.join(ENCODINGS)}")
        self.model = model
        self.temperature = temperature
        self.mini_batch_size = mini_batch_size
        self.uses_gradient_cache = mini_batch_size is not None
        self.gic_weight, self.gic_share, self.gic_mode = gic_weight, gic_share, gic_mode
        self.both_directions = both_directions
        self.distillation = distillation
        self.false_negative_ceiling = false_negative_ceiling
        self.false_negative_margin = false_negative_margin
        self.gather_across_devices = gather_across_devices
        self.progress: float | None = None  # share of the steps that are done
        self.terms: dict[str, Tensor] = {}

    @property
    def weight(self) -> float:
        """Return lambda(t); ValueError where it depends on a time that nobody has told."""
        if self.gic_weight == 0 or self.gic_share >= 1:
            return self.gic_weight
        if self.progress is None:
            raise ValueError(
                "lambda(t) depends on the step: add LossStep(loss) to the trainer's callbacks, set "
                "loss.progress in your own loop, or gic_share=1 to keep it constant"
            )
        return self.gic_weight if self.progress < self.gic_share else 0.0

    def forward(
        self, sentence_features: Iterable[dict[str, Any]], labels: Tensor | None = None
    ) -> Tensor:
        """Return the loss of a batch, see the class; its backward pass does the second encoding."""
        columns = list(sentence_features)
        if len(columns) == 1 and not self.distillation:
            raise ValueError("a batch of queries alone teaches nothing: set distillation above 0")
        if self.distillation and labels is None:
            raise ValueError("distillation needs the teacher's vectors: rows without `label` came")
        if self.uses_gradient_cache:
            return self.forward_cached(columns, labels)
        if get_world_size() > 1:  # DDP takes one forward pass for each backward pass
            raise ValueError("several processes need GradCache: set mini_batch_size")
        return self.calculate_loss([[self.encode(column)] for column in columns], labels)

    def embed_minibatch(
        self,
        sentence_feature: dict[str, Any],
        begin: int,
        end: int,
        with_grad: bool,
        copy_random_state: bool,
        random_state: RandContext | None = None,
    ) -> tuple[Tensor, RandContext | None]:
        """Encode rows `begin` to `end` for GradCache: -> (b, D + 1), the random state before."""
        batch = _create_minibatch(sentence_feature, begin, end)
        first_pass = copy_random_state
        late = self.gic_mode == "handover"  # targets are decoded after the encoder, in pass 2 only
        if first_pass and late:
            batch = without_targets(batch)
        with random_state or nullcontext(), nullcontext() if with_grad else torch.no_grad():
            state = RandContext(*batch.values()) if copy_random_state else None
            rows = self.encode(batch)
        if with_grad and late:
            found = rows[:, -1].detach().sum() / self.batch_rows
            self.terms["gic"] = self.terms["gic"] + found
        return rows, state

    def encode(self, batch: dict[str, Any]) -> Tensor:
        """Encode rows, the last column their target loss: -> (b, D + 1), at least float32."""
        if self.weight == 0:
            batch = without_targets(batch)
        embedding = self.model({**batch, "gic_mode": self.gic_mode})["sentence_embedding"]
        embedding = embedding.to(torch.promote_types(embedding.dtype, torch.float32))  # (b, D)
        generated = self.backbone.take_generated() if "gic_ids" in batch else None
        loss = embedding.new_zeros(len(embedding)) if generated is None else generated.loss
        return torch.cat([embedding, loss[:, None]], dim=1)

    @property
    def backbone(self) -> BTokMixin:
        """Return the BTok model inside, through the wrappers of DDP and compilation."""
        model = getattr(self.model, "_orig_mod", self.model)
        return getattr(model, "module", model)[0].model

    def calculate_loss(
        self, reps: list[list[Tensor]], labels: Tensor | None = None, *, with_backward: bool = False
    ) -> Tensor:
        """Return the loss of encoded columns, lists of mini-batches (b, D + 1); see `encode`."""
        columns = [torch.cat(minibatches) for minibatches in reps]
        vectors = [column[:, :-1] for column in columns]
        if self.gathers:
            refuse_uneven([len(column) for column in vectors], device=vectors[0].device)
        teacher = None if labels is None else labels.to(vectors[0])  # (B, D)
        self.batch_rows = len(vectors[0])
        gic = sum(column[:, -1].sum() for column in columns) / self.batch_rows
        nce = self.contrast(vectors, teacher) if len(vectors) > 1 else gic.new_zeros(())
        loss = nce + self.weight * gic
        self.terms = {"nce": nce.detach(), "gic": gic.detach()}
        self.terms["lambda"] = gic.new_tensor(self.weight)
        if self.distillation:
            away = self.distillation * self.distance(vectors[0], teacher)
            loss = loss + away
            self.terms["distillation"] = away.detach()
        if with_backward:
            loss.backward()
            loss = loss.detach()
        return loss

    def contrast(self, vectors: list[Tensor], teacher: Tensor | None) -> Tensor:
        """Return InfoNCE over queries (B, D), positives (B, D) and perhaps negatives (N, D)."""
        queries, positives = vectors[:2]
        documents = torch.cat([self.gather(column) for column in vectors[1:]])
        start = get_rank() * len(queries) if self.gathers else 0
        options = {
            "temperature": self.temperature,
            "start": start,
            "margin": self.false_negative_margin,
        }
        allowed = self.allowed_pairs(teacher)  # (B, B of all)
        wide = allowed
        if allowed is not None:  # nothing is known of the negatives
            wide = F.pad(allowed, (0, len(documents) - allowed.shape[1]), value=True)
        forth = info_nce(queries, documents, allowed=wide, **options)
        if not self.both_directions:
            return forth
        back = info_nce(positives, self.gather(queries), allowed=allowed, **options)
        return (forth + back) / 2

    def allowed_pairs(self, teacher: Tensor | None) -> Tensor | None:
        """Return which pairs of rows are negatives by their labels: (B, B of all), None for all."""
        if teacher is None or self.false_negative_ceiling is None:
            return None
        return distinct(teacher, self.gather(teacher), ceiling=self.false_negative_ceiling)

    def distance(self, queries: Tensor, teacher: Tensor) -> Tensor:
        """Return the mean of 1 - cos over rows with a label, those of all processes."""
        known = (teacher.norm(dim=1) > 0).to(queries)  # (B,)
        everyone = self.gather(known)  # (B of all,)
        share = len(everyone) / len(known) / everyone.sum().clamp(min=1)
        return share * ((1 - (queries * teacher).sum(1)) * known).sum()

    def gather(self, rows: Tensor) -> Tensor:
        """Return the rows of all processes, with gradients; the same rows in a single process."""
        return all_gather_with_grad(rows) if self.gathers else rows

    @property
    def gathers(self) -> bool:
        """Say whether there are rows of other processes."""
        return self.gather_across_devices and get_world_size() > 1

    @property
    def total(self) -> Tensor:
        """Return the whole loss of the last step, after its backward pass: ()."""
        terms = self.terms
        away = terms.get("distillation", 0.0)
        return terms["nce"] + terms["lambda"] * terms["gic"] + away

    def get_config_dict(self) -> dict[str, Any]:
        """Return the settings, for model cards."""
        names = (
            "temperature",
            "mini_batch_size",
            "gic_weight",
            "gic_share",
            "gic_mode",
            "both_directions",
            "distillation",
            "false_negative_ceiling",
            "false_negative_margin",
            "gather_across_devices",
        )
        return {name: getattr(self, name) for name in names}


class LossStep(TrainerCallback):
    """Tells a loss which share of the steps is done, for lambda(t).

    The trainer's own count: right under gradient accumulation, and after a resume.
    """

    def __init__(self, loss: GICLoss) -> None:
        self.loss = loss

    def on_step_begin(
        self, args: Any, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        self.loss.progress = state.global_step / state.max_steps


def without_targets(batch: dict[str, Any]) -> dict[str, Any]:
    """Return a batch that predicts nothing."""
    return {key: value for key, value in batch.items() if key not in GIC_KEYS}


def refuse_uneven(rows: Sequence[int], *, device: torch.device) -> None:
    """Raise ValueError where processes hold other columns: gathering them would hang.

    `rows` are those of each column, queries first.
    """
    held = (len(rows), rows[0], sum(rows[1:]))
    every = all_gather(torch.tensor([held], device=device)).tolist()
    if any(other != every[0] for other in every):
        raise ValueError(
            f"the processes hold {every} columns, queries, documents: use full batches of one "
            "source and equally many negatives a row"
        )
