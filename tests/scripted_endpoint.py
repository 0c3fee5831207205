"""A local server that speaks OpenAI's chat protocol as a script tells it, and keeps what it got."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Script:
    """What the server does for one request, in order; the last is repeated.

    `pieces` are streamed `delay_s` apart after `silent_s` without a word. `status` other than 200
    is answered at once. `raw` is sent as it is, `is_cut` leaves without an end.
    """

    pieces: Sequence[str] = ()
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    content_type: str = "text/event-stream"
    is_cut: bool = False
    silent_s: float = 0.0
    delay_s: float = 0.0


@dataclass
class Endpoint:
    """The running server: its address, what it was sent, what became of its clients."""

    url: str
    scripts: list[Script]
    received: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    hung_up: threading.Event = field(default_factory=threading.Event)

    def next_script(self) -> Script:
        return self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]


def event(piece: str) -> bytes:
    """Return one event of a stream."""
    choices = [{"index": 0, "delta": {"content": piece}, "finish_reason": None}]
    return b"data: " + json.dumps({"choices": choices}).encode() + b"\n\n"


@contextmanager
def serving(*scripts: Script) -> Iterator[Endpoint]:
    """Serve the scripts on a free port of localhost."""
    endpoint = Endpoint("", list(scripts))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            endpoint.received.append(json.loads(body))
            endpoint.headers.append({name.lower(): value for name, value in self.headers.items()})
            try:
                self.play(endpoint.next_script())
            except (BrokenPipeError, ConnectionResetError):
                endpoint.hung_up.set()

        def play(self, script: Script) -> None:
            self.send_response(script.status)
            for name, value in {"content-type": script.content_type, **script.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            time.sleep(script.silent_s)
            if script.raw is not None:
                self.wfile.write(script.raw)
                return
            for piece in script.pieces:
                self.wfile.write(event(piece))
                self.wfile.flush()
                time.sleep(script.delay_s)
            if not script.is_cut:
                self.wfile.write(b"data: [DONE]\n\n")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    endpoint.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield endpoint
    finally:
        server.shutdown()
        server.server_close()


def wait_until(condition: Callable[[], bool], *, timeout_s: float = 10.0) -> bool:
    """Wait for a condition; return whether it came true."""
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return condition()
