"""Targets: whose text is predicted, from what to what, and what is refused."""

from __future__ import annotations

import pickle

import pytest
import torch
from tiny_models import build_tiny, clip, noise, tiny_model
from transformers import AutoProcessor

pytest.importorskip("datasets", reason="needs the [train] extra")

from embedder.inputs import TextPart
from embedder.loading import SHIPPED
from train.collating import MissingTarget, TargetCollator, marks_of

PICTURE = {"image": noise(64, 64)}


@pytest.fixture(scope="module")
def model():
    return tiny_model("qwen2_vl")


def predicted(model, rows, column, **options):
    """Return the texts that a column predicts, header and end mark spelled out, None for none."""
    batch = TargetCollator.of(model, **options)(rows)
    if f"{column}_gic_ids" not in batch:
        return [None] * len(rows)
    rows_of_ids = [row[0][row[0] >= 0].tolist() for row in batch[f"{column}_gic_ids"]]
    return [model.tokenizer.decode(ids) if ids else None for ids in rows_of_ids]


@pytest.mark.parametrize(
    ("side", "from_query", "from_positive"),
    [
        ("positive", "<|im_start|>assistant\nthe answer<|im_end|>", None),
        ("query", None, "<|im_start|>assistant\nthe question<|im_end|>"),
        (
            "both",
            "<|im_start|>assistant\nthe answer<|im_end|>",
            "<|im_start|>assistant\nthe question<|im_end|>",
        ),
        ("none", None, None),
    ],
)
def test_ntp_side_says_whose_text_the_other_side_predicts(model, side, from_query, from_positive):
    row = {
        "query": {"text": "the question", **PICTURE},
        "positive": {"text": "the answer", **PICTURE},
        "ntp_side": side,
    }
    assert predicted(model, [row], "query") == [from_query]
    assert predicted(model, [row], "positive") == [from_positive]


def test_rows_state_their_side_one_by_one_and_the_collator_that_of_the_others(model):
    row = {"query": "q", "positive": "p"}
    rows = [row, {**row, "ntp_side": "none"}, {**row, "ntp_side": "query"}]
    texts = predicted(model, rows, "query", ntp_side="positive")
    assert [text is None for text in texts] == [False, True, True]
    texts = predicted(model, rows, "positive", ntp_side="positive")
    assert [text is None for text in texts] == [True, True, False]


def test_shipped_model_puts_its_sentence_marks_around_a_target():
    processor = AutoProcessor.from_pretrained(SHIPPED / "btok-tiny")
    collator = TargetCollator(preprocess_fn=processor, processor=processor)
    [[ids]] = collator.target_ids(["A Cat"]).tolist()
    assert processor.tokenizer.convert_ids_to_tokens(ids) == ["[CLS]", "a", "cat", "[SEP]"]
    assert len(marks_of(processor).header) == 1


def test_header_is_as_long_as_the_batch_says(model):
    batch = TargetCollator.of(model)([{"query": "q", "positive": "p", "ntp_side": "positive"}])
    ids = batch["query_gic_ids"]
    assert ids.shape[:2] == (1, 1)
    header = model.tokenizer.decode(ids[0, 0, : batch["query_gic_header"]])
    assert header == "<|im_start|>assistant\n"


def test_target_that_is_cut_has_no_end_mark(model):
    row = {"query": PICTURE, "positive": "12345", "ntp_side": "positive"}
    assert predicted(model, [row], "query", max_target=5)[0].endswith("12345<|im_end|>")
    assert predicted(model, [row], "query", max_target=4)[0].endswith("1234")


def test_only_a_share_of_the_rows_predicts_rounded_up(model):
    row = {"query": PICTURE, "positive": "a cat", "ntp_side": "positive"}
    texts = predicted(model, [row] * 5, "query", target_share=0.3)
    assert [text is None for text in texts] == [False, False, True, True, True]


def test_control_tokens_spelled_in_a_text_are_letters_and_placeholders_are_removed(model):
    row = {"query": PICTURE, "positive": "<|im_end|> of it", "ntp_side": "positive"}
    ids = TargetCollator.of(model)([row])["query_gic_ids"][0, 0].tolist()
    assert ids.count(model.tokenizer.convert_tokens_to_ids("<|im_end|>")) == 1
    for written in (
        "<|image_1|>\na cat",
        "<|vision_start|><|image_pad|><|vision_end|>a cat",
        "a <video>cat",
    ):
        text = predicted(model, [{**row, "positive": {"text": written}}], "query")[0]
        assert text == "<|im_start|>assistant\na cat<|im_end|>"


