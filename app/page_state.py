"""What the search page shows, as a value that the address bar holds: a link reopens it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from unicodedata import category
from urllib.parse import urlencode

from indexer.types import Modality

MAX_QUERY_CHARACTERS = 1_000
PAGE_OF_RESULTS = 24
MOST_RESULTS = 240


@dataclass(frozen=True, slots=True)
class PageState:
    """The query, the filter, the number of documents wanted and the opened unit.

    `picture` is the id of an uploaded picture on the app's shelf, `unit` the id of a unit.
    """

    text: str = ""
    picture: str | None = None
    modality: Modality | None = None
    limit: int = PAGE_OF_RESULTS
    unit: str | None = None

    @property
    def asks(self) -> bool:
        """Tell whether there is anything to search for."""
        return bool(self.text or self.picture)

    def opening(self, unit: str | None) -> PageState:
        """Return the same search with another unit open, or none."""
        return replace(self, unit=unit)

    def showing_more(self) -> PageState:
        """Return the same search with one more page of results."""
        return replace(self, limit=min(self.limit + PAGE_OF_RESULTS, MOST_RESULTS))


def clean_query(text: str) -> str:
    """Drop control characters and outer blanks, and cut to `MAX_QUERY_CHARACTERS`."""
    printable = "".join(" " if category(c) in ("Cc", "Cs") else c for c in text)
    return printable.strip()[:MAX_QUERY_CHARACTERS].rstrip()


def from_params(params: Mapping[str, str]) -> PageState:
    """Read a state from URL parameters; what makes no sense is left out, never an error."""
    kinds = {kind.value: kind for kind in Modality}
    wanted = params.get("show", "")
    limit = int(wanted) if wanted.isascii() and wanted.isdigit() else PAGE_OF_RESULTS
    return PageState(
        text=clean_query(params.get("q", "")),
        picture=params.get("picture") or None,
        modality=kinds.get(params.get("kind", "")),
        limit=max(PAGE_OF_RESULTS, min(limit, MOST_RESULTS)),
        unit=params.get("unit") or None,
    )


def to_params(state: PageState) -> dict[str, str]:
    """Return the URL parameters of a state; defaults are left out."""
    params = {
        "q": state.text,
        "picture": state.picture or "",
        "kind": state.modality.value if state.modality else "",
        "show": str(state.limit) if state.limit != PAGE_OF_RESULTS else "",
        "unit": state.unit or "",
    }
    return {name: value for name, value in params.items() if value}


def to_link(state: PageState) -> str:
    """Return the address of a state, relative to the app's page."""
    return "?" + urlencode(to_params(state))
