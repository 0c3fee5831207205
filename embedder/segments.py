"""What a position of a sequence is; the order is that of the Condensation Mask."""

from __future__ import annotations

PADDING, CONTENT, BTOK, TARGET = -1, 0, 1, 2
