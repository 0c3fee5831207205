"""Settings: environment variables with the prefix `BTOK_`, or a `.env` file; see `.env.example`.

Read once at the edge (a command, the app); below it functions take plain arguments.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self, TypeVar

from pydantic import BaseModel, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from indexer.types import UsageError


class QdrantSettings(BaseModel):
    """A Qdrant server; without a URL the embedded store is used."""

    url: str | None = None
    api_key: SecretStr | None = None
    collection: str = Field(default="btok", min_length=1)


class EmbedderSettings(BaseModel):
    """The model: a shipped one, a folder, or a hub id."""

    model: str = Field(default="btok-tiny", min_length=1)
    batch_size: int = Field(default=16, ge=1)


class LoaderSettings(BaseModel):
    """How files are read; a change makes the next ingest read them again."""

    max_pixels: int = Field(default=1_003_520, ge=1)
    max_frame_pixels: int = Field(default=200_704, ge=1)
    frames_per_clip: int = Field(default=8, ge=1)
    processes: int = Field(default=1, ge=1)


class StoreSettings(BaseModel):
    """The embedded store."""

    timeout_s: float = Field(default=10.0, gt=0)


SettingsClass = TypeVar("SettingsClass", bound=BaseSettings)
FROM_ENVIRONMENT = SettingsConfigDict(
    env_prefix="BTOK_",
    env_nested_delimiter="__",
    env_file=".env",
    env_file_encoding="utf-8",
    extra="ignore",
    populate_by_name=True,
)


class Settings(BaseSettings):
    """Everything that can be set from outside."""

    model_config = FROM_ENVIRONMENT

    home: Path = Path(".btok")
    ocr: Literal["off", "auto", "all"] = "auto"
    qdrant: QdrantSettings = QdrantSettings()
    embedder: EmbedderSettings = EmbedderSettings()
    loaders: LoaderSettings = LoaderSettings()
    store: StoreSettings = StoreSettings()
    qdrant_url: str | None = Field(default=None, validation_alias="QDRANT_URL")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        """Make the home absolute, and let `QDRANT_URL` stand in for `BTOK_QDRANT__URL`."""
        self.home = self.home.expanduser().absolute()
        url = self.qdrant.url or self.qdrant_url or None
        self.qdrant = self.qdrant.model_copy(update={"url": url})
        return self


def read_all(kind: type[SettingsClass]) -> SettingsClass:
    """Read one class of settings; raise `UsageError` naming the variable that makes no sense."""
    try:
        return kind()
    except ValidationError as error:
        first = error.errors()[0]
        name = "BTOK_" + "__".join(str(part) for part in first["loc"]).upper()
        raise UsageError(f"{name} is {first['input']!r}: {first['msg']}") from error


def read_settings() -> Settings:
    """Read the settings; raise `UsageError` naming the variable that makes no sense."""
    settings = read_all(Settings)
    url = settings.qdrant.url
    if url and not url.startswith(("http://", "https://", ":memory:")):
        raise UsageError(
            f"BTOK_QDRANT__URL (or QDRANT_URL) is {url!r}: start it with http:// or https://"
        )
    return settings
