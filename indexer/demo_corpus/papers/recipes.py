"""The recipe booklet: one dish on each page, with a picture."""

from __future__ import annotations

from collections.abc import Callable

from indexer.demo_corpus.canvas import Canvas
from indexer.demo_corpus.paper import (
    Sheet,
    beside,
    bullets,
    caption,
    figure,
    gap,
    heading,
    prose,
    steps,
    table,
    title_page,
)
from indexer.demo_corpus.scenery import studio
from indexer.demo_corpus.things import food

ACCENT = "#b5512f"
CREAM = ("#fdf6ea", "#efdcc0")


def sheets() -> list[Sheet]:
    return [
        title_page(
            "The harbour kitchen",
            "Seven dishes that were served at the Net Loft and asked for again",
            ACCENT,
            studio(food.soup, ground=CREAM, floor=38),
            foot="Collected by Sanne Orrel",
        ),
        *(_dish(*dish) for dish in DISHES),
        _measures(),
    ]


def _dish(
    name: str,
    lead: str,
    thing: Callable[[Canvas], None],
    needs: list[str],
    method: list[str],
    note: str,
) -> Sheet:
    picture = figure(studio(thing, ground=CREAM, floor=None), 82, 76)
    needed = [heading("You need", ACCENT, size=16), *bullets(needs)]
    return Sheet(
        [
            heading(name, ACCENT, size=28),
            *prose(lead),
            beside([picture], needed, (90, 80)),
            gap(6),
            heading("Method", ACCENT, size=16),
            steps(method, ACCENT),
            gap(4),
            caption(note),
        ]
    )


PUMPKIN = [
    "1.2 kg pumpkin, in wedges, with skin",
    "2 onions, quartered",
    "80 g butter",
    "1 litre vegetable stock",
    "1 dl cream",
    "sage leaves, salt, nutmeg",
]
PUMPKIN_STEPS = [
    "Heat the oven to 220 degrees. Roast pumpkin and onions on a tray for half an hour, until the "
    "edges are dark.",
    "Scrape the flesh from the skin into a pot, add the hot stock and simmer for five minutes.",
    "Blend until smooth, stir in the cream, salt it and grate a little nutmeg over it.",
    "Brown the butter in a small pan, crisp the sage in it and pour both over the bowls.",
]
LOAF = [
    "350 g wheat flour",
    "150 g rolled oats",
    "60 g sunflower seeds",
    "4 dl lukewarm water",
    "2 teaspoons salt",
    "a pea-sized piece of yeast",
]
LOAF_STEPS = [
    "In the evening stir everything together in a large bowl, cover it and leave it on the table "
    "for twelve hours.",
    "In the morning fold the dough over itself four times with wet hands and let it rest for an "
    "hour.",
    "Heat an iron pot with its lid to 240 degrees in the oven. Tip the dough in and score it.",
    "Bake for thirty minutes with the lid on and fifteen without. Tap the bottom: it must sound "
    "hollow.",
]
APPLE = [
    "5 sour apples",
    "150 g sugar, of which 50 for the tin",
    "120 g butter",
    "3 eggs",
    "180 g flour",
    "1 teaspoon baking powder, cinnamon",
]
APPLE_STEPS = [
    "Melt the sugar for the tin in a pan until it is the colour of an old violin and pour it into "
    "a round tin.",
    "Lay the peeled apple halves on it, round side down, close together.",
    "Beat butter, sugar and eggs, fold in flour, baking powder and cinnamon, and spread it over "
    "the apples.",
    "Bake for forty minutes at 175 degrees. Wait five minutes, put a plate on it, take heart and "
    "turn it over.",
]
CORDIAL = [
    "2 kg ripe cherries",
    "700 g sugar",
    "juice of 3 lemons",
    "1 litre water",
    "a stick of cinnamon",
]
CORDIAL_STEPS = [
    "Simmer the cherries in the water for twenty minutes and press them with a potato masher.",
    "Hang them in a cloth over a bowl for a night. Do not squeeze, or the cordial turns cloudy.",
    "Boil the juice with sugar, lemon and cinnamon for four minutes and skim it.",
    "Fill scalded bottles to the brim and close them at once. To drink, mix with five parts of "
    "cold water.",
]
PIZZA = [
    "1 kg strong flour",
    "6.5 dl water",
    "20 g salt, 5 g yeast",
    "800 g peeled tomatoes",
    "500 g mozzarella",
    "ham, olives, basil - whatever the boats bring",
]
PIZZA_STEPS = [
    "Knead flour, water, salt and yeast for ten minutes, then let the dough rise for two hours.",
    "Crush the tomatoes by hand with a little salt. Never cook the sauce before it goes on the "
    "dough.",
    "Stretch the dough over two oiled trays, spread the sauce thinly, tear the cheese over it.",
    "Bake at the highest heat the oven has, on the lowest shelf, for twelve minutes. Basil goes "
    "on last.",
]
BERRIES = [
    "500 g small strawberries",
    "80 g sugar",
    "1 dl water",
    "20 peppercorns, crushed",
    "peel of half an orange",
]
BERRY_STEPS = [
    "Boil sugar, water, pepper and orange peel for three minutes and let the syrup cool to "
    "lukewarm.",
    "Halve the berries and pour the syrup over them through a sieve.",
    "Let them stand for ten minutes at most; after an hour they are jam.",
]
COFFEE = [
    "8 litres cold water",
    "560 g coarsely ground coffee",
    "1 egg, with its shell",
    "a pinch of salt",
]
COFFEE_STEPS = [
    "Crush the egg, shell and all, into the dry grounds and add a cup of cold water to make a "
    "paste.",
    "Bring the water to the boil in the large enamel kettle, stir in the paste and let it rise "
    "once.",
    "Take it off the fire, pour a cup of cold water over the top and wait eight minutes.",
    "Ladle from the top into warmed jugs. What is left at the bottom is good for the roses.",
]


