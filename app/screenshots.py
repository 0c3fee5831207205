"""Screenshots of every state of the page, light and dark, wide and narrow.

`python -m app.screenshots artifacts/screenshots`

Starts the app over the index in BTOK_HOME and over an empty one, drives Chromium through both, and
writes `STATE-THEME-WIDTH.png` files to look at. The browser tests start the app the same way.
"""

from __future__ import annotations

import argparse
import itertools
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PIL import Image

from indexer import Index

if TYPE_CHECKING:
    from playwright.sync_api import Page

PATIENCE_MS = 120_000
MAIN = Path(__file__).with_name("main.py")
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
)
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
WINDOWS = ((1280, 860), (400, 800))
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
STATES = {
    "empty": "",
    "welcome": "",
    "results": "?q={query}",
    "pictures": "?q={query}&kind=image",
    "page": "?q={query}&kind=page",
    "picture": "?q={query}&kind=image",
    "video": "?q={query}&kind=video",
    "feedback": "?q={query}",
    "filter": "?q={query}&kind=image",
    "nothing": "?q=quantum+chromodynamics",
    "lost": "?q={query}&unit=lost",
    "ask": "ask",
    "ask-answer": "ask",
    "ask-source": "ask",
    "library": "library",
    "library-first": "library",
    "library-busy": "library",
    "library-broken": "library",
}
QUESTIONS = ("How long does the cell of the tide clock last?", "And how heavy is it?")
BARE = ("empty", "library-first", "library-busy")
BROKEN = ("library-broken",)
TALL = 1500  # the library is one long page
OPENED = {"page": ".sheet img", "picture": ".sheet img", "video": "video"}


def find_chromium() -> str | None:
    """Return the Chromium (or Chrome) on the path, if there is one."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


@contextmanager
def served(home: Path, *, log: Path, settings: Mapping[str, str] | None = None) -> Iterator[str]:
    """Serve the app over a data folder and yield its address; it ends with the block.

    Raises RuntimeError when the server does not come up, naming its log.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    options = [f"--server.port={port}", "--server.headless=true"]
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", str(MAIN), *options],
            cwd=home,
            env={**os.environ, **(settings or {}), "BTOK_HOME": str(home)},
            stdout=stream,
            stderr=subprocess.STDOUT,
        )
        try:
            address = f"http://localhost:{port}/"
            wait_until_healthy(address, process, log=log)
            yield address
        finally:
            end(process)


