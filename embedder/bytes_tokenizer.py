"""A tokenizer that needs no download: one token a byte, and Qwen's control tokens."""

from __future__ import annotations

from tokenizers.pre_tokenizers import ByteLevel
from transformers import PreTrainedTokenizerBase, Qwen2Tokenizer

PAD, START, END = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
PLACEHOLDERS = {
    "image_token": "<|image_pad|>",
    "video_token": "<|video_pad|>",
    "vision_start_token": "<|vision_start|>",
    "vision_end_token": "<|vision_end|>",
}


def bytes_tokenizer() -> PreTrainedTokenizerBase:
    """Return a tokenizer of 256 bytes and seven control tokens, for random models."""
    control = [PAD, START, END, *PLACEHOLDERS.values()]
    symbols = [*sorted(ByteLevel.alphabet()), *control]
    return Qwen2Tokenizer(
        vocab={symbol: number for number, symbol in enumerate(symbols)},
        merges=[],
        unk_token=PAD,
        pad_token=PAD,
        eos_token=END,
        bos_token=None,
        extra_special_tokens=control,
        model_max_length=32768,
    )
