"""Cut a text into overlapping passages, the size at which a small text encoder still reads it.

160 words with a stride of 120: the sizes of the measurement behind the text leg (a page scores by
its best chunk).
"""

from __future__ import annotations

CHUNK_WORDS = 160
STRIDE = 120
MAX_CHUNKS = 64  # some 7,700 words: bounds what one unit can cost


def chunk_text(text: str, *, words: int = CHUNK_WORDS, stride: int = STRIDE) -> list[str]:
    """Return passages of `words` words starting every `stride` words; none for an empty text.

    The last passage always reaches the end, and is never wholly inside the one before it. Beyond
    `MAX_CHUNKS` passages the rest is found by the words leg only.
    """
    if not 0 < stride <= words:
        raise ValueError(f"stride {stride} for chunks of {words} words: give 0 < stride <= words")
    all_words = text.split()
    starts = range(0, max(1, len(all_words) - (words - stride)), stride)
    passages = [" ".join(all_words[start : start + words]) for start in starts[:MAX_CHUNKS]]
    return [passage for passage in passages if passage]
