"""Which answerers there are, by name, from the settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from app.answerers.calibration import read_min_support
from app.answerers.endpoint import Endpoint
from app.answerers.extractive import Extractive
from app.answerers.local import LocalModel
from app.settings import ANSWERERS, AskSettings
from indexer.types import UsageError

if TYPE_CHECKING:
    from app.rag import Answerer


def available(settings: AskSettings) -> list[str]:
    """Return the names of the answerers that the settings say enough about."""
    ready = {
        "extractive": True,
        "endpoint": bool(settings.base_url and settings.model),
        "local": bool(settings.local_model),
    }
    return [name for name in ANSWERERS if ready[name]]


def open_answerer(name: str, settings: AskSettings, *, home: Path) -> Answerer:
    """Return an answerer by name.

    Raises:
        UsageError: there is none of this name, or a setting that it needs is missing.
    """
    makers: Mapping[str, Callable[[], Answerer]] = {
        "extractive": lambda: Extractive(min_support=read_min_support(home)),
        "endpoint": lambda: open_endpoint(settings),
        "local": lambda: open_local(settings),
    }
    if name not in makers:
        raise UsageError(f"there is no answerer {name!r}: choose one of {', '.join(makers)}")
    return makers[name]()


def open_endpoint(settings: AskSettings) -> Endpoint:
    """Return the endpoint answerer; raise `UsageError` when its address or model is missing."""
    if not settings.base_url.startswith(("http://", "https://")):
        raise UsageError(
            "no endpoint is named: set BTOK_ASK__BASE_URL (or OPENAI_BASE_URL), for example to "
            "http://localhost:11434/v1"
        )
    if not settings.model:
        raise UsageError("no model is named for the endpoint: set BTOK_ASK__MODEL")
    return Endpoint(
        settings.base_url,
        settings.model,
        api_key=settings.api_key.get_secret_value(),
        max_pages=settings.pages,
        max_pixels=settings.max_pixels,
        timeout_s=settings.timeout_s,
        retries=settings.retries,
    )


def open_local(settings: AskSettings) -> LocalModel:
    """Return the local answerer; raise `UsageError` when no model is named."""
    if not settings.local_model:
        raise UsageError("no local model is named: set BTOK_ASK__LOCAL_MODEL")
    return LocalModel(
        settings.local_model, max_pages=settings.pages, max_pixels=settings.max_pixels
    )
