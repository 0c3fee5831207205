"""Files as the browser may fetch them: registered for one page, under a name made of content.

Only what the index says is the file of a unit comes here, so no path ever enters an address.
"""

from __future__ import annotations

from pathlib import Path

from streamlit import get_option
from streamlit.runtime import get_instance
from streamlit.runtime.media_file_storage import MediaFileStorageError

MAX_MEGABYTES = 500
"""Streamlit holds what it serves in memory."""

SHOWN = {
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".gif": "image/gif",
    ".bmp": "image/bmp",
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".mov": "video/mp4",
    ".webm": "video/webm",
}
"""What browsers show. None of these can run a script in the page's name."""


def media_type_of(path: Path) -> str | None:
    """Return what a browser shows a file as, None when it cannot or the file is too large.

    Raises OSError.
    """
    too_large = path.stat().st_size > MAX_MEGABYTES * 1_000_000
    return None if too_large else SHOWN.get(path.suffix.lower())


def address_of(path: Path, media_type: str) -> str:
    """Return the address of a file, good while this page is shown. Raises OSError."""
    try:
        files = get_instance().media_file_mgr
        address = files.add(str(path), media_type, f"original.{path}")
    except MediaFileStorageError as error:
        raise OSError(f"{path.name} cannot be read") from error
    base = str(get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}{address}" if base else address
