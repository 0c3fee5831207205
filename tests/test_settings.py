"""Settings: environment, `.env`, and the variables that others already use."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.settings import AppSettings
from indexer.settings import Settings, read_settings
from indexer.types import UsageError

EXAMPLE = Path(__file__).parent.parent / ".env.example"


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Run in an empty folder without any variable of ours."""
    import os

    for name in list(os.environ):
        if name.startswith("BTOK_") or name == "QDRANT_URL":
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_defaults_need_no_server_and_no_model_hub(tmp_path: Path) -> None:
    settings = read_settings()
    assert settings.home == tmp_path / ".btok"
    assert settings.embedder.model == "btok-tiny"
    assert (settings.qdrant.url, settings.ocr) == (None, "auto")


def test_environment_is_read_with_nested_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BTOK_HOME", "/data/btok")
    monkeypatch.setenv("BTOK_QDRANT__URL", "http://one:6333")
    monkeypatch.setenv("BTOK_QDRANT__API_KEY", "secret")
    monkeypatch.setenv("BTOK_EMBEDDER__MODEL", "btok-2b")
    settings = read_settings()
    assert settings.home == Path("/data/btok")
    assert settings.qdrant.url == "http://one:6333"
    assert settings.embedder.model == "btok-2b"
    assert "secret" not in repr(settings)


def test_qdrant_url_is_honoured_and_ours_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QDRANT_URL", "http://theirs:6333")
    assert read_settings().qdrant.url == "http://theirs:6333"
    monkeypatch.setenv("BTOK_QDRANT__URL", "http://ours:6333")
    assert read_settings().qdrant.url == "http://ours:6333"


def test_a_dotenv_file_is_read_and_the_environment_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("BTOK_OCR=off\nBTOK_EMBEDDER__MODEL=from-file\nOTHER=1\n")
    assert (read_settings().ocr, read_settings().embedder.model) == ("off", "from-file")
    monkeypatch.setenv("BTOK_OCR", "all")
    assert read_settings().ocr == "all"


def test_a_setting_that_makes_no_sense_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BTOK_OCR", "sometimes")
    with pytest.raises(UsageError, match=r"BTOK_OCR is 'sometimes'.*'off', 'auto' or 'all'"):
        read_settings()
    monkeypatch.setenv("BTOK_OCR", "off")
    monkeypatch.setenv("BTOK_LOADERS__PROCESSES", "0")
    with pytest.raises(UsageError, match="BTOK_LOADERS__PROCESSES"):
        read_settings()


def test_the_example_file_names_every_setting_with_its_default() -> None:
    lines = EXAMPLE.read_text().splitlines()
    shown = dict(match.groups() for line in lines if (match := re.match(r"# (\w+)=(.*)", line)))
    expected = {}
    every = Settings().model_dump(mode="json") | AppSettings().model_dump(mode="json")
    for name, value in every.items():
        if name == "qdrant_url":
            continue
        nested = value if isinstance(value, dict) else {None: value}
        for part, default in nested.items():
            key = f"BTOK_{name}__{part}" if part else f"BTOK_{name}"
            expected[key.upper()] = default
    assert shown.keys() == expected.keys()
    for key, default in expected.items():
        if default is not None and key != "BTOK_HOME":
            assert float(shown[key]) == default if isinstance(default, float) else True
            assert isinstance(default, float) or shown[key] == str(default), key
