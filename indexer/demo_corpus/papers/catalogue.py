"""The catalogue of ship models: two kits on each page, with prices, and an order form."""

from __future__ import annotations

from collections.abc import Callable

from indexer.demo_corpus.canvas import Canvas, down
from indexer.demo_corpus.paper import (
    Block,
    Sheet,
    beside,
    caption,
    figure,
    gap,
    heading,
    prose,
    table,
    title_page,
)
from indexer.demo_corpus.things import ships
from indexer.demo_corpus.things.transport import sailing_boat

ACCENT = "#7a3b52"


def sheets() -> list[Sheet]:
    return [
        title_page(
            "Small ships",
            "Wooden model kits from the workshop bench - catalogue and price list 2026",
            ACCENT,
            at_sea(ships.three_master),
            foot="All kits are cut at the Net Loft",
        ),
        *(
            Sheet([heading(title, ACCENT), *kit(*one), gap(8), *kit(*other)])
            for title, one, other in KITS
        ),
        _extras(),
        _order(),
    ]


def at_sea(ship: Callable[[Canvas], None]) -> Callable[[Canvas], None]:
    """Make the drawing of a ship on flat water."""

    def draw(c: Canvas) -> None:
        c.box(0, 0, c.width, 100, down("#dcecf4", "#f6f1e6"))
        c.box(0, 78, c.width, 100, down("#7fb4cc", "#4f8dab"))
        ship(c.at(c.width / 2, 48, 0.84))
        c.box(0, 80, c.width, 100, down("#6ba5c0e0", "#4f8dab"))

    return draw


def kit(
    name: str,
    number: str,
    price: str,
    scale: str,
    length: str,
    time: str,
    ship: Callable[[Canvas], None],
    text: str,
) -> list[Block]:
    """Set one kit: its picture beside its figures, the text below."""
    rows = [
        (number, ""),
        ("Price in crowns", price),
        ("Scale", scale),
        ("Length", length),
        ("To be built in", time),
    ]
    return [
        heading(name, size=15),
        beside([figure(at_sea(ship), 86, 64)], [table(rows, (40, 38), ACCENT)], (90, 80)),
        gap(2),
        *prose(text),
    ]


def _extras() -> Sheet:
    rows = [
        ("Number", "Tools, paints and extras", "Price in crowns"),
        ("SX-11", "Pin vice with six drills, 0.4 to 1.2 mm", "11.80"),
        ("SX-14", "Plank bender, brass", "16.00"),
        ("SX-17", "Rigging tweezers, curved", "5.40"),
        ("SX-20", "Linen thread, tan, 0.25 mm, 50 m", "3.20"),
        ("SX-21", "Linen thread, black, 0.5 mm, 50 m", "3.60"),
        ("SX-30", "Enamel, signal red, 25 ml", "4.10"),
        ("SX-31", "Enamel, harbour green, 25 ml", "4.10"),
        ("SX-32", "Enamel, bone white, 25 ml", "4.10"),
        ("SX-40", "Motor, 3 volts, with shaft and screw", "13.50"),
        ("SX-44", "Smoke pellets, tin of twenty", "2.90"),
        ("SX-50", "Glass case for models up to 60 cm", "89.00"),
    ]
    return Sheet(
        [
            heading("Tools, paints and extras", ACCENT),
            table(rows, (26, 104, 36), ACCENT, numbers_from=2),
            gap(6),
            *prose("""
        Enamel needs eighteen hours between coats in a dry room. Thin it with white spirit,
        one part to five, for the hull; leave it as it is for fittings.

        Thread is waxed. Before you tie a shroud, draw the thread once over a warm lamp: it
        will lie as if it had always been there.
        """),
        ]
    )


def _order() -> Sheet:
    blank = ("&nbsp;", "", "", "")
    rows = [
        ("Number", "Kit or part", "Pieces", "Crowns"),
        *[blank] * 6,
        ("", "Postage", "", "7.00"),
        ("", "Sum", "", ""),
    ]
    lines = [
        ("Please send to", ""),
        ("Name", ""),
        ("Street", ""),
        ("Town", ""),
        ("To be a surprise?", "yes / no"),
    ]
    return Sheet(
        [
            heading("Order form", ACCENT),
            table(rows, (26, 88, 24, 28), ACCENT, numbers_from=2),
            gap(6),
            table(lines, (50, 116), ACCENT),
            gap(6),
            *prose("""
        Send this page to the Net Loft or drop it into the box by the door. We cut kits on
        Tuesdays; in the weeks before Christmas allow twenty days. A kit that was not opened
        may be returned within a month. Parts that were lost under the table are replaced
        free, once.
        """),
            caption("Prices hold until 31 December 2026."),
        ]
    )


KITS = (
    (
        "For a first ship",
        (
            "Dabchick, rowing boat",
            "SM-01",
            "24.50",
            "1:12",
            "31 cm",
            "one weekend",
            ships.rowing_boat,
            "Nine planks a side over four frames. The oars are turned from cherry, and the "
            "bottom boards lift out. Everything fits without sanding "
            "if one is patient, and with sanding if one is not.",
        ),
        (
            "Plover, day sailer",
            "SM-02",
            "38.00",
            "1:15",
            "44 cm",
            "two weekends",
            sailing_boat,
            "She has a real cotton mainsail, hemmed for you, and a red jib to be seen by. "
            "On a pond with a light wind she sails straight for about thirty metres.",
        ),
    ),
    (
        "Working boats",
        (
            "Gannet, side trawler T 14",
            "SM-05",
            "72.00",
            "1:40",
            "52 cm",
            "six weeks",
            ships.trawler,
            "Built on the lines of the last Tarnmouth trawler, broken up in 1988. The net "
            "is knotted at home by Ines Corley's aunt and has 1,100 meshes.",
        ),
        (
            "Bulldog, harbour tug",
            "SM-06",
            "64.00",
            "1:40",
            "38 cm",
            "a month",
            ships.tug,
            "Short, broad and good-natured. The funnel takes a smoke pellet. A motor of "
            "three volts may be fitted under the hatch, see the list of extras.",
        ),
    ),
    (
        "For long winters",
        (
            "Perpetua, full-rigged ship",
            "SM-09",
            "246.00",
            "1:75",
            "88 cm",
            "two winters",
            ships.three_master,
            "Three masts, twenty-one sails, four hundred and twelve blocks. The rigging "
            "plan is two metres long. Only eleven of these kits have ever been finished; "
            "we keep a wall with their photographs.",
        ),
        (
            "Tarn, lightship",
            "SM-10",
            "118.00",
            "1:50",
            "60 cm",
            "one winter",
            ships.lightship,
            "The lamp turns and burns, driven by a clockwork of our own make. Painted red "
            "with white letters, as she lay off the bar until 1974.",
        ),
    ),
)
