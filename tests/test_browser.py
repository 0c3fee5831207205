"""The app as a person meets it: a real server, a real small index, a real browser."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from make_files import BLUE, GREEN, LETTER, RED, write_pdf, write_picture, write_video
from PIL import Image

from app.screenshots import CHROMIUM_FLAGS, find_chromium, served

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[1]
SHIPPED_MODEL = ROOT / "embedder" / "models" / "btok-tiny"
RAIN_PAGES = (
    ["Annual report", "The harbour was dredged in spring."],
    ["Weather", "Nothing of note happened.", "Heavy rainfall closed the northern road."],
    ["Budget", "Repairs after the rainfall cost more than planned."],
)
CUT_SECOND = 4.0


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Path:
    """A folder with one document, three pictures of one colour each, and a film of two shots."""
    folder = tmp_path_factory.mktemp("corpus")
    write_pdf(folder / "town report.pdf", RAIN_PAGES)
    write_picture(folder / "<b>red.png", color=RED, size=(320, 240))
    write_picture(folder / "green.png", color=GREEN, size=(320, 240))
    write_picture(folder / "blue.png", color=BLUE, size=(320, 240))
    shots = [(RED, CUT_SECOND), (BLUE, 4.0)]
    write_video(folder / "two colours.mp4", shots, codec="libx264", size=(320, 240))
    return folder


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> str:
    """The shipped model, or a small random one: the pages are found by their words with either."""
    if SHIPPED_MODEL.is_dir():
        return "btok-tiny"
    folder = tmp_path_factory.mktemp("models") / "random-tiny"
    make = ["-m", "embedder", "create", "--random", "--size", "tiny", "--out", str(folder)]
    subprocess.run([sys.executable, *make], check=True, cwd=ROOT, timeout=120)
    return str(folder)


@pytest.fixture(scope="module")
def home(corpus, model, tmp_path_factory) -> Path:
    """The data folder of an index of the corpus."""
    folder = tmp_path_factory.mktemp("home")
    ingest = [sys.executable, "-m", "indexer", "ingest", str(corpus)]
    environment = {**os.environ, **settings(model), "BTOK_HOME": str(folder)}
    subprocess.run(ingest, check=True, cwd=ROOT, env=environment, timeout=300)
    return folder


@pytest.fixture(scope="module")
def address(home, model, tmp_path_factory) -> Iterator[str]:
    """The address of the app over the indexed corpus."""
    log = tmp_path_factory.mktemp("server") / "log"
    with served(home, log=log, settings=settings(model)) as started:
        yield started


def settings(model: str) -> dict[str, str]:
    return {"BTOK_EMBEDDER__MODEL": model, "HF_HUB_OFFLINE": "1"}


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
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    opened = context.new_page()
    opened.set_default_timeout(30_000)
    yield opened
    artifacts = ROOT / "artifacts" / "browser"
    artifacts.mkdir(parents=True, exist_ok=True)
    opened.screenshot(path=artifacts / f"{request.node.name}.png")
    context.close()


def search_for(page, address: str, text: str) -> None:
    page.goto(address)
    page.get_by_label("Search for").fill(text)
    page.get_by_label("Search for").press("Enter")
    page.locator(".card").first.wait_for()


def open_first_hit(page, kind: str) -> None:
    page.locator(f".card.{kind} .title").first.click()


def params(page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def test_an_empty_index_shows_the_two_commands(page, model, tmp_path):
    with served(tmp_path, log=tmp_path / "log", settings=settings(model)) as empty:
        page.goto(empty)
        page.get_by_text("Nothing is indexed yet").wait_for()
        page.locator("code", has_text="make demo").wait_for()
        commands = page.locator("code").all_inner_texts()
    assert [command.strip() for command in commands] == [
        f"BTOK_HOME={tmp_path} python -m indexer ingest ~/Pictures",
        "make demo",
    ]


def test_words_find_the_page_that_says_them(address, page):
    search_for(page, address, "rainfall")
    report = page.locator(".card.page")
    assert report.locator(".title").inner_text() == "town report.pdf"
    assert report.locator(".place").inner_text().startswith(("Page 2", "Page 3"))
    assert "words" in report.locator(".badge").all_inner_texts()
    assert report.locator("mark").first.inner_text().strip() == "rainfall"
    assert params(page) == {"q": ["rainfall"]}


def test_a_picture_finds_the_picture_that_looks_like_it(address, page, corpus):
    page.goto(address)
    page.get_by_text("Search by picture").click()
    page.locator("input[type=file]").set_input_files(corpus / "green.png")
    first = page.locator(".card.image").first
    first.wait_for()
    assert first.locator(".title").inner_text() == "green.png"
    assert first.locator(".badge").all_inner_texts() == ["picture"]
    page.get_by_role("button", name="Remove picture").click()
    page.get_by_text("What are you looking for?").wait_for()
    assert params(page) == {}


def test_words_and_a_picture_search_together(address, page, corpus):
    search_for(page, address, "rainfall")
    page.get_by_text("Search by picture").click()
    page.locator("input[type=file]").set_input_files(corpus / "green.png")
    page.get_by_role("button", name="Remove picture").wait_for()
    page.locator(".card.image").first.wait_for()
    titles = page.locator(".card .title").all_inner_texts()
    assert {"green.png", "town report.pdf"} <= set(titles)
    assert set(params(page)) == {"q", "picture"}


def test_a_file_that_is_no_picture_is_refused_and_the_page_stays(address, page, tmp_path):
    search_for(page, address, "rainfall")
    renamed = tmp_path / "holiday.png"
    renamed.write_bytes(b"MZ\x90\x00 this is a program")
    page.get_by_text("Search by picture").click()
    page.locator("input[type=file]").set_input_files(renamed)
    page.get_by_text("not a picture that can be read").wait_for()
    assert page.locator(".card").count()


def test_the_boxes_of_an_opened_page_lie_on_the_words(address, page):
    search_for(page, address, "rainfall")
    open_first_hit(page, "page")
    page.locator(".sheet .box").first.wait_for()
    number = int(re.search(r"Page (\d)", page.locator(".sheet img").get_attribute("alt"))[1])
    line = next(n for n, text in enumerate(RAIN_PAGES[number - 1]) if "rainfall" in text)
    (box,) = boxes_in_percent(page)
    baseline = 100 * (LETTER[1] - 700 + 20 * line) / LETTER[1]
    assert box["top"] < baseline - 0.5 < box["bottom"] < baseline + 1
    assert box["bottom"] - box["top"] < 3
    assert share_of_ink(page, box) > 0.05
    beside = {**box, "left": box["right"] + 60, "right": box["right"] + 70}
    beside["right"] = min(beside["right"], 99.0)
    beside["left"] = beside["right"] - 8
    assert share_of_ink(page, beside) == 0


def boxes_in_percent(page) -> list[dict[str, float]]:
    """Measure where the browser drew the boxes, in percent of the page."""
    return page.evaluate(
        """() => {
            const roots = [...document.querySelectorAll('*')].map(e => e.shadowRoot).filter(Boolean)
            const sheet = roots.map(r => r.querySelector('.sheet')).find(Boolean)
            const all = sheet.getBoundingClientRect()
            return [...sheet.querySelectorAll('.box')].map(e => {
                const r = e.getBoundingClientRect()
                return {left: 100 * (r.left - all.left) / all.width,
                        right: 100 * (r.right - all.left) / all.width,
                        top: 100 * (r.top - all.top) / all.height,
                        bottom: 100 * (r.bottom - all.top) / all.height}
            })
        }"""
    )


def share_of_ink(page, box: dict[str, float]) -> float:
    """Return the share of dark pixels that the page's picture has inside a box."""
    source = page.locator(".sheet img").get_attribute("src")
    with urllib.request.urlopen(source) as data:
        picture = np.asarray(Image.open(data).convert("L"))
    height, width = picture.shape
    rows = slice(round(box["top"] * height / 100), round(box["bottom"] * height / 100))
    columns = slice(round(box["left"] * width / 100), round(box["right"] * width / 100))
    return float((picture[rows, columns] < 128).mean())


