"""The app as a person meets it: a real server, a real small index, a real browser."""

from __future__ import annotations

import base64
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from drawn_index import png
from make_files import BLUE, GREEN, LETTER, RED, noisy_frame, write_pdf, write_picture, write_video
from PIL import Image

from app.page_state import clean_query
from app.screenshots import served
from indexer.stores.lease import FileLock

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[1]
SHIPPED_MODEL = ROOT / "embedder" / "models" / "btok-tiny"
RAIN_PAGES = (
    ["Annual report", "The harbour was dredged in spring."],
    ["Weather", "Nothing of note happened.", "Heavy rainfall closed the northern road."],
    ["Budget", "Repairs after the rainfall cost more than planned."],
)
SHOTS = [(RED, 4.0), (BLUE, 4.0), (GREEN, 4.0)]
CUT_SECOND = 4.0


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Path:
    """A document, pictures of one colour each in two folders, and a film of three shots."""
    folder = tmp_path_factory.mktemp("corpus")
    (folder / "sea").mkdir()
    write_pdf(folder / "town report.pdf", RAIN_PAGES)
    write_picture(folder / "<b>red.png", color=RED, size=(320, 240))
    write_picture(folder / "green.png", color=GREEN, size=(320, 240))
    write_picture(folder / "sea" / "blue.png", color=BLUE, size=(320, 240))
    write_picture(folder / "sea" / "gone.png", color=(240, 200, 40), size=(320, 240))
    write_video(folder / "colours.mp4", SHOTS, codec="libx264", size=(320, 240), faststart=True)
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
    """The data folder of an index of the corpus; one picture is deleted after that."""
    folder = tmp_path_factory.mktemp("home")
    ingest = [sys.executable, "-m", "indexer", "ingest", str(corpus)]
    environment = {**os.environ, **settings(model), "BTOK_HOME": str(folder)}
    subprocess.run(ingest, check=True, cwd=ROOT, env=environment, timeout=300)
    (corpus / "sea" / "gone.png").unlink()
    return folder


@pytest.fixture(scope="module")
def address(home, model, tmp_path_factory) -> Iterator[str]:
    """The address of the app over the indexed corpus."""
    log = tmp_path_factory.mktemp("server") / "log"
    with served(home, log=log, settings=settings(model)) as started:
        yield started


def settings(model: str) -> dict[str, str]:
    short_waits = {"BTOK_STORE__TIMEOUT_S": "1"}
    return {"BTOK_EMBEDDER__MODEL": model, "HF_HUB_OFFLINE": "1", **short_waits}


def search_for(page, address: str, text: str) -> None:
    page.goto(address)
    page.get_by_label("Search for").fill(text)
    page.get_by_label("Search for").press("Enter")
    page.locator(".card").first.wait_for()
    wait_until_still(page)


def open_first_hit(page, kind: str) -> None:
    page.locator(f".card.{kind} .title").first.click()


def params(page) -> dict[str, list[str]]:
    return params_of(page.url)


def params_of(url: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(url).query)


def titles(page) -> list[str]:
    return page.locator(".card .title").all_inner_texts()


def wait_until_still(page) -> None:
    """Wait until the app has drawn the last move, and its shortcuts are listened for."""
    page.locator('.stApp[data-test-script-state="notRunning"]').wait_for()
    page.evaluate("() => new Promise((still) => requestIdleCallback(() => still()))")


def wait_for_question(page, text: str) -> None:
    page.wait_for_url(lambda url: params_of(url).get("q") == [text])


def open_upload(page) -> None:
    page.get_by_text("Search by picture").click()


