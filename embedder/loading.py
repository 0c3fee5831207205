"""Finds a model by name, loads it in the right precision and checks that it is what it was."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from sentence_transformers.util import get_device_name
from transformers.utils import logging as transformers_logging

from embedder.fingerprint import check_files, check_golden, read_seal, unsealed_fingerprint
from embedder.scheduling import BTokEncoder

log = logging.getLogger(__name__)

SHIPPED = Path(__file__).parent / "models"
MARKER = "modules.json"


class ModelNotFound(FileNotFoundError):
    """No model of that name; the message lists the places that were looked at."""


def load(
    name: str | Path, *, device: str | None = None, verify: bool = True, int8: bool = False
) -> BTokEncoder:
    """Load a model by name: shipped, folder, `BTOK_HOME/models`, hub id; in this order.

    A path (a `Path`, or text with a separator or a leading dot) is that folder and no other: beside
    a shipped `btok-tiny`, write `./btok-tiny` for a folder of one's own. Text like `owner/name` is
    a hub id where there is no such folder.

    Weights run in float32 on CPUs, whatever they are stored in, and in bfloat16 on GPUs. `int8`
    quantises the linear layers on a CPU: about five times faster on text with 2B parameters, and
    another vector space by a little, so another fingerprint.

    Raises:
        ModelNotFound: no such model.
        ModelDrift: a sealed folder that changed, or that this installation reads differently.
        ValueError: int8 on a device other than a CPU.
    """
    folder = find_folder(name)
    device = device or get_device_name()
    if int8 and not device.startswith("cpu"):
        raise ValueError(f"int8 runs on CPUs, the device is {device!r}: leave one of them out")
    seal = read_seal(folder)
    if seal is not None and verify:
        check_files(folder, seal)
    dtype = torch.bfloat16 if device.startswith("cuda") else torch.float32
    with quiet():
        model = BTokEncoder(
            str(folder), device=device, model_kwargs={"dtype": dtype}, local_files_only=True
        )
    if int8:
        quantise(model)
    model.fingerprint = seal["fingerprint"] if seal else unsealed_fingerprint(folder)
    model.fingerprint += "-int8" if int8 else ""
    model.is_sealed = seal is not None
    if seal is None:
        log.info("%s is not sealed: its vectors are not checked", folder)
    elif verify:
        check_golden(model, seal, reduced=int8 or dtype != torch.float32)
    return model


@contextmanager
def quiet() -> Iterator[None]:
    """Hide the progress bar of a load that takes no time."""
    shown = transformers_logging.is_progress_bar_enabled()
    transformers_logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            transformers_logging.enable_progress_bar()


def find_folder(name: str | Path) -> Path:
    """Return the folder of a model; see `load` for the order of places."""
    home = os.environ.get("BTOK_HOME")
    places = [Path(name)]
    if is_bare(name):
        places = [SHIPPED / name, *places, *([Path(home) / "models" / name] if home else [])]
    for place in places:
        if (place / MARKER).is_file():
            return place
    return download(name, places)


def is_bare(name: str | Path) -> bool:
    """Say whether this is a name, not a path: no separator, no leading dot."""
    return isinstance(name, str) and Path(name).name == name and not name.startswith(".")


def download(name: str | Path, places: list[Path]) -> Path:
    """Return the snapshot of a hub repository; only its cache is asked under `HF_HUB_OFFLINE`."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    looked_at = ", ".join(
        f"{place} (a folder without {MARKER})" if place.is_dir() else str(place) for place in places
    )
    if is_bare(name) and not os.environ.get("BTOK_HOME"):
        looked_at += " (BTOK_HOME is not set)"
    if isinstance(name, Path) or name.count("/") != 1 or name.startswith((".", "/")):
        raise ModelNotFound(f"there is no model {str(name)!r}: looked at {looked_at}")
    try:
        return Path(snapshot_download(name))
    except (HFValidationError, HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        raise ModelNotFound(
            f"there is no model {name!r}: looked at {looked_at} and the hub "
            f"({str(error).partition(chr(10))[0]})"
        ) from error


def quantise(model: BTokEncoder) -> None:
    """Turn the linear layers into dynamic int8, in place; the model cannot be saved any more."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch announces another way, which needs a package more
        torch.ao.quantization.quantize_dynamic(
            model[0].model, {torch.nn.Linear}, dtype=torch.qint8, inplace=True
        )