def test_zooming_keeps_the_boxes_on_the_words(address, page):
    search_for(page, address, "rainfall")
    open_first_hit(page, "page")
    page.locator(".sheet .box").first.wait_for()
    before, width = boxes_in_percent(page), page.locator(".sheet").bounding_box()["width"]
    page.get_by_role("button", name="Zoom in").click()
    assert page.locator(".sheet").bounding_box()["width"] == pytest.approx(1.5 * width, rel=0.01)
    for was, now in zip(before, boxes_in_percent(page), strict=True):
        assert now == pytest.approx(was, abs=0.2)
    page.locator(".marks input").uncheck()
    assert not page.locator(".box").first.is_visible()


def test_neighbouring_pages_turn_and_the_browser_goes_back(address, page):
    search_for(page, address, "harbour")
    open_first_hit(page, "page")
    page.locator("img[alt='Page 1 of town report.pdf']").wait_for()
    assert page.get_by_role("button", name="Previous").is_disabled()
    page.get_by_role("button", name="Next").click()
    page.locator("img[alt='Page 2 of town report.pdf']").wait_for()
    page.go_back()
    page.locator("img[alt='Page 1 of town report.pdf']").wait_for()
    page.get_by_role("button", name="Results").click()
    page.locator(".card").first.wait_for()
    assert params(page) == {"q": ["harbour"]}


