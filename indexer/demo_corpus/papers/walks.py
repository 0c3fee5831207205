"""The walking guide: a drawn map on every route's page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from indexer.demo_corpus import landscapes
from indexer.demo_corpus.canvas import Canvas, down
from indexer.demo_corpus.paper import (
    Sheet,
    bullets,
    figure,
    gap,
    heading,
    prose,
    table,
    title_page,
)
from indexer.demo_corpus.things.plants import broad_tree, fir

ACCENT = "#4b7d3f"
Route = Sequence[tuple[float, float]]
LIGHT: Route = (
    (56, 66),
    (70, 58),
    (86, 48),
    (104, 34),
    (118, 26),
    (112, 44),
    (96, 60),
    (76, 70),
    (56, 66),
)
MARSH: Route = ((52, 70), (44, 82), (58, 90), (78, 88), (88, 80), (72, 74), (52, 70))
QUARRY: Route = ((48, 62), (36, 50), (26, 36), (38, 24), (54, 34), (56, 50), (48, 62))
MILL: Route = ((46, 68), (34, 72), (20, 66), (10, 56), (18, 48), (32, 58), (46, 68))


def sheets() -> list[Sheet]:
    cover = title_page(
        "Four walks from the quay",
        "With maps, times and the places where one may sit down",
        ACCENT,
        landscapes.house_and_garden,
        foot="Drawn and walked by Marta Quill and Tobit Lane",
    )
    return [
        cover,
        _overview(),
        _walk(
            "1  The lighthouse loop",
            "9.5 km, three hours, 140 m of climbing",
            LIGHT,
            "#c9403a",
            LIGHT_TEXT,
            LIGHT_STOPS,
        ),
        _walk(
            "2  Heron marsh by boardwalk",
            "4 km, an hour and a half, level, fit for wheelchairs",
            MARSH,
            "#2f7bb0",
            MARSH_TEXT,
            MARSH_STOPS,
        ),
        _walk(
            "3  The old slate quarry",
            "7 km, two and a half hours, 210 m of climbing",
            QUARRY,
            "#6a4fa0",
            QUARRY_TEXT,
            QUARRY_STOPS,
        ),
        _walk(
            "4  Up the mill stream",
            "6 km, two hours, 60 m of climbing",
            MILL,
            "#b5742a",
            MILL_TEXT,
            MILL_STOPS,
        ),
        _packing(),
    ]


def land(c: Canvas) -> None:
    """Draw the country around Tarnmouth: sea, hills, woods, stream, roads, names."""
    c.box(0, 0, c.width, 100, down("#cfe6f2", "#a9d0e6"))
    c.blob(
        [
            (-20, -20),
            (60, -14),
            (128, 8),
            (132, 26),
            (112, 52),
            (96, 66),
            (100, 84),
            (76, 98),
            (60, 118),
            (-20, 118),
        ],
        "#f4ecd6",
    )
    c.blob(
        [
            (-20, -20),
            (56, -12),
            (122, 10),
            (126, 26),
            (106, 50),
            (90, 66),
            (94, 84),
            (70, 98),
            (54, 116),
            (-20, 116),
        ],
        "#e3edcf",
    )
    for x, y, r in ((30, 24, 17), (30, 24, 10), (104, 28, 13), (104, 28, 7), (12, 50, 9)):
        c.oval(x, y, r * 1.3, r, "#cdddb0")
    c.stroke(
        [(4, 46), (16, 56), (30, 66), (46, 74), (62, 82), (84, 84)], "#7fb8d8", 1.6, curved=True
    )
    for x, y in ((18, 30), (24, 36), (40, 18), (46, 24), (14, 74), (22, 80), (30, 84)):
        fir(c.at(x, y, 0.1))
    for x, y in ((70, 46), (78, 40), (64, 38), (8, 64)):
        broad_tree(c.at(x, y, 0.1))
    c.stroke(
        [(-4, 88), (30, 76), (52, 66), (72, 44), (84, 20), (86, -4)], "#ffffff", 1.8, curved=True
    )
    for x, y in ((48, 64), (52, 62), (50, 68), (55, 66), (58, 63), (46, 67)):
        c.box(x - 1.3, y - 1.1, x + 1.3, y + 1.1, "#b5654a")
    c.blob([(118, 74), (126, 72), (130, 78), (122, 82)], "#e3edcf")
    for x, y, name in (
        (60, 58, "Tarnmouth"),
        (124, 20, "Light"),
        (30, 14, "Quarry Hill"),
        (84, 92, "Salt marsh"),
        (124, 88, "Gull Holm"),
        (14, 42, "Mill"),
    ):
        c.text(x, y, name, "#3a4a3f", 4.2)


def way(c: Canvas, route: Route, colour: str) -> None:
    """Draw a route as a dotted line with its start."""
    for (x0, y0), (x1, y1) in pairwise(route):
        for k in range(6):
            t = k / 6
            c.oval(x0 + (x1 - x0) * t, y0 + (y1 - y0) * t, 0.8, 0.8, colour)
    c.oval(*route[0], 2.2, 2.2, "#ffffff")
    c.oval(*route[0], 1.5, 1.5, colour)


def _map(*ways: tuple[Route, str]) -> Callable[[Canvas], None]:
    def draw(c: Canvas) -> None:
        land(c)
        for route, colour in ways:
            way(c, route, colour)
        c.stroke([(8, 95), (28, 95)], "#3a4a3f", 0.7)
        c.text(18, 91.5, "1 km", "#3a4a3f", 3.8)

    return draw


def _overview() -> Sheet:
    rows = [
        ("Walk", "Colour", "Length", "Time", "Climb"),
        ("1  The lighthouse loop", "red", "9.5 km", "3 h", "140 m"),
        ("2  Heron marsh", "blue", "4 km", "1.5 h", "none"),
        ("3  The old slate quarry", "violet", "7 km", "2.5 h", "210 m"),
        ("4  Up the mill stream", "brown", "6 km", "2 h", "60 m"),
    ]
    return Sheet(
        [
            heading("All four on one map", ACCENT),
            figure(
                _map(
                    (LIGHT, "#c9403a"), (MARSH, "#2f7bb0"), (QUARRY, "#6a4fa0"), (MILL, "#b5742a")
                ),
                166,
                118,
            ),
            gap(3),
            table(rows, (62, 26, 26, 26, 26), ACCENT),
            gap(4),
            *prose("""
        All walks begin at the pump on the quay. They are marked with painted fish on posts
        and stones, in the colours of the table; the fish swims in the direction in which
        the walk was measured.
        """),
        ]
    )


def _walk(
    name: str, lead: str, route: Route, colour: str, text: str, stops: Sequence[str]
) -> Sheet:
    return Sheet(
        [
            heading(name, ACCENT, size=22),
            *prose(lead),
            figure(_map((route, colour)), 166, 104),
            gap(3),
            *prose(text),
            *bullets(stops),
        ]
    )


LIGHT_TEXT = """
    Leave the quay by the net racks and follow the red fish along the sea wall. After the second
    stile the path climbs through gorse; keep the fence on your left, for the cliff behind it
    has lost four metres since 1990. The keeper's widow sells lemonade on Sundays. The way back
    runs inland under the beeches, out of the wind."""
LIGHT_STOPS = [
    "km 2: bench of the three captains, view of Gull Holm",
    "km 5: the light, 98 steps, open from ten to four",
    "km 7: spring with a tin cup on a chain",
]
MARSH_TEXT = """
    The boardwalk was laid in 2023 and is 1.40 metres wide all the way, with a kerb for wheels
    and four places to turn. Walk softly between April and July: the herons stand within forty
    metres of the second hide. At spring tides the first stretch is under water for half an
    hour; a red flag is then raised at the pump."""
MARSH_STOPS = [
    "Hide 1: ducks and waders, low window for children",
    "Hide 2: the heron trees, please whisper",
    "Samphire may be picked south of the planks only",
]
QUARRY_TEXT = """
    Slate from this hill covers half of Tarnmouth. The tramway that carried it is now a grassy
    ramp, so even that the climb is hardly felt. The upper lake is forty metres deep and cold on
    the hottest day; swimming is forbidden, and ropes and buoys are there because it is done.
    Ravens nest on the north face."""
QUARRY_STOPS = [
    "Powder house with its iron door, rebuilt in 2018",
    "Tunnel of 60 metres: a lamp is needed",
    "Upper rim: the best sunset in the parish",
]
MILL_TEXT = """
    Follow the stream against its current past the tannery and the alder carr. Dippers bob on
    the stones below each of the five weirs. The mill itself grinds on the first Saturday of the
    month, and the flour is for sale by the scoop. Children like the stepping stones; mothers
    like the bridge above them."""
MILL_STOPS = [
    "Third weir: picnic meadow with two tables",
    "The mill: open day first Saturday, flour and pancakes",
    "Kissing gate: mind the bull in June",
]


def _packing() -> Sheet:
    rows = [
        ("Bus home", "Monday to Friday", "Saturday", "Sunday"),
        ("Light, car park", "13:10, 16:40", "14:00, 17:30", "17:30"),
        ("Quarry gate", "12:55, 16:25", "13:45", "none"),
        ("Mill", "13:30, 17:05", "14:20, 17:50", "17:50"),
    ]
    return Sheet(
        [
            heading("What to pack, and the bus home", ACCENT),
            *bullets(
                [
                    "boots with a profile: slate is slippery when wet",
                    "a jacket even in July, for the cliff makes its own weather",
                    "water: there is one spring on walk 1 and none on walk 3",
                    "a lamp for the quarry tunnel",
                    "binoculars, if you have them; the hides lend two pairs",
                ]
            ),
            gap(4),
            table(rows, (46, 42, 42, 36), ACCENT, numbers_from=4),
            gap(5),
            *prose("""
        Dogs are welcome on a lead, except on the boardwalk. Ticks are common in the bracken
        from May to September; look behind your knees in the evening.

        If somebody is hurt, call from the emergency posts with yellow lids: each carries a
        number, and the lifeboat station knows where it stands.
        """),
            gap(2),
            figure(landscapes.windmill_and_tulips, 120, 74),
        ]
    )
