"""`Index`: the one object a program holds. Open it, put folders in, search, look at hits.

    index = Index.open("my-index")
    index.ingest(["Documents"])
    for hit in index.search("which chart shows rainfall?"):
        print(hit.rank, hit.path, hit.page, hit.snippet)

A home holds `ledger.sqlite3` (the truth), `vectors.sqlite3`, `store/`, `thumbnails/` and `ocr/`.
Nothing is written before the first ingest, and the model is loaded when something is encoded.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, Unpack

import numpy as np

from indexer import media, search
from indexer.calibration import Calibration
from indexer.collection import Collection
from indexer.cutoff import good_first, judge
from indexer.doctor import Check, DoctorReport, check_model, examine
from indexer.embedding import SentenceTransformerEmbedder
from indexer.facets import Facets, build_facets
from indexer.feedback import load_examples
from indexer.ingest import run_ingest
from indexer.ledger import UnitRow, path_text
from indexer.loaders import LoadOptions
from indexer.moments import CurvePoint, Moment, build_moments
from indexer.ocr import possible_mode
from indexer.ordering import order_found
from indexer.plan import Plan, is_below, make_plan
from indexer.progress import ProgressCallback
from indexer.search import Narrowing, Query
from indexer.stores.layout import IMAGE, LEG_LIMIT, WORDS
from indexer.types import (
    Document,
    DocumentHits,
    Embedder,
    Filter,
    Hit,
    IngestReport,
    Leg,
    Modality,
    Neighbours,
    Status,
    UsageError,
    Word,
)
from indexer.words import content_words

if TYPE_CHECKING:
    from PIL.Image import Image

    from indexer.settings import Settings

WIDEN = 4  # units asked per wanted document
JUDGED = 60  # units judged at least, so that the best ones are the same for limits up to 20


class Index:
    """A collection with everything that can be done to it; safe to share between threads."""

    def __init__(self, collection: Collection, *, options: LoadOptions, processes: int) -> None:
        self._collection = collection
        self._options = options
        self._processes = processes
        self._encoding = threading.Lock()

    @classmethod
    def open(
        cls,
        home: Path | str | None = None,
        *,
        settings: Settings | None = None,
        embedder: Embedder | None = None,
    ) -> Self:
        """Open the index of a home; what is not given comes from the settings.

        Raises:
            UsageError: a setting makes no sense.
        """
        from indexer.settings import read_settings

        chosen = settings or read_settings()
        place = Path(home).expanduser().absolute() if home else chosen.home
        key = chosen.qdrant.api_key
        collection = Collection(
            place,
            embedder=embedder
            or SentenceTransformerEmbedder(
                chosen.embedder.model, batch_size=chosen.embedder.batch_size
            ),
            url=chosen.qdrant.url,
            api_key=key.get_secret_value() if key else None,
            server_collection=chosen.qdrant.collection,
            timeout_s=chosen.store.timeout_s,
        )
        options = LoadOptions(
            max_pixels=chosen.loaders.max_pixels,
            max_frame_pixels=chosen.loaders.max_frame_pixels,
            frames_per_clip=chosen.loaders.frames_per_clip,
            ocr=chosen.ocr,
            ocr_cache=place / "ocr",
        )
        return cls(collection, options=options, processes=chosen.loaders.processes)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._collection.close()

    @property
    def home(self) -> Path:
        return self._collection.home

    @property
    def collection(self) -> str:
        """The name that goes into every point id."""
        return self._collection.name

    def plan(self, paths: Sequence[Path | str]) -> Plan:
        """Say what an ingest would do; changes nothing.

        Raises:
            UsageError: a path does not exist.
        """
        return make_plan(
            paths,
            ledger=self._collection.ledger(),
            options=self._possible_options(),
            home=self._collection.home,
        )

    def ingest(
        self,
        paths: Sequence[Path | str],
        *,
        prune: bool = False,
        progress: ProgressCallback | None = None,
    ) -> IngestReport:
        """Index files and folders; `prune` removes what has vanished below them.

        May be interrupted or killed anywhere: the next ingest goes on.

        Raises:
            UsageError: a path does not exist; `ModelMismatch`: another model built the collection.
            StoreUnavailable: the store is down, or `StoreLocked` held by another process.
        """
        report = run_ingest(
            self._collection,
            paths,
            options=self._possible_options(),
            processes=self._processes,
            prune=prune,
            progress=progress,
        )
        self.calibrate()
        return report

    def calibrate(self) -> Calibration | None:
        """Learn where good matches end, if the collection has changed since; an ingest does it.

        None when nothing is indexed, or when the collection answers most of the questions that
        the cut-off is learned from: then hits have no `chance`.
        """
        return self._collection.calibrate(self._encoding)

    def search(
        self,
        text: str | None = None,
        *,
        image: Image | Path | str | None = None,
        like: Sequence[str] = (),
        unlike: Sequence[str] = (),
        limit: int = 10,
        **narrowing: Unpack[Narrowing],
    ) -> list[Hit]:
        """Find units by text, by picture, by units like it (their ids), or all at once, best first.

        What is liked and unliked is not in the answer. Narrow it by `modality`, `folder`, `path`,
        `paths`, `modified_after`, `modified_before`.

        Raises:
            UsageError: nothing is asked for, an unknown modality or unit.
            StoreUnavailable: the store is down, or `StoreLocked` held by another process.
        """
        where = search.build_filter(**narrowing)
        query = search.build_query(text, image, like=like, unlike=unlike, limit=limit)
        legs = self._legs(query, where)
        return self._find(query, legs, where, limit) if legs else []

    def search_documents(
        self,
        text: str | None = None,
        *,
        image: Image | Path | str | None = None,
        like: Sequence[str] = (),
        unlike: Sequence[str] = (),
        limit: int = 10,
        **narrowing: Unpack[Narrowing],
    ) -> list[DocumentHits]:
        """Find up to `limit` files; each with its hits, so that one PDF does not fill the page.

        Asks for more units while the best ones lie in too few files.
        """
        where = search.build_filter(**narrowing)
        query = search.build_query(text, image, like=like, unlike=unlike, limit=limit)
        legs = self._legs(query, where)
        wanted = WIDEN * limit
        while True:
            hits = self._find(query, legs, where, wanted) if legs else []
            documents = search.group_by_document(hits)
            if len(documents) >= limit or len(hits) < wanted:
                return documents[:limit]
            wanted *= WIDEN

    def facets(self, **narrowing: Unpack[Narrowing]) -> Facets:
        """Count the units of each kind, folder, document and month that a narrowing leaves.

        Each facet ignores its own filter, so that what else could be chosen stays in sight.

        Raises:
            UsageError: an unknown modality.
        """
        where = search.build_filter(**narrowing)
        return build_facets(self._collection.ledger().file_counts(), where)

    def curve(
        self,
        path: Path | str,
        text: str | None = None,
        *,
        image: Image | Path | str | None = None,
        like: Sequence[str] = (),
        unlike: Sequence[str] = (),
    ) -> list[CurvePoint]:
        """Score every clip of a video against a question by what is seen, in time order.

        A file without clips has an empty curve.

        Raises:
            UsageError: nothing is asked for, or a unit that is not indexed.
            StoreUnavailable: the store is down, or `StoreLocked` held by another process.
        """
        query = search.build_query(text, image, like=like, unlike=unlike)
        where = search.build_filter(path=path, modality=Modality.VIDEO)
        clips = self._collection.ledger().units_of(where.paths[0])
        if not clips:
            return []
        seen = [leg for leg in self._legs(query, where) if leg.name == IMAGE]
        if not seen:
            return []
        found = self._collection.store().query(seen, where=where, limit=len(clips))
        scores = {point.id: point.legs[0].score for point in found}
        return [
            CurvePoint(clip.start_seconds, clip.end_seconds, scores[clip.id], clip.id)
            for clip in clips
            if clip.id in scores and clip.start_seconds is not None and clip.end_seconds is not None
        ]

    def moments(self, hits: Iterable[Hit]) -> list[Moment]:
        """Merge hits that touch in one video into moments, best first; other hits are left out."""
        return build_moments(hits)

    def similarities(self, question: str, texts: Sequence[str]) -> np.ndarray:
        """Return how close each text is to a question in meaning, as cosines: (N,).

        Raises:
            UsageError: the model cannot be loaded.
        """
        if not texts:
            return np.zeros(0, dtype=np.float32)
        model = self._collection.embedder
        with self._encoding:
            asked = model.encode_query([{"text": question}])[0]
            said = model.encode_document([{"text": text} for text in texts])
        return np.asarray(said @ asked)

    def frequencies(self, terms: Sequence[Sequence[str]]) -> list[int]:
        """Return how many pages hold a word, each given by its spellings; counting ends at 200."""
        if self._collection.ledger().space() is None:
            return [0] * len(terms)
        store = self._collection.store()
        legs = [
            Leg(WORDS, words=" ".join(spellings), modality=Modality.PAGE) for spellings in terms
        ]
        return [len(store.query([leg], limit=LEG_LIMIT)) for leg in legs]

    def status(self) -> Status:
        """Say what the collection holds."""
        ledger = self._collection.ledger()
        space = ledger.space()
        return Status(
            files=ledger.count_done(),
            units=ledger.units_by_modality(),
            quarantined=tuple(ledger.quarantined()),
            model=space.model if space else self._collection.embedder.name,
            store=self._collection.place,
            pending=ledger.count_pending(),
        )

    def documents(self) -> list[Document]:
        """Return every indexed file with its units, sorted by path."""
        return self._collection.ledger().documents()

    def delete(self, paths: Sequence[Path | str]) -> int:
        """Forget files and everything below folders, on disk or not; return how many files.

        Raises:
            UsageError: nothing below one of the paths is indexed.
        """
        roots = [Path(path).expanduser().resolve() for path in paths]
        known = self._collection.ledger().files()
        for root in roots:
            if not any(is_below(path, [root]) for path in known):
                raise UsageError(f"nothing is indexed at {root}: `status` and `search` show paths")
        with self._collection.writing():
            doomed = [path for path in known if is_below(path, roots)]
            self._collection.remove(doomed)
        self.calibrate()
        return len(doomed)

    def reopen(self, paths: Sequence[Path | str]) -> None:
        """Make the next ingest read files again that could not be read, changed since or not.

        Raises:
            StoreLocked: another process is writing.
        """
        with self._collection.writing():
            self._collection.ledger().reopen(path_text(path) for path in paths)

    def check_model(self) -> Check:
        """Load the model, which tests itself, and compare it with the collection's."""
        with self._encoding:
            return check_model(self._collection.embedder, self._collection.ledger().space())

    def doctor(self, *, repair: bool = False) -> DoctorReport:
        """Check ledger, files, store, vectors and model; `repair` first rebuilds the store.

        A rebuild takes every vector from the vector cache; files whose vectors are not there are
        read again by the next ingest.
        """
        held = self._collection
        space = held.ledger().space()
        if repair and space is not None:
            with held.writing():
                held.rebuild()
        with self._encoding:
            return examine(
                home=held.home,
                ledger=held.ledger(),
                cache=held.cache() if space else None,
                store=held.store() if space else None,
                embedder=held.embedder,
                space=space,
                is_shared=held.is_shared,
            )

    def hit(self, unit_id: str) -> Hit | None:
        """Return an indexed unit by its id, None when there is none: the way in from outside."""
        unit = self._collection.ledger().unit(unit_id)
        return None if unit is None else unit.to_hit()

    def find_unit(self, place: Path | str) -> Hit:
        """Return a unit by its place: `photo.jpg`, `report.pdf#page=3`, `film.mp4#t=12.5`.

        The first unit of the file where no page or time is given.

        Raises:
            UsageError: nothing of that place is indexed.
        """
        whole = Path(place).expanduser().resolve()
        if units := self._collection.ledger().units_of(whole):  # names may hold a `#`
            return units[0].to_hit()
        file, _, fragment = str(place).rpartition("#")
        units = self._collection.ledger().units_of(Path(file).expanduser().resolve())
        at = next((unit for unit in units if unit.is_at(fragment)), None)
        if at is None:
            raise UsageError(f"nothing is indexed at {str(place)!r}: `search` shows what is")
        return at.to_hit()

    def neighbours(self, hit: Hit) -> Neighbours:
        """Return the page (or clip) before and after a hit in its file.

        Raises:
            UsageError: the unit is not indexed.
        """
        around = [unit.to_hit() for unit in self._collection.ledger().units_of(hit.path)]
        place = next((n for n, unit in enumerate(around) if unit.id == hit.id), None)
        if place is None:
            raise UsageError(f"unit {hit.id} is not indexed (any more): search again")
        before = around[place - 1] if place else None
        after = around[place + 1] if place + 1 < len(around) else None
        return Neighbours(before, after, place + 1, len(around))

    def original(self, hit: Hit) -> Path:
        """Return the file that a hit was cut from, to open or to hand out.

        Raises:
            UsageError: the unit is not indexed.
            UnreadableFile: the file is gone or has changed since.
        """
        return media.original_of(self._unit(hit))

    def frame(self, hit: Hit, second: float, *, max_pixels: int = media.READING_PIXELS) -> Image:
        """Open the frame at a second of the video that a hit is a clip of.

        Raises:
            UsageError: the unit is not indexed, or is no clip.
            UnreadableFile: the file is gone or has changed since, or has no such frame.
        """
        return media.open_frame(self._unit(hit), second, max_pixels=max_pixels)

    def media(self, hit: Hit, *, max_pixels: int = media.READING_PIXELS) -> Image:
        """Open the picture, the page or the middle frame of the clip again.

        Raises:
            UsageError: the unit is not indexed.
            UnreadableFile: the file is gone or has changed since.
        """
        return media.open_unit(self._unit(hit), max_pixels=max_pixels)

    def words(self, hit: Hit) -> list[Word]:
        """Return the words of a page, or the lines that OCR found, with their boxes.

        `indexer.words.matched_words` picks those that a question names.
        """
        return media.read_unit_words(self._unit(hit), ocr_cache=self.home / "ocr")

    def thumbnail(self, hit: Hit) -> bytes:
        """Return a JPEG of at most 512 pixels a side."""
        return media.thumbnail_of(self._unit(hit), self.home / "thumbnails")

    def _legs(self, query: Query, where: Filter) -> list[Leg]:
        """Encode a question for this collection; no legs when nothing is indexed."""
        held = self._collection
        if held.ledger().space() is None:
            return []
        held.agree()
        examples = load_examples(query.like, query.unlike, ledger=held.ledger(), store=held.store())
        with self._encoding:
            return search.encode_legs(
                query, held.embedder, modality=where.modality, examples=examples
            )

    def _find(self, query: Query, legs: Sequence[Leg], where: Filter, limit: int) -> list[Hit]:
        """Ask the store, and put what it found into the order in which it is shown."""
        shown = {*query.like, *query.unlike}
        kinds = len({leg.modality for leg in legs})
        wanted = max(kinds * limit, JUDGED) + len(shown)
        found = self._collection.store().query(legs, where=where, limit=wanted)
        if not found:
            self._collection.refuse_empty_store()
        found = [point for point in found if point.id not in shown]
        calibration = self._collection.calibration()
        is_by_words = bool(query.text) and query.picture is None
        shares = search.word_shares(found, query.text, calibration) if is_by_words else {}
        if is_by_words and content_words(query.text):
            found = order_found(found, shares, calibration)
        if calibration is None or query.is_by_example:  # nobody knows the strangers of an example
            best = enumerate(found[:limit], start=1)
            return [search.to_hit(rank, point, query.text) for rank, point in best]
        judged = good_first(judge(found, shares, calibration, modality=where.modality))
        return [
            search.to_hit(rank, one.point, query.text, chance=one.chance)
            for rank, one in enumerate(judged[:limit], start=1)
        ]

    def _possible_options(self) -> LoadOptions:
        """Return how files are read today: what lacks OCR is read again once it is installed."""
        return replace(self._options, ocr=possible_mode(self._options.ocr))

    def _unit(self, hit: Hit) -> UnitRow:
        """Look the unit up: only what the ledger knows is ever opened, whatever the hit says."""
        unit = self._collection.ledger().unit(hit.id)
        if unit is None:
            raise UsageError(f"unit {hit.id} is not indexed (any more): search again")
        return unit
