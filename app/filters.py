"""The filters of the search page as choices with counts. Pure data."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from app.chips import period_name
from app.page_state import PageState
from indexer.facets import Facets
from indexer.types import Modality

EVERYTHING = ""
KINDS = {"all": "All", "image": "Pictures", "page": "Pages", "video": "Clips"}
MOST_DOCUMENTS = 500
INDENT = "\u2003"

Choices = dict[str, str]
"""What can be chosen, by its value in the address bar; EVERYTHING is no filter."""


def kinds(facets: Facets) -> Choices:
    """Return the kinds with their counts."""
    counts = {kind.value: facets.kinds.get(kind, 0) for kind in Modality}
    counts["all"] = sum(counts.values())
    return {kind: f"{name} :small[{counts[kind]:,}]" for kind, name in KINDS.items()}


def folders(facets: Facets, state: PageState) -> Choices:
    """Return every folder with its count, indented below the folder that it lies in."""
    known = {str(folder.path): folder for folder in facets.folders}
    listed: Choices = {EVERYTHING: "All folders"}
    for path, folder in known.items():
        depth = sum(str(parent) in known for parent in folder.path.parents)
        listed[path] = f"{INDENT * depth}{folder.path.name} ({folder.units:,})"
    return with_chosen(listed, state.folder)


def documents(facets: Facets, state: PageState) -> Choices:
    """Return the documents with the most units, at most `MOST_DOCUMENTS`."""
    listed: Choices = {EVERYTHING: "All documents"}
    for document in facets.documents[:MOST_DOCUMENTS]:
        listed[str(document.path)] = f"{document.path.name} ({document.units:,})"
    return with_chosen(listed, state.document)


def periods(facets: Facets, state: PageState) -> Choices:
    """Return years and their months, newest first."""
    years: Counter[int] = Counter()
    for month in facets.months:
        years[month.year] += month.units
    listed: Choices = {EVERYTHING: "Any date"}
    for year in sorted(years, reverse=True):
        listed[f"{year:04}"] = f"{year} ({years[year]:,})"
        months = [month for month in facets.months if month.year == year]
        for month in sorted(months, key=lambda month: month.month, reverse=True):
            period = f"{year:04}-{month.month:02}"
            listed[period] = f"{INDENT}{period_name(period)} ({month.units:,})"
    if state.period and state.period not in listed:
        listed[state.period] = f"{period_name(state.period)} (0)"
    return listed


def with_chosen(listed: Choices, chosen: Path | None) -> Choices:
    """Add what is chosen although the other filters leave nothing of it."""
    if chosen is not None and str(chosen) not in listed:
        listed[str(chosen)] = f"{chosen.name} (0)"
    return listed
