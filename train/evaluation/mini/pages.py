"""VisDoc: a phrase -> the tile it stands on, keywords -> page, a value -> table, chart or form.

Pages come in families of four of one subject, font and layout that say nearly the same. What is
right is looked up in what was printed: another page that happens to hold the words is right too.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from train.evaluation.mini.fonts import FAMILIES
from train.evaluation.mini.items import (
    EvaluationSet,
    Item,
    Limits,
    Query,
    seeds_of,
    spread,
    text_item,
)
from train.evaluation.mini.lexicon import (
    ADJECTIVES,
    FIRST_NAMES,
    GOODS,
    KEYWORDS,
    LAST_NAMES,
    LINKS,
    MONTHS,
    PARCELS,
    SUBJECTS,
    TIMES,
    TOWNS,
    VERBS,
)
from train.evaluation.mini.printing import (
    FACT_LAYOUTS,
    PAGE_LAYOUTS,
    TILE_LAYOUTS,
    Facts,
    Page,
    Tile,
)

FAMILY = 4
RIGHT, NEARLY = 2.0, 1.0
Planned = tuple[str, tuple[str, str], Facts]  # what is asked, the label and value, the page


def phrase_to_tile(limits: Limits) -> EvaluationSet:
    """Three to six words in a row that stand on one tile only -> that tile, of all."""
    tiles = [plan_tile(seed) for seed in seeds_of(80, limits.candidates)]
    texts = [f" {spoken(tile.text)} " for tile in tiles]
    queries = []
    for row in spread(range(len(tiles)), limits.queries):
        phrase = pick_phrase(tiles[row].text, texts, Random(row))
        queries.append(page_query(text_item(phrase), {row: 1.0}, tiles[row]))
    return EvaluationSet(tuple(queries), tuple(tile.to_item() for tile in tiles))


def plan_tile(seed: int) -> Tile:
    """Plan a tile of two sentences; `FAMILY` seeds in a row share subject, font and layout."""
    random = Random(seed // FAMILY)
    subject, font = random.choice(list(SUBJECTS)), random.choice(FAMILIES)
    text = passage(Random(seed), SUBJECTS[subject], 2)
    return Tile(text, font, random.choice(TILE_LAYOUTS))


def page_query(item: Item, gains: dict[int, float], page: Tile | Page | Facts) -> Query:
    """Return a query for a page with its values on the three axes of pages."""
    axes = {"text": (item.text,), "font": (page.font,), "layout": (page.layout,)}
    return Query(item, gains, values=axes)


def pick_phrase(text: str, texts: list[str], random: Random) -> str:
    """Return three to six neighbouring words of a sentence that stand in none of the others."""
    sentences = [spoken(sentence).split() for sentence in text.split(". ")]
    while True:
        words, length = random.choice(sentences), random.randint(3, 6)
        start = random.randint(0, len(words) - length)
        phrase = " ".join(words[start : start + length])
        if sum(f" {phrase} " in other for other in texts) == 1:
            return phrase


def spoken(text: str) -> str:
    """Return a text in lower case without its full stops."""
    return text.lower().replace(".", "")


def passage(random: Random, nouns: tuple[str, ...], sentences: int) -> str:
    """Return some sentences about some nouns."""
    return " ".join(sentence_about(random, nouns) for _ in range(sentences))


def sentence_about(random: Random, nouns: tuple[str, ...]) -> str:
    """Return a sentence of nine to sixteen words without any comma."""
    one, two, three = random.sample(nouns, 3)
    adjective, other = random.sample(ADJECTIVES, 2)
    verb, second = random.sample(VERBS, 2)
    start = f"The {adjective} {one} {verb} the {two} {random.choice(TIMES)}"
    if random.random() < 0.4:
        return f"{start}."
    return f"{start} {random.choice(LINKS)} the {other} {three} {second} it."


def keywords_to_page(limits: Limits) -> EvaluationSet:
    """Three keywords -> the page that holds all; one that holds two is half as right."""
    families = -(-limits.candidates // FAMILY)
    planned = [pair for seed in seeds_of(81, families) for pair in plan_pages(seed)]
    planned = planned[: limits.candidates]
    queries = []
    for row in spread(range(len(planned)), limits.queries):
        words, page = planned[row]
        gains = {
            other: RIGHT if shared == len(words) else NEARLY
            for other, (theirs, _) in enumerate(planned)
            if (shared := len(set(words) & set(theirs))) >= len(words) - 1
        }
        queries.append(page_query(text_item(" ".join(words)), gains, page))
    return EvaluationSet(tuple(queries), tuple(page.to_item() for _, page in planned))


def plan_pages(seed: int) -> Iterator[tuple[tuple[str, str, str], Page]]:
    """Yield keywords and page four times: neighbours share two of their three keywords."""
    random = Random(seed)
    subject, font = random.choice(list(SUBJECTS)), random.choice(FAMILIES)
    layout = random.choice(PAGE_LAYOUTS)
    a, b, c, x, y, z = random.sample(KEYWORDS, 6)
    texts = [passage(random, SUBJECTS[subject], 2) for _ in range(3)]
    adjectives = random.sample(ADJECTIVES, 3)
    for words in ((a, b, c), (a, b, z), (a, y, z), (x, y, z)):
        paragraphs = tuple(
            f"{text} Beside it stands the {adjective} {word}."
            for text, adjective, word in zip(texts, adjectives, words, strict=True)
        )
        yield words, Page(subject, paragraphs, font, layout)


def value_to_page(limits: Limits) -> EvaluationSet:
    """A label with its value -> the table, chart or form that holds them together, of all."""
    planned = plan_facts(limits.candidates)
    held = [(facts.kind, pairs_of(facts)) for _, _, facts in planned]
    queries = []
    for row in spread(range(len(planned)), limits.queries):
        words, pair, facts = planned[row]
        gains = {
            other: 1.0
            for other, (kind, pairs) in enumerate(held)
            if kind == facts.kind and pair in pairs
        }
        queries.append(page_query(text_item(words), gains, facts))
    return EvaluationSet(tuple(queries), tuple(facts.to_item() for _, _, facts in planned))


def plan_facts(number: int) -> list[Planned]:
    """Plan families of tables, charts and forms in turn, until there are so many pages."""
    planned: list[Planned] = []
    said: set[str] = set()
    plans = (plan_tables, plan_charts, plan_forms)
    for turn, seed in enumerate(seeds_of(82, number)):
        family = list(plans[turn % len(plans)](Random(seed)))
        words = {words for words, _, _ in family}
        if len(planned) < number and not words & said:
            planned += family
            said |= words
    return planned[:number]


def pairs_of(facts: Facts) -> set[tuple[str, str]]:
    """Return what can be asked of a page: label and value; of a form, name and number."""
    if facts.kind == "form":
        return {(facts.rows[0][1], facts.rows[2][1])}
    return set(facts.rows)


def plan_tables(random: Random) -> Iterator[Planned]:
    """Yield four price lists of the same goods and prices, each price elsewhere."""
    goods = random.sample(GOODS, 5)
    for pair, facts in shifted("table", "Price list", goods, random):
        yield f"price list in which {pair[0]} cost {pair[1]}", pair, facts


def plan_charts(random: Random) -> Iterator[Planned]:
    """Yield four bar charts of the same months and numbers, each number elsewhere."""
    months = sorted(random.sample(MONTHS, 5), key=MONTHS.index)
    for pair, facts in shifted("chart", "Visitors by month", months, random):
        yield f"bar chart with {pair[1]} visitors in {pair[0]}", pair, facts


def shifted(
    kind: str, title: str, labels: list[str], random: Random
) -> Iterator[tuple[tuple[str, str], Facts]]:
    """Yield four pages whose values are shifted against the labels, each with a pair to ask for."""
    values = [str(number) for number in random.sample(range(1200, 10_000), len(labels))]
    font, layout = random.choice(FAMILIES), random.choice(FACT_LAYOUTS)
    for shift in range(FAMILY):
        rows = tuple(zip(labels, values[shift:] + values[:shift], strict=True))
        yield random.choice(rows), Facts(kind, title, rows, font, layout)


def plan_forms(random: Random) -> Iterator[Planned]:
    """Yield four order forms: two names times two numbers."""
    names = [f"{first} {last}" for first, last in zip(
        random.sample(FIRST_NAMES, 2), random.sample(LAST_NAMES, 2), strict=True)]  # fmt: skip
    numbers = [str(number) for number in random.sample(range(1000, 10_000), 2)]
    town, parcel = random.choice(TOWNS), random.choice(PARCELS)
    font, layout = random.choice(FAMILIES), random.choice(FACT_LAYOUTS)
    for name in names:
        for number in numbers:
            rows = (("Name", name), ("Town", town), ("Number", number), ("Parcel", parcel))
            facts = Facts("form", "Order form", rows, font, layout)
            yield f"order form of {name} with number {number}", (name, number), facts