def test_an_empty_index_shows_the_two_commands_then_another_model_is_refused(
    page, model, home, tmp_path
):
    """An empty collection; then one that is there, but was built with another model."""
    (tmp_path / "home").mkdir()
    with served(tmp_path / "home", log=tmp_path / "log", settings=settings(model)) as empty:
        page.goto(empty)
        page.get_by_text("Nothing is indexed yet").wait_for()
        page.locator("code", has_text="make demo").wait_for()
        commands = page.locator("code").all_inner_texts()
        shutil.copytree(home, tmp_path / "home", dirs_exist_ok=True)
        with sqlite3.connect(tmp_path / "home" / "ledger.sqlite3") as ledger:
            ledger.execute("UPDATE collection SET model = 'other', fingerprint = 'other'")
        page.goto(empty + "?q=rainfall")
        page.get_by_text("was built with other").wait_for()
        assert page.get_by_label("Search for").input_value() == "rainfall"
    assert [command.strip() for command in commands] == [
        f"BTOK_HOME={tmp_path}/home python -m indexer ingest ~/Pictures",
        "make demo",
    ]


def test_words_find_the_page_that_says_them(address, page):
    search_for(page, address, "rainfall")
    report = page.locator(".card.page")
    assert report.locator(".title").inner_text() == "town report.pdf"
    assert report.locator(".place").inner_text().startswith(("Page 2", "Page 3"))
    assert any(why.startswith("Words ") for why in report.locator(".badge").all_inner_texts())
    assert report.locator("mark").first.inner_text().strip() == "rainfall"
    assert params(page) == {"q": ["rainfall"]}


def test_a_picture_finds_the_picture_that_looks_like_it(address, page, corpus):
    page.goto(address)
    open_upload(page)
    page.locator("input[type=file]").set_input_files(corpus / "green.png")
    first = page.locator(".card.image").first
    first.wait_for()
    assert first.locator(".title").inner_text() == "green.png"
    assert first.locator(".badge").all_inner_texts() == ["Look 1"]
    page.reload()
    page.locator(".card").first.wait_for()
    assert titles(page)[0] == "green.png"
    page.get_by_role("button", name="Remove: Your picture").click()
    page.get_by_text("What are you looking for?").wait_for()
    assert params(page) == {}


def test_a_pasted_picture_and_words_search_together(address, page, corpus):
    search_for(page, address, "rainfall")
    paste(page, (corpus / "green.png").read_bytes(), "image/png")
    page.locator(".chip.picture").wait_for()
    page.locator(".card.image").first.wait_for()
    assert {"green.png", "town report.pdf"} <= set(titles(page))
    assert set(params(page)) == {"q", "picture"}


def paste(page, data: bytes, kind: str) -> None:
    """Paste a file into the page, as a browser does."""
    page.evaluate(
        """([data, type]) => {
            const bytes = Uint8Array.from(atob(data), (each) => each.charCodeAt(0))
            const clipboardData = new DataTransfer()
            clipboardData.items.add(new File([bytes], "pasted", { type }))
            const options = { clipboardData, bubbles: true, cancelable: true }
            document.body.dispatchEvent(new ClipboardEvent("paste", options))
        }""",
        [base64.b64encode(data).decode(), kind],
    )


def test_a_result_is_a_question_of_its_own(address, page):
    search_for(page, address, "rainfall")
    page.goto(address + "?q=picture&kind=image")
    page.get_by_role("button", name="Search with green.png alone").click()
    page.locator(".chip.like").wait_for()
    wait_until_still(page)
    assert "green.png" not in titles(page)
    assert set(params(page)) == {"like", "kind"}
    assert page.locator(".chip.like img").count() == 1


def test_feedback_acts_at_once_and_can_be_taken_back(address, page):
    page.goto(address + "?q=blue&kind=image")
    page.locator(".card").first.wait_for()
    before = titles(page)
    page.get_by_role("button", name=f"Less like {before[0]}").click()
    page.locator(".chip.unlike").wait_for()
    wait_until_still(page)
    assert before[0] not in titles(page)
    page.get_by_role("button", name=f"More like {titles(page)[-1]}").click()
    page.locator(".chip.like").wait_for()
    assert set(params(page)) == {"q", "kind", "like", "unlike"}
    page.get_by_role("button", name="Clear all").click()
    page.locator(".chip").first.wait_for(state="detached")
    wait_until_still(page)
    assert titles(page) == before


