"""The engines behind the `VectorStore` protocol; `open_store` picks one."""

from __future__ import annotations

from pathlib import Path

from indexer.types import VectorStore


def open_store(
    home: Path,
    *,
    dimension: int,
    fingerprint: str,
    url: str | None = None,
    api_key: str | None = None,
    collection: str = "units",
    timeout_s: float = 10.0,
) -> VectorStore:
    """Return the server's store when a URL is given, else the embedded one below `home`.

    Nothing is opened, created or asked before the first call. `:memory:` as URL is for tests.
    """
    if url is None:
        from indexer.stores.edge import EdgeStore

        return EdgeStore(
            home / "store", dimension=dimension, fingerprint=fingerprint, timeout_s=timeout_s
        )
    from indexer.stores.server import ServerStore

    if url == ":memory:":
        return ServerStore.in_memory(
            collection=collection, dimension=dimension, fingerprint=fingerprint
        )
    return ServerStore.connect(
        url,
        api_key=api_key,
        collection=collection,
        dimension=dimension,
        fingerprint=fingerprint,
    )
