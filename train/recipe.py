"""A recipe: a whole training run as data, read from TOML and checked before anything loads.

A run starts from the `model` that is named (a folder, a hub id, or the untrained btok-tiny), or
from a stock checkpoint that `backbone` names and BToks are put on. It learns from the sources that
its stages name: those of a prepared folder or drawn ones (SourceName), and those of the recipe's
own table `sources`: sample files, and the paper's data sets through adapters.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from train.adapters.mixture import COLPALI, LLAVA_HOUND, MIXTURE, MMEB, VISRAG

PictureName = Literal["plain", "clipart", "emoji", "drawings", "staged", "scenes"]
SourceName = Literal["texts", PictureName, "staged_clips", "motion"]
NtpSide = Literal["positive", "query", "both", "none"]
AdapterName = Literal["mmeb-train", "colpali", "visrag", "llava-hound"]

BUILT_IN: tuple[str, ...] = get_args(SourceName)
DRAWN = ("scenes", "motion")  # built-in sources that need no folder
UNTRAINED = "untrained"  # the model that `train.start` puts together
HUB_IDS: dict[str, str] = {
    "mmeb-train": MMEB,
    "colpali": COLPALI,
    "visrag": VISRAG,
    "llava-hound": LLAVA_HOUND,
}


class RecipeError(ValueError):
    """A recipe that cannot run; the message names the key and the remedy."""


class Strict(BaseModel):
    """A table of a recipe: unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Backbone(Strict):
    """A stock Qwen-VL checkpoint, and what is put on it; see `embedder.creating.Settings`."""

    name: str
    num_btoks: int = Field(default=4, ge=0)
    visual_compression: int = Field(default=1, ge=1)
    min_pixels: int = Field(default=4 * 28 * 28, gt=0)
    max_pixels: int = Field(default=1280 * 28 * 28, gt=0)
    max_frame_pixels: int = Field(default=256 * 28 * 28, gt=0)
    num_frames: int = Field(default=8, gt=0)
    max_text_tokens: int = Field(default=2048, gt=0)


class Lora(Strict):
    """Low-rank adaptation of named modules (arXiv 2106.09685), with DoRA (arXiv 2402.09353).

    A target is a module's name or the end of one, from a dot on. The BToks are trained beside it.
    """

    targets: tuple[str, ...] = Field(min_length=1)
    rank: int = Field(default=16, gt=0)
    alpha: float = Field(default=32, gt=0)
    dropout: float = Field(default=0.05, ge=0, lt=1)
    dora: bool = True


class OwnSource(Strict):
    """Samples of a file (docs/training_data.md), or of one of the paper's data sets."""

    samples: Path | None = None
    adapter: AdapterName | None = None
    subset: str = ""
    weight: float = Field(default=1.0, gt=0)
    ntp_side: NtpSide | None = None

    @model_validator(mode="after")
    def check_origin(self) -> OwnSource:
        """Refuse a source that is from nowhere or from two places, and a subset nobody knows."""
        if (self.samples is None) == (self.adapter is None):
            raise ValueError("give `samples`, a file, or `adapter`, one of them")
        if self.samples is not None and self.subset:
            raise ValueError("a subset belongs to an adapter: leave it out")
        if self.adapter is not None:
            of = MIXTURE.get(self.subset)
            if of is None or of.hub_id != HUB_IDS[self.adapter]:
                known = [name for name, part in MIXTURE.items()
                         if part.hub_id == HUB_IDS[self.adapter]]  # fmt: skip
                raise ValueError(
                    f"{self.adapter} has no subset {self.subset!r}, known are {', '.join(known)}"
                )
        return self


class Location(Strict):
    """Where the data of an adapter are: a local copy (`at`), and their unpacked media."""

    at: str | None = None
    media: Path | None = None


class GlanceFit(Strict):
    """The glance of btok-tiny fitted alone before a stage, which keeps it: `train.glance_fit`."""

    steps: int = Field(gt=0)
    batch_size: int = Field(default=256, gt=1)
    learning_rate: float = Field(default=1e-3, gt=0)
    weight_decay: float = Field(default=0.1, ge=0)
    temperature: float = Field(default=0.05, gt=0)
    false_negative_ceiling: float = Field(default=0.9, gt=0, le=1)
    sources: dict[PictureName, Annotated[float, Field(gt=0)]] = Field(min_length=1)


