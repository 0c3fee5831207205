"""A recipe: a whole training run as data, read from TOML and checked before anything loads."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

SourceName = Literal["texts", "clipart", "emoji", "staged", "staged_clips", "scenes", "motion"]
NtpSide = Literal["positive", "query", "both", "none"]


class RecipeError(ValueError):
    """A recipe that cannot run; the message names the key and the remedy."""


class Strict(BaseModel):
    """A table of a recipe: unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Stage(Strict):
    """One training stage; the next starts from its weights."""

    name: str = Field(pattern=r"^[a-z0-9-]+$")
    steps: int = Field(gt=0)
    batch_size: int = Field(gt=1)
    sources: dict[SourceName, float] = Field(min_length=1)
    views: dict[SourceName, int] = Field(default_factory=dict)
    learning_rate: float = Field(gt=0)
    warmup_steps: int = Field(default=50, ge=0)
    scheduler: Literal["linear", "cosine", "constant_with_warmup"] = "cosine"
    weight_decay: float = Field(default=0.05, ge=0)
    temperature: float = Field(default=0.05, gt=0)
    distillation: float = Field(default=1.0, ge=0)
    false_negative_ceiling: float = Field(default=1.0, gt=0, le=1)
    gic_weight: float = Field(default=0.0, ge=0)
    gic_share: float = Field(default=0.4, gt=0, le=1)
    ntp_side: dict[SourceName, NtpSide] = Field(default_factory=dict)
    condensation: Literal["hand-over", "dense"] = "hand-over"
    max_target: int = Field(default=64, gt=0)
    mini_batch_size: int | None = Field(default=None, gt=0)
    watch_steps: int = Field(default=100, ge=0)
    train_tower: bool = False
    save_steps: int = Field(default=50, gt=0)
    logging_steps: int = Field(default=10, gt=0)

    @model_validator(mode="after")
    def check_sources(self) -> Stage:
        """Refuse weights that draw nothing; checkpoints fall on logged steps: logs resume whole."""
        if any(weight <= 0 for weight in self.sources.values()):
            raise ValueError("weights of sources must be above 0: leave a source out instead")
        if other := sorted(set(self.views) - set(self.sources)):
            raise ValueError(f"views of {', '.join(other)}, which this stage has no share of")
        if self.views and self.train_tower:
            raise ValueError("views are computed by a frozen tower: leave them out to train it")
        if self.save_steps % self.logging_steps:
            raise ValueError("save_steps must be a multiple of logging_steps")
        return self

    @model_validator(mode="after")
    def check_targets(self) -> Stage:
        """Refuse targets of sources that do not come, and GIC without any target."""
        if other := sorted(set(self.ntp_side) - set(self.sources)):
            raise ValueError(f"ntp_side of {', '.join(other)}, which this stage has no share of")
        if self.gic_weight and all(self.side_of(name) == "none" for name in self.sources):
            raise ValueError(
                "gic_weight is above 0, but no source has a text to predict: set ntp_side of one, "
                "or leave gic_weight out"
            )
        return self

    def side_of(self, source: str) -> NtpSide:
        """Return whose text is a target of GIC: of texts alone none, else by default the query's.

        In a prepared folder the query is a caption and the positive is what it says.
        """
        if not self.gic_weight:
            return "none"
        return self.ntp_side.get(source, "none" if source == "texts" else "query")

    @property
    def gic_mode(self) -> str:
        """Return what `condensation` is called in the code."""
        return self.condensation.replace("-", "")


class Recipe(Strict):
    """A run: where it starts, what it learns from, its stages in order."""

    name: str
    seed: int = 0
    workers: int = Field(default=1, ge=0)
    stages: list[Stage] = Field(min_length=1)

    @model_validator(mode="after")
    def check_names(self) -> Recipe:
        """Refuse two stages of one name: they would share a folder, and the second be skipped."""
        names = [stage.name for stage in self.stages]
        if len(set(names)) < len(names):
            raise ValueError(f"stages need names of their own, got {names}")
        return self


def load_recipe(path: Path) -> Recipe:
    """Read and check a recipe; raises RecipeError that names every wrong key."""
    try:
        return Recipe.model_validate(tomllib.loads(path.read_text()))
    except FileNotFoundError as error:
        raise RecipeError(f"there is no recipe {path}") from error
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"{path} is not TOML: {error}") from error
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in error.errors()
        )
        raise RecipeError(f"{path}: {problems}") from error
