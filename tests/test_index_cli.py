"""The command line: what it prints, its exit codes, and that errors change nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from fakes import FakeEmbedder
from make_files import GREEN, RED, write_pdf, write_picture, write_video

from indexer import index as index_module
from indexer.__main__ import VERBS, main

HIT_FIELDS = [
    "rank", "score", "path", "modality", "page", "start_seconds", "end_seconds", "snippet",
]  # fmt: skip
HEAVY = ("torch", "transformers", "sentence_transformers", "qdrant_client", "numpy", "pydantic")


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    write_picture(folder / "red.png", color=RED)
    write_picture(folder / "green.png", color=GREEN)
    write_pdf(folder / "report.pdf", [["a pump"], ["a valve"]])
    return folder


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Run in an empty folder, with the fake model and a home of our own."""
    monkeypatch.setattr(
        index_module, "SentenceTransformerEmbedder", lambda name, **_: FakeEmbedder(name=name)
    )
    monkeypatch.delenv("QDRANT_URL", raising=False)
    monkeypatch.setenv("BTOK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("BTOK_OCR", "off")
    monkeypatch.setenv("BTOK_STORE__TIMEOUT_S", "0.3")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


def everything(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder with its content."""
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def run_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[dict]]:
    code = main([*arguments, "--json"])
    return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_ingest_search_status_delete_in_json(
    corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, (report,) = run_json(capsys, "ingest", str(corpus))
    assert (code, report["added"], report["units"]) == (0, 3, 4)
    code, hits = run_json(capsys, "search", "valve", "--modality", "page")
    assert code == 0
    assert list(hits[0]) == HIT_FIELDS
    assert (hits[0]["rank"], hits[0]["page"], hits[0]["modality"]) == (1, 2, "page")
    assert (hits[0]["path"], hits[0]["snippet"]) == (str(corpus / "report.pdf"), "a valve")
    code, (status,) = run_json(capsys, "status")
    assert list(status) == ["files", "units", "quarantined", "model", "store"]
    assert (status["files"], status["units"]) == (3, {"image": 2, "page": 2, "video": 0})
    code, (deleted,) = run_json(capsys, "delete", str(corpus / "report.pdf"))
    assert (code, deleted) == (0, {"removed": 1})
    code, (checks,) = run_json(capsys, "doctor")
    assert (code, checks["ok"]) == (0, True)


def test_quarantined_files_give_exit_code_3_and_their_reason(
    corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (corpus / "empty.pdf").write_bytes(b"")
    code, (report,) = run_json(capsys, "ingest", str(corpus))
    assert code == 3
    assert [entry["path"] for entry in report["quarantined"]] == [str(corpus / "empty.pdf")]
    assert run_json(capsys, "ingest", str(corpus))[0] == 3
    _, (status,) = run_json(capsys, "status")
    assert status["quarantined"] == report["quarantined"]
    assert status["files"] == 3


def test_a_search_by_picture_prints_lines_for_people(
    corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["ingest", str(corpus)])
    capsys.readouterr()
    assert main(["search", "--image", str(corpus / "green.png"), "--limit", "1"]) == 0
    out = capsys.readouterr().out
    assert str(corpus / "green.png") in out
    assert "[image 1]" in out


def test_a_search_by_a_unit_names_it_by_its_place(
    corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_pdf(corpus / "more#1.pdf", [["a pump"], ["weather"]])
    main(["ingest", str(corpus)])
    capsys.readouterr()
    page = f"{corpus / 'report.pdf'}#page=1"
    code, hits = run_json(capsys, "search", "--like", page, "--limit", "1")
    assert (code, hits[0]["path"], hits[0]["page"]) == (0, str(corpus / "more#1.pdf"), 1)
    green = str(corpus / "green.png")
    _, hits = run_json(capsys, "search", "green", "--unlike", green, "--modality", "image")
    assert [Path(hit["path"]).name for hit in hits] == ["red.png"]
    _, hits = run_json(capsys, "search", "--like", str(corpus / "more#1.pdf"), "--limit", "1")
    assert hits[0]["page"] == 1
    for place in (f"{corpus / 'report.pdf'}#page=9", f"{green}#t=1", "absent.png"):
        assert main(["search", "--like", place]) == 2
        assert "nothing is indexed at" in capsys.readouterr().err


def test_a_search_can_be_narrowed_to_documents(
    corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["ingest", str(corpus)])
    capsys.readouterr()
    chosen = [str(corpus / "report.pdf"), str(corpus / "red.png")]
    _, hits = run_json(capsys, "search", "a", "--document", chosen[0], "--document", chosen[1])
    assert {hit["path"] for hit in hits} == set(chosen)


def test_people_see_where_good_matches_end(
    corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["ingest", str(corpus)])
    capsys.readouterr()
    main(["search", "valve"])
    lines = capsys.readouterr().out.splitlines()
    assert "report.pdf page 2" in lines[0]
    assert lines.count("---- good matches end here ----") == 1
    main(["search", "xylograph zymurgy"])
    assert capsys.readouterr().out.startswith("---- no good match ----")


def test_moments_are_written_as_webvtt_or_csv(
    corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_video(corpus / "film.mp4", [(RED, 2.0), (GREEN, 2.0)])
    main(["ingest", str(corpus)])
    capsys.readouterr()
    assert main(["search", "green", "--moments", "vtt"]) == 0
    assert capsys.readouterr().out.startswith("WEBVTT\n\n00:00:00.000 --> 00:00:0")
    assert main(["search", "green", "--moments", "csv"]) == 0
    assert capsys.readouterr().out.count("film.mp4") == 1
    assert main(["search", "green", "--moments", "csv", "--json"]) == 2
    assert "leave --json out" in capsys.readouterr().err


def test_progress_goes_to_stderr_and_results_to_stdout(
    corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["ingest", str(corpus), "--json"])
    written = capsys.readouterr()
    assert json.loads(written.out)["added"] == 3
    assert "3/3" in written.err
    assert "file" in written.err


def test_dry_run_says_what_it_would_do_and_does_nothing(
    corpus: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, (plan,) = run_json(capsys, "ingest", str(corpus), "--dry-run")
    assert code == 0
    assert sorted(Path(path).name for path in plan["todo"]) == [
        "green.png",
        "red.png",
        "report.pdf",
    ]
    assert not home.exists()


def test_plan_says_the_same_as_a_dry_run(
    corpus: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, (plan,) = run_json(capsys, "plan", str(corpus))
    assert code == 0
    assert len(plan["todo"]) == 3
    assert run_json(capsys, "ingest", str(corpus), "--dry-run") == (0, [plan])
    assert not home.exists()


def test_the_demo_corpus_is_drawn_with_a_bar_on_stderr(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def draw(folder: Path, *, progress) -> int:
        for done in (1, 2):
            progress(done, 2)
        return 2

    monkeypatch.setattr("indexer.demo_corpus.draw", draw)
    assert main(["demo-corpus", str(tmp_path / "demo"), "--json"]) == 0
    written = capsys.readouterr()
    assert json.loads(written.out) == {"folder": str(tmp_path / "demo"), "files": 2}
    assert "2/2" in written.err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["ingest", "nowhere"], "nowhere"),
        (["search"], "give a text, a picture, or both"),
        (["search", "  "], "give a text, a picture, or both"),
        (["search", "red", "--modality", "smell"], "image, page, video"),
        (["search", "red", "--limit", "0"], "limit is 0"),
        (["search", "red", "--limit", "many"], "invalid int value"),
        (["search", "red", "--after", "yesterday"], "give a date like"),
        (["search", "--image", "nowhere.png"], "nowhere.png"),
        (["delete", "nowhere"], "nothing is indexed"),
        (["dance"], "invalid choice"),
        ([], "VERB"),
        (["ingest"], "PATH"),
        (["demo-corpus", "corpus/red.png"], "is a file"),
    ],
)
def test_a_mistake_is_one_sentence_with_exit_code_2_and_changes_nothing(
    corpus: Path,
    home: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    sentence: str,
) -> None:
    before = everything(corpus.parent)
    assert main(arguments) == 2
    written = capsys.readouterr()
    assert written.out == ""
    assert sentence in written.err
    assert written.err.count("\n") == 1
    assert everything(corpus.parent) == before
    assert not home.exists()


def test_a_wrong_setting_is_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BTOK_OCR", "sometimes")
    assert main(["status"]) == 2
    assert "BTOK_OCR" in capsys.readouterr().err


def test_another_model_is_exit_code_2_and_changes_nothing(
    corpus: Path,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["ingest", str(corpus)]) == 0
    monkeypatch.setattr(
        index_module,
        "SentenceTransformerEmbedder",
        lambda name, **_: FakeEmbedder(name="other", fingerprint="other-1"),
    )
    before = {path: content for path, content in everything(home).items() if "-shm" not in path}
    capsys.readouterr()
    for arguments in (["search", "red"], ["ingest", str(corpus)]):
        assert main(arguments) == 2
        assert "BTOK_EMBEDDER__MODEL=btok-tiny" in capsys.readouterr().err
    after = {path: content for path, content in everything(home).items() if "-shm" not in path}
    assert after == before


def test_a_store_held_by_another_process_is_exit_code_4(
    corpus: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ingest", str(corpus)]) == 0
    program = """
        import sys, time, qdrant_edge
        shard = qdrant_edge.EdgeShard.load(sys.argv[1])
        print("held", flush=True)
        time.sleep(60)
    """
    shard = str(home / "store" / "shard")
    holder = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program), shard], stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        capsys.readouterr()
        assert main(["search", "red"]) == 4
        assert "held by another process" in capsys.readouterr().err
        write_picture(corpus / "new.png", color=(9, 9, 9))
        assert main(["ingest", str(corpus)]) == 4
        assert capsys.readouterr().err.count("\n") == 1
    finally:
        holder.kill()
        holder.communicate()
    assert main(["ingest", str(corpus)]) == 0


@pytest.mark.parametrize("name", ["BTOK_QDRANT__URL", "QDRANT_URL"])
def test_a_server_url_without_http_is_exit_code_2_and_changes_nothing(
    corpus: Path,
    home: Path,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(name, "localhost:6333")
    assert main(["ingest", str(corpus)]) == 2
    assert "start it with http://" in capsys.readouterr().err
    assert not home.exists()


def test_a_damaged_ledger_is_exit_code_4(
    corpus: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ingest", str(corpus)]) == 0
    ledger = home / "ledger.sqlite3"
    content = ledger.read_bytes()
    ledger.write_bytes(content[:4096] + b"\xa5" * (len(content) - 4096))
    capsys.readouterr()
    for arguments in (["status"], ["search", "red"], ["ingest", str(corpus)], ["doctor"]):
        assert main(arguments) == 4
        error = capsys.readouterr().err
        assert "ledger.sqlite3 cannot be used" in error
        assert error.count("\n") == 1


def test_an_unreachable_server_is_exit_code_4(
    corpus: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BTOK_QDRANT__URL", "http://127.0.0.1:9")
    monkeypatch.setattr("indexer.stores.server.PAUSES_S", (0.01,))
    assert main(["ingest", str(corpus)]) == 4
    assert "cannot be reached" in capsys.readouterr().err


def test_ctrl_c_is_exit_code_130(
    corpus: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(FakeEmbedder, "encode_document", interrupt)
    assert main(["ingest", str(corpus)]) == 130
    assert "to go on" in capsys.readouterr().err
    monkeypatch.undo()


def test_the_unexpected_is_exit_code_1_without_a_traceback(
    corpus: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(FakeEmbedder, "encode_document", fail)
    assert main(["ingest", str(corpus)]) == 1
    error = capsys.readouterr().err
    assert "ZeroDivisionError: by zero" in error
    assert "Traceback" not in error


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_with_two_runnable_examples(
    verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_:
        main([verb, "--help"])
    assert exit_.value.code == 0
    examples = capsys.readouterr().out.partition("examples:")[2].strip().splitlines()
    assert len(examples) == 2
    assert all(line.strip().startswith(f"python -m indexer {verb}") for line in examples)


def test_help_imports_nothing_heavy() -> None:
    program = f"""
        import sys
        from indexer.__main__ import main
        try:
            main(["--help"])
        except SystemExit:
            print([name for name in {HEAVY} if name in sys.modules], file=sys.stderr)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parent.parent,
        env={**os.environ, "PYTHONPATH": "."},
    )
    assert "ingest" in done.stdout
    assert done.stderr == "[]\n"


def test_an_unchanged_ingest_imports_no_model_library(corpus: Path, home: Path) -> None:
    assert main(["ingest", str(corpus)]) == 0
    program = """
        import sys
        from indexer.__main__ import main
        code = main(["ingest", sys.argv[1], "--json"])
        print(code, [name for name in ("torch", "transformers") if name in sys.modules])
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), str(corpus)],
        capture_output=True,
        text=True,
        check=True,
    )
    report, verdict = done.stdout.splitlines()
    assert json.loads(report)["unchanged"] == 3
    assert verdict == "0 []"