class Stage(Strict):
    """One training stage; the next starts from its weights."""

    name: str = Field(pattern=r"^[a-z0-9-]+$")
    steps: int = Field(gt=0)
    batch_size: int = Field(gt=1)
    block: int | None = Field(default=None, gt=0)
    sources: dict[str, float] = Field(min_length=1)
    views: dict[SourceName, int] = Field(default_factory=dict)
    glance: GlanceFit | None = None
    num_negatives: int = Field(default=0, ge=0)
    learning_rate: float = Field(gt=0)
    warmup_steps: int = Field(default=50, ge=0)
    scheduler: Literal["linear", "cosine", "constant_with_warmup"] = "cosine"
    weight_decay: float = Field(default=0.05, ge=0)
    max_grad_norm: float = Field(default=1.0, gt=0)
    temperature: float = Field(default=0.05, gt=0)
    both_directions: bool = True
    distillation: float = Field(default=0.0, ge=0)
    false_negative_ceiling: float = Field(default=1.0, gt=0, le=1)
    false_negative_margin: float | None = None
    gic_weight: float = Field(default=0.0, ge=0)
    gic_share: float = Field(default=0.4, gt=0, le=1)
    ntp_side: dict[str, NtpSide] = Field(default_factory=dict)
    condensation: Literal["hand-over", "dense"] = "hand-over"
    max_target: int = Field(default=64, gt=0)
    target_share: float = Field(default=1.0, gt=0, le=1)
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
        for key in ("views", "ntp_side"):
            if other := sorted(set(getattr(self, key)) - set(self.sources)):
                raise ValueError(f"{key} of {', '.join(other)}, which this stage has no share of")
        if self.glance is not None and (other := set(self.glance.sources) - set(self.views)):
            raise ValueError(f"the glance is fitted to maps: give views of {', '.join(other)}")
        if self.views and self.train_tower:
            raise ValueError("views are computed by a frozen tower: leave them out to train it")
        if self.save_steps % self.logging_steps:
            raise ValueError("save_steps must be a multiple of logging_steps")
        if self.batch_size % self.rows_of_a_source:
            raise ValueError("block must divide batch_size")
        return self

    @model_validator(mode="after")
    def check_texts(self) -> Stage:
        """Refuse texts alone where nothing is learned from them, and in batches with pairs."""
        if "texts" not in self.sources:
            return self
        if not self.distillation:
            raise ValueError("texts alone teach by distillation only: set it above 0")
        if self.rows_of_a_source != self.batch_size:
            raise ValueError("a batch is of pairs or of texts alone: leave `block` out")
        return self

    @model_validator(mode="after")
    def check_targets(self) -> Stage:
        """Refuse GIC without any target."""
        if self.gic_weight and all(self.side_of(name) == "none" for name in self.sources):
            raise ValueError(
                "gic_weight is above 0, but no source has a text to predict: set ntp_side of one, "
                "or leave gic_weight out"
            )
        return self

    def side_of(self, source: str) -> NtpSide | None:
        """Return whose text is a target of GIC, None for what each sample says.

        In a prepared folder the query is a caption and the positive what it says, so by default it
        is the query's; texts alone have no other side.
        """
        if not self.gic_weight:
            return "none"
        usual: dict[str, NtpSide] = dict.fromkeys(BUILT_IN, "query")
        return self.ntp_side.get(source, (usual | {"texts": "none"}).get(source))

    @property
    def rows_of_a_source(self) -> int:
        """Return how many rows of one source stand together in a batch."""
        return self.block or self.batch_size

    @property
    def gic_mode(self) -> str:
        """Return what `condensation` is called in the code."""
        return self.condensation.replace("-", "")


