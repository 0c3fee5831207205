"""A vision-language model on this machine, through transformers: nothing leaves it.

Any image-text-to-text model that transformers knows: several page pictures in one prompt, or one
picture with the pages side by side for models that take only one.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Sequence
from math import ceil
from typing import TYPE_CHECKING, Any

from app.answerers import prompting
from app.answers import AnswererFailed, Delta, Event, Message, Page, Request, Sent, Waiting
from app.followups import with_topic
from indexer.loaders.images import fit_within
from indexer.types import IndexerError

if TYPE_CHECKING:
    from PIL.Image import Image

TICK_S = 0.2
ONE_PICTURE = frozenset(  # families whose prompt takes one picture
    ("blip-2", "instructblip", "paligemma", "kosmos-2", "git", "pix2struct", "fuyu", "florence2")
)
STRIP_PIXELS = 48  # the height of the strip with a page's number in a stitched picture
PICTURE_TOKEN = "<image>"


class LocalModel:
    """Fulfils `Answerer`; the model is loaded when it is first asked.

    `one_picture` says whether pages are stitched into one picture; None asks the model's family.
    """

    looks_at_pictures = True

    def __init__(
        self,
        model: str,
        *,
        max_pages: int = 3,
        max_pixels: int = 800_000,
        max_new_tokens: int = 400,
        one_picture: bool | None = None,
    ) -> None:
        self.name = f"local {model}"
        self.max_pages = max_pages
        self._model_name = model
        self._max_pixels = max_pixels
        self._max_new_tokens = max_new_tokens
        self._one_picture = one_picture
        self._loading = threading.Lock()
        self._loaded: tuple[Any, Any] | None = None

    def rewrite(self, request: Request) -> str:
        """Add what the conversation is about: a small model rewrites badly."""
        return with_topic(request.question, request.history)

    def stream(self, request: Request) -> Iterator[Event]:
        """Yield what is sent, then the answer as it is generated. Raises AnswererFailed."""
        processor, model = self._load()
        seen = [(page, picture) for page in request.pages if (picture := look(request, page))]
        pictures = [fit_within(picture.convert("RGB"), self._max_pixels) for _, picture in seen]
        numbers = [page.number for page, _ in seen]
        if pictures and self._takes_one(model):
            pictures = [stitched(pictures, numbers)]
        messages = prompting.messages_of(request)
        note = "".join(f"\n[picture of page {number}]" for number in numbers)
        yield Sent((*messages[:-1], Message("user", messages[-1].text + note)))
        inputs = to_inputs(processor, messages, pictures)
        yield from self._generate(processor, model, inputs)

    def _takes_one(self, model: Any) -> bool:
        if self._one_picture is not None:
            return self._one_picture
        return str(model.config.model_type) in ONE_PICTURE

    def _load(self) -> tuple[Any, Any]:
        """Load the model once. Raises AnswererFailed in words."""
        with self._loading:
            if self._loaded is None:
                self._loaded = load_model(self._model_name)
            return self._loaded

    def _generate(self, processor: Any, model: Any, inputs: Any) -> Iterator[Event]:
        """Generate in a thread and yield the words as they come; leaving stops it."""
        from transformers import StoppingCriteriaList, TextIteratorStreamer

        stopped = threading.Event()
        tokenizer = getattr(processor, "tokenizer", processor)
        streamer = TextIteratorStreamer(
            tokenizer, skip_prompt=True, skip_special_tokens=True, timeout=TICK_S
        )
        failure: list[Exception] = []

        def run() -> None:
            try:
                model.generate(
                    **inputs,
                    streamer=streamer,
                    max_new_tokens=self._max_new_tokens,
                    do_sample=False,
                    stopping_criteria=StoppingCriteriaList([Stopping(stopped)]),
                )
            except Exception as error:  # told by the other thread
                failure.append(error)
                streamer.end()

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        try:
            yield from words_from(streamer)
        finally:
            stopped.set()
            thread.join()
        if failure:
            raise AnswererFailed(
                f"{self._model_name} failed while it wrote ({type(failure[0]).__name__}: "
                f"{failure[0]}): try fewer pages (BTOK_ASK__PAGES) or another model."
            ) from failure[0]


class Stopping:
    """Stops a generation between two tokens when an event is set."""

    def __init__(self, event: threading.Event) -> None:
        self._event = event

    def __call__(self, input_ids: Any, scores: Any, **_: object) -> Any:
        import torch

        return torch.full((len(input_ids),), self._event.is_set(), device=input_ids.device)


def words_from(streamer: Any) -> Iterator[Event]:
    """Yield the pieces of a streamer, and `Waiting` while there is none."""
    waited = 0.0
    while True:
        try:
            piece = next(streamer)
        except StopIteration:
            return
        except queue.Empty:
            waited += TICK_S
            yield Waiting(waited)
            continue
        waited = 0.0
        if piece:
            yield Delta(piece)


def load_model(name: str) -> tuple[Any, Any]:
    """Load processor and model for inference. Raises AnswererFailed in words."""
    from transformers import AutoModelForImageTextToText, AutoProcessor

    try:
        processor = AutoProcessor.from_pretrained(name)
        model = AutoModelForImageTextToText.from_pretrained(name, dtype="auto")
    except (OSError, ValueError, ImportError, KeyError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise AnswererFailed(
            f"The model {name!r} cannot be loaded ({reason}): name an image-text-to-text model, "
            "a folder or a hub id, in BTOK_ASK__LOCAL_MODEL."
        ) from error
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    return processor, model.to(device).eval()


def to_inputs(processor: Any, messages: Sequence[Message], pictures: Sequence[Image]) -> Any:
    """Return the model's inputs for a conversation whose last message has the pictures."""
    holders = [{"type": "image"} for _ in pictures]
    chat = [
        {"role": message.role, "content": [{"type": "text", "text": neutral(message.text)}]}
        for message in messages
    ]
    chat[-1]["content"] = [*holders, *chat[-1]["content"]]
    if getattr(processor, "chat_template", None):
        text = processor.apply_chat_template(chat, add_generation_prompt=True)
    else:
        text = PICTURE_TOKEN * len(pictures) + "\n".join(neutral(m.text) for m in messages)
    inputs = processor(text=[text], images=list(pictures) or None, return_tensors="pt")
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    return inputs.to(device)


