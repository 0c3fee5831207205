"""Any endpoint that speaks OpenAI's chat protocol: vLLM, Ollama, OpenAI.

Pages go as pictures, numbered, with their text. The answer streams. A request is tried again only
while nothing has arrived; what arrived before a failure is kept. The endpoint is read in a thread
of its own, so that whoever waits for it can stop at any moment, and a silent endpoint is left.
"""

from __future__ import annotations

import base64
import io
import json
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import httpx

from app.answerers import prompting
from app.answers import AnswererFailed, Delta, Event, Message, Page, Request, Sent, Waiting
from app.followups import leans, with_topic
from indexer.loaders.images import fit_within
from indexer.types import IndexerError

if TYPE_CHECKING:
    from PIL.Image import Image

TICK_S = 0.2
CONNECT_S = 5.0
FIRST_PAUSE_S = 0.5
MOST_PAUSE_S = 20.0
MAX_TEXT = 40_000
TRANSIENT = frozenset((408, 409, 425, 429, 500, 502, 503, 504))
REFUSALS = {
    401: "refused the key: set BTOK_ASK__API_KEY or OPENAI_API_KEY",
    403: "refused the key: set BTOK_ASK__API_KEY or OPENAI_API_KEY",
    404: "has no such model or address: check BTOK_ASK__MODEL and BTOK_ASK__BASE_URL",
    413: "finds the pages too large: set BTOK_ASK__PAGES or BTOK_ASK__MAX_PIXELS lower",
}
JPEG_QUALITY = 85


