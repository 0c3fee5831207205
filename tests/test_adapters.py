"""Each source of the paper's mixture, read from a small copy in the original's schema."""

from __future__ import annotations

import io
import json
import pickle
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("datasets", reason="needs the [train] extra")

import datasets
import huggingface_hub
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from train.adapters import FAMILIES, mmeb, open_part
from train.adapters.mixture import MIXTURE
from train.adapters.tables import open_table
from train.adapters.visrag import ENDS
from train.bad_samples import BadSamples
from train.decoding import Detail, media_problem
from train.reading import SampleSource
from train.samples import NTP_SIDES, missing_target, parse_sample, usual_ntp_side

DOCUMENT = Path(__file__).parents[1] / "docs" / "training_data.md"
PAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
IMAGE_FEATURE = {"image": {"_type": "Image"}}  # as `datasets` marks a column of pictures


@pytest.fixture(autouse=True)
def offline(tmp_path, monkeypatch):
    """Keep what `datasets` writes out of the cache of the machine, and it off the network."""
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)


def picture(color: int, *, side: int = 40) -> bytes:
    """Return the bytes of a small JPEG of noise."""
    noise = np.random.default_rng(color).integers(0, 256, (side, side, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).save(file, format="JPEG")
    return file.getvalue()


def write_file(path: Path, content: bytes) -> None:
    """Write a file and the folders it stands in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def write_pages(path: Path, rows: list[dict], columns: dict[str, pa.DataType]) -> None:
    """Write a Parquet file with a column of pictures, as the hub holds it."""
    features = {name: {"dtype": "string", "_type": "Value"} for name in columns} | IMAGE_FEATURE
    metadata = {"huggingface": json.dumps({"info": {"features": features}})}
    schema = pa.schema([*columns.items(), ("image", PAGE)], metadata=metadata)
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path)


# --- MMEB-train -----------------------------------------------------------------------------------
TOKEN = "<|image_1|>\n"
# Made-up rows in the shape of each subset: query, query's picture?, positive, positive's picture?,
# negative, negative's picture?; then what is expected: instruction, query text, document
# instruction, positive text.
SHAPES = {
    "ImageNet_1K": ((TOKEN + "Classify\n", 1, "tent", 0, "", 0), ("Classify", "", "", "tent")),
    "N24News": (
        (TOKEN + "Its domain by caption: At a: theater.\n", 1, "Theater", 0, "Music", 0),
        ("Its domain by caption:", "At a: theater.", "", "Theater"),
    ),
    "HatefulMemes": ((TOKEN + "Judge it\n", 1, "Yes", 0, "No", 0), ("Judge it", "", "", "Yes")),
    "OK-VQA": (
        (TOKEN + "Answer this: Which hair?\n", 1, "pony tail", 0, "husky", 0),
        ("Answer this:", "Which hair?", "", "pony tail"),
    ),
    "VisDial": (
        ("Find by dialogue: Q:who\nA:he\n\n", 0, TOKEN + "Represent it\n", 1, "", 1),
        ("Find by dialogue:", "Q:who\nA:he", "Represent it", ""),
    ),
    "CIRR": (
        (TOKEN + "Find it with a change: more of them.\n", 1, TOKEN + "Represent it.\n", 1, "", 0),
        ("Find it with a change:", "more of them.", "Represent it.", ""),
    ),
    "VisualNews_t2i": (
        ("Find a news image. A man. He looks.\n", 0, TOKEN + "Represent it.\n", 1, "", 0),
        ("Find a news image.", "A man. He looks.", "Represent it.", ""),
    ),
    "MSCOCO_i2t": ((TOKEN + "Say it\n", 1, "A dog.", 0, "", 0), ("Say it", "", "", "A dog.")),
    "MSCOCO_t2i": (
        ("Find by caption: A dog.\n", 0, TOKEN + "Represent it.\n", 1, "", 0),
        ("Find by caption:", "A dog.", "Represent it.", ""),
    ),
    "NIGHTS": (
        (TOKEN + "Find one alike.\n", 1, TOKEN + "Represent it.\n", 1, "", 0),
        ("Find one alike.", "", "Represent it.", ""),
    ),
    "WebQA": (
        (TOKEN + "Find an answer: Who?\n", 0, TOKEN + "Image with text: A coin: 1913.\n", 1, "", 0),
        ("Find an answer:", "Who?", "Image with text:", "A coin: 1913."),
    ),
    "MSCOCO": (
        (TOKEN + 'Isolate what is labeled as "hot dog"\n', 1, TOKEN + "Represent it", 1, "", 0),
        ("Isolate what is labeled as", '"hot dog"', "Represent it", ""),
    ),
}  # fmt: skip
LIKE = {  # subsets of the same shape
    "VOC2007": "ImageNet_1K",
    "SUN397": "ImageNet_1K",
    "A-OKVQA": "OK-VQA",
    "DocVQA": "OK-VQA",
    "InfographicsVQA": "OK-VQA",
    "ChartQA": "OK-VQA",
    "Visual7W": "OK-VQA",
    "VisualNews_i2t": "MSCOCO_i2t",
}
SUBSETS = [name for name, part in MIXTURE.items() if part.hub_id == "TIGER-Lab/MMEB-train"]


def write_mmeb(root: Path, subset: str, row: tuple, *, split: str = "original") -> None:
    """Write a subset of one row, a Parquet file and the pictures beside it."""
    names = ("qry", "qry_image_path", "pos_text", "pos_image_path", "neg_text", "neg_image_path")
    record = dict(zip(names, row, strict=True))
    for name in names[1::2]:
        path = f"images/{subset}/Train/{name}.jpg" if record[name] else ""
        record[name] = path
        if path:
            write_file(root / path, picture(len(name)))
    schema = pa.schema([(name, pa.string()) for name in names])
    file = root / subset / f"{split}-00000-of-00001.parquet"
    file.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist([record], schema=schema), file)


@pytest.mark.parametrize("subset", SUBSETS)
def test_mmeb_row_becomes_its_sides_and_instructions(tmp_path, subset):
    row, (instruction, asked, document, answer) = SHAPES[LIKE.get(subset, subset)]
    write_mmeb(tmp_path, subset, row)
    samples = open_part(subset, tmp_path)
    (sample,) = samples
    assert (sample.instruction, sample.query.get("text", "")) == (instruction, asked)
    assert (sample.document_instruction, sample.positive.get("text", "")) == (document, answer)
    assert ["image" in side for side in (sample.query, sample.positive)] == [row[1], row[3]]
    assert len(sample.negatives) == bool(row[4] or row[5])
    assert sample.source == subset
    assert sample.key == samples.keys[0] == (answer if not row[3] else sample.key)
    assert media_problem(sample) == ""


@pytest.mark.parametrize("subset", SUBSETS)
def test_mmeb_side_to_generate_has_words(tmp_path, subset):
    write_mmeb(tmp_path, subset, SHAPES[LIKE.get(subset, subset)][0])
    assert missing_target(open_part(subset, tmp_path)[0]) == ""


def test_other_split_of_mmeb_keeps_its_texts_whole(tmp_path):
    row = (TOKEN + "Say, in short: Who?\n", 1, "he", 0, "", 0)
    write_mmeb(tmp_path, "DocVQA", row, split="diverse_instruction")
    (sample,) = open_part("DocVQA", tmp_path, split="diverse_instruction")
    assert (sample.instruction, sample.query["text"]) == ("", "Say, in short: Who?")


def test_mmeb_row_without_an_answer_is_a_bad_sample_with_its_row(tmp_path):
    write_mmeb(tmp_path, "OK-VQA", (TOKEN + "Answer this: Who?\n", 1, "", 0, "", 0))
    samples = open_part("OK-VQA", tmp_path)
    bad = BadSamples(tmp_path / "bad.jsonl", limit=0)
    detail = Detail(100, 100, 1)
    source = SampleSource(samples, rows=4, seed=0, detail=detail, bad=bad, batch_size=2)
    with pytest.raises(ValueError, match="max_bad_samples allows 0"):
        source.load(0, np.random.default_rng(0))
    assert list(bad.found()) == ["OK-VQA, row 1"]


def test_mmeb_path_that_leaves_the_folder_is_refused(tmp_path):
    row = {"qry": "Answer this: a", "qry_image_path": "../secret.jpg", "pos_text": "b",
           "pos_image_path": ""}  # fmt: skip
    with pytest.raises(ValueError, match="leaves the file's folder"):
        mmeb.to_sample(row, subset="OK-VQA", media=tmp_path)


def test_mmeb_of_the_hub_needs_the_folder_of_its_pictures():
    with pytest.raises(ValueError, match="unpack images_zip/"):
        open_part("OK-VQA")


# --- pages ----------------------------------------------------------------------------------------
def test_colpali_row_is_page_and_question_to_the_answer_as_it_stands(tmp_path):
    names = ("image_filename", "query", "answer", "source", "options", "page", "model", "prompt",
             "answer_type")  # fmt: skip
    rows = [
        {"query": "How long?", "answer": "['five hours']", "source": "pdf", "prompt": "You are",
         "image": {"bytes": picture(1), "path": "page_9.jpg"}},
        {"query": "Which?", "answer": "D", "image": {"bytes": picture(2), "path": None}},
        {"query": "None?", "answer": None, "image": {"bytes": picture(3), "path": None}},
        {"query": "Where?", "answer": "here", "image": None},
    ]  # fmt: skip
    columns = {name: pa.string() for name in names}
    write_pages(tmp_path / "data" / "train-00000-of-00002.parquet", rows[:1], columns)
    write_pages(tmp_path / "data" / "train-00001-of-00002.parquet", rows[1:], columns)
    write_pages(tmp_path / "data" / "test-00000-of-00001.parquet", rows[:1], columns)
    samples = open_part("colpali_train_set", tmp_path)
    assert len(samples) == 4
    assert samples.keys == ["['five hours']", "D", "", "here"]
    assert samples[0].query == {"image": picture(1), "text": "How long?"}
    assert (samples[1].positive, samples[1].ntp_side) == ({"text": "D"}, "positive")
    assert media_problem(samples[1]) == missing_target(samples[1]) == ""
    for number, complaint in ((2, "positive.text is None"), (3, "query.image is None")):
        with pytest.raises(ValueError, match=complaint):
            samples[number]


def write_visrag(root: Path, rows: list[tuple[str, bytes, str]]) -> None:
    """Write the in-domain set: question, page, source."""
    records = [
        {"query": query, "image": {"bytes": page, "path": f"{number}.png"}, "source": source}
        for number, (query, page, source) in enumerate(rows)
    ]
    columns = {"query": pa.string(), "source": pa.string()}
    write_pages(root / "data" / "train-00000-of-00001.parquet", records, columns)


def test_visrag_row_is_a_question_to_a_page_with_the_prompts_of_its_source(tmp_path):
    rows = [("How many?", picture(1), "PlotQA"), ("Who?", picture(2), "A new source")]
    write_visrag(tmp_path, rows)
    plot, other = open_part("visrag-indomain", tmp_path)
    assert plot.instruction.startswith("Find the plot")
    assert (plot.query, plot.ntp_side) == ({"text": "How many?"}, "query")
    assert plot.positive == {"image": picture(1)}
    assert (other.instruction, other.document_instruction) == ("", "")
    assert media_problem(plot) == ""
    own = open_part("visrag-indomain", tmp_path, prompts={"PlotQA": ("Q: ", "A plot")})
    assert (own[0].instruction, own[0].document_instruction) == ("Q: ", "A plot")


def test_page_that_answers_two_questions_has_one_key(tmp_path):
    page = picture(1, side=120)
    assert len(page) > 2 * ENDS
    tail = page[:-1] + b"\0"  # of the same length and with the same beginning
    write_visrag(tmp_path, [("a", page, "X"), ("b", page, "X"), ("c", tail, "X"),
                            ("d", picture(2), "X")])  # fmt: skip
    keys = open_part("visrag-indomain", tmp_path).keys
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3


# --- LLaVA-Hound ----------------------------------------------------------------------------------
def write_llavahound(root: Path) -> None:
    """Write the captions of two videos, the second without frames, and a question."""
    sft = root / "video_instruction" / "train" / "sft"
    sft.mkdir(parents=True)
    lines = [("v_1", "Describe the video.", "A game begins."), ("v_2", "Depict it.", "A cat.")]
    for name, chosen in (("video_caption_300k", lines), ("video_240k_caption_15k", lines[:1])):
        records = [
            {
                "id": f"{video}_0",
                "video": video,
                "conversations": [
                    {"from": "human", "value": f"<video>\n{asked}"},
                    {"from": "gpt", "value": answer},
                ],
            }
            for video, asked, answer in chosen
        ]
        (sft / f"{name}.jsonl").write_text("\n".join(map(json.dumps, records)) + "\n")
    for number in (1, 2, 10, 9):
        write_file(root / "train_300k" / "v_1" / f"c01_{number}.jpeg", picture(number))


def test_llavahound_is_read_in_its_three_views(tmp_path):
    write_llavahound(tmp_path)
    names = ("video_caption_300k", "video_caption_300k-video", "video_qa_240k")
    caption, video, answer = (open_part(name, tmp_path)[0] for name in names)
    frames = [str(tmp_path / "train_300k" / "v_1" / f"c01_{n}.jpeg") for n in (1, 2, 9, 10)]
    assert caption.query == {"video": frames, "text": "Describe the video."}
    assert (caption.positive, caption.key) == ({"text": "A game begins."}, "A game begins.")
    assert video.query == {"text": "A game begins."}
    assert (video.positive, video.key) == ({"video": frames}, "v_1")
    assert answer.query["text"] == "Describe the video."
    assert [one.ntp_side for one in (caption, video, answer)] == ["positive", "query", "positive"]
    assert all(missing_target(one) == media_problem(one) == "" for one in (caption, video, answer))
    assert video.instruction
    assert answer.instruction


def test_video_without_frames_is_a_bad_sample_of_its_own_row(tmp_path):
    write_llavahound(tmp_path)
    samples = open_part("video_caption_300k", tmp_path)
    assert len(samples) == 2
    with pytest.raises(ValueError, match="video has no frames"):
        samples[1]
    assert samples.where(1) == "video_caption_300k, row 2"


def test_llavahound_without_any_frames_says_what_to_unpack(tmp_path):
    with pytest.raises(ValueError, match="unpack train_300k/"):
        open_part("video_qa_240k", tmp_path)


# --- all ------------------------------------------------------------------------------------------
def test_mixture_is_the_one_of_the_paper():
    assert len(SUBSETS) == 20
    assert {part.hub_id for part in MIXTURE.values()} == set(FAMILIES)
    weights = {name: part.weight for name, part in MIXTURE.items()}
    ones = ("ImageNet_1K", "N24News", "DocVQA", "Visual7W", "VisDial", "VisualNews_t2i",
            "VisualNews_i2t", "MSCOCO_t2i", "MSCOCO_i2t", "MSCOCO")  # fmt: skip
    assert [weights[name] for name in ones] == [1] * 10
    assert [weights[name] for name in set(SUBSETS) - set(ones)] == [0.5] * 10
    assert weights["colpali_train_set"] == 10
    assert weights["visrag-indomain"] == 12
    assert [weight for name, weight in weights.items() if name.startswith("video_")] == [5] * 3
    sides = {name: part.ntp_side for name, part in MIXTURE.items()}
    assert {name for name, side in sides.items() if side == "query"} == {
        *("VisDial", "VisualNews_t2i", "MSCOCO_t2i", "MSCOCO", "visrag-indomain"),
        "video_caption_300k-video",
    }
    assert [name for name, side in sides.items() if side == "both"] == ["WebQA"]
    assert {name for name, side in sides.items() if side == "none"} == {"CIRR", "NIGHTS"}
    assert set(sides.values()) == set(NTP_SIDES)


@pytest.mark.parametrize("subset", sorted(set(SUBSETS) - {"WebQA", "MSCOCO"}))
def test_default_target_side_is_the_papers_but_for_two_subsets(tmp_path, subset):
    write_mmeb(tmp_path, subset, SHAPES[LIKE.get(subset, subset)][0])
    sample = open_part(subset, tmp_path)[0]
    assert usual_ntp_side(sample.query, sample.positive) == sample.ntp_side


def test_documents_table_is_the_mixture_and_its_examples_are_samples():
    text = DOCUMENT.read_text(encoding="utf-8")
    for name, part in MIXTURE.items():
        most = "all" if part.most is None else f"{part.most:,}"
        row = f"| {name} | {part.hub_id} | {part.weight:g} | {part.ntp_side} | {most} |"
        assert row in text, name
    assert text.count("\n| ") - text.count("\n| `") == len(MIXTURE) + 2  # and two headings
    examples = text.partition("```json\n")[2].partition("```")[0].splitlines()
    assert [parse_sample(json.loads(line)).ntp_side for line in examples] == [
        *("query", "positive", "query")
    ]


def test_most_rows_are_the_first_ones(tmp_path):
    write_visrag(tmp_path, [(str(number), picture(number), "X") for number in range(5)])
    table = open_table(tmp_path, files="data/*.parquet", most=3)
    assert list(table["query"]) == ["0", "1", "2"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("OK-VQA", (("TIGER-Lab/MMEB-train", "OK-VQA"), {"split": "original"})),
        ("colpali_train_set", (("vidore/colpali_train_set", None), {"split": "train"})),
        (
            "video_qa_240k",
            (
                ("ShareGPTVideo/train_video_and_instruction",),
                {
                    "data_files": "video_instruction/train/sft/video_240k_caption_15k.jsonl",
                    "split": "train",
                },
            ),
        ),
    ],
)
def test_hub_id_is_asked_for_the_table_of_the_source(tmp_path, monkeypatch, name, expected):
    def load_dataset(*args, **kwargs):
        assert (args, kwargs) == expected
        return datasets.Dataset.from_dict({"answer": [], "pos_text": [], "pos_image_path": [],
                                           "conversations": [], "video": []})  # fmt: skip

    monkeypatch.setattr(datasets, "load_dataset", load_dataset)
    media = {} if name == "colpali_train_set" else {"media": tmp_path}
    assert len(open_part(name, **media)) == 0


def test_samples_go_to_a_worker_without_their_tables_content(tmp_path):
    write_visrag(tmp_path, [(str(number), picture(number) * 200, "X") for number in range(20)])
    samples = open_part("visrag-indomain", tmp_path)
    sent = pickle.dumps(samples)
    assert len(sent) < 200 * len(picture(0))
    assert pickle.loads(sent)[3].query == {"text": "3"}


@pytest.mark.parametrize(
    ("name", "location", "complaint"),
    [
        ("ImageNet", ".", "no source 'ImageNet', allowed are ImageNet_1K"),
        ("visrag-indomain", "no/such/folder", "there is no folder 'no/such/folder'"),
        ("visrag-indomain", ".", "holds no data"),
        ("visrag-indomain", None, "give a local copy, or unset HF_HUB_OFFLINE"),
    ],
)
def test_what_is_not_there_is_said_with_the_remedy(
    tmp_path, monkeypatch, name, location, complaint
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=complaint):
        open_part(name, location)
