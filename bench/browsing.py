"""The app in a real browser: how soon the first page and the first row are there, and for how long.

`first_rows` and `first_page` belong to `make bench`; `soak` takes seven minutes and is run by its
name: `python -m bench soak`.
"""

from __future__ import annotations

import asyncio
import itertools
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import numpy as np
import psutil

from app import rag
from app.answers import Delta, Finished
from app.screenshots import CHROMIUM_FLAGS, find_chromium, served
from bench.corpus import WORDS, write_picture
from bench.indexing import QUERIES, HashedDocuments, ten_thousand_units, watching
from bench.report import Line
from indexer import Index

SETTINGS = {"HF_HUB_OFFLINE": "1", "BTOK_OCR": "off"}
ASKED = [f"{query} {word}" for query, word in itertools.product(QUERIES, WORDS[:10])]
PATIENCE_MS = 120_000

# The first row stands: its cards are of this question, and their pictures are decoded.
FIRST_ROW = """query => {
  const roots = [document, ...[...document.querySelectorAll('*')].map(e => e.shadowRoot)]
  const cards = roots.filter(Boolean).flatMap(root => [...root.querySelectorAll('.card')])
  const top = cards[0]?.getBoundingClientRect().top
  const row = cards.filter(card => card.getBoundingClientRect().top === top)
  return row.length > 0 && row.every(card => {
    const href = card.querySelector('a.title')?.getAttribute('href') ?? ''
    const picture = card.querySelector('img')
    return href.includes('q=' + query + '&') && (!picture || picture.complete)
  })
}"""
# Every card on the page that belongs to another question, and every trouble that is shown.
MIXED = """query => {
  const roots = [document, ...[...document.querySelectorAll('*')].map(e => e.shadowRoot)]
  const links = roots.filter(Boolean).flatMap(root => [...root.querySelectorAll('.card a.title')])
  return links.filter(link => !link.getAttribute('href').includes('q=' + query + '&')).length
}"""
TROUBLE = "[role=alert], .stException"


def app_in_a_browser() -> Iterator[Line]:
    """Start the app over 10,000 units, search in it, ask it."""
    if find_chromium() is None:
        return
    with ten_thousand_units() as (home, units):
        yield first_page(home)
        yield from first_rows(home, units=units)
        yield first_byte(home, units=units)


def first_page(home: Path, *, times: int = 3) -> Line:
    """Time from `streamlit run` until the question can be typed, the model not yet loaded."""
    from playwright.sync_api import sync_playwright

    taken = []
    with sync_playwright() as driver, tempfile.TemporaryDirectory() as folder:
        browser = driver.chromium.launch(executable_path=find_chromium(), args=list(CHROMIUM_FLAGS))
        for number in range(times):
            page = browser.new_page()
            page.set_default_timeout(PATIENCE_MS)
            start = time.perf_counter()
            with served(home, log=Path(folder) / f"{number}.log", settings=SETTINGS) as address:
                page.goto(address)
                page.get_by_label("Search for").wait_for()
                taken.append(time.perf_counter() - start)
            page.close()
        browser.close()
    detail = f"median of {times}; the server's start and the browser's loading included"
    return Line("app: first useful page", float(np.median(taken)), "s", 4, detail)


def first_rows(home: Path, *, units: int, asked: Sequence[str] = ASKED) -> Iterator[Line]:
    """Time from Enter until the first row of results is drawn; thumbnails are warm."""
    from playwright.sync_api import sync_playwright

    with (
        tempfile.TemporaryDirectory() as folder,
        served(home, log=Path(folder) / "log", settings=SETTINGS) as address,
        sync_playwright() as driver,
    ):
        browser = driver.chromium.launch(executable_path=find_chromium(), args=list(CHROMIUM_FLAGS))
        page = browser.new_page(viewport={"width": 1280, "height": 860})
        page.set_default_timeout(PATIENCE_MS)
        page.goto(address)
        for query in asked:
            seconds_to_first_row(page, query)
        taken = [seconds_to_first_row(page, query) for query in asked]
        browser.close()
    p50, p95 = np.percentile(taken, [50, 95])
    how = f"{units:,} units, {len(asked)} text queries, Chromium, thumbnails warm"
    yield Line("app: query to first row, p50", float(p50), "s", 0.8, how)
    yield Line("app: query to first row, p95", float(p95), "s", 1.5, how)


def seconds_to_first_row(page: Any, query: str) -> float:
    """Type a question, press Enter, and wait for the first row of its results."""
    page.get_by_label("Search for").fill(query)
    start = time.perf_counter()
    page.get_by_label("Search for").press("Enter")
    page.wait_for_function(FIRST_ROW, arg=quote_plus(query), polling="raf")
    return time.perf_counter() - start


def first_byte(home: Path, *, units: int, asked: Sequence[str] = ASKED[:20]) -> Line:
    """Time until an extractive answer begins, or says that there is none; the model is warm."""
    taken, found = [], 0
    with Index.open(home) as index:
        rag.answer(index, asked[0])
        for question in asked:
            start = time.perf_counter()
            first = next(
                event
                for event in rag.stream(index, f"What is said of the {question}?")
                if isinstance(event, Delta | Finished)
            )
            taken.append(time.perf_counter() - start)
            found += isinstance(first, Delta)
    p50, p95 = np.percentile(taken, [50, 95])
    how = f"p95 {p95:.2f} s, {len(asked)} questions, {found} answered, {units:,} units"
    return Line("ask: first byte of an extractive answer, p50", float(p50), "s", 1.2, how)


