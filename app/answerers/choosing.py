"""Which answerers there are, by name, from the settings."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

from pydantic import BaseModel, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.answerers.calibration import read_min_support
from app.answerers.endpoint import Endpoint
from app.answerers.extractive import Extractive
from app.answerers.local import LocalModel
from indexer.types import UsageError

if TYPE_CHECKING:
    from app.rag import Answerer

OPENAI = "https://api.openai.com/v1"
Name = Literal["extractive", "endpoint", "local"]
NAMES: tuple[Name, ...] = ("extractive", "endpoint", "local")


class AskSettings(BaseModel):
    """Who answers, and how much it is given. Nothing is sent anywhere unless `endpoint` is named.

    `base_url` and `api_key` fall back to `OPENAI_BASE_URL` and `OPENAI_API_KEY`.
    """

    answerer: Name = "extractive"
    base_url: str = ""
    api_key: SecretStr = SecretStr("")
    model: str = ""
    local_model: str = ""
    pages: int = Field(default=5, ge=1, le=50)
    max_pixels: int = Field(default=1_000_000, ge=10_000)
    timeout_s: float = Field(default=60.0, gt=0)
    retries: int = Field(default=2, ge=0, le=10)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        self.base_url = self.base_url or os.environ.get("OPENAI_BASE_URL", "")
        key = self.api_key.get_secret_value() or os.environ.get("OPENAI_API_KEY", "")
        if not self.base_url and key:
            self.base_url = OPENAI
        self.api_key = SecretStr(key)
        return self


class Settings(BaseSettings):
    """The settings of asking: `BTOK_ASK__...`, or a `.env` file."""

    model_config = SettingsConfigDict(
        env_prefix="BTOK_",
        env_nested_delimiter="__",
        env_file=".env",
        env_file_encoding="utf-8",
        extra="ignore",
    )

    ask: AskSettings = Field(default_factory=AskSettings)


def read_ask_settings() -> AskSettings:
    """Read the settings; raise `UsageError` naming the variable that makes no sense."""
    try:
        return Settings().ask
    except ValidationError as error:
        first = error.errors()[0]
        name = "BTOK_" + "__".join(str(part) for part in first["loc"]).upper()
        raise UsageError(f"{name} is {first['input']!r}: {first['msg']}") from error


def available(settings: AskSettings) -> list[str]:
    """Return the names of the answerers that the settings say enough about."""
    ready = {
        "extractive": True,
        "endpoint": bool(settings.base_url and settings.model),
        "local": bool(settings.local_model),
    }
    return [name for name in NAMES if ready[name]]


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
