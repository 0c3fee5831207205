"""What a device can do at best: from data sheets, or measured where this program runs.

Peaks are dense matrix products in bfloat16 with sums in float32, as the makers' data sheets state
them (half of the figure "with sparsity" where only that is given). A run reaches a share of it,
which depends on everything; what is assumed here is printed wherever it is used.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass

import torch

from train.precision import has_fast_bfloat16

GPU_UTILISATION, CPU_UTILISATION = 0.35, 0.5
SIDE, REPEATS = 1024, 5


@dataclass(frozen=True, slots=True)
class Device:
    """A device: peak FLOP/s in bfloat16, bytes of memory, the share of the peak that is assumed."""

    name: str
    peak: float
    memory: float
    utilisation: float = GPU_UTILISATION

    @property
    def speed(self) -> float:
        """Return the FLOP/s that are assumed."""
        return self.peak * self.utilisation


GPUS = {
    device.name: device
    for device in (
        Device("h200", 989e12, 141e9),  # NVIDIA H200 SXM
        Device("h100", 989e12, 80e9),  # NVIDIA H100 SXM
        Device("a100-80gb", 312e12, 80e9),  # NVIDIA A100 SXM
        Device("a100-40gb", 312e12, 40e9),
        Device("l40s", 362e12, 48e9),  # NVIDIA L40S
        Device("rtx4090", 165e12, 24e9),  # GeForce RTX 4090 (Ada whitepaper)
        Device("rtx3090", 71e12, 24e9),  # GeForce RTX 3090 (Ampere whitepaper)
        Device("l4", 121e12, 24e9),  # NVIDIA L4
    )
}
HARDWARE = (*GPUS, "cpu")


def find_device(name: str) -> Device:
    """Return a device by name; `cpu` is measured. Raises ValueError for one that is not known."""
    if name == "cpu":
        return measure_cpu()
    if name not in GPUS:
        raise ValueError(f"hardware {name!r} is not known: known are {', '.join(HARDWARE)}")
    return GPUS[name]


def measure_cpu() -> Device:
    """Time a few matrix products with the threads in use, in bfloat16 where that is fast."""
    dtype = torch.bfloat16 if has_fast_bfloat16() else torch.float32
    first, second = (torch.randn(SIDE, SIDE, dtype=dtype) for _ in range(2))
    first @ second
    seconds = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        first @ second
        seconds.append(time.perf_counter() - start)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return Device("cpu", 2.0 * SIDE**3 / min(seconds), float(memory), CPU_UTILISATION)
