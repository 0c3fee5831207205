"""One file into events: what fails, how it is said, and what a worker has to import for it."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from make_files import asset_of, write_pdf, write_picture

from indexer import reading
from indexer.loaders import LoadOptions
from indexer.workers import Failed

NO_OCR = LoadOptions(ocr="off")


def test_a_file_that_changes_while_it_is_read_fails(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", [["one"], ["two"]])
    events = reading.read_file(asset_of(path), NO_OCR)
    next(events)

    os.utime(path, ns=(1, 1))

    last = list(events)[-1]
    assert isinstance(last, Failed)
    assert "changed while it was read" in last.reason


def test_a_vanished_file_fails_with_its_reason(tmp_path: Path) -> None:
    asset = asset_of(write_picture(tmp_path / "a.png"))
    asset.path.unlink()

    (event,) = reading.read_file(asset, NO_OCR)

    assert event == Failed(asset, None, "the file is gone")


def test_an_unforeseen_error_costs_one_file_and_is_one_line(tmp_path: Path, monkeypatch) -> None:
    def broken(*_args, **_kwargs):
        raise AttributeError("surprise\nwith a second line")

    monkeypatch.setattr(reading.loaders, "load", broken)
    (event,) = reading.read_file(asset_of(write_picture(tmp_path / "a.png")), NO_OCR)

    assert isinstance(event, Failed)
    assert event.reason == "AttributeError: surprise with a second line"


def test_a_worker_imports_no_model_library_and_starts_fast() -> None:
    code = "import sys, indexer.reading; print(*sys.modules)"
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    seconds = time.perf_counter() - start

    loaded = {name.split(".")[0] for name in done.stdout.split()}
    assert "pypdfium2" in loaded
    heavy = {"torch", "transformers", "sentence_transformers", "embedder", "rapidocr", "cv2"}
    assert not loaded & (heavy | {"streamlit", "qdrant_client", "qdrant_edge"})
    assert seconds < 3.0


@pytest.mark.parametrize(
    ("number", "is_blamed"), [(errno.EIO, False), (errno.EACCES, False), (None, True)]
)
def test_only_a_file_that_was_read_is_blamed_for_what_goes_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int | None, is_blamed: bool
) -> None:
    path = write_picture(tmp_path / "a.png")

    def failing(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number)) if number else OSError("image file is truncated")

    monkeypatch.setattr("PIL.Image.open", failing)
    (event,) = reading.read_file(asset_of(path), NO_OCR)
    assert isinstance(event, Failed)
    assert (event.content_hash is not None) == is_blamed
