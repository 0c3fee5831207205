"""The demo corpus: a small folder of pictures, documents and videos, drawn by this package.

It is the folder of a society in a harbour town that does not exist; every drawing, name and
sentence was made for it. Only Pillow, reportlab, PyAV, numpy and the fonts they carry are used.

    canvas, outlines, things/, scenery     what pictures and films are drawn with
    pictures (landscapes, seascapes, ...)  which picture shows what
    documents (paper, charts, papers/)     the PDFs
    films (filming, shots_...)             the videos
    drawing                                all of it into a folder
    queries.toml, check                    twenty questions with their right answers
"""

from __future__ import annotations

from indexer.demo_corpus.drawing import draw

__all__ = ["draw"]