def end(process: subprocess.Popen[bytes], *, timeout_s: float = 20) -> None:
    """Ask a server to stop; one that is still loading a model after `timeout_s` is killed."""
    process.terminate()
    try:
        process.wait(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_until_healthy(
    address: str, process: subprocess.Popen[bytes], *, log: Path, timeout_s: float = 60
) -> None:
    """Wait until the server answers. Raises RuntimeError when it ends or stays silent."""
    end = time.monotonic() + timeout_s
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(address + "_stcore/health", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError(f"the app did not come up, see its log: {log}")


def show(page: Page, state: str, address: str, *, query: str) -> None:
    """Bring the page into a state and wait until it stands still."""
    page.goto(address + STATES[state].format(query=query))
    if state.startswith("library"):
        show_library(page, state)
    if state.startswith("ask"):
        show_ask(page, state)
    if state == "empty":
        page.get_by_text("make demo").wait_for()
    elif state in OPENED:
        page.locator(".card .title").first.click()
        page.locator(OPENED[state]).wait_for()
    elif state in ("results", "pictures", "feedback", "filter", "nothing"):
        page.locator(".card").first.wait_for()
    if state == "feedback":
        page.get_by_role("button", name="More like").first.click()
        page.locator(".chip.like").wait_for()
        page.locator('.stApp[data-test-script-state="notRunning"]').wait_for()
        page.get_by_role("button", name="Less like").nth(1).click()
        page.locator(".chip.unlike").wait_for()
    if state == "filter":
        page.get_by_text("Filter", exact=True).click()
    page.locator('.stApp[data-test-script-state="notRunning"]').wait_for()
    page.wait_for_timeout(800)


def show_ask(page: Page, state: str) -> None:
    """Bring the page "Ask" into a state."""
    box = page.get_by_placeholder("Ask about your documents")
    box.wait_for()
    if state == "ask":
        return
    for number, question in enumerate(QUESTIONS):
        box.fill(question)
        box.press("Enter")
        page.get_by_text("What was read").nth(number).wait_for()
    if state == "ask-source":
        page.locator(".citation").first.click()
        page.locator(".sheet img").wait_for()


def show_library(page: Page, state: str) -> None:
    """Bring the library page into a state."""
    page.get_by_role("heading", name="Library", exact=True).wait_for()
    if state == "library-busy":
        page.get_by_role("button", name="Make and index the demo corpus").click()
        page.get_by_text("Drawing the demo corpus").wait_for()
    elif state in ("library", "library-broken"):
        page.get_by_text("self-test passed").wait_for()


def home_of(state: str) -> str:
    """Name the home that a state is shown over: the given one, an empty or a broken one."""
    return "bare" if state in BARE else "broken" if state in BROKEN else "full"


def leave(page: Page, state: str) -> None:
    """Stop what a state has started, so that the next one finds what it expects."""
    if state == "library-busy":
        page.get_by_role("button", name="Cancel").click()
        page.get_by_role("button", name="Dismiss").click()
        page.get_by_role("button", name="Dismiss").wait_for(state="detached")


def index_broken(home: Path) -> None:
    """Make an index of a file that can be read, one that cannot, and one with an odd name."""
    corpus = home / "uploads"
    corpus.mkdir()
    Image.new("RGB", (320, 240), "teal").save(corpus / "<script>alert(1)<script> \u202egnp.png")
    (corpus / "holiday.png").write_bytes(b"MZ\x90 a program")
    (corpus / f"{'a very long name ' * 10}.pdf").write_bytes(b"%PDF-1.7 cut off")
    with Index.open(home) as index:
        index.ingest([corpus])


def photograph(
    home: Path, out: Path, *, query: str, wanted: Sequence[str] = tuple(STATES)
) -> Iterator[Path]:
    """Take the screenshots of these states and yield the files written."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver, tempfile.TemporaryDirectory() as folder:
        homes = {name: Path(folder) / name for name in {home_of(state) for state in wanted}}
        for name, place in homes.items():
            place.mkdir()
            if name == "broken":
                index_broken(place)
            elif name == "full":
                homes[name] = home
        browser = driver.chromium.launch(executable_path=find_chromium(), args=list(CHROMIUM_FLAGS))
        with ExitStack() as stack:
            addresses = {
                name: stack.enter_context(served(place, log=out / f"{name}.log"))
                for name, place in homes.items()
            }
            for theme, (width, height) in itertools.product(THEMES, WINDOWS):
                page = browser.new_page(color_scheme=theme, reduced_motion="reduce")
                page.set_default_timeout(PATIENCE_MS)
                for state in wanted:
                    tall = TALL if state.startswith("library") else height
                    page.set_viewport_size({"width": width, "height": tall})
                    show(page, state, addresses[home_of(state)], query=query)
                    file = out / f"{state}-{theme}-{width}.png"
                    page.screenshot(path=file)
                    yield file
                    leave(page, state)
                page.close()
        browser.close()


def main() -> int:
    """Take the screenshots; returns 2 without an index or a browser."""
    parser = argparse.ArgumentParser(prog="python -m app.screenshots", description=__doc__)
    parser.add_argument("out", type=Path, nargs="?", default=Path("artifacts/screenshots"))
    parser.add_argument("--home", type=Path, default=Path(os.environ.get("BTOK_HOME", ".btok")))
    parser.add_argument("--query", default="harbour")
    parser.add_argument("--state", action="append", choices=list(STATES), help="only this one")
    wanted = parser.parse_args()
    if find_chromium() is None or not wanted.home.is_dir():
        print("screenshots need Chromium on the path and an index: run `make demo` first")
        return 2
    wanted.out.mkdir(parents=True, exist_ok=True)
    states = wanted.state or list(STATES)
    home = wanted.home.resolve()
    for file in photograph(home, wanted.out, query=wanted.query, wanted=states):
        print(file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
