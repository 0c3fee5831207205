"""What a run writes about itself: plans, sound checkpoints, the record of a finished stage."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from transformers.trainer_callback import TrainerState

from train.feeding import digest_of
from train.prepare import write_whole
from train.recipe import Recipe, RecipeError, Stage
from train.trainer import SESSIONS

PLAN, DONE = "plan.json", "done.json"
STATE = "trainer_state.json"
PACKAGES = ("torch", "transformers", "sentence-transformers", "accelerate", "datasets", "numpy",
            "peft")  # fmt: skip


def plan_of(stage: Stage, *, recipe: Recipe, data: Path) -> dict[str, Any]:
    """Say what a stage is made of: settings, seed, data; equal plans make equal runs."""
    return {
        "recipe": recipe.name,
        "stages": [one.name for one in recipe.stages],
        "stage": stage.model_dump(),
        "seed": recipe.seed,
        "data": digest_of(recipe, data),
        "settings": settings_of(recipe),
    }


def settings_of(recipe: Recipe) -> dict[str, Any]:
    """Return what a recipe says beside its stages and what has no effect on the result."""
    return recipe.model_dump(
        mode="json", exclude={"name", "seed", "stages", "workers", "max_bad_samples"}
    )


def agree_on_plan(folder: Path, plan: dict[str, Any]) -> None:
    """Write a stage's plan, or raise RecipeError when it was begun with another one."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / PLAN
    if not path.exists():
        write_whole(path, json.dumps(plan, indent=1) + "\n")
        return
    begun = with_defaults(json.loads(path.read_text()))
    other = [key for key in plan if begun.get(key) != plan[key]]
    if other:
        raise RecipeError(
            f"{folder} was begun with another {', '.join(other)}: give a new --out, or the recipe "
            "and data it was begun with"
        )


def with_defaults(plan: dict[str, Any]) -> dict[str, Any]:
    """Return a plan that may lack settings newer than itself: they were what is the default now."""
    plain = {"name": "plain", "steps": 1, "batch_size": 2, "sources": {"scenes": 1}}
    usual = Recipe.model_validate({"name": "plain", "stages": [plain | {"learning_rate": 1}]})
    plan = {**plan, "settings": settings_of(usual) | plan.get("settings", {})}
    try:
        return {**plan, "stage": Stage.model_validate(plan.get("stage")).model_dump()}
    except ValidationError:
        return plan


def sound_checkpoint(folder: Path) -> str | None:
    """Return the newest checkpoint that was written to its end, and remove those that were not.

    The trainer writes its state last, so a checkpoint without a readable one was cut off.
    """
    sound: dict[int, Path] = {}
    for path in folder.glob("checkpoint-*"):
        if has_state(path):
            sound[int(path.name.partition("-")[2])] = path
        else:
            shutil.rmtree(path)
    return str(sound[max(sound)]) if sound else None


def has_state(checkpoint: Path) -> bool:
    """Say whether the state in a checkpoint can be read."""
    try:
        TrainerState.load_from_json(str(checkpoint / STATE))
    except (OSError, ValueError, TypeError):
        return False
    return True


def write_record(
    folder: Path, *, counts: Mapping[str, int], bad: int, device: str, log: list[dict[str, Any]]
) -> None:
    """Write how the stage went; its presence says that the stage is done."""
    path = folder / SESSIONS
    sessions = json.loads(path.read_text()) if path.exists() else []
    record = {
        **json.loads((folder / PLAN).read_text()),
        "sessions": sessions,
        "seconds": round(sum(session["seconds"] for session in sessions), 1),
        "device": device,
        "samples": dict(counts),
        "bad_samples": bad,
        "commit": git_commit(),
        "versions": {name: version(name) for name in PACKAGES},
        "log": log,
    }
    write_whole(folder / DONE, json.dumps(record, indent=1) + "\n")


def git_commit() -> str:
    """Return the commit the code is at, or `unknown` outside a checkout."""
    found = subprocess.run(
        ["git", "rev-parse", "HEAD"],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parent,
    )
    return found.stdout.strip() or "unknown"