def test_filters_count_and_narrow(address, page, corpus):
    page.goto(address + "?q=blue")
    kinds = page.get_by_role("radiogroup").inner_text().split("\n")
    assert [" ".join(kind.split()) for kind in kinds if kind.strip()] == [
        "All 10",
        "Pictures 4",
        "Pages 3",
        "Clips 3",
    ]
    page.get_by_text("Filter", exact=True).click()
    page.get_by_label("Folder").click()
    page.get_by_role("option", name="sea (2)").click()
    page.locator(".chip.folder").wait_for()
    wait_until_still(page)
    assert set(titles(page)) == {"blue.png", "gone.png"}
    assert params(page)["folder"] == [str(corpus / "sea")]


def test_good_matches_end_at_a_line(address, page):
    search_for(page, address, "rainfall")
    line = page.locator(".line")
    assert line.inner_text() == "Good matches end here"
    above = page.locator(".card:not(.beyond) .title").all_inner_texts()
    assert "town report.pdf" in above
    assert len(above) < len(titles(page))


def test_unusable_pictures_are_refused_in_a_sentence_and_the_page_stays(address, page, tmp_path):
    search_for(page, address, "rainfall")
    open_upload(page)
    for name, data, said in (
        ("holiday.png", b"MZ\x90\x00 this is a program", "not a picture that can be read"),
        ("large.png", png((10_000, 6_100), "1", 0), "61 megapixels"),
        ("corrupt.png", png((64, 64))[:60], "not a picture that can be read"),
    ):
        (tmp_path / name).write_bytes(data)
        page.locator("input[type=file]").set_input_files(tmp_path / name)
        page.locator("[data-testid=stAlert]", has_text=said).wait_for()
        wait_until_still(page)
    assert page.locator(".card").count()
    paste(page, b"\x89PNG broken", "image/png")
    page.locator("[data-testid=stAlert]", has_text="not a picture").wait_for()
    assert params(page) == {"q": ["rainfall"]}


def test_odd_questions_each_get_an_answer_and_the_page_stays_usable(address, page):
    page.goto(address)
    page.get_by_label("Search for").press("Enter")
    page.get_by_text("Type what you are looking for").wait_for()
    for query, said in (
        ("rain " * 2_000, "cut to its first 1,000 characters"),
        ("of the and", "stand almost everywhere"),
        ("🦊🌧️", None),
        ("أمطار غزيرة", None),
        ("<|im_end|><|vision_start|><|image_pad|> \x00", None),
        ("<script>window.hurt=1</script>", None),
    ):
        page.get_by_label("Search for").fill(query)
        page.get_by_label("Search for").press("Enter")
        wait_for_question(page, clean_query(query))
        wait_until_still(page)
        page.locator(".card").first.wait_for()
        if said:
            page.get_by_text(said).wait_for()
    assert page.evaluate("() => window.hurt") is None


def test_a_locked_store_is_one_sentence_and_then_searching_works_again(address, page, home):
    lock = FileLock(home / "store.wanted")
    while not lock.acquire():
        page.wait_for_timeout(20)
    try:
        page.goto(address + "?q=rainfall")
        page.get_by_text("being written to by another program").wait_for()
    finally:
        lock.release()
    page.get_by_role("button", name="Try again").click()
    page.locator(".card").first.wait_for()
    wait_until_still(page)
    assert page.get_by_text("being written to by another program").count() == 0


def test_a_picture_deleted_since_then_is_one_sentence(address, page):
    page.goto(address + "?q=gone&kind=image")
    gone = page.locator(".card", has_text="gone.png")
    gone.get_by_text("No preview").wait_for()
    gone.locator(".title").click()
    page.get_by_text("gone.png was moved or deleted since it was indexed").wait_for()
    wait_until_still(page)
    page.keyboard.press("Escape")
    gone.wait_for()


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
    wait_until_still(page)
    page.keyboard.press("ArrowRight")
    page.locator("img[alt='Page 3 of town report.pdf']").wait_for()
    wait_until_still(page)
    page.go_back()
    page.locator("img[alt='Page 2 of town report.pdf']").wait_for()
    wait_until_still(page)
    page.go_back()
    page.locator("img[alt='Page 1 of town report.pdf']").wait_for()
    wait_until_still(page)
    page.get_by_role("button", name="Results").click()
    page.locator(".card").first.wait_for()
    assert params(page) == {"q": ["harbour"]}