@pytest.mark.parametrize(
    ("positive", "complaint"),
    [
        (PICTURE, "text of its positive is empty"),
        ({"text": "  ", **PICTURE}, "text of its positive is empty"),
        ({"text": "<|image_1|>", **PICTURE}, "text of its positive is only placeholders"),
        ({"text": "<|vision_start|><|image_pad|><|vision_end|>\n"}, "is only placeholders"),
        ({"video": clip(64, 64, 2)}, "text of its positive is empty"),
    ],
)
def test_row_without_the_text_that_it_asks_for_is_refused_by_its_number(model, positive, complaint):
    good = {"query": PICTURE, "positive": "text", "ntp_side": "positive"}
    rows = [good, {**good, "positive": positive}]
    with pytest.raises(
        MissingTarget, match=f"row 1 has ntp_side 'positive', but the .*{complaint}"
    ):
        TargetCollator.of(model)(rows)
    rows[1]["ntp_side"] = "none"
    assert TargetCollator.of(model)(rows)["query_gic_ids"].shape[0] == 2


def test_unknown_side_is_refused(model):
    with pytest.raises(ValueError, match="allowed are query, positive, both, none"):
        TargetCollator.of(model)([{"query": "q", "positive": "p", "ntp_side": "left"}])


def test_tokenizer_without_marks_is_refused():
    model = build_tiny("qwen2_vl")
    processor = model[0].processor
    processor.token_id = lambda token: None
    with pytest.raises(ValueError, match="no marks around a target"):
        TargetCollator.of(model)


def test_negatives_of_all_rows_are_one_column(model):
    rows = [
        {"query": "a", "positive": "b", "negatives": ["c", PICTURE]},
        {"query": "d", "positive": "e", "negatives": ()},
        {"query": "f", "positive": "g", "negatives": ["h"]},
    ]
    batch = TargetCollator.of(model)(rows)
    assert len(batch["negative_input_ids"]) == 3
    assert len(batch["positive_input_ids"]) == 3
    assert batch["negative_num_images_per_sample"].tolist() == [0, 1, 0]


def test_texts_to_distil_have_labels_and_no_positive(model):
    rows = [{"query": {"text": text}, "label": torch.ones(64)} for text in ("a", "b")]
    batch = TargetCollator.of(model)(rows)
    assert batch["label"].shape == (2, 64)
    assert not any(key.startswith("positive") for key in batch)


def test_batch_with_a_positive_for_some_rows_is_refused(model):
    with pytest.raises(ValueError, match="1 of 2 rows have a positive"):
        TargetCollator.of(model)([{"query": "a"}, {"query": "b", "positive": "c"}])


def test_instructions_stand_before_both_sides_and_are_predicted_with_them(model):
    row = {
        "query": {"text": "how high?", **PICTURE},
        "positive": {"text": "two metres"},
        "negatives": [{"text": "three"}],
        "instruction": "Answer.",
        "document_instruction": "An answer:",
        "ntp_side": "both",
    }
    batch = TargetCollator.of(model)([row])
    read = model.tokenizer.decode
    assert read(batch["query_input_ids"][0]).startswith("Answer.\n<|vision_start|>")
    for column, text in (("positive", "An answer:\ntwo metres"), ("negative", "An answer:\nthree")):
        assert read(batch[f"{column}_input_ids"][0], skip_special_tokens=True) == text
    [from_query] = predicted(model, [row], "query")
    assert from_query == "<|im_start|>assistant\nAn answer:\ntwo metres<|im_end|>"
    [from_positive] = predicted(model, [row], "positive")
    assert from_positive == "<|im_start|>assistant\nAnswer.\nhow high?<|im_end|>"


def test_rows_that_were_processed_before_are_put_together(model):
    processor = model[0].processor
    texts = ["first", "the second one"]
    before = [processor.to_row([TextPart(text)], None) for text in texts]
    made = TargetCollator.of(model)(
        [
            {"query": {"text": text}, "positive": row}
            for text, row in zip(texts, before, strict=True)
        ]
    )
    for name in ("input_ids", "segment_ids", "attention_mask"):
        assert torch.equal(made[f"positive_{name}"], made[f"query_{name}"])


def test_collator_for_workers_holds_no_weights(model):
    assert len(pickle.dumps(TargetCollator.of(model))) < 200_000


def test_text_that_is_the_name_of_a_file_stays_text(model, tmp_path):
    path = tmp_path / "secret.png"
    noise(64, 64).save(path)
    batch = TargetCollator.of(model)([{"query": str(path), "positive": "p"}])
    assert "query_pixel_values" not in batch
    assert str(path) in model.tokenizer.decode(batch["query_input_ids"][0])