class Endpoint:
    """Fulfils `Answerer`.

    `timeout_s` bounds the time without any word from the endpoint, `retries` how often a request
    is sent again. `max_pixels` bounds the picture of each page.
    """

    looks_at_pictures = True

    def __init__(
        self,
        url: str,
        model: str,
        *,
        api_key: str = "",
        max_pages: int = 5,
        max_pixels: int = 1_000_000,
        timeout_s: float = 60.0,
        retries: int = 2,
        pause_s: float = FIRST_PAUSE_S,
    ) -> None:
        self.name = f"endpoint {model}"
        self.max_pages = max_pages
        self._url = url.rstrip("/") + "/chat/completions"
        self._where = httpx.URL(url).host or url
        self._model = model
        self._headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._max_pixels = max_pixels
        self._timeout_s = timeout_s
        self._retries = retries
        self._pause_s = pause_s

    def rewrite(self, request: Request) -> str:
        """Have a question that leans on the conversation rewritten, by rule where that fails.

        It is asked once: an endpoint that is down says so when the answer is asked of it.
        """
        if not request.history or not leans(request.question):
            return request.question
        messages = [as_json(message) for message in prompting.rewriting_messages(request)]
        try:
            events = list(self._events(messages, retries=0))
        except AnswererFailed:
            return with_topic(request.question, request.history)
        text = "".join(event.text for event in events if isinstance(event, Delta))
        return prompting.clean_rewriting(text, question=request.question)

    def stream(self, request: Request) -> Iterator[Event]:
        """Yield what is sent, then the answer as it arrives. Raises AnswererFailed."""
        messages = prompting.messages_of(request)
        pictures = {page.number: self._picture(request, page) for page in request.pages}
        seen = [page for page in request.pages if pictures[page.number]]
        note = "".join(f"\n[picture of page {page.number}]" for page in seen)
        yield Sent((*messages[:-1], Message("user", messages[-1].text + note)))
        parts: list[dict[str, object]] = [{"type": "text", "text": messages[-1].text}]
        for page in seen:
            parts.append({"type": "text", "text": f"Picture of page {page.number}:"})
            parts.append({"type": "image_url", "image_url": {"url": pictures[page.number]}})
        sent = [as_json(message) for message in messages[:-1]]
        asked: list[dict[str, object]] = [*sent, {"role": "user", "content": parts}]
        yield from self._events(asked, retries=self._retries)

    def _picture(self, request: Request, page: Page) -> str:
        """Return a page as a data URI, empty when it cannot be rendered: its text is still sent."""
        try:
            return data_uri(request.picture(page), max_pixels=self._max_pixels)
        except (IndexerError, OSError, AnswererFailed):
            return ""

    def _events(self, messages: Sequence[dict[str, object]], *, retries: int) -> Iterator[Event]:
        """Send a request, again if it fails before the first word, and yield what comes."""
        body = {"model": self._model, "messages": messages, "stream": True}
        pause = self._pause_s
        for attempt in range(retries + 1):
            try:
                yield from self._attempt(body)
                return
            except Transient as error:
                if attempt == retries:
                    raise AnswererFailed(f"{error}: try again in a while") from error
                wait = min(error.retry_after_s or pause, MOST_PAUSE_S)
                yield from rest(wait, reason=f"{error}, trying again")
                pause *= 2

    def _attempt(self, body: dict[str, object]) -> Iterator[Event]:
        """Send a request once.

        Raises:
            Transient: nothing has arrived and it may work a moment later.
            AnswererFailed: it will not, or something had arrived.
        """
        with Reading(self._open, body) as reading:
            silent_since = time.monotonic()
            has_begun = False
            while True:
                piece = reading.next(TICK_S)
                if piece is None:
                    silent = time.monotonic() - silent_since
                    if silent > self._timeout_s:
                        raise self._failed(f"has been silent for {silent:.0f} s", begun=has_begun)
                    yield Waiting(silent)
                    continue
                silent_since = time.monotonic()
                if isinstance(piece, Exception):
                    raise self._explained(piece, begun=has_begun) from piece
                if piece is END:
                    return
                has_begun = True
                yield Delta(str(piece))

    def _open(self, body: dict[str, object], put: Callable[[object], None], stop: Stop) -> None:
        """Read an answer and hand its pieces over: runs in a thread."""
        timeout = httpx.Timeout(self._timeout_s, connect=min(CONNECT_S, self._timeout_s))
        with httpx.Client(timeout=timeout, headers=self._headers) as client:
            stop.closes(client.close)
            with client.stream("POST", self._url, json=body) as response:
                if response.status_code != 200:
                    response.read()
                    raise Refused(response.status_code, response.headers.get("retry-after", ""))
                read_stream(response, put)

    def _explained(self, error: Exception, *, begun: bool) -> Exception:
        """Turn a failure into what a person is told."""
        if isinstance(error, Refused):
            if error.status in TRANSIENT:
                said = f"{self._where} is busy or failing (HTTP {error.status})"
                return Transient(said, retry_after_s=error.retry_after_s)
            reason = REFUSALS.get(error.status, f"refused the request (HTTP {error.status})")
            return AnswererFailed(f"{self._where} {reason}.")
        if isinstance(error, httpx.TimeoutException):
            return self._failed(f"did not answer within {self._timeout_s:g} s", begun=begun)
        if isinstance(error, httpx.TransportError):
            what = "broke off" if begun else "cannot be reached: is it running?"
            return self._failed(what, begun=begun)
        if isinstance(error, Garbled):
            return self._failed(str(error), begun=begun, is_transient=False)
        return AnswererFailed(f"{self._where} cannot be asked ({type(error).__name__}: {error}).")

    def _failed(self, what: str, *, begun: bool, is_transient: bool = True) -> Exception:
        if begun:
            return AnswererFailed(
                f"The answer was cut off: {self._where} {what}. What had arrived is shown."
            )
        said = f"{self._where} {what}"
        return Transient(said) if is_transient else AnswererFailed(f"{said}.")