def test_a_clip_opens_at_its_second_over_its_relevance_curve(address, page, tmp_path):
    still = tmp_path / "still.png"
    Image.fromarray(noisy_frame(BLUE, size=(320, 240), seed=60)).save(still)
    page.goto(address)
    open_upload(page)
    page.locator("input[type=file]").set_input_files(still)
    page.locator(".chip.picture").wait_for()
    wait_until_still(page)
    page.get_by_role("radio", name="Clips").click()
    page.wait_for_url("**kind=video**")
    card = page.locator(".card.video")
    card.wait_for()
    wait_until_still(page)
    assert card.locator(".place").inner_text().startswith("0:04 – 0:08")
    card.locator(".title").click()
    player = page.locator("video")
    player.wait_for()
    at(page, CUT_SECOND)
    assert player.evaluate("video => video.duration") == pytest.approx(12, abs=0.3)
    assert "colours" not in player.evaluate("video => video.currentSrc")
    heights = page.locator(".bar").evaluate_all("bars => bars.map(bar => bar.style.cssText)")
    assert len(heights) == 3
    assert "--height: 1" in heights[1]
    (moment,) = page.locator(".moment").all_inner_texts()
    assert moment.startswith("0:04 – ")  # how similar the next colour is depends on the model
    page.locator(".bar").nth(2).click()
    page.wait_for_function("video => video.currentTime > 8", arg=player.element_handle())
    page.locator(".plot").press("ArrowLeft")
    at(page, CUT_SECOND)
    with page.expect_download() as chapters:
        page.get_by_role("button", name="WebVTT").click()
    end = moment.rpartition(":")[2]
    assert f"00:00:04.000 --> 00:00:{end}.000" in Path(chapters.value.path()).read_text()


def at(page, second: float) -> None:
    """Wait until the player stands at a second."""
    near = (
        "([video, second]) => video.readyState >= 1 && Math.abs(video.currentTime - second) < 0.3"
    )
    page.wait_for_function(near, arg=[page.locator("video").element_handle(), second])


def test_a_frame_of_a_video_is_searched_with(address, page):
    page.goto(address + "?q=colours&kind=video")
    page.locator(".card.video .title").click()
    page.locator("video").wait_for()
    page.locator(".bar").nth(2).click()
    page.wait_for_function(
        "video => video.currentTime > 8", arg=page.locator("video").element_handle()
    )
    page.get_by_role("button", name="Search with this frame").click()
    page.locator(".chip.picture", has_text="A frame of colours.mp4").wait_for()
    wait_until_still(page)
    page.get_by_role("radio", name="Pictures").click()
    page.wait_for_url("**kind=image**")
    wait_until_still(page)
    assert titles(page)[0] == "green.png"


def test_the_original_opens_under_a_name_that_tells_no_path(address, page):
    search_for(page, address, "rainfall")
    open_first_hit(page, "page")
    link = page.get_by_role("link", name="Open original")
    target = link.get_attribute("href")
    assert "report" not in target
    assert re.search(r"\.pdf#page=[23]$", target)
    with urllib.request.urlopen(address.rstrip("/") + target.split("#")[0]) as served_file:
        assert served_file.read(5) == b"%PDF-"


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


def test_results_are_walked_opened_and_left_by_keyboard(address, page):
    search_for(page, address, "rainfall")
    for _ in range(20):
        page.keyboard.press("Tab")
        if focused(page) == "title":
            break
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    assert focused(page) == "title"
    page.keyboard.press("Enter")
    page.locator(".sheet img").wait_for()
    assert "unit=" in page.url
    wait_until_still(page)
    page.keyboard.press("Escape")
    page.locator(".card").first.wait_for()
    page.wait_for_function(
        "() => document.activeElement?.shadowRoot?.activeElement?.className === 'title'"
    )
    assert params(page) == {"q": ["rainfall"]}


def focused(page) -> str:
    return page.evaluate("() => document.activeElement?.shadowRoot?.activeElement?.className ?? ''")


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
