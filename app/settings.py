"""The settings of the app itself: variables with the prefix `BTOK_`, or a `.env` file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings

from indexer.settings import FROM_ENVIRONMENT, read_all

OPENAI = "https://api.openai.com/v1"
ANSWERERS = ("extractive", "endpoint", "local")


class LibrarySettings(BaseModel):
    """What may be put into the library from the page.

    `folders` are the only places that may be added, separated as in PATH. Without any, every folder
    may be added while the app answers this computer only, and none when it answers others.
    """

    folders: str = ""
    read_only: bool = False
    max_upload_megabytes: int = Field(default=200, ge=1)

    @property
    def allowed_folders(self) -> list[Path]:
        """Return the places that may be added, absolute."""
        named = filter(None, self.folders.split(os.pathsep))
        return [Path(folder).expanduser().resolve() for folder in named]


class SignOnSettings(BaseModel):
    """Whom single sign-on admits: addresses or `@domains`, separated by commas; empty: everybody
    whom the identity provider knows."""

    allowed: str = ""

    @property
    def allowed_people(self) -> list[str]:
        """Return the addresses and domains in lower case."""
        return [one.strip().lower() for one in self.allowed.split(",") if one.strip()]


class AskSettings(BaseModel):
    """Who answers, and how much it is given. Nothing is sent anywhere unless `endpoint` is named.

    `base_url` and `api_key` fall back to `OPENAI_BASE_URL` and `OPENAI_API_KEY`.
    """

    answerer: Literal["extractive", "endpoint", "local"] = "extractive"
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


class AppSettings(BaseSettings):
    """Everything that can be set of the app."""

    model_config = FROM_ENVIRONMENT

    library: LibrarySettings = LibrarySettings()
    sign_on: SignOnSettings = SignOnSettings()
    ask: AskSettings = Field(default_factory=AskSettings)


def read_app_settings() -> AppSettings:
    """Read the settings; raise `UsageError` naming the variable that makes no sense."""
    return read_all(AppSettings)