def _measures() -> Sheet:
    rows = [
        ("Measure", "Flour", "Sugar", "Butter", "Rolled oats"),
        ("1 teaspoon", "3 g", "4 g", "5 g", "2 g"),
        ("1 tablespoon", "9 g", "13 g", "14 g", "6 g"),
        ("1 decilitre", "60 g", "88 g", "95 g", "38 g"),
        ("1 cup of 2.4 dl", "144 g", "211 g", "228 g", "91 g"),
    ]
    oven = [
        ("Oven", "Degrees Celsius", "Gas mark", "Good for"),
        ("slow", "140", "1", "meringue, dried apples"),
        ("moderate", "175", "4", "cakes, biscuits"),
        ("hot", "200", "6", "rolls, pies"),
        ("very hot", "240", "9", "bread in a pot, pizza"),
    ]
    return Sheet(
        [
            heading("Weights, measures and oven heat", ACCENT, size=24),
            *prose("""
        The scales at the Net Loft have been wrong since somebody weighed an outboard motor
        on them. Until they are mended, use spoons and this page.
        """),
            table(rows, (50, 29, 29, 29, 29), ACCENT),
            gap(8),
            table(oven, (34, 40, 30, 62), ACCENT, numbers_from=4),
            gap(6),
            *prose("""
        Eggs in this booklet weigh sixty grams with their shell. A knob of butter is what
        stays on the knife.
        """),
        ]
    )


DISHES = (
    (
        "Pumpkin soup with brown butter",
        "Serves six. Forty minutes, most of them for the oven.",
        food.soup,
        PUMPKIN,
        PUMPKIN_STEPS,
        "Roasting first is the whole secret: boiled pumpkin tastes of water.",
    ),
    (
        "Oat and seed loaf",
        "One large loaf. Ten minutes of work, a night of waiting.",
        food.bread,
        LOAF,
        LOAF_STEPS,
        "The dough is too wet to knead. Do not add flour; trust the night.",
    ),
    (
        "Upside-down apple cake",
        "Twelve pieces. Best while still warm.",
        food.apple,
        APPLE,
        APPLE_STEPS,
        "Sour apples keep their shape; sweet ones turn to sauce, which is not a disaster either.",
    ),
    (
        "Cherry cordial",
        "Fills three bottles. Keeps until Christmas in the cellar.",
        food.cherries,
        CORDIAL,
        CORDIAL_STEPS,
        "A few cracked stones in the pan give a taste of almonds. Take them out after ten minutes.",
    ),
    (
        "Regatta pizza",
        "Two large trays, enough for a crew.",
        food.pizza,
        PIZZA,
        PIZZA_STEPS,
        "Named after the regatta of 2022, which was rained off and eaten instead.",
    ),
    (
        "Strawberries in pepper syrup",
        "A dessert for four in a quarter of an hour.",
        food.strawberry,
        BERRIES,
        BERRY_STEPS,
        "Serve with cold cream. Nobody guesses the pepper.",
    ),
    (
        "Coffee for forty",
        "For fetes and general meetings.",
        food.coffee,
        COFFEE,
        COFFEE_STEPS,
        "The egg sounds strange and works: it binds the grounds, and the coffee runs clear.",
    ),
)
