"""The documents of the demo corpus: which file holds which pages."""

from __future__ import annotations

from indexer.demo_corpus.paper import Document
from indexer.demo_corpus.papers import (
    annual_report,
    catalogue,
    heron_article,
    leaflet,
    letters,
    recipes,
    tide_clock,
    walks,
    yearbook,
)

DOCUMENTS = (
    Document(
        "reports/annual-report-2025.pdf",
        "Annual report 2025",
        annual_report.ACCENT,
        annual_report.sheets,
    ),
    Document(
        "reports/rain-and-tides-2025.pdf",
        "Rain and tides at Tarnmouth, 2025",
        yearbook.ACCENT,
        yearbook.sheets,
    ),
    Document(
        "reports/bulletin-spring.pdf",
        "Bulletin of the Tarnmouth Shore and Craft Society",
        heron_article.ACCENT,
        heron_article.sheets,
    ),
    Document("kitchen/harbour-kitchen.pdf", "The harbour kitchen", recipes.ACCENT, recipes.sheets),
    Document(
        "manuals/corley-tc40.pdf", "Corley TC-40 tide clock", tide_clock.ACCENT, tide_clock.sheets
    ),
    Document("walks/four-walks.pdf", "Four walks from the quay", walks.ACCENT, walks.sheets),
    Document(
        "workshop/small-ships.pdf",
        "Small ships - catalogue 2026",
        catalogue.ACCENT,
        catalogue.sheets,
    ),
    Document(
        "office/minutes-2025-03-14.pdf",
        "General meeting of 14 March 2025",
        letters.MINUTES_ACCENT,
        letters.minutes,
    ),
    Document(
        "office/0317.pdf", "Pask and Daughter, sailmakers", letters.INVOICE_ACCENT, letters.invoice
    ),
    Document("office/scan-03.pdf", "scan-03", "#555555", leaflet.sheets),
)