class Recipe(Strict):
    """A run: where it starts, what it learns from, its stages in order."""

    name: str
    seed: int = 0
    workers: int = Field(default=1, ge=0)
    model: str = UNTRAINED
    backbone: Backbone | None = None
    weights: Literal["float32", "bfloat16"] = "float32"
    attention: Literal["sdpa", "eager", "flash_attention_2"] = "sdpa"
    gradient_checkpointing: bool = False
    lora: Lora | None = None
    sources: dict[str, OwnSource] = Field(default_factory=dict)
    locations: dict[AdapterName, Location] = Field(default_factory=dict)
    max_bad_samples: int = Field(default=100, ge=0)
    stages: list[Stage] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def fill_in(cls, given: Any) -> Any:
        """Complete what is implied: subsets by their table's name, a stage's sources are all."""
        if not isinstance(given, dict) or not isinstance(given.get("sources"), dict):
            return given
        sources = {
            name: {"subset": name, **source}
            if isinstance(source, dict) and "adapter" in source
            else source
            for name, source in given["sources"].items()
        }
        shares = {
            name: source.get("weight", 1.0)
            for name, source in sources.items()
            if isinstance(source, dict)
        }
        stages = given.get("stages")
        if isinstance(stages, list) and shares:
            stages = [
                {"sources": shares, **stage} if isinstance(stage, dict) else stage
                for stage in stages
            ]
        return {**given, "sources": sources, "stages": stages}

    @model_validator(mode="after")
    def check_names(self) -> Recipe:
        """Refuse two stages of one name (they would share a folder) and sources nobody defines."""
        names = [stage.name for stage in self.stages]
        if len(set(names)) < len(names):
            raise ValueError(f"stages need names of their own, got {names}")
        if taken := sorted(set(self.sources) & set(BUILT_IN)):
            raise ValueError(f"sources {', '.join(taken)} are built in: give yours another name")
        known = {*BUILT_IN, *self.sources}
        for stage in self.stages:
            if other := sorted(set(stage.sources) - known):
                raise ValueError(
                    f"stage {stage.name} has unknown sources {', '.join(other)}: known are "
                    f"{', '.join(sorted(known))}"
                )
        return self

    @model_validator(mode="after")
    def check_combinations(self) -> Recipe:
        """Refuse settings that exclude each other; see docs/training.md."""
        if self.backbone is not None and self.model != UNTRAINED:
            raise ValueError("name a model or a backbone to put BToks on, not both")
        if self.weights == "bfloat16" and self.lora is None:
            raise ValueError(
                "small steps vanish in bfloat16 weights: leave `weights` out (a GPU computes in "
                "bfloat16 all the same), or train adapters (`lora`)"
            )
        if self.lora is not None and any(stage.train_tower for stage in self.stages):
            raise ValueError("with `lora` only adapters learn: leave train_tower out")
        if self.lora is not None and any(stage.glance for stage in self.stages):
            raise ValueError("with `lora` only adapters learn: leave glance out")
        for stage in self.stages:
            if stage.gic_weight:
                self.check_condensation(stage)
            own = set(stage.sources) & set(self.sources)
            if stage.num_negatives and len(own) < len(stage.sources):
                raise ValueError("built-in sources have no hard negatives: leave num_negatives out")
            if stage.distillation and self.backbone is not None:
                raise ValueError(
                    "the teacher's space is btok-tiny's: leave distillation out, or the backbone"
                )
            if stage.views and self.start_is_another:
                raise ValueError(
                    "views are seen by the untrained btok-tiny's tower: leave them out"
                )
        return self

    def check_condensation(self, stage: Stage) -> None:
        """Refuse a way of predicting targets that would let content through, or cannot run."""
        if stage.condensation == "dense" and self.attention == "flash_attention_2":
            raise ValueError(
                "FlashAttention ignores the dense Condensation Mask, so targets would see the "
                'content: set condensation = "hand-over", or attention = "sdpa"'
            )
        if stage.condensation == "hand-over" and self.gradient_checkpointing:
            raise ValueError(
                "gradient checkpointing turns off the cache that the hand-over needs: set "
                'condensation = "dense", or gradient_checkpointing = false'
            )
        if self.backbone is not None and self.backbone.num_btoks == 0:
            raise ValueError("without BToks there is nothing to predict from: set num_btoks")

    @property
    def start_is_another(self) -> bool:
        """Say whether the run starts from anything but the untrained btok-tiny."""
        return self.backbone is not None or self.model != UNTRAINED

    def side_of(self, stage: Stage, source: str) -> NtpSide | None:
        """Return whose text is a target of GIC, None for what each sample says."""
        side = stage.side_of(source)
        if side is None and source in self.sources:
            return self.sources[source].ntp_side
        return side


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