def test_a_clip_opens_in_the_player_at_its_second(address, page):
    page.goto(address + "?q=colours&kind=video")
    card = page.locator(".card.video")
    best_is_later = card.locator(".place").inner_text().startswith("0:04")
    (card.locator(".title") if best_is_later else card.get_by_text("0:04", exact=True)).click()
    player = page.locator("video")
    player.wait_for()
    page.wait_for_function("() => document.querySelector('video').readyState >= 1")
    assert player.evaluate("video => video.currentTime") == pytest.approx(int(CUT_SECOND), abs=0.3)
    assert player.evaluate("video => video.duration") == pytest.approx(8, abs=0.3)
    assert "two colours" not in player.evaluate("video => video.currentSrc")


def test_a_link_reopens_what_it_was_copied_from(address, page, browser):
    search_for(page, address, "rainfall")
    page.get_by_role("radio", name="Pages").click()
    page.wait_for_url("**kind=page**")
    open_first_hit(page, "page")
    page.locator(".sheet img").wait_for()
    seen = page.locator(".sheet img").get_attribute("alt")
    stranger = browser.new_context().new_page()
    stranger.goto(page.url)
    stranger.locator(".sheet img").wait_for()
    assert stranger.locator(".sheet img").get_attribute("alt") == seen
    assert stranger.get_by_label("Search for").input_value() == "rainfall"
    assert stranger.locator(".sheet .box").count() == page.locator(".sheet .box").count() > 0
    stranger.context.close()


def test_a_result_opens_by_keyboard_alone(address, page):
    search_for(page, address, "rainfall")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement?.shadowRoot?.activeElement?.className"):
            break
    page.keyboard.press("Enter")
    page.locator(".sheet img").wait_for()
    assert "unit=" in page.url


def test_names_and_queries_with_markup_stay_text(address, page):
    page.goto(address + "?q=%3Cimg src=x onerror=window.hurt=1%3E red&kind=image")
    page.locator(".card").first.wait_for()
    assert "<b>red.png" in page.locator(".card .title").all_inner_texts()
    page.locator(".card .title", has_text="<b>red.png").click()
    page.get_by_role("heading", name="<b>red.png").wait_for()
    assert page.evaluate("() => window.hurt") is None


def test_the_page_fits_a_narrow_window(address, page):
    page.set_viewport_size({"width": 400, "height": 800})
    search_for(page, address, "rainfall")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 400
    lefts = {round(card.bounding_box()["x"]) for card in page.locator(".card").all()}
    assert len(lefts) == 1
    open_first_hit(page, "page")
    page.locator(".sheet img").wait_for()
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 400
