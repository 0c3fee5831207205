"""`train check` names every wrong line, and only those."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from make_files import RED, truncate, write_picture, write_png_bomb, write_sound, write_video

from train.__main__ import main
from train.checking import check_file


@pytest.fixture(scope="module")
def media(tmp_path_factory) -> Path:
    """A folder of good and bad files."""
    folder = tmp_path_factory.mktemp("media")
    write_picture(folder / "good.png")
    truncate(write_picture(folder / "half.jpg", size=(640, 480)), share=0.5)
    write_png_bomb(folder / "bomb.png")
    (folder / "words.png").write_text("not a picture")
    write_video(folder / "good.mp4", [(RED, 0.5)])
    write_sound(folder / "sound.mp4")
    truncate(write_video(folder / "head.mp4", [(RED, 1.0)], faststart=True), share=0.02)
    return folder


@pytest.fixture
def file(media, tmp_path) -> Path:
    """Where a test writes its lines, beside a copy of the files."""
    return Path(shutil.copytree(media, tmp_path / "mine")) / "mine.jsonl"


def pair(**fields) -> dict:
    """Return a good line with some fields changed."""
    return {"query": {"text": "red"}, "positive": {"image": "good.png"}} | fields


def write(file: Path, *lines) -> Path:
    """Write lines: objects as JSON, texts as they are."""
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    file.write_text("\n".join(texts) + "\n")
    return file


WRONG = [
    ("{half", "Expecting property name"),
    ("[1]", "expected an object, found list"),
    (pair(colour="red"), "unknown fields ['colour']"),
    ({"query": {"text": "red"}}, "missing fields ['positive']"),
    (pair(query={}), "query is {}"),
    (pair(query={"text": " \n"}), "query is empty"),
    (pair(positive={"text": "<|image_1|> <video>"}), "positive is empty"),
    (pair(positive={"video": []}), "positive.video has no frames"),
    (pair(positive={"video": ["good.png", 3]}), "expected the paths of frames"),
    (pair(negatives={"text": "blue"}), "negatives is {'text': 'blue'}, expected a list"),
    (pair(negatives=[{"text": "blue"}, {"image": "gone.png"}]), "negatives[1]: gone.png: there is"),
    (pair(captions=["a"], key=7), "key is 7, expected text"),
    (pair(positive={"image": "/etc/good.png"}), "leaves the file's folder"),
    (pair(positive={"image": "deeper/../../good.png"}), "leaves the file's folder"),
    (pair(positive={"image": "https://a.org/b.png"}), "nothing is fetched here"),
    (pair(positive={"image": "gone.png"}), "positive: gone.png: there is no such file"),
    (pair(positive={"image": "half.jpg"}), "positive: half.jpg: not a readable picture"),
    (pair(positive={"image": "words.png"}), "positive: words.png: not a readable picture"),
    (pair(positive={"image": "bomb.png"}), "more pixels than allowed"),
    (pair(positive={"video": "good.png"}), "positive: good.png: not a readable video"),
    (pair(positive={"video": "sound.mp4"}), "positive: sound.mp4: the file has no video"),
    (pair(positive={"video": "head.mp4"}), "positive: head.mp4:"),
    (pair(positive={"video": ["good.png", "half.jpg"]}), "positive: half.jpg:"),
    (pair(ntp_side="positive"), "nothing to generate from positive"),
    (
        pair(query={"image": "good.png", "text": "<|image_1|>\n"}, ntp_side="query"),
        "query.text is only '<|image_1|>\\n'",
    ),
]


@pytest.mark.parametrize(("line", "complaint"), WRONG, ids=[complaint for _, complaint in WRONG])
def test_wrong_line_is_named_by_number_and_reason(file, line, complaint):
    report = check_file(write(file, pair(), line, "", pair()), workers=0)
    assert report.lines == 3
    assert [number for number, _ in report.problems] == [2]
    assert complaint in report.problems[0][1]


GOOD = [
    pair(),
    pair(query={"image": "good.png", "text": "what?"}, positive={"text": "red"}),
    pair(positive={"video": "good.mp4", "text": "a clip"}, ntp_side="both"),
    pair(positive={"video": ["good.png", "good.png"]}, instruction="Find:", split="held_out"),
    pair(positive={"text": "blue"}, negatives=[{"image": "good.png"}], source="mine", key="b"),
]


def test_good_lines_are_counted_by_kind_target_source_and_key(file):
    report = check_file(write(file, *GOOD), workers=0).to_json()
    assert report["problems"] == []
    assert report["lines"] == 5
    assert report["counts"] == {
        "query": {"text": 4, "image+text": 1},
        "positive": {"image": 1, "text": 2, "text+video": 1, "video": 1},
        "negatives": {"image": 1},
        "ntp_side": {"query": 2, "positive": 1, "both": 1, "none": 1},
        "source": {"(none)": 4, "mine": 1},
        "split": {"train": 4, "held_out": 1},
    }
    assert report["keys"] == 5


def test_lines_that_repeat_a_key_are_told_but_not_wrong(file):
    write(file, pair(), pair(query={"text": "wine red"}), pair(key="own"), pair(key="own"))
    report = check_file(file, workers=0).to_json()
    assert report["repeated_keys"] == [{"line": 2, "first": 1}, {"line": 4, "first": 3}]
    assert report["problems"] == []


def test_processes_find_what_one_process_finds_in_the_same_order(file):
    lines = [*GOOD, *(line for line, _ in WRONG), *GOOD]
    one, two = (check_file(write(file, *lines), workers=workers) for workers in (0, 2))
    assert one.to_json() == two.to_json()
    assert len(one.problems) == len(WRONG)


def test_limit_looks_at_the_first_lines_only(file):
    report = check_file(write(file, pair(), "{half", pair()), limit=1, workers=0)
    assert (report.lines, report.problems) == (1, [])


@pytest.mark.parametrize(
    ("lines", "code"), [([pair()], 0), ([pair(), "{half"], 3)], ids=["good", "one bad"]
)
def test_exit_code_tells_wrong_lines(file, lines, code, capsys):
    assert main(["check", str(write(file, *lines)), "--workers", "0"]) == code
    out = capsys.readouterr().out
    assert ("mine.jsonl, line 2:" in out) == (code == 3)
    assert f"{len(lines)} lines, {len(lines) - 1} of them wrong" in out


def test_json_is_one_object_with_every_problem(file, capsys):
    main(["check", str(write(file, *["{half"] * 60)), "--workers", "0", "--json"])
    report = json.loads(capsys.readouterr().out)
    assert [problem["line"] for problem in report["problems"]] == list(range(1, 61))


@pytest.mark.parametrize(
    "arguments", [["gone.jsonl"], ["."], ["empty.jsonl"], ["empty.jsonl", "--limit", "0"]]
)
def test_wrong_use_is_one_sentence_and_code_2(tmp_path, monkeypatch, arguments, capsys):
    monkeypatch.chdir(tmp_path)
    Path("empty.jsonl").touch()
    assert main(["check", *arguments, "--workers", "0"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
