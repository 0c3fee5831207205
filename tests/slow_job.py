"""A job's process with the model that can be computed by hand, slowed down to be watched."""

from __future__ import annotations

import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

BOOT = textwrap.dedent(
    """
    import sys, time
    sys.path[:] = sys.argv[2:]
    from fakes import FakeEmbedder
    from indexer import index

    class Slow(FakeEmbedder):
        def __init__(self, name, **_):
            super().__init__(name="fake", fingerprint=FINGERPRINT)

        def encode_document(self, inputs):
            time.sleep(SECONDS * len(inputs))
            return super().encode_document(inputs)

    index.SentenceTransformerEmbedder = Slow
    from app.work import main
    main(sys.argv[1])
    """
)


def boot(*, seconds: float = 0.0, fingerprint: str = "fake-1") -> str:
    """Return the program of a job whose model takes `seconds` for each input."""
    return BOOT.replace("SECONDS", repr(seconds)).replace("FINGERPRINT", repr(fingerprint))


def until(condition: Callable[[], object], *, timeout_s: float = 90) -> None:
    """Wait until something holds; fail when it does not in time."""
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.05)


def path_of_tests() -> str:
    """Return the folder that holds the fakes, which a job must be able to import."""
    here = str(Path(__file__).parent)
    assert here in sys.path
    return here
