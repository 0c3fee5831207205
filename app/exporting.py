"""An answer as a Markdown file, with the pictures of its pages beside it."""

from __future__ import annotations

import io
import re
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

from app.answers import Answer, Citation
from app.citations import CITATION, expand
from indexer.types import Box, IndexerError

if TYPE_CHECKING:
    from indexer import Index

FILE = "answer.md"
PAGE_PIXELS = 1_600_000
MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~&])")
BOX_COLOUR = (235, 170, 0)


def export_markdown(index: Index, answer: Answer, folder: Path) -> Path:
    """Write `answer.md` and a picture of every cited page, quoted words boxed; return the file.

    A page that cannot be shown any more is named without its picture.

    Raises:
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pictures = {}
    for citation in answer.citations:
        try:
            picture = boxed(index.media(citation.hit, max_pixels=PAGE_PIXELS), boxes_of(citation))
        except (IndexerError, OSError):
            continue
        pictures[citation.number] = f"page-{citation.number}.png"
        picture.save(folder / pictures[citation.number])
    file = folder / FILE
    file.write_text("\n".join(to_markdown([answer], pictures)) + "\n", "utf-8")
    return file


def to_markdown(answers: Sequence[Answer], pictures: dict[int, str]) -> Iterator[str]:
    """Yield the lines of a conversation; `pictures` names the file of each page of the last."""
    for answer in answers:
        yield f"# {plain(answer.question)}\n"
        if answer.asked != answer.question:
            yield f"Searched for: {plain(answer.asked)}\n"
        yield linked(answer) + "\n"
        for note in notes(answer):
            yield f"*{plain(note)}*\n"
        for citation in answer.citations:
            yield from source(citation, pictures if answer is answers[-1] else {})


def source(citation: Citation, pictures: dict[int, str]) -> Iterator[str]:
    """Yield the section of a cited page."""
    hit = citation.hit
    where = f", page {hit.page}" if hit.page is not None else ""
    yield f'<a id="page-{citation.number}"></a>\n'
    yield f"## [{citation.number}] {plain(hit.path.name)}{where}\n"
    yield f"{plain(str(hit.path))}\n"
    for quote in citation.quotes:
        said = "" if quote.is_supported else " (not on this page)"
        yield f"> {plain(quote.text)}{said}\n"
    if citation.number in pictures:
        yield f"![{plain(hit.path.name)}{where}]({pictures[citation.number]})\n"


def linked(answer: Answer) -> str:
    """Return the text with every citation a link to its page below."""
    pieces, done = [], 0
    for match in CITATION.finditer(answer.text):
        pieces.append(plain(answer.text[done : match.start()]))
        pieces += [f" [\\[{number}\\]](#page-{number})" for number in expand(match[1])]
        done = match.end()
    return "".join([*pieces, plain(answer.text[done:])])


def notes(answer: Answer) -> list[str]:
    """Say why an answer is not whole and what the check found, one sentence each."""
    return [*([answer.trouble] if answer.trouble else []), *check_notes(answer)]


def check_notes(answer: Answer) -> list[str]:
    """Say what the check of an answer found, and whether it was stopped."""
    said = []
    if answer.is_stopped:
        said.append("The answer was stopped before its end.")
    if answer.dropped:
        what = "citation was" if answer.dropped == 1 else "citations were"
        said.append(f"{answer.dropped} {what} removed: there is no such page.")
    if answer.unsupported:
        what = "quotation is" if answer.unsupported == 1 else "quotations are"
        said.append(f"{answer.unsupported} {what} not on the cited page and marked.")
    if answer.uncited:
        what = "sentence has" if answer.uncited == 1 else "sentences have"
        said.append(f"{answer.uncited} {what} no citation.")
    return said


def boxes_of(citation: Citation) -> list[Box]:
    """Return where the quoted words stand."""
    return [box for quote in citation.quotes for box in quote.boxes]


def boxed(picture: Image.Image, boxes: Sequence[Box]) -> Image.Image:
    """Return a page with frames around boxes."""
    framed = picture.convert("RGB")
    pen = ImageDraw.Draw(framed)
    across, down = framed.size
    air = max(2, across // 400)
    for box in boxes:
        corners = (
            box.x0 * across - air,
            box.y0 * down - air,
            box.x1 * across + air,
            box.y1 * down + air,
        )
        pen.rectangle(corners, outline=BOX_COLOUR, width=air)
    return framed


def plain(text: str) -> str:
    """Escape what Markdown would take for markup."""
    return MARKUP.sub(r"\\\1", text)


def to_zip(index: Index, answer: Answer) -> bytes:
    """Return what `export_markdown` writes as a ZIP file."""
    buffer = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(buffer, "w") as packed:
        file = export_markdown(index, answer, Path(folder))
        for written in sorted(file.parent.iterdir()):
            packed.write(written, written.name)
    return buffer.getvalue()
