"""What browser tests share: headless Chromium, and a fresh window for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.screenshots import CHROMIUM_FLAGS, find_chromium

ARTIFACTS = Path(__file__).parents[1] / "artifacts" / "browser"


@pytest.fixture(scope="module")
def browser():
    """Headless Chromium, or a skip that says what is missing."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    found = find_chromium()
    if found is None:
        pytest.skip("no Chromium on the path: install it to run the browser tests")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=found, args=list(CHROMIUM_FLAGS))
        yield opened
        opened.close()


@pytest.fixture
def page(browser, request):
    """A fresh session in a window of 1280 x 860; leaves a screenshot under artifacts/."""
    context = browser.new_context(viewport={"width": 1280, "height": 860}, reduced_motion="reduce")
    opened = context.new_page()
    opened.set_default_timeout(120_000)
    yield opened
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    opened.screenshot(path=ARTIFACTS / f"{request.node.name}.png")
    context.close()
