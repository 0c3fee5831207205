"""The words of the pages: subjects with their nouns, and lists for sentences, tables and forms.

No word of `KEYWORDS` stands anywhere else, so a page holds those that were put there and no others.
"""

from __future__ import annotations

SUBJECTS: dict[str, tuple[str, ...]] = {
    "The harbour": tuple("quay crane ferry pilot rope tide anchor warehouse lighthouse gull "
                         "fisherman barge".split()),
    "The kitchen": tuple("oven kettle ladle dough pepper apron recipe pantry cook saucepan "
                         "butter whisk".split()),
    "The garden": tuple("hedge rose spade orchard lawn gardener beetle greenhouse pond seed "
                        "fence wheelbarrow".split()),
    "The railway": tuple("platform signal engine driver ticket tunnel bridge carriage station "
                         "whistle timetable porter".split()),
    "The observatory": tuple("telescope comet dome planet mirror astronomer moon chart meteor "
                             "lens galaxy logbook".split()),
    "The theatre": tuple("stage curtain actor costume script audience spotlight balcony "
                         "rehearsal director mask ticket".split()),
    "The farm": tuple("tractor barn meadow farmer calf plough harvest windmill shepherd goose "
                      "haystack stable".split()),
    "The library": tuple("shelf reader catalogue manuscript librarian lamp desk novel archive "
                         "ladder index atlas".split()),
    "The hospital": tuple("nurse ward doctor bandage patient surgeon corridor medicine stretcher "
                          "clinic pillow chart".split()),
    "The workshop": tuple("hammer bench chisel carpenter plank vice nail varnish saw drawer "
                          "apprentice glue".split()),
    "The mountain": tuple("summit glacier guide ridge hut avalanche valley climber stream "
                          "eagle path boulder".split()),
    "The market": tuple("stall basket merchant spice coin customer scale cloth melon awning "
                        "bargain crate".split()),
}  # fmt: skip
ADJECTIVES = (
    "old new quiet narrow heavy bright wooden patient distant careful broken early modest hollow "
    "gentle crowded sturdy faded curious damp polished stubborn cheerful pale enormous forgotten"
).split()
VERBS = (
    "crosses carries repairs watches follows measures hides borrows paints lifts guards counts "
    "replaces admires moves cleans sells finds"
).split()
TIMES = (
    "before dawn|at noon|after the storm|every Monday|during the winter|in silence|without a word|"
    "once a year|on holidays|at low speed|for an hour|by candlelight|in the rain|since last spring"
).split("|")
LINKS = "while|because|although|until|whenever|so that".split("|")
KEYWORDS = (
    "walrus saxophone origami volcano hammock cactus compass tambourine iceberg kimono lantern "
    "scarecrow parachute chandelier hedgehog typewriter accordion pyramid submarine mosaic falcon "
    "trombone gondola marzipan octopus umbrella sundial harpoon penguin tapestry dynamite mammoth "
    "igloo violin chimney porcupine rocket caravan sapphire drawbridge flamingo hourglass kayak "
    "magnet nutmeg obelisk parrot quicksand rhubarb satellite thimble unicycle velvet waterfall "
    "xylophone yoghurt zeppelin almanac bagpipe chessboard dolphin emerald fountain gazelle "
    "horseshoe ivory jigsaw kangaroo labyrinth marmalade nectar orchid pelican quartz reindeer "
    "sardine tortoise vineyard walnut yacht zebra apricot boomerang cinnamon dragonfly ebony ferret"
).split()
GOODS = (
    "apples barley candles dates eggs flour garlic honey ink jam lemons milk needles olives paper "
    "rice salt tea vinegar wool beans cheese figs soap"
).split()
MONTHS = (
    "January February March April May June July August September October November December"
).split()
FIRST_NAMES = "Ada Boris Clara Dmitri Elena Felix Greta Hugo Iris Jonas Karin Leo Mara Nils".split()
LAST_NAMES = (
    "Keller Novak Moreau Lindqvist Okafor Tanaka Ferrari Schmidt Jansen Kowalski Silva Murphy"
).split()
TOWNS = "Ghent Lyon Turin Graz Porto Bergen Krakow Leiden Cork Basel Malmo Split".split()
PARCELS = ("two lamps", "a bicycle", "six chairs", "a piano", "ten maps", "a mirror")
