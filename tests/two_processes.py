"""Started twice by torchrun: the gradients of a batch that is shared between two processes.

python -m torch.distributed.run --standalone --nproc-per-node 2 tests/two_processes.py OUT
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from gic_batches import columns_of, gradients, one_thread, pairs
from sentence_transformers import SentenceTransformer
from tiny_models import build_tiny
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from train.objective import GICLoss

# What is checked, as options of the loss.
CASES: dict[str, dict[str, Any]] = {
    "handover": {"mini_batch_size": 3},
    "dense": {"mini_batch_size": 2, "gic_mode": "dense"},
    "no GIC": {"mini_batch_size": 3, "gic_weight": 0.0},
    "distilled": {
        "mini_batch_size": 3,
        "both_directions": True,
        "distillation": 3.0,
        "false_negative_ceiling": 0.3,
        "false_negative_margin": 0.1,
    },
}


def batch() -> list[dict[str, Any]]:
    """Return eight pairs, a hard negative each; the first half has three targets more."""
    rows = [*pairs(), {"query": {"text": "last"}, "positive": {"text": "one"}}]
    return [{**row, "negatives": [{"text": f"no {n}"}]} for n, row in enumerate(rows)]


def labels_of(width: int) -> Tensor:
    """Return teacher vectors of three rows in the first half and of one in the second: (8, D)."""
    vectors = torch.randn(8, width, generator=torch.Generator().manual_seed(3))
    known = torch.tensor([1, 1, 1, 0, 0, 0, 0, 1])
    return nn.functional.normalize(vectors, dim=1) * known[:, None]


def step(
    wrapped: nn.Module, model: SentenceTransformer, rows: slice, **options: Any
) -> dict[str, Any]:
    """Return the gradients and terms of one step on some of the rows."""
    loss = GICLoss(wrapped, gather_across_devices=True, gic_share=1.0, **options)
    labels = labels_of(model.get_embedding_dimension())[rows]
    loss(columns_of(model, batch()[rows]), labels).backward()
    terms = {name: float(value) for name, value in loss.terms.items()}
    return {"gradients": gradients(model.named_parameters()), "terms": terms}


def refusal(*args: Any, **options: Any) -> str:
    """Return why a step is refused."""
    try:
        step(*args, **options)
    except ValueError as error:
        return str(error)
    return ""


def main(out: Path) -> None:
    """Run every case and save what this process found."""
    one_thread()
    dist.init_process_group("gloo")
    rank, world = dist.get_rank(), dist.get_world_size()
    model = build_tiny("qwen2_vl")
    wrapped = DistributedDataParallel(model, find_unused_parameters=True)
    rows = slice(rank * 8 // world, (rank + 1) * 8 // world)
    found: dict[str, Any] = {"world": world}
    for name, options in CASES.items():
        found[name] = step(wrapped, model, rows, **options)
    found["uneven"] = refusal(wrapped, model, slice(0, 4 + rank), **CASES["no GIC"])
    found["one graph"] = refusal(wrapped, model, rows, mini_batch_size=None)
    torch.save(found, out / f"{rank}.pt")
    dist.barrier()
    dist.destroy_process_group()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
