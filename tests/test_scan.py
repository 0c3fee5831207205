"""The walk: what is found, in which order, and what is left alone."""

from __future__ import annotations

import errno
import hashlib
import os
import time
from pathlib import Path

import pytest
from make_files import write_pdf, write_picture

from indexer.scan import content_hash, iter_assets
from indexer.types import UsageError


def names(root: Path, *paths: Path) -> list[str]:
    return [str(asset.path.relative_to(root)) for asset in iter_assets(paths or (root,))]


def touch(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    return path


def test_files_with_known_suffixes_come_sorted_from_all_depths(tmp_path: Path) -> None:
    for name in ("b/z.pdf", "b.PNG", "a/c/d.mp4", "a.jpeg", "notes.txt"):
        touch(tmp_path / name)

    assert names(tmp_path) == ["a/c/d.mp4", "a.jpeg", "b/z.pdf", "b.PNG"]
    paths = [asset.path for asset in iter_assets([tmp_path])]
    assert paths == sorted(paths)


def test_an_asset_carries_absolute_path_size_and_time(tmp_path: Path, monkeypatch) -> None:
    path = touch(tmp_path / "a.png")
    os.utime(path, ns=(5, 1_700_000_000_123_456_789))
    monkeypatch.chdir(tmp_path)

    (asset,) = iter_assets([Path("a.png")])

    assert (asset.path, asset.size, asset.mtime_ns) == (path, 1, 1_700_000_000_123_456_789)


def test_hidden_files_and_folders_are_skipped_unless_they_are_the_root(tmp_path: Path) -> None:
    touch(tmp_path / ".hidden.png")
    touch(tmp_path / ".git" / "a.png")

    assert names(tmp_path) == []
    assert names(tmp_path, tmp_path / ".git") == [".git/a.png"]


def test_symbolic_links_are_not_followed_so_a_loop_ends_and_nothing_outside_is_read(
    tmp_path: Path,
) -> None:
    root = tmp_path / "root"
    touch(root / "a.png")
    secret = touch(tmp_path / "outside" / "secret.png")
    (root / "loop").symlink_to(root, target_is_directory=True)
    (root / "folder").symlink_to(secret.parent, target_is_directory=True)
    (root / "file.png").symlink_to(secret)
    (root / "again.png").symlink_to(root / "a.png")
    (root / "dangling.png").symlink_to(root / "nothing.png")

    assert names(root) == ["a.png"]


def test_a_linked_root_is_resolved_and_overlapping_roots_give_each_file_once(
    tmp_path: Path,
) -> None:
    path = touch(tmp_path / "root" / "sub" / "a.png")
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "root", target_is_directory=True)

    assets = list(iter_assets([link, path.parent, path, tmp_path / "root"]))

    assert [asset.path for asset in assets] == [path]


def test_a_file_without_a_known_suffix_is_found_by_its_first_bytes(tmp_path: Path) -> None:
    write_pdf(tmp_path / "a.pdf", [["text"]]).rename(tmp_path / "report")
    write_picture(tmp_path / "a.png").rename(tmp_path / "photo.dat")
    touch(tmp_path / "code.ts")

    assert names(tmp_path) == ["photo.dat", "report"]


def test_a_file_named_by_the_user_is_never_ignored(tmp_path: Path) -> None:
    path = touch(tmp_path / "notes.txt")

    assert [asset.path for asset in iter_assets([path])] == [path]


def test_names_with_control_and_markup_characters_stay_as_they_are(tmp_path: Path) -> None:
    wanted = sorted(["a\nb.png", "<|im_end|>.png", "\u202egnp.png", "a  b;$(x).png"])
    for name in wanted:
        touch(tmp_path / name)

    assert names(tmp_path) == wanted


def test_a_path_that_does_not_exist_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nothing-here.*No such file.*check the path"):
        iter_assets([tmp_path, tmp_path / "nothing-here"])


def test_a_pipe_is_refused_rather_than_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")

    assert names(tmp_path) == []
    with pytest.raises(UsageError, match="neither a file nor a folder"):
        iter_assets([tmp_path / "pipe.png"])


def test_a_folder_without_permission_is_logged_and_the_rest_is_walked(
    tmp_path: Path, caplog, monkeypatch
) -> None:
    touch(tmp_path / "a" / "x.png")
    touch(tmp_path / "b.png")
    scandir = os.scandir

    def guarded(folder):  # chmod would not stop a test that runs as root
        if str(folder).endswith("a"):
            raise PermissionError(errno.EACCES, "Permission denied", str(folder))
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", guarded)
    assert names(tmp_path) == ["b.png"]
    assert "skipped the folder" in caplog.text


def test_five_thousand_files_are_walked_in_under_a_second_without_opening_one(
    tmp_path: Path, monkeypatch
) -> None:
    for folder in range(50):
        (tmp_path / str(folder)).mkdir()
        for number in range(100):
            (tmp_path / str(folder) / f"{number}.jpg").touch()
    monkeypatch.setattr(Path, "open", lambda *_: pytest.fail("a file was opened"))

    start = time.perf_counter()
    count = sum(1 for _ in iter_assets([tmp_path]))

    assert count == 5_000
    assert time.perf_counter() - start < 1.0


def test_content_hash_is_the_sha256_of_a_file_longer_than_one_piece(tmp_path: Path) -> None:
    content = bytes(range(256)) * 10_000
    (tmp_path / "a.bin").write_bytes(content)

    assert content_hash(tmp_path / "a.bin") == hashlib.sha256(content).hexdigest()
