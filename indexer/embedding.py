"""The embedder of the index: a Sentence Transformers model, loaded when it is first needed.

Text is always wrapped as `{"text": ...}`: a bare string that looks like a path would be opened.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from indexer.types import MediaBudget, MediaInput, UsageError

log = logging.getLogger(__name__)

BATCH = 16


class SentenceTransformerEmbedder:
    """A model by name: a shipped one, a folder, or a hub id. Fulfils `Embedder`.

    Raises:
        UsageError: at the first use, when there is no such model or it cannot be loaded.
    """

    def __init__(self, name: str, *, batch_size: int = BATCH) -> None:
        self._name = name
        self._batch_size = batch_size
        self._loaded: Any = None
        self._loading = threading.Lock()

    @property
    def name(self) -> str:
        return self._name

    @property
    def is_loaded(self) -> bool:
        return self._loaded is not None

    @property
    def is_sealed(self) -> bool:
        """Whether the model carries a self-test, which it has passed by being loaded."""
        return bool(getattr(self._model(), "is_sealed", False))

    @property
    def fingerprint(self) -> str:
        return str(self._model().fingerprint)

    @property
    def dimension(self) -> int:
        return int(self._model().get_embedding_dimension())

    @property
    def media_budget(self) -> MediaBudget | None:
        processor: Any = getattr(self._model()[0], "processor", None)
        try:
            return MediaBudget(
                processor.max_pixels, processor.max_frame_pixels, processor.num_frames
            )
        except AttributeError:  # another family's processor: its budgets have other names
            return None

    def encode_query(self, inputs: Sequence[MediaInput]) -> np.ndarray:
        return self._encode(self._model().encode_query, inputs)

    def encode_document(self, inputs: Sequence[MediaInput]) -> np.ndarray:
        return self._encode(self._model().encode_document, inputs)

    def side_by_side(self) -> AbstractContextManager[tuple[Executor | None, int]]:
        """Open threads that encode batches of a small model side by side on the cores of a CPU."""
        from embedder.lanes import open_lanes

        lanes: AbstractContextManager[tuple[Executor | None, int]] = open_lanes(self._model())
        return lanes

    def _encode(
        self, encode: Callable[..., np.ndarray], inputs: Sequence[MediaInput]
    ) -> np.ndarray:
        """Encode with normalised float32 output (N, D); halve the batch when memory runs out."""
        if not inputs:
            return np.zeros((0, self.dimension), dtype=np.float32)
        batch_size = self._batch_size
        while True:
            try:
                vectors = encode(
                    list(inputs),
                    batch_size=batch_size,
                    normalize_embeddings=True,
                    convert_to_numpy=True,
                    show_progress_bar=False,
                )
                return np.asarray(vectors, dtype=np.float32)
            except RuntimeError as error:  # torch: "out of memory", "can't allocate memory"
                if "memory" not in str(error) or batch_size == 1:
                    raise
                batch_size //= 2
                log.warning("out of memory, encoding %d at a time from now on", batch_size)
                self._batch_size = batch_size

    def _model(self) -> Any:
        with self._loading:
            if self._loaded is None:
                self._loaded = load_model(self._name)
            return self._loaded


def load_model(name: str) -> Any:
    """Load a model; every failure to find or read it becomes one sentence.

    Raises:
        UsageError: no such model, or its files cannot be used.
    """
    import embedder

    log.info("loading model %s", name)
    try:
        return embedder.load(name)
    except (OSError, ValueError, ImportError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise UsageError(
            f"model {name!r} cannot be loaded ({reason}): name a shipped model (btok-tiny), a "
            "model folder or a hub id in BTOK_EMBEDDER__MODEL"
        ) from error
