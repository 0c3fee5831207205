"""The manual of a tide clock that nobody makes: steps, a dial, a parts table, a fault table."""

from __future__ import annotations

from indexer.demo_corpus.paper import (
    Sheet,
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
from indexer.demo_corpus.papers.tide_dial import dial_on_wall, dial_plain, hanging_plate

ACCENT = "#33506b"


def sheets() -> list[Sheet]:
    cover = title_page(
        "Corley TC-40",
        "Tide clock for one place - instructions for mounting, setting and care",
        ACCENT,
        dial_on_wall,
        foot="Corley Instrument Works, Tarnmouth. Keep these instructions.",
    )
    return [
        cover,
        _box(),
        _mounting(),
        _setting(),
        _reading(),
        _battery(),
        _faults(),
        _parts(),
        _data(),
    ]


def _box() -> Sheet:
    return Sheet(
        [
            heading("1  What is in the box", ACCENT),
            *bullets(
                [
                    "one TC-40 tide clock with brass rim, glass fitted",
                    "one hanging plate with two slots",
                    "two brass screws, 4 by 40 millimetres, and two wall plugs",
                    "one drilling template on brown paper",
                    "one setting key on a string",
                    "one cell, size AA, wrapped separately",
                ]
            ),
            gap(4),
            *prose("""
        Take the clock out by its rim and never by the hand. The hand is red, light and bent
        by a thumb.

        Keep the carton. It is the only one in which the clock may be posted, and without it
        the warranty does not cover glass.
        """),
            gap(4),
            heading("What it can and cannot do", size=16),
            *prose("""
        The TC-40 shows the tide of one place with two high waters a day. Its hand goes
        round once in twelve hours and twenty-five minutes, the mean time from one high
        water to the next. The moon is less regular: near the half moons the clock may be
        half an hour early or late. It is an ornament with good manners and not an
        instrument of navigation.

        It is of no use in the Baltic, in most of the Mediterranean, or anywhere with one
        high water a day.
        """),
        ]
    )


def _mounting() -> Sheet:
    return Sheet(
        [
            heading("2  Mounting it on the wall", ACCENT),
            *prose("Choose an inside wall, out of the sun and not above a stove."),
            steps(
                [
                    "Hold the template against the wall with its arrow up and mark both crosses "
                    "with a pencil.",
                    "Drill two holes of six millimetres, forty deep, and press in the plugs.",
                    "Screw the hanging plate on, with its slots to the left. Leave half a turn of "
                    "play.",
                    "Hang the clock on the plate and push it to the right until it clicks.",
                    "Check with a level across the two small dots at three and nine o'clock. If "
                    "they slope, "
                    "loosen the screws and turn the plate.",
                    "Tighten both screws through the gap behind the rim.",
                ],
                ACCENT,
            ),
            gap(6),
            figure(hanging_plate, 130, 70),
            caption(
                "Figure 2. The hanging plate. A: slots. B: spring that clicks. C: holes for the "
                "screws, 90 mm apart."
            ),
        ]
    )


def _setting() -> Sheet:
    return Sheet(
        [
            heading("3  Setting the clock at high water", ACCENT),
            *prose("""
        Set it once, on the day of a full or new moon, when the tide keeps to its mean. Find
        the time of high water in your tide table beforehand; ten minutes more or less do no
        harm.
        """),
            steps(
                [
                    "Insert the cell. The hand jumps by a hair and the works begin to tick every "
                    "four seconds.",
                    "Wait by the clock until the minute of high water.",
                    "Put the setting key into the square hole at the back and turn it "
                    "anticlockwise until the "
                    "red hand covers the word HIGH.",
                    "Draw the key out straight. If the hand moved with it, turn it back and draw "
                    "more slowly.",
                    "Look again after one week. If the clock is more than forty minutes out, see "
                    "the fault "
                    "table in chapter 6.",
                ],
                ACCENT,
            ),
            gap(6),
            *prose("""
        <b>Never turn the hand with a finger from the front.</b> The friction clutch slips
        in one direction only; forcing it the other way shears the pin TC-40-117, which is
        the most common repair we see.

        Summer time does not concern the clock. The sea does not know of it.
        """),
        ]
    )


def _reading() -> Sheet:
    return Sheet(
        [
            heading("4  Reading the dial", ACCENT),
            figure(dial_plain, 130, 104),
            caption(
                "Figure 4. The tide is falling; four hours and a quarter are left until low water."
            ),
            *prose("""
        The right half of the dial stands for the falling tide, the left half for the rising
        one. The figures give the hours left until the next low or high water. At the words
        HIGH and LOW the water stands still for about twenty minutes.

        The level does not change evenly. In the first hour after high water it falls by one
        twelfth of the range, in the second by two twelfths, in the third and fourth by
        three twelfths each, then by two and by one. Anchor accordingly.
        """),
        ]
    )


def _battery() -> Sheet:
    return Sheet(
        [
            heading("5  Changing the cell, and care", ACCENT),
            *prose("""
        One alkaline AA cell drives the clock for two years. When it is nearly empty, the
        second tick fails first and the hand trembles at each step without moving on. Change
        it then: a leaking cell ruins the plate TC-40-131.
        """),
            steps(
                [
                    "Lift the clock, push it to the left and take it off the plate.",
                    "Lay it on a folded towel with the glass down.",
                    "Slide the cover off with a thumbnail and take out the old cell.",
                    "Wipe both springs with a dry cloth. Put the new cell in with its plus to the "
                    "top.",
                    "Set the clock again as in chapter 3.",
                ],
                ACCENT,
            ),
            gap(6),
            heading("Brass and glass", size=16),
            *prose("""
        The rim is lacquered and needs no polish; polish would take the lacquer off. Dust
        the glass with a soft brush. In a boat or a beach hut put a small bag of dry rice
        behind the clock and change it every spring, or the dial will mist.
        """),
        ]
    )


def _faults() -> Sheet:
    rows = [
        ("What you see", "Likely cause", "What to do"),
        (
            "The hand does not move, no tick",
            "Cell empty or the wrong way round",
            "Change the cell, chapter 5",
        ),
        ("It ticks but the hand stands", "Shear pin broken", "Fit a new pin, part TC-40-117"),
        ("More than 40 minutes fast", "Set at half moon", "Set again at full or new moon"),
        (
            "More than 40 minutes slow",
            "Cold wall below 4 degrees",
            "Move the clock to a warmer wall",
        ),
        ("Mist under the glass", "Gasket dry or cracked", "New gasket, part TC-40-122"),
        ("Rattle when carried", "Setting key left inside", "Take it out; do not laugh"),
        ("Loud tick at night", "Hanging plate loose", "Tighten both screws, chapter 2"),
    ]
    return Sheet(
        [
            heading("6  When something is wrong", ACCENT),
            *prose("""
        Nearly every fault is one of these seven. Try the remedy for a full week before you
        write to us; the sea needs fourteen tides to prove anything.
        """),
            table(rows, (54, 54, 58), ACCENT, numbers_from=3),
            gap(6),
            *prose("""
        If the clock was dropped into water, take out the cell at once, rinse the works in
        distilled water and let them dry for three days in an open oven that is off. About
        half of all drowned clocks have run again.
        """),
        ]
    )


def _parts() -> Sheet:
    rows = [
        ("Part number", "Part", "Fits from", "Crowns"),
        ("TC-40-101", "Brass rim, lacquered", "2014", "42.00"),
        ("TC-40-104", "Glass, 2 mm, ground edge", "2014", "18.50"),
        ("TC-40-109", "Dial, printed in blue", "2019", "21.00"),
        ("TC-40-112", "Hand, red", "2014", "6.20"),
        ("TC-40-117", "Shear pin, packet of five", "2014", "3.80"),
        ("TC-40-118", "Friction clutch", "2016", "12.40"),
        ("TC-40-122", "Gasket, cork and rubber", "2014", "4.10"),
        ("TC-40-125", "Movement, 12 h 25 min", "2019", "64.00"),
        ("TC-40-131", "Contact plate with springs", "2014", "7.90"),
        ("TC-40-136", "Hanging plate with screws", "2017", "9.60"),
        ("TC-40-140", "Setting key", "2014", "2.50"),
    ]
    return Sheet(
        [
            heading("7  Spare parts", ACCENT),
            *prose("""
        Order by part number and give the year stamped inside the battery cover. Parts for
        clocks made before 2014 are turned to order; ask for a price.
        """),
            table(rows, (36, 70, 30, 30), ACCENT, numbers_from=2),
            gap(5),
            caption("Postage is 4 crowns for anything that fits a letter, 9 crowns for the rest."),
        ]
    )


def _data() -> Sheet:
    rows = [
        ("Technical data", ""),
        ("Diameter over the rim", "212 mm"),
        ("Depth with hanging plate", "46 mm"),
        ("Weight with cell", "0.94 kg"),
        ("One turn of the hand", "12 h 25 min 14 s"),
        ("Accuracy of the movement", "8 seconds a day"),
        ("Cell", "1.5 V, size AA"),
        ("Working range", "4 to 45 degrees Celsius"),
    ]
    return Sheet(
        [
            heading("8  Technical data and warranty", ACCENT),
            table(rows, (100, 66), ACCENT),
            gap(6),
            heading("Warranty", size=16),
            *prose("""
        We repair or replace without charge any clock that fails within four years of
        purchase, unless it was opened by force, drowned in salt water or set with pliers.
        Send it in its carton with a note that says what you saw and when.

        The warranty covers the lacquer for one year only. Sea air is stronger than we are.
        """),
            gap(3),
            heading("At the end of its life", size=16),
            *prose("""
        Brass and glass can be melted down; bring the empty cell to any shop that sells
        cells. The movement may be returned to us: we use the wheels again.
        """),
        ]
    )