def neutral(text: str) -> str:
    """Break what a tokenizer could take for a control token, such as `<image>` or `<|im_end|>`.

    A page cannot hold one, its angle brackets are escaped; a question or an answer could.
    """
    return text.replace("<|", "< |").replace(PICTURE_TOKEN, "< image>").replace("[INST]", "[ INST]")


def look(request: Request, page: Page) -> Image | None:
    """Return the picture of a page, None when it cannot be rendered."""
    try:
        return request.picture(page)
    except (IndexerError, OSError, AnswererFailed):
        return None


def stitched(pictures: Sequence[Image], numbers: Sequence[int]) -> Image:
    """Return the pages side by side in one picture, in rows, each under a strip with its number."""
    from PIL import Image as Pillow
    from PIL import ImageDraw

    across = ceil(len(pictures) ** 0.5)
    width = max(picture.width for picture in pictures)
    height = max(picture.height for picture in pictures) + STRIP_PIXELS
    sheet = Pillow.new("RGB", (across * width, ceil(len(pictures) / across) * height), "white")
    pen = ImageDraw.Draw(sheet)
    for place, (picture, number) in enumerate(zip(pictures, numbers, strict=True)):
        left, top = place % across * width, place // across * height
        pen.text((left + 8, top + 4), f"Page {number}", fill="black", font_size=36)
        sheet.paste(picture, (left, top + STRIP_PIXELS))
    return sheet
