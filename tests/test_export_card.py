"""What a card says of a finished stage."""

from __future__ import annotations

import pytest

pytest.importorskip("datasets", reason="needs the [train] extra")

from train.export import glance_of
from train.run_card import condensation_of


def test_a_card_says_what_part_gic_had_and_what_the_btoks_knew():
    stage = {"gic_weight": 0.2, "gic_share": 0.12}
    log = [{"eval_condensed_information": 0.5}, {"loss": 1.0}, {"eval_condensed_information": 0.02}]
    said = condensation_of({"stage": stage, "log": log})
    assert "first 12%" in said
    assert "GIC, weight 0.2" in said
    assert "0.02 nats a token" in said
    assert "steps the BToks also" in said
    assert "nats" not in condensation_of({"stage": stage, "log": []})


def test_a_card_says_of_how_many_rows_targets_were_predicted():
    stage = {"gic_weight": 0.8, "gic_share": 0.4, "target_share": 0.25}
    assert "the BToks of 25% of the rows also" in condensation_of({"stage": stage, "log": []})


def test_a_card_says_nothing_of_gic_where_there_was_none():
    assert condensation_of({"stage": {"gic_weight": 0.0}, "log": []}) == ""


def test_a_card_says_how_the_glance_was_fitted():
    plan = {"steps": 1500, "batch_size": 256, "sources": {"plain": 4.0, "emoji": 1.0}}
    said = glance_of({"glance": plan})
    assert "fitted alone, and then kept: 1500 steps of 256 on plain 4, emoji 1." in said
    assert glance_of({"glance": None}) == glance_of({}) == ""