def soak(
    *, sessions: int = 5, alone_s: float = 120, beside_s: float = 300, scale: int = 1
) -> Iterator[Line]:
    """Let several people search at once: two minutes alone, five beside an ingest."""
    if find_chromium() is None:
        return
    with ten_thousand_units(scale=scale) as (home, units), tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with (
            served(home, log=log, settings=SETTINGS) as address,
            watching(0.5, memory=server_memory(port_of(address))) as mb,
        ):
            warm_up = people(address, sessions=sessions, seconds=20)
            begun = len(mb)
            alone = people(address, sessions=sessions, seconds=alone_s)
            flat = mb[begun:]
            with ingesting(home, Path(folder) / "more"):
                beside = people(address, sessions=sessions, seconds=beside_s)
    how = f"{sessions} sessions, {alone_s:g} s, {units:,} units, {len(alone.seconds)} searches"
    yield Line("app: troubles shown", float(alone.troubles + warm_up.troubles), "", 0, how)
    yield Line("app: results of another session's question", float(alone.mixed), "", 0, how)
    half = len(flat) // 2
    growth = max(flat[half:]) - max(flat[:half])
    yield Line("app: growth of memory", growth, "MB", 50, f"second half against the first, {how}")
    how = f"{sessions} sessions, {beside_s:g} s, an ingest beside, {len(beside.seconds)} searches"
    p95 = f"p95 {np.percentile(beside.seconds, 95):.1f} s, {how}"
    yield Line("app: troubles shown beside an ingest", float(beside.troubles), "", 0, p95)
    yield Line("app: results of another session's, beside it", float(beside.mixed), "", 0, how)


@dataclass(slots=True)
class Seen:
    """What the scripted people saw: seconds of each search, troubles, results not theirs."""

    seconds: list[float] = field(default_factory=list)
    troubles: int = 0
    mixed: int = 0


def people(address: str, *, sessions: int, seconds: float) -> Seen:
    """Let people search at the same time, each in a window and with questions of their own."""
    seen = Seen()
    asyncio.run(all_people(address, seen, sessions=sessions, seconds=seconds))
    return seen


async def all_people(address: str, seen: Seen, *, sessions: int, seconds: float) -> None:
    from playwright.async_api import async_playwright

    async with async_playwright() as driver:
        browser = await driver.chromium.launch(
            executable_path=find_chromium(), args=list(CHROMIUM_FLAGS)
        )
        end = time.perf_counter() + seconds
        lives: list[Awaitable[None]] = [
            one_person(browser, address, seen, number=number, end=end) for number in range(sessions)
        ]
        await asyncio.gather(*lives)
        await browser.close()


async def one_person(browser: Any, address: str, seen: Seen, *, number: int, end: float) -> None:
    """Search again and again for what nobody else searches for, looking at what is shown."""
    context = await browser.new_context(viewport={"width": 1280, "height": 860})
    page = await context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    await page.goto(address)
    for turn in itertools.count():
        if time.perf_counter() > end:
            break
        query = f"{ASKED[turn % len(ASKED)]} person{number}"
        start = time.perf_counter()
        await page.get_by_label("Search for").fill(query)
        await page.get_by_label("Search for").press("Enter")
        try:
            await page.wait_for_function(FIRST_ROW, arg=quote_plus(query), polling=50)
            seen.seconds.append(time.perf_counter() - start)
            seen.mixed += await page.evaluate(MIXED, quote_plus(query))
        except Exception as error:  # a page that does not come is what is looked for
            print(
                f"person {number}, {query!r}: {str(error).partition(chr(10))[0]}", file=sys.stderr
            )
            seen.troubles += 1
        seen.troubles += await page.locator(TROUBLE).count()
    await context.close()


@contextmanager
def ingesting(home: Path, corpus: Path) -> Iterator[None]:
    """Ingest new pictures beside the block, again and again, as from the shell."""
    over = threading.Event()
    failed: list[str] = []

    def keep_ingesting() -> None:
        for batch in itertools.count():
            if over.is_set():
                return
            for number in range(100):
                seed = 1_000_000 + 100 * batch + number
                write_picture(corpus / f"{batch}" / f"{number}.png", seed)
            with Index.open(home, embedder=HashedDocuments("btok-tiny")) as index:
                index.ingest([corpus])

    def run() -> None:
        try:
            keep_ingesting()
        except Exception as error:  # told where the block ends
            failed.append(f"{type(error).__name__}: {error}")

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        shutil.rmtree(corpus, ignore_errors=True)
    if failed:
        raise RuntimeError(f"the ingest beside the soak failed: {failed[0]}")


def port_of(address: str) -> int:
    return int(address.rstrip("/").rpartition(":")[2])


def server_memory(port: int) -> Callable[[], float]:
    """Return what measures the memory of the server on a port, in MB."""
    server = next(
        process
        for process in psutil.Process().children(recursive=True)
        if f"--server.port={port}" in process.cmdline()
    )
    return lambda: server.memory_info().rss / 1e6
