"""Files dropped on the library: refused by content and size, kept under names without tricks."""

from __future__ import annotations

import io
import shutil
from collections import namedtuple
from pathlib import Path

import pytest
from drawn_index import png
from hypothesis import given
from hypothesis import strategies as st

from app.uploads import RefusedUpload, discard, safe_name, save_upload


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd.png", "passwd.png"),
        ("C:\\Users\\me\\boat.JPG", "boat.jpg"),
        (".hidden.png", "hidden.png"),
        ("invoice\u202egnp.exe.png", "invoice gnp.exe.png"),
        ("<script>alert(1)<∕script>.png", "_script_alert(1)_∕script_.png"),
        ("CON.png", "_CON.png"),
        ("   .png", "png"),
        ("a\x00b\nc.png", "a b c.png"),
        ("", "file"),
        ("..", "file"),
        ("دفتر.pdf", "دفتر.pdf"),
    ],
)
def test_a_name_loses_its_folders_and_tricks(name, kept):
    assert safe_name(name) == kept


@given(st.text(max_size=400))
def test_no_name_leaves_its_folder_or_is_too_long(name):
    kept = safe_name(name)
    assert kept == Path(kept).name
    assert kept not in ("", ".", "..")
    assert not kept.startswith(".")
    assert 1 <= len(kept.encode()) <= 120
    assert kept.isprintable()
    assert safe_name(kept) == kept


def test_a_long_name_keeps_its_suffix():
    kept = safe_name("ü" * 400 + ".PNG")
    assert kept.endswith("ü.png")
    assert len(kept.encode()) <= 120


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("holiday.png", b"MZ\x90\x00 this is a program", "no picture, PDF or video"),
        ("notes.txt", b"words", "a kind that is not indexed"),
        ("empty.png", b"", "is empty"),
        ("large.png", png((2, 2)) + b"\0" * 1_000_001, "at most 1 are allowed"),
    ],
)
def test_what_is_refused_is_named_with_its_reason_and_not_kept(tmp_path, name, data, reason):
    with pytest.raises(RefusedUpload, match=reason) as refused:
        save_upload(tmp_path, name, data, max_megabytes=1)
    assert name in str(refused.value)
    assert not list(tmp_path.rglob("*.*"))


def test_the_same_file_is_kept_once_and_another_one_beside_it(tmp_path):
    red, blue = png((2, 2), colour="red"), png((2, 2), colour="blue")
    first = save_upload(tmp_path, "a.png", red, max_megabytes=1)
    assert save_upload(tmp_path, "a.png", red, max_megabytes=1) == first
    second = save_upload(tmp_path, "a.png", blue, max_megabytes=1)
    assert (first.name, second.name) == ("a.png", "a (2).png")
    assert (first.read_bytes(), second.read_bytes()) == (red, blue)


def test_a_nearly_full_disk_keeps_nothing(tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 10**9 - 5, 5))
    with pytest.raises(RefusedUpload, match="nearly full"):
        save_upload(tmp_path, "a.png", png((2, 2)), max_megabytes=1)
    assert not list(tmp_path.rglob("*.png"))


def test_only_dropped_files_are_discarded(tmp_path):
    home = tmp_path / "home"
    dropped = save_upload(home, "a.png", png((2, 2)), max_megabytes=1)
    own = tmp_path / "own.png"
    own.write_bytes(png((2, 2)))
    sneaky = home / "uploads" / ".." / ".." / "own.png"
    for path in (dropped, own, sneaky):
        discard(home, path)
    assert not dropped.exists()
    assert own.exists()


def test_a_pdf_with_rubbish_before_its_header_is_kept(tmp_path):
    data = io.BytesIO(b"rubbish\n%PDF-1.4\n").getvalue()
    assert save_upload(tmp_path, "a.pdf", data, max_megabytes=1).read_bytes() == data
