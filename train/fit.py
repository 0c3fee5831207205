"""A run: stages of Sentence Transformers' trainer, resumable anywhere.

A run's folder holds one folder a stage: `plan.json`, what the stage is made of; its checkpoints;
`sessions.json`, the seconds of every session; `done.json`, the record of a finished stage; `model`.
Running again goes on from the last whole checkpoint, and refuses another recipe or other data.
Beside them, `bad_samples.jsonl` lists what was left out, `start` is the model that was made to
start from, and `prepared` what an untrained btok-tiny is made of where no folder was prepared.
"""

from __future__ import annotations

import time
from pathlib import Path

import torch
from sentence_transformers import SentenceTransformer, SentenceTransformerTrainingArguments

from train.adapting import adapt, merge
from train.collating import TargetCollator
from train.feeding import Feed, TeacherVectors, count_samples
from train.flops import training_of
from train.glance_fit import fit_glance
from train.meter import FlopsMeter
from train.objective import GICLoss, LossStep
from train.opening import (
    device_name,
    first_process_first,
    freeze_tower,
    keep_prior,
    num_processes,
    open_model,
    start_of,
)
from train.precision import PRECISE_ATTENTION, has_fast_bfloat16
from train.recipe import Recipe, Stage
from train.records import DONE, agree_on_plan, plan_of, sound_checkpoint, write_record
from train.refusals import refuse_impossible
from train.sampling import Interleaving
from train.trainer import BTokTrainer, SessionClock
from train.watching import watch


def fit(recipe: Recipe, *, data: Path, out: Path) -> SentenceTransformer:
    """Run every stage of a recipe; goes on where it stopped.

    `data` is a prepared folder, or the one that the recipe's paths are relative to.

    Raises:
        RecipeError: the recipe cannot run, or `out` holds a run of another one or of other data.
        NotFinite: the loss is no number any more.
        TooManyBadSamples: more samples are unusable than the recipe allows.
        ValueError: a glance cannot be fitted, see `train.glance_fit`.
    """
    refuse_impossible(recipe, data=data)
    feed = Feed.of(recipe, data=data, out=out)
    model: SentenceTransformer | None = None
    for stage in recipe.stages:
        folder = out / stage.name
        with first_process_first():
            agree_on_plan(folder, plan_of(stage, recipe=recipe, data=data))
        if (folder / DONE).exists():
            model = open_model(folder / "model", recipe)
            continue
        if model is None:
            with first_process_first():
                model = start_of(recipe, prepared=feed.prepared, out=out)
        run_stage(model, stage, feed=feed, folder=folder)
    assert model is not None  # a recipe has at least one stage
    return model


def run_stage(model: SentenceTransformer, stage: Stage, *, feed: Feed, folder: Path) -> None:
    """Train one stage from the model's weights, or from the stage's own last checkpoint."""
    recipe = feed.recipe
    if recipe.lora is None:
        freeze_tower(model, frozen=not stage.train_tower)
    else:
        adapt(model, recipe.lora, seed=recipe.seed)
    attention = model[0].model.config._attn_implementation
    if has_fast_bfloat16() and not torch.cuda.is_available() and attention == "sdpa":
        model[0].model.set_attn_implementation(PRECISE_ATTENTION)
    with first_process_first():
        sources = feed.open_stage(stage, model)
        checkpoint = sound_checkpoint(folder)
    started = time.monotonic()
    if stage.glance is not None:
        tower = model[0].model.visual
        if checkpoint is None:
            looked = {name: sources[name] for name in stage.glance.sources}
            teacher = TeacherVectors(feed.prepared)
            fit_glance(tower, looked, teacher, plan=stage.glance, seed=recipe.seed)
        keep_prior(tower, kept=True)
    collator = TargetCollator.of(
        model, max_target=stage.max_target, target_share=stage.target_share
    )
    loss = loss_of(stage, model)
    evaluator = watch(feed, stage, model, collator)
    config, learning = model[0].model.config, training_of(recipe, stage)
    meter = FlopsMeter(config, learning, loss, world=num_processes())
    trainer = BTokTrainer(
        model=model,
        args=training_arguments(stage, recipe=recipe, folder=folder, watched=evaluator is not None),
        meter=meter,
        interleaving=Interleaving(
            keys=[source.keys for source in sources.values()],
            lengths=[getattr(source, "lengths", None) for source in sources.values()],
            weights=list(stage.sources.values()),
            block=stage.rows_of_a_source,
            num_batches=stage.steps * num_processes(),
            world=num_processes(),
        ),
        train_dataset=feed.datasets(stage, sources),
        loss=loss,
        data_collator=collator,
        evaluator=evaluator,
        callbacks=[LossStep(loss), SessionClock(folder, meter, started=started)],
    )
    trainer.train(resume_from_checkpoint=checkpoint)
    model[0].model.set_attn_implementation(attention)
    if recipe.lora is not None:
        merge(model)
    if trainer.is_world_process_zero():
        model.save(str(folder / "model"), create_model_card=False)
        write_record(
            folder,
            counts=count_samples(sources),
            bad=len(feed.bad.found()),
            device=str(trainer.args.device),
            log=trainer.state.log_history,
        )
    trainer.accelerator.wait_for_everyone()


def loss_of(stage: Stage, model: SentenceTransformer) -> GICLoss:
    """Return the objective of a stage."""
    return GICLoss(
        model,
        mini_batch_size=stage.mini_batch_size,
        gic_weight=stage.gic_weight,
        gic_share=stage.gic_share,
        gic_mode=stage.gic_mode,
        both_directions=stage.both_directions,
        temperature=stage.temperature,
        distillation=stage.distillation,
        false_negative_ceiling=stage.false_negative_ceiling,
        false_negative_margin=stage.false_negative_margin,
        gather_across_devices=num_processes() > 1,
    )


def training_arguments(
    stage: Stage, *, recipe: Recipe, folder: Path, watched: bool
) -> SentenceTransformerTrainingArguments:
    """Translate a stage into the trainer's arguments; the run is one epoch of our sampler."""
    return SentenceTransformerTrainingArguments(
        output_dir=str(folder),
        max_steps=stage.steps,
        per_device_train_batch_size=stage.batch_size // num_processes(),
        learning_rate=stage.learning_rate,
        lr_scheduler_type=stage.scheduler,
        warmup_steps=stage.warmup_steps,
        weight_decay=stage.weight_decay,
        max_grad_norm=stage.max_grad_norm,
        activation_checkpointing=recipe.gradient_checkpointing,
        activation_checkpointing_kwargs={"use_reentrant": False},
        ddp_find_unused_parameters=recipe.lora is None,
        seed=recipe.seed,
        bf16=has_fast_bfloat16(),
        use_cpu=device_name() == "cpu",
        dataloader_num_workers=recipe.workers,
        dataloader_drop_last=True,
        save_steps=stage.save_steps,
        save_total_limit=2,
        logging_steps=stage.logging_steps,
        eval_strategy="steps" if watched else "no",
        eval_steps=stage.watch_steps if watched else None,
        report_to=["tensorboard"],
    )
