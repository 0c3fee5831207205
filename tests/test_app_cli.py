"""`python -m app ask` from the shell: what it prints, how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fakes import FakeEmbedder
from make_files import write_pdf
from scripted_endpoint import Script, serving

from app import rag
from app.__main__ import main
from app.answers import NOT_FOUND, Answer, Citation, Quote, to_fields
from app.verbs import source_lines
from indexer import Index
from indexer import index as index_module

QUESTION = "How long does the cell drive the clock?"


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    """A small index in BTOK_HOME."""
    write_pdf(tmp_path / "clock.pdf", [["One alkaline cell drives the clock for two years."]])
    write_pdf(tmp_path / "report.pdf", [["The treasurer is Joren Fell."]])
    monkeypatch.setenv("BTOK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("BTOK_OCR", "off")
    for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    fake = lambda name, batch_size: FakeEmbedder()  # noqa: E731
    monkeypatch.setattr(index_module, "SentenceTransformerEmbedder", fake)
    with Index.open() as index:
        index.ingest([tmp_path / "clock.pdf", tmp_path / "report.pdf"])
    return tmp_path


def test_the_same_answer_in_code_and_in_the_shell(home: Path, capsys) -> None:
    assert main(["ask", QUESTION, "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    with Index.open() as index:
        fields = json.loads(json.dumps(to_fields(rag.answer(index, QUESTION))))
    assert printed | {"seconds": 0} == fields | {"seconds": 0}
    assert printed["citations"][0]["page"] == 1


def test_a_person_reads_the_text_and_where_it_stands(home: Path, capsys) -> None:
    assert main(["ask", QUESTION]) == 0
    text, source = capsys.readouterr().out.strip().splitlines()
    assert text.startswith("“One alkaline cell drives the clock for two years.” [")
    assert source.endswith(f"{home / 'clock.pdf'}, page 1")


def test_a_person_is_told_that_nothing_was_found(home: Path, capsys, monkeypatch) -> None:
    monkeypatch.setattr(rag, "find_pages", lambda *_, **__: ())
    assert main(["ask", QUESTION]) == 0
    assert capsys.readouterr().out.strip() == NOT_FOUND


def test_quotes_that_are_not_on_the_page_are_named(home: Path) -> None:
    with Index.open() as index:
        (page, *_) = index.search(QUESTION)
    citation = Citation(1, page, (Quote("so it says", True), Quote("never said", False)))
    answer = Answer("q", "q", "t", "a", True, citations=(citation,))
    assert source_lines(answer)[1:] == ["    not on this page: “never said”"]


def test_a_question_may_follow_up_and_be_narrowed_and_exported(home: Path, capsys) -> None:
    main(["ask", QUESTION, "--json"])
    (home / "last.json").write_text(capsys.readouterr().out, "utf-8")
    follow = ["--follow", str(home / "last.json"), "--document", str(home / "clock.pdf")]
    out = home / "out"
    assert main(["ask", "And who drives it?", "--json", *follow, "--markdown", str(out)]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert "clock" in printed["asked"]
    assert {page["path"] for page in printed["pages"]} == {str(home / "clock.pdf")}
    assert (out / "answer.md").exists()


def test_an_endpoint_answers_by_the_settings(home: Path, capsys, monkeypatch) -> None:
    with serving(Script(["Two years [1]."])) as endpoint:
        monkeypatch.setenv("OPENAI_BASE_URL", endpoint.url)
        monkeypatch.setenv("OPENAI_API_KEY", "secret")
        monkeypatch.setenv("BTOK_ASK__MODEL", "seer")
        assert main(["ask", QUESTION, "--answerer", "endpoint", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["text"] == "Two years [1]."
    assert endpoint.headers[0]["authorization"] == "Bearer secret"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["ask", " "], 2, "write a question"),
        (["ask", "Who?", "--answerer", "oracle"], 2, "choose one of extractive, endpoint, local"),
        (["ask", "Who?", "--answerer", "endpoint"], 2, "set BTOK_ASK__BASE_URL"),
        (["ask", "Who?", "--answerer", "local"], 2, "set BTOK_ASK__LOCAL_MODEL"),
        (["ask", "Who?", "--follow", "nowhere.json"], 2, "give what `ask --json` wrote"),
        (["ask"], 2, "see `python -m app ask --help`"),
        (["conjure"], 2, "invalid choice"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(home, capsys, arguments, code, said) -> None:
    assert main(arguments) == code
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_an_endpoint_that_is_down_ends_with_four(home: Path, capsys, monkeypatch) -> None:
    with serving(Script()) as endpoint:
        gone = endpoint.url
    monkeypatch.setenv("BTOK_ASK__BASE_URL", gone)
    monkeypatch.setenv("BTOK_ASK__MODEL", "seer")
    monkeypatch.setenv("BTOK_ASK__RETRIES", "0")
    assert main(["ask", QUESTION, "--answerer", "endpoint"]) == 4
    assert "cannot be reached: is it running?" in capsys.readouterr().err
