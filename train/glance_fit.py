"""The glance fitted alone: what pooled maps say of a picture, before the decoder learns around it.

Beside a decoder that learns its drawings by heart, the glance has little left to learn, and finds
fewer unseen pictures than the same two layers fitted alone (docs/decisions.md has the figures). So
they are fitted first: InfoNCE between the teacher's vectors of captions and what the tower knows
without the decoder, which costs a minute, as neither text nor maps need encoding. The stage that
asks for it (`[stages.glance]`) keeps the result.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from embedder.towers import EfficientNetTower, frame_statistics
from train.feeding import TeacherVectors
from train.maps import MapSource
from train.objective import distinct, info_nce
from train.recipe import GlanceFit
from train.rows import pick_caption, seeded, shuffled_rows

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Looks:
    """What a tower knows of the N pictures of a source, and the teacher's rows of their captions.

    `statistics` (N, GLANCE_CHANNELS) and `priors` (N, D) are float16.
    """

    statistics: Tensor
    priors: Tensor
    captions: list[list[int]]

    def __len__(self) -> int:
        return len(self.captions)


def fit_glance(
    tower: EfficientNetTower,
    sources: Mapping[str, MapSource],
    teacher: TeacherVectors,
    *,
    plan: GlanceFit,
    seed: int,
) -> list[float]:
    """Fit the glance of a tower in place; returns the loss of every step.

    Raises:
        ValueError: the tower has no glance, a source no caption that the teacher has read, or the
            loss is no number.
    """
    glance = tower.glance
    if glance is None:
        raise ValueError("this tower has no glance: glance_width is 0")
    looks = {name: gather(tower, sources[name], teacher) for name in plan.sources}
    if empty := [name for name, found in looks.items() if not len(found)]:
        raise ValueError(f"the teacher knows no caption of {', '.join(empty)}: prepare the folder")
    torch.manual_seed(seed)
    optimizer = torch.optim.AdamW(
        [*glance.hidden.parameters(), *glance.out.parameters()],
        lr=plan.learning_rate,
        weight_decay=plan.weight_decay,
    )
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, plan.steps)
    losses: list[float] = []
    glance.train()
    for texts, statistics, priors in batches(looks, teacher, plan=plan, seed=seed):
        seen = F.normalize(priors + glance.read(statistics), dim=-1)  # (B, D)
        loss = contrast(texts.to(seen), seen, plan)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(float(loss.detach()))
        if not math.isfinite(losses[-1]):
            raise ValueError(f"the loss of the glance is {losses[-1]} at step {len(losses)}")
        if len(losses) % 100 == 0:
            log.info("glance: step %d, loss %.3f", len(losses), np.mean(losses[-100:]))
    return losses


def contrast(texts: Tensor, seen: Tensor, plan: GlanceFit) -> Tensor:
    """Return InfoNCE in both directions between texts and pictures, both (B, D): -> ()."""
    allowed = distinct(texts, texts, ceiling=plan.false_negative_ceiling)
    one, other = (
        info_nce(queries, documents, temperature=plan.temperature, allowed=allowed)
        for queries, documents in ((texts, seen), (seen, texts))
    )
    return (one + other) / 2


def batches(
    looks: Mapping[str, Looks], teacher: TeacherVectors, *, plan: GlanceFit, seed: int
) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Yield batches of one source each: teacher's vectors, statistics, priors, as float32."""
    rng = np.random.default_rng(seed)
    names = list(looks)
    shares = np.array([plan.sources[name] for name in names])
    rows = plan.steps * plan.batch_size
    orders = {name: iter(shuffled_rows(len(looks[name]), rows=rows, seed=seed)) for name in names}
    for choice in rng.choice(len(names), size=plan.steps, p=shares / shares.sum()):
        found, order = looks[names[choice]], orders[names[choice]]
        chosen = [next(order) for _ in range(plan.batch_size)]
        random = seeded(rng)
        captions = [pick_caption(found.captions[row], random) for row in chosen]
        texts = torch.from_numpy(teacher.vectors[captions].astype(np.float32))
        yield texts, found.statistics[chosen].float(), found.priors[chosen].float()


@torch.no_grad()
def gather(tower: EfficientNetTower, source: MapSource, teacher: TeacherVectors) -> Looks:
    """Pool the maps of a source's pictures, without those that the teacher has no caption of."""
    statistics, priors, captions = [], [], []
    device = tower.class_names.weight.device
    for cells, view in source.looks():
        known = [teacher.rows[text] for text in view["captions"] if text in teacher.rows]
        if not known:
            continue
        part = torch.from_numpy(cells.astype(np.float32)).to(device)
        statistics.append(frame_statistics(part, 1)[0].half())
        priors.append(tower.class_prior([part], [1])[0].half())
        captions.append(known)
    if not captions:
        return Looks(torch.empty(0), torch.empty(0), [])
    return Looks(torch.stack(statistics), torch.stack(priors), captions)