class Transient(Exception):
    """A failure before the first word, which may be gone a moment later."""

    def __init__(self, said: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(said)
        self.retry_after_s = retry_after_s


class Refused(Exception):
    """The endpoint answered with an HTTP status that is no success."""

    def __init__(self, status: int, retry_after: str) -> None:
        super().__init__(str(status))
        self.status = status
        self.retry_after_s = float(retry_after) if retry_after.isdigit() else None


class Garbled(Exception):
    """What came is not what the protocol says."""


END = object()


class Stop:
    """Closes a connection from another thread."""

    def __init__(self) -> None:
        self._close: Callable[[], None] | None = None
        self._lock = threading.Lock()
        self.is_set = False

    def closes(self, close: Callable[[], None]) -> None:
        """Say how to close; done at once when it was asked for before."""
        with self._lock:
            self._close = close
            asked = self.is_set
        if asked:
            close()

    def set(self) -> None:
        with self._lock:
            self.is_set = True
            close = self._close
        if close is not None:
            close()


class Reading:
    """A thread that reads, and the queue of what it read; leaving the block ends both."""

    def __init__(self, read: Callable[[Any, Callable[[object], None], Stop], None], body: Any):
        self._queue: queue.Queue[object] = queue.Queue()
        self._stop = Stop()
        self._thread = threading.Thread(target=self._run, args=(read, body), daemon=True)

    def __enter__(self) -> Reading:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()

    def next(self, timeout_s: float) -> object | None:
        """Return the next piece, an exception, or `END`; None when nothing came in time."""
        try:
            return self._queue.get(timeout=timeout_s)
        except queue.Empty:
            return None

    def _run(self, read: Callable[[Any, Callable[[object], None], Stop], None], body: Any) -> None:
        try:
            read(body, self._queue.put, self._stop)
            self._queue.put(END)
        except Exception as error:  # the other thread says what it means
            self._queue.put(error)


def read_stream(response: httpx.Response, put: Callable[[object], None]) -> None:
    """Hand over the pieces of a streamed answer, or the whole of one that is not streamed.

    Raises:
        Garbled: it is neither, or ends before it said that it ends.
    """
    if "text/event-stream" not in response.headers.get("content-type", ""):
        put(whole_text(response.read()))
        return
    length = 0
    for line in response.iter_lines():
        if not line.startswith("data:"):
            continue
        data = line.removeprefix("data:").strip()
        if data == "[DONE]":
            return
        piece, is_last = piece_of(data)
        if piece:
            length += len(piece)
            put(piece)
        if length > MAX_TEXT:
            raise Garbled(f"wrote more than {MAX_TEXT:,} characters")
        if is_last:
            return
    raise Garbled("ended in the middle of its answer")


def piece_of(data: str) -> tuple[str, bool]:
    """Return the text of one event of a stream, and whether it is the last. Raises Garbled."""
    try:
        event = json.loads(data)
        if "error" in event:
            raise Garbled("reported an error instead of an answer")
        choices = event["choices"]
        if not choices:
            return "", False  # a report of what was used
        content = choices[0].get("delta", {}).get("content") or ""
        if not isinstance(content, str):
            raise TypeError
        return content, choices[0].get("finish_reason") is not None
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise Garbled("sent something that is no answer") from error


def whole_text(data: bytes) -> str:
    """Return the text of an answer that was not streamed. Raises Garbled."""
    try:
        text = json.loads(data)["choices"][0]["message"]["content"]
        if not isinstance(text, str) or not text.strip():
            raise TypeError
        return text[:MAX_TEXT]
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise Garbled("sent something that is no answer") from error


def rest(seconds: float, *, reason: str) -> Iterator[Waiting]:
    """Wait, with chances to stop."""
    begun = time.monotonic()
    while (waited := time.monotonic() - begun) < seconds:
        yield Waiting(waited, reason)
        time.sleep(min(TICK_S, seconds - waited))


def as_json(message: Message) -> dict[str, object]:
    """Return a message as the protocol has it."""
    return {"role": message.role, "content": message.text}


def data_uri(picture: Image, *, max_pixels: int) -> str:
    """Return a picture of at most `max_pixels` as a JPEG data URI."""
    buffer = io.BytesIO()
    fit_within(picture.convert("RGB"), max_pixels).save(buffer, "JPEG", quality=JPEG_QUALITY)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"
