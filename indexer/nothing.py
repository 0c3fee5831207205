"""Questions that a collection hardly answers: what its cut-off is learned from.

Things and matters from a list that knows nothing of the collection, put together by a fixed seed
in the ways people ask. Most are near misses on purpose: a thing that is hardly there, in a place
that is in many pictures; a matter that nobody wrote about, in a form that many papers have. If all
are strange the line is too low: of questions that people write, which touch a collection somewhere,
twice the stated share was above it. A few will be answered by a large collection: its cut-off is a
little stricter then, never laxer.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

THINGS = tuple(
    "accordion aquarium avocado axolotl bagpipes ballerina bamboo banjo barometer bathtub beaver"
    " beehive blender bonsai boomerang broccoli buffalo bulldozer burger camel canoe carrot"
    " castanets caterpillar cello chainsaw chandelier cheetah chimney chimpanzee chisel"
    " cockroach compass corkscrew crab crane crown cucumber dinosaur dishwasher dolphin donkey"
    " dragonfly drone eagle earring eggplant envelope excavator falcon fax fern ferret flamingo"
    " flute forklift fox freezer frog garlic gargoyle gavel glacier globe goat goldfish gorilla"
    " guillotine hairdryer hammer hammock handcuffs harp harpsichord hedgehog hippopotamus hyena"
    " iguana jellyfish joystick kayak kettle keyboard kimono kiwi koala ladder lemon leopard"
    " lobster locomotive loom magnet mailbox mammoth mandolin mango meerkat microphone microwave"
    " mitten mosque motorboat mule nail necklace nutcracker octopus omelette orchid ostrich otter"
    " oven pagoda panda parachute parrot peacock pelican periscope pigeon pliers polar-bear"
    " pretzel projector propeller puppet pyramid rabbit raccoon radio rattlesnake"
    " refrigerator rhinoceros rickshaw robot saddle salmon samovar sandwich sausage saxophone scarf"
    " scissors scooter scorpion screwdriver seal sewing-machine shark sheep shovel shrimp"
    " skeleton skier sledge snowboard sofa sphinx spider squirrel stapler statue stethoscope stove"
    " swan swimmer sword syringe tambourine tank telephone telescope television tiger toaster"
    " toilet totem tram treadmill trombone trumpet tuba turtle typewriter unicycle vacuum-cleaner"
    " vulture waffle walrus wardrobe watermelon wheelbarrow wheelchair wolf woodpecker"
    " wrench xylophone yacht yurt zeppelin".split()
)
LOOKS = tuple(
    "ancient black bright broken colourful dirty empty enormous green modern old orange painted"
    " pink rusty shiny small striped toy white wooden young".split()
)
PLACES = (
    "in the desert", "on a table", "at the airport", "in a crowd", "in a shop window",
    "under a bridge", "in the jungle", "at night", "on a white background", "in the snow",
    "in a factory", "at a market", "on a roof", "in a city", "in the street", "in the garden",
    "on a river", "by the sea", "on the beach", "in the evening light", "between two trees",
    "in a field", "in the kitchen", "in the sky", "above the clouds", "under water", "in a forest",
    "on a hill", "in the rain", "in front of a house", "on stage", "at the station", "in space",
    "on the road", "on a wall", "in spring", "at a party", "in the mountains", "at school",
)  # fmt: skip
PEOPLE = tuple(
    "actor baby bride child doctor farmer girl grandfather king man monk nurse pirate policeman"
    " soldier tailor teacher woman".split()
)
FORMS = (
    "annual report on", "bill for", "instructions for", "letter about", "list of", "map of",
    "minutes of the meeting on", "plan of", "price list for", "programme of", "recipe against",
    "rules for", "spare parts for", "table of", "terms and conditions of", "timetable of",
    "number of deaths from", "opening hours for", "order form for", "warranty for",
)  # fmt: skip
MATTERS = (
    "mitochondria", "amortisation", "the Byzantine emperors", "photosynthesis", "habeas corpus",
    "fiscal policy", "quantum entanglement", "a hernia", "copyright law", "tectonic plates",
    "the stock exchange", "kidney stones", "logarithms", "feudalism", "plastic recycling",
    "antibiotics", "the Ottoman navy", "a divorce", "cryptography", "customs duties", "asbestos",
    "epilepsy", "unemployment benefit", "sonnets", "reinforced concrete", "a pension fund",
    "electrolysis", "parliamentary elections", "diabetes", "the Silk Road", "jet engines",
    "patent claims", "gluten", "a heart attack", "the Cold War", "refugee camps", "black holes",
    "car insurance", "a software licence", "the periodic table", "soil erosion", "inheritance tax",
    "a job interview", "volcanic glass", "the immune system", "a bank transfer", "urban planning",
    "irregular verbs", "hydraulic brakes", "a visa application",
)  # fmt: skip
ABOUT = (
    "{matter}", "{form} {matter}", "{form} {matter}", "{form} {matter}", "{form} {matter}",
    "an introduction to {matter}", "what causes {matter}", "the history of {matter}",
    "how much is spent on {matter}", "who is responsible for {matter}", "my notes on {matter}",
    "how is {matter} done", "when was {matter} first described",
)  # fmt: skip
SHOWN = (
    "{thing}", "a {look} {thing}", "a {thing} {place}", "a {thing} {place}", "{thing} {place}",
    "a {look} {thing} {place}", "a {thing} and a {other} {place}", "a {person} {place}",
    "a {person} with a {thing} {place}", "how to repair a {thing}",
)  # fmt: skip
SEED = 20_261_127
COUNT = 420


@dataclass(frozen=True, slots=True)
class Question:
    """A question, and whether it asks for a thing that can be seen (or for a matter)."""

    text: str
    is_thing: bool


def nothing_questions() -> list[Question]:
    """Return different questions, always the same ones: `COUNT`, two thirds of them for things."""
    draw = random.Random(SEED)
    things: dict[str, None] = {}
    while len(things) < 2 * COUNT // 3:
        things[_about_a_thing(draw)] = None
    matters: dict[str, None] = {}
    while len(matters) < COUNT - len(things):
        matters[_about_a_matter(draw)] = None
    return [Question(text, True) for text in things] + [Question(text, False) for text in matters]


def _about_a_thing(draw: random.Random) -> str:
    thing, other = draw.sample(THINGS, 2)
    return draw.choice(SHOWN).format(
        thing=thing.replace("-", " "),
        other=other.replace("-", " "),
        look=draw.choice(LOOKS),
        place=draw.choice(PLACES),
        person=draw.choice(PEOPLE),
    )


def _about_a_matter(draw: random.Random) -> str:
    return draw.choice(ABOUT).format(matter=draw.choice(MATTERS), form=draw.choice(FORMS))
