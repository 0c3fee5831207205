"""The library page without a browser: what it shows and says in each of its states."""

from __future__ import annotations

from pathlib import Path

import pytest
from drawn_index import DrawnIndex
from streamlit.testing.v1 import AppTest

from app import session
from indexer.types import Modality, StoreUnavailable

MAIN = Path(__file__).parents[1] / "app" / "main.py"


@pytest.fixture
def index(monkeypatch) -> DrawnIndex:
    """An empty drawn index in the place of the app's one."""
    drawn = DrawnIndex()
    monkeypatch.setattr(session, "open_index", lambda: drawn)
    return drawn


def library() -> AppTest:
    """Run the app and go to the library."""
    page = AppTest.from_file(str(MAIN), default_timeout=20)
    page.run()
    page.switch_page("views/library.py").run()
    assert not page.exception
    return page


def shown_text(page: AppTest) -> str:
    """Return everything the page says outside its widgets."""
    kinds = (page.markdown, page.subheader, page.error, page.warning, page.info)
    return "\n".join(element.value for elements in kinds for element in elements)


def test_the_library_says_what_is_indexed(index, tmp_path):
    index.add(tmp_path / "a.pdf", "page=1", Modality.PAGE, "rain", page=1)
    assert "1 file indexed: 1 page" in shown_text(library())


def test_a_store_that_is_down_is_one_sentence(index, monkeypatch):
    def down():
        raise StoreUnavailable("the store at example is down: start it")

    monkeypatch.setattr(index, "status", down)
    assert "is down" in shown_text(library()).replace("\\", "")
